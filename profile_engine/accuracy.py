"""How often an extraction is right, and how certain that is (PROFILE Appendix D.3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

Z95: Final = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""

_FEWEST: Final = 2
"""Clusters from which on a stratum says something about its variance."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One judged value.

    Attributes:
        success: whether it was right.
        weight: how many units of the population it stands for; only proportions between them count.
        stratum: where it was drawn.
        cluster: what was drawn; values of one cluster were judged together and are not independent.
    """

    success: bool
    weight: float = 1.0
    stratum: str = ""
    cluster: int = 0


@dataclass(frozen=True, slots=True)
class Proportion:
    """A proportion with its uncertainty.

    Attributes:
        n: trials.
        value: None without trials.
        interval: None without trials.
        effective_n: size of the simple draw that would be as certain; `n` for a simple draw.
    """

    n: int
    value: float | None
    interval: Interval | None
    effective_n: float


def wilson(successes: float, n: float, z: float = Z95) -> Interval:
    """The score interval of a proportion (Wilson, JASA 22, 1927).

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = successes / n. Neither number needs to be
    whole; `n` must be positive.
    """
    p = successes / n
    centre = p + z * z / (2 * n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # Of none and of all the ends are 0 and 1, which rounding misses by 1e-17.
    low = 0.0 if successes == 0 else max(0.0, (centre - half) / scale)
    return Interval(low, 1.0 if successes == n else min(1.0, (centre + half) / scale))


def estimate(trials: Sequence[Trial], beside: Sequence[Trial] = ()) -> Proportion:
    """The proportion of successes in the population that the trials were drawn from.

    Args:
        trials: those that the proportion is of.
        beside: drawn with them, but of another kind, as recall is only of values that should have a class.
            How many these are is chance too, where the draw fixed only how many there are together.

    The value is sum(w y) / sum(w), with weights 1 / probability the estimator of Hájek; with weights that
    add up to the size of each stratum the post-stratified one. A simple draw has Wilson's interval. A
    weighted or clustered one has Wilson's interval too, for the effective size n / deff, where deff is the
    linearised variance of the value over that of a simple draw (Kish, *Survey Sampling*, 1965; Franco,
    Little, Louis & Slud, J. Survey Stat. Methodol. 7, 2019). Where that variance cannot be estimated (all
    alike, or a stratum with one cluster) the effective size is Kish's sum(w)² / sum(w²), at most the number
    of clusters. The effective size is never above n: no interval is narrower than that of a simple draw.
    """
    n = len(trials)
    if not n:
        return _share(0, 0)
    total = sum(trial.weight for trial in trials)
    value = min(1.0, sum(trial.weight for trial in trials if trial.success) / total)
    effective = min(float(n), _effective_size(trials, beside, value, total))
    return Proportion(n, value, wilson(value * effective, effective), effective)


def needed(proportion: Proportion, half_width: float = 0.05) -> int | None:
    """How many more trials bring the interval to ± `half_width`, if the value and the design stay.

    None without trials, of which nothing follows.
    """
    if proportion.value is None:
        return None
    low, high = 1, 1
    while _half_width(proportion.value, high) > half_width:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if _half_width(proportion.value, middle) > half_width:
            low = middle + 1
        else:
            high = middle
    return max(0, ceil(high * proportion.n / proportion.effective_n) - proportion.n)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class in a confusion matrix; weighted as the draw was.

    Attributes:
        extracted: values with this class; `right`: values that should have it; `both`: that have and should.
        precision: of those extracted the share that is right.
        recall: of those that should have it the share that was extracted.
    """

    label: str
    extracted: int
    right: int
    both: int
    precision: Proportion
    recall: Proportion


@dataclass(frozen=True, slots=True)
class Judged:
    """A value of a class: what was extracted, what is right, and how it was drawn."""

    extracted: str
    right: str
    weight: float = 1.0
    stratum: str = ""
    cluster: int = 0


