"""Guidance on a factor: which factor, and what it does to agreement (PROFILE §4.4, F.1; Table 2).

Conditions are judged on the same pairs, so their differences are paired: McNemar's exact test, and
intervals by drawing sources again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from profile_engine.accuracy import Interval
from profile_engine.alignment import ResponseAgreement
from profile_engine.experiments.choices import DRAWS
from profile_engine.experiments.resampling import (
    Floats,
    percentile_interval,
    ratio,
    resampled_totals,
    sums_by_source,
)
from profile_engine.preferences import MISSING, Setting
from profile_engine.ranking import FactorRanking
from profile_engine.tally import COUNTS, Signs


@dataclass(frozen=True, slots=True)
class FactorGap:
    """How much more a factor drives a model than people.

    Attributes:
        model, people: factor scores; None where undefined.
        difference: model minus people; None where either is.
        interval: 95 %, over sources; None where undefined.
        ranks: how many ranks higher the model has it.
        reason: why there is no difference.
    """

    factor: str
    model: float | None
    people: float | None
    difference: float | None
    interval: Interval | None
    ranks: int | None
    reason: str | None

    @property
    def diverges(self) -> bool | None:
        """Whether the difference is significant: its interval leaves out 0; None without an interval."""
        return None if self.interval is None else not self.interval.low <= 0 <= self.interval.high


@dataclass(frozen=True, slots=True)
class ConditionAgreement:
    """How often a condition's choice is the people's.

    Attributes:
        condition: its name.
        factor: that guidance was given on; None without guidance.
        interval: 95 %, over sources.
    """

    condition: str
    factor: str | None
    agreement: ResponseAgreement
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ConditionDifference:
    """Two conditions on the same pairs.

    Attributes:
        first_only: pairs on which only the first agrees with the people; `second_only` only the second.
        difference: of the shares of agreeing pairs, second minus first; None without pairs.
        interval: 95 %, over sources.
        p_value: McNemar's exact test, two-sided; None where no pair speaks for either.
        reason: why it is None.
    """

    first: str
    second: str
    first_only: int
    second_only: int
    difference: float | None
    interval: Interval | None
    p_value: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class GuidanceResult:
    """Table 2 of one model.

    Attributes:
        model: the judge.
        gaps: of every factor, the largest first, undefined ones last.
        conditions: without guidance first.
        pairs: that were drawn; those that lack an answer in a condition count in none.
        answered: pairs with an answer in every condition.
    """

    model: str
    gaps: tuple[FactorGap, ...]
    conditions: tuple[ConditionAgreement, ...]
    differences: tuple[ConditionDifference, ...]
    pairs: int
    answered: int


def factor_gaps(
    people: FactorRanking,
    model: FactorRanking,
    preferences: Signs,
    manifestations: Signs,
    source_ids: npt.NDArray[np.int64],
    factors: Sequence[str],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[FactorGap, ...]:
    """How far a model's factor scores are from the people's, the largest first.

    Args:
        people: their ranking on these preferences.
        model: the model's.
        preferences: 2 x pairs, the people's and the model's.
        manifestations: pairs x factors.
        source_ids: of each pair.
        factors: names of the columns.
        draws: of the sources, for the intervals.
        seed: of the draws.
    """
    settings = people.agent.setting, model.agent.setting
    counts = np.stack([_by_source(signs, manifestations, source_ids) for signs in preferences], axis=1)
    totals = resampled_totals(counts, draws, seed) if len(counts) else np.zeros((0, *counts.shape[1:]))
    theirs, its = (tau14_of(totals[:, agent], setting) for agent, setting in enumerate(settings))
    gaps = [
        _gap(people, model, factor, percentile_interval(its[:, column] - theirs[:, column], len(counts)))
        for column, factor in enumerate(factors)
    ]
    return tuple(sorted(gaps, key=lambda gap: (gap.difference is None, -(gap.difference or 0.0))))


def most_diverging(gaps: Sequence[FactorGap]) -> FactorGap | None:
    """Of the factors that people prefer less than the model does, the one it prefers most (Guide_Mis, F.1).

    That is: among factors that people rank lower than the model does, and score lower, the one with the
    model's highest score; of equal ones that with the larger difference. Whether the difference is
    significant is no part of the rule: `diverges` tells. None where people rank no factor lower.
    """
    among = [gap for gap in gaps if (gap.ranks or 0) > 0 and (gap.difference or 0.0) > 0]
    return max(among, key=lambda gap: (gap.model or 0.0, gap.difference or 0.0), default=None)


def undiverging(gaps: Sequence[FactorGap], seed: int, but: str | None = None) -> FactorGap | None:
    """One of the factors without a significant difference, by chance (Guide_Rand); None where there is none.

    Args:
        gaps: of every factor.
        seed: same seed, same factor, whatever the order of `gaps`.
        but: a factor that is not to be taken.
    """
    among = sorted(
        (gap for gap in gaps if gap.diverges is False and gap.factor != but), key=lambda gap: gap.factor
    )
    return among[np.random.default_rng(seed).integers(len(among))] if among else None


def draw_pairs(
    pair_ids: npt.NDArray[np.int64], among: npt.NDArray[np.bool_], number: int, seed: int
) -> tuple[int, ...]:
    """So many of these pairs by chance, all where there are no more; ascending."""
    choices = np.sort(pair_ids[among])
    drawn = np.random.default_rng(seed).choice(choices, min(number, len(choices)), replace=False)
    return tuple(sorted(drawn.tolist()))


def compare_conditions(
    model: str,
    gaps: Sequence[FactorGap],
    people: Signs,
    choices: Mapping[str, Signs],
    factors: Mapping[str, str | None],
    source_ids: npt.NDArray[np.int64],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> GuidanceResult:
    """Hold the choices of each condition against the people's.

    Args:
        model: the judge.
        gaps: which the factors were picked from.
        people: what people prefer, one sign a pair, -1 or 1.
        choices: by condition, one sign a pair; a tie agrees with nobody, MISSING is no answer.
        factors: by condition, what guidance was given on.
        source_ids: of each pair.
        draws: of the sources, for the intervals.
        seed: of the draws.
    """
    answered = np.ones(len(people), bool)
    for signs in choices.values():
        answered &= signs != MISSING
    number = int(np.count_nonzero(answered))
    agree = np.stack([(signs == people)[answered] for signs in choices.values()], axis=1)
    counts = sums_by_source(np.column_stack([agree, np.ones(number)]), source_ids[answered])
    totals = resampled_totals(counts, draws, seed) if number else np.zeros((0, len(choices) + 1))
    shares = ratio(totals[:, :-1], totals[:, -1:].repeat(len(choices), axis=1))
    names = tuple(choices)
    conditions = tuple(
        ConditionAgreement(
            name,
            factors[name],
            ResponseAgreement(int(agree[:, place].sum()), number),
            percentile_interval(shares[:, place], len(counts)),
        )
        for place, name in enumerate(names)
    )
    differences = tuple(
        _difference(
            (names[first], names[second]),
            agree[:, first],
            agree[:, second],
            percentile_interval(shares[:, second] - shares[:, first], len(counts)),
        )
        for first, second in combinations(range(len(names)), 2)
    )
    return GuidanceResult(model, tuple(gaps), conditions, differences, len(people), number)


def mcnemar(first_only: int, second_only: int) -> float | None:
    """McNemar's exact two-sided p: the binomial test of one half; None where no pair speaks for either."""
    if not first_only + second_only:
        return None
    from scipy.stats import binomtest

    return float(binomtest(first_only, first_only + second_only).pvalue)


