"""How far people agree: majority, Krippendorff's alpha, Fleiss' and Cohen's kappa.

The coefficients are written out over counts, one formula each. `nltk.metrics.agreement` has them too, and
the tests hold these against it; but it goes through the ratings one by one, several times over (seconds and
hundreds of MB for 100k pairs with three labels), and it answers 1 where a coefficient is undefined.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import fmean
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from annotation.planning.unselected import asked_anyway
from annotation.store.choices import read_choices
from annotation.store.standing import label_stands
from annotation.store.tables import agents
from annotation.study import Study
from profile_engine.crowd import CrowdVotes
from profile_engine.preferences import MISSING, Preference
from profile_engine.votes import CHOICES, majority_signs

Ratings = npt.NDArray[np.float64]
"""Annotators x items; NaN where an annotator has not rated an item."""

_PAIRABLE: Final = 2
"""Ratings from which on an item says something about agreement."""

_DIGITS: Final = 12
_NOTHING_PAIRED: Final = "no item has two ratings"
_NO_VARIETY: Final = "all ratings are the same, so there is nothing that chance could have got wrong"


class Metric(StrEnum):
    """How far apart two ratings are: whether they differ, or the square of their difference."""

    NOMINAL = "nominal"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement.

    Attributes:
        value: 1 perfect, 0 as by chance; None where undefined.
        items: how many it was computed on.
        left_out: items with ratings that it does not cover.
        reason: why it is undefined, readable; None where it is not.
    """

    value: float | None
    items: int
    left_out: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PairwiseKappa:
    """Cohen's kappa of two annotators."""

    a: str
    b: str
    kappa: Coefficient


@dataclass(frozen=True, slots=True)
class KappaSummary:
    """Cohen's kappas of every two people, in short.

    Attributes:
        number: how many there are, undefined ones too.
        mean: plain, of those that are defined (Light's kappa); None where none is.
        least, most: of those that are defined.
        undefined: how many are not, by the reason.
    """

    number: int
    mean: float | None
    least: PairwiseKappa | None
    most: PairwiseKappa | None
    undefined: Mapping[str, int]

    @property
    def defined(self) -> int:
        """How many have a value."""
        return self.number - sum(self.undefined.values())


@dataclass(frozen=True, slots=True)
class MajorityCount:
    """Labelled pairs by what more than half of their labels say; `none`: nothing does."""

    left: int
    right: int
    tie: int
    none: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the people of a study agree.

    Attributes:
        items: pairs with at least one label that stands.
        annotators: names of those who gave any, simulated ones too.
        set_aside: labels that alpha and kappas are computed without, since they were asked for only where the
            first ones of their pair differ (`annotation.planning.unselected`).
        krippendorff_alpha: nominal, over all pairs with two labels or more.
        pairwise_kappa: of every two annotators.
    """

    items: int
    annotators: tuple[str, ...]
    set_aside: int
    krippendorff_alpha: Coefficient
    fleiss_kappa: Coefficient
    pairwise_kappa: tuple[PairwiseKappa, ...]
    majority: MajorityCount


def measure_agreement(study: Study) -> Agreement:
    """Agreement of a study's annotators on the labels that stand."""
    with study.reading() as connection:
        labels = read_choices(connection, label_stands())
        asked = asked_anyway(connection, labels["pair"])
        names = {row.id: row.name for row in connection.execute(select(agents))}
    people, rows = np.unique(labels["annotator"], return_inverse=True)
    _, columns = np.unique(labels["pair"], return_inverse=True)
    return agreement_of(
        tuple(names[person] for person in people.tolist()),
        CrowdVotes(rows, columns, labels["choice"]),
        asked,
    )


def agreement_of(annotators: Sequence[str], votes: CrowdVotes, asked: npt.NDArray[np.bool_]) -> Agreement:
    """Agreement of annotators, in this order, on items of which each has a vote.

    Args:
        annotators: names.
        votes: all; majorities are of these.
        asked: which of them were asked for in any case; the coefficients are of these.
    """
    items = int(votes.items.max(initial=-1)) + 1
    ratings = np.full((len(annotators), items), np.nan)
    ratings[votes.annotators[asked], votes.items[asked]] = votes.choices[asked]
    return Agreement(
        items=items,
        annotators=tuple(annotators),
        set_aside=int(np.count_nonzero(~asked)),
        krippendorff_alpha=krippendorff_alpha(ratings),
        fleiss_kappa=fleiss_kappa(ratings),
        pairwise_kappa=tuple(
            PairwiseKappa(annotators[a], annotators[b], cohen_kappa(ratings[a], ratings[b]))
            for a, b in combinations(range(len(annotators)), 2)
        ),
        majority=_majorities(votes.choices, votes.items, items),
    )