def confusion(judged: Iterable[Judged], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by what was extracted and then what is right; unweighted."""
    table = {extracted: dict.fromkeys(classes, 0) for extracted in classes}
    for one in judged:
        row = table.setdefault(one.extracted, dict.fromkeys(classes, 0))
        row[one.right] = row.get(one.right, 0) + 1
    return table


def class_figures(judged: Sequence[Judged], classes: Sequence[str]) -> tuple[ClassFigures, ...]:
    """Precision and recall of each class."""
    figures = []
    for label in classes:
        extracted = [one for one in judged if one.extracted == label]
        right = [one for one in judged if one.right == label]
        others = [_trial(one, False) for one in judged if one.right != label]
        figures.append(
            ClassFigures(
                label,
                len(extracted),
                len(right),
                sum(one.right == label for one in extracted),
                estimate([_trial(one, one.right == label) for one in extracted]),
                estimate([_trial(one, one.extracted == label) for one in right], others),
            )
        )
    return tuple(figures)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two accuracies on the same items.

    Attributes:
        both, first_only, second_only, neither: items by who is right.
        difference: first minus second; None without items, as are the others.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    first: Proportion
    second: Proportion
    difference: float | None
    interval: Interval | None

    @property
    def n(self) -> int:
        """Items."""
        return self.both + self.first_only + self.second_only + self.neither


def paired_difference(both: int, first_only: int, second_only: int, neither: int) -> PairedDifference:
    """The difference of two proportions on the same items.

    The interval combines the two Wilson intervals with the correlation phi of the two (Newcombe, Statistics
    in Medicine 17, 1998, 2635-2650, method 10): from d - sqrt(a² - 2 phi a b + b²) with a = p1 - l1 and
    b = u2 - p2, to d + sqrt(c² - 2 phi c e + e²) with c = u1 - p1 and e = p2 - l2. A positive phi has its
    numerator lowered by n / 2, at most to 0.
    """
    n = both + first_only + second_only + neither
    first, second = (_share(hits, n) for hits in (both + first_only, both + second_only))
    counts = (both, first_only, second_only, neither)
    if first.interval is None or second.interval is None or first.value is None or second.value is None:
        return PairedDifference(*counts, first, second, None, None)
    phi = _phi(*counts)
    p1, p2 = first.value, second.value
    below = _combined(p1 - first.interval.low, second.interval.high - p2, phi)
    above = _combined(first.interval.high - p1, p2 - second.interval.low, phi)
    difference = (first_only - second_only) / n
    interval = Interval(max(-1.0, difference - below), min(1.0, difference + above))
    return PairedDifference(*counts, first, second, difference, interval)


def stratum_weights(sizes: Mapping[str, int], counted: Mapping[str, int]) -> dict[str, float]:
    """The weight of each trial so that those of a stratum add up to its size; none where none counted."""
    return {name: sizes[name] / number for name, number in counted.items() if number}


def _share(hits: int, n: int) -> Proportion:
    """Of a simple draw."""
    return Proportion(n, hits / n, wilson(hits, n), float(n)) if n else Proportion(0, None, None, 0.0)


def _trial(one: Judged, success: bool) -> Trial:
    return Trial(success, one.weight, one.stratum, one.cluster)


def _effective_size(trials: Sequence[Trial], beside: Sequence[Trial], value: float, total: float) -> float:
    clusters: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for trial in trials:
        deviation = trial.weight * (trial.success - value) / total
        clusters[trial.stratum][trial.cluster] += deviation
    number = sum(map(len, clusters.values()))
    n = len(trials)
    simple = number == n and len({trial.weight for trial in trials}) == 1
    if simple:
        return float(n)
    kish = total**2 / sum(trial.weight**2 for trial in trials)
    fallback = min(kish, float(number))
    for trial in beside:
        clusters[trial.stratum][trial.cluster] += 0.0
    if min(map(len, clusters.values())) < _FEWEST:
        return fallback
    variance = sum(_variance(list(stratum.values())) for stratum in clusters.values())
    if variance <= 0 or not 0 < value < 1:
        return fallback
    return n * value * (1 - value) / (n - 1) / variance


def _variance(deviations: Sequence[float]) -> float:
    number = len(deviations)
    mean = sum(deviations) / number
    return number / (number - 1) * sum((one - mean) ** 2 for one in deviations)


def _half_width(p: float, n: int) -> float:
    interval = wilson(p * n, n)
    return (interval.high - interval.low) / 2


def _phi(both: int, first_only: int, second_only: int, neither: int) -> float:
    product = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    excess: float = both * neither - first_only * second_only
    if excess > 0:
        excess = max(0.0, excess - (both + first_only + second_only + neither) / 2)
    return excess / sqrt(product) if product else 0.0


def _combined(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