def tau14_of(counts: npt.NDArray[np.generic], setting: Setting) -> Floats:
    """tau_14 of many tallies at once (their fields on the last axis); NaN where undefined."""
    numbers = counts.astype(np.float64)
    concordant, discordant = numbers[..., 0], numbers[..., 1]
    ties = numbers[..., 3 if setting is Setting.EVALUATION else 2]
    return ratio(concordant - discordant, concordant + discordant + ties)


def _by_source(signs: Signs, manifestations: Signs, source_ids: npt.NDArray[np.int64]) -> Floats:
    """Tallies: sources x factors x COUNTS."""
    preference = signs[:, np.newaxis].astype(np.int16)
    product = preference * manifestations
    field = np.select(
        [
            preference == MISSING,
            manifestations == MISSING,
            preference == 0,
            manifestations == 0,
            product > 0,
        ],
        [-1, 5, np.where(manifestations == 0, 4, 3), 2, 0],
        1,
    )
    return sums_by_source(field[..., np.newaxis] == np.arange(COUNTS), source_ids)


def _gap(people: FactorRanking, model: FactorRanking, factor: str, interval: Interval | None) -> FactorGap:
    theirs, its = people.of(factor), model.of(factor)
    scores = its.score.score, theirs.score.score
    if scores[0] is None or scores[1] is None:
        lacking = "the people" if scores[1] is None else "the model"
        why = theirs.score.reason if scores[1] is None else its.score.reason
        return FactorGap(factor, *scores, None, None, None, f"no score of {lacking}: {why}")
    ranks = None if theirs.rank is None or its.rank is None else theirs.rank - its.rank
    return FactorGap(factor, *scores, scores[0] - scores[1], interval, ranks, None)


def _difference(
    names: tuple[str, str],
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    interval: Interval | None,
) -> ConditionDifference:
    only = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))
    p_value = mcnemar(*only)
    reason = None if p_value is not None else "the two agree with people on the same pairs"
    if not len(first):
        return ConditionDifference(
            *names, *only, None, None, None, "no pair has an answer in every condition"
        )
    return ConditionDifference(*names, *only, (only[1] - only[0]) / len(first), interval, p_value, reason)