def summarize_kappas(kappas: Sequence[PairwiseKappa]) -> KappaSummary:
    """Many kappas in a few numbers."""
    valued = sorted(
        (one.kappa.value, place) for place, one in enumerate(kappas) if one.kappa.value is not None
    )
    return KappaSummary(
        number=len(kappas),
        mean=fmean(value for value, _ in valued) if valued else None,
        least=kappas[valued[0][1]] if valued else None,
        most=kappas[valued[-1][1]] if valued else None,
        undefined=Counter(one.kappa.reason for one in kappas if one.kappa.reason),
    )


def krippendorff_alpha(ratings: Ratings, metric: Metric = Metric.NOMINAL) -> Coefficient:
    """Krippendorff's alpha (Krippendorff 2011), on the items with two ratings or more; gaps are allowed."""
    categories, counts = _count(ratings)
    rated = counts.sum(axis=1)
    paired = counts[rated >= _PAIRABLE]
    weighted = paired / (paired.sum(axis=1, keepdims=True) - 1)
    coincidences = paired.T @ weighted - np.diag(weighted.sum(axis=0))
    totals = paired.sum(axis=0)
    distance = _distances(categories, metric)
    observed = (coincidences * distance).sum()
    expected = (np.outer(totals, totals) * distance).sum() / max(1, totals.sum() - 1)
    return _beyond_chance(observed, expected, len(paired), int(np.count_nonzero(rated)))


def fleiss_kappa(ratings: Ratings) -> Coefficient:
    """Fleiss' kappa, which wants equally many ratings of each item, by whomever (Fleiss 1971).

    Covers the items with the number of ratings (two at least) that most items have; of numbers that are
    equally frequent the larger.
    """
    _, counts = _count(ratings)
    rated = counts.sum(axis=1)
    frequencies = Counter(rated[rated >= _PAIRABLE].tolist())
    usual = max(frequencies, key=lambda number: (frequencies[number], number), default=_PAIRABLE)
    covered = counts[rated == usual]
    totals = covered.sum(axis=0)
    pairs_of_ratings = max(1, len(covered)) * usual * (usual - 1)
    observed = 1 - (covered * (covered - 1)).sum() / pairs_of_ratings
    return _beyond_chance(observed, _differing(totals, totals), len(covered), int(np.count_nonzero(rated)))


def cohen_kappa(a: Ratings, b: Ratings) -> Coefficient:
    """Cohen's kappa of two annotators, a rating an item each, on the items that both rated (Cohen 1960)."""
    both = ~np.isnan(a) & ~np.isnan(b)
    items, rated = int(np.count_nonzero(both)), int(np.count_nonzero(~np.isnan(a) | ~np.isnan(b)))
    categories = np.unique(np.concatenate([a[both], b[both]]))
    of_a, of_b = ((ratings[both, np.newaxis] == categories).sum(axis=0) for ratings in (a, b))
    observed = int(np.count_nonzero(a[both] != b[both])) / max(1, items)
    return _beyond_chance(observed, _differing(of_a, of_b), items, rated)


def _count(ratings: Ratings) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The categories, ascending, and how often each item (row) was put in each of them (column)."""
    categories = np.unique(ratings[~np.isnan(ratings)])
    return categories, (ratings[..., np.newaxis] == categories).sum(axis=0)


def _distances(categories: npt.NDArray[np.float64], metric: Metric) -> npt.NDArray[np.float64]:
    differences = np.subtract.outer(categories, categories)
    return differences**2 if metric is Metric.INTERVAL else (differences != 0).astype(float)


def _differing(some: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> float:
    """How often two ratings differ that are drawn from these two counts of categories."""
    drawn = int(some.sum()) * int(others.sum())
    return (drawn - int(some @ others)) / max(1, drawn)


def _beyond_chance(observed: float, expected: float, items: int, rated: int) -> Coefficient:
    """1 - observed / expected disagreement, which all three coefficients are."""
    if not items:
        return Coefficient(None, 0, rated, _NOTHING_PAIRED)
    if expected == 0:
        return Coefficient(None, items, rated - items, _NO_VARIETY)
    # Without what rounded sums add: of as much disagreement as by chance exactly 0, and no -0.
    return Coefficient(round(float(1 - observed / expected), _DIGITS) + 0.0, items, rated - items)


def _majorities(choices: npt.NDArray[np.int8], rows: npt.NDArray[np.int64], items: int) -> MajorityCount:
    ballots = np.zeros((items, len(CHOICES)), np.int16)
    np.add.at(ballots, (rows, choices - CHOICES[0].value), 1)
    signs = Counter(majority_signs(ballots).tolist())
    return MajorityCount(
        left=signs[Preference.LEFT.value],
        right=signs[Preference.RIGHT.value],
        tie=signs[Preference.TIE.value],
        none=signs[MISSING],
    )
