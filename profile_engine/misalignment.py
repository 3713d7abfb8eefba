"""Where an agent parts from a reference, and what each such pair adds to it (PROFILE §4.1, A.1).

The two are aligned by tau_b of their factor scores (§3.2), so a pair adds what tau_b would gain if the
agent's choice on it were the reference's and all else stayed. Scores are quotients of counts: a pair is taken
out of them and put back otherwise, which is exact and needs no second look at the other pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.alignment import DIGITS, Alignment, align, why_undefined
from profile_engine.preferences import MISSING, Preference, Setting
from profile_engine.ranking import FactorRanking
from profile_engine.scoring import FactorScore
from profile_engine.tally import Signs

Floats = npt.NDArray[np.float64]

MOST_PULLS: Final = 3
"""As many factors as one reads at a glance."""


def parts(reference: Signs, agent: Signs) -> npt.NDArray[np.bool_]:
    """Pairs on which the reference prefers a side and the agent has a verdict, but not the same one.

    An agent's tie is among them, as `response_agreement` counts it as a disagreement.
    """
    found: npt.NDArray[np.bool_] = (agent != MISSING) & (agent != reference) & ((reference & 1) == 1)
    return found


@dataclass(frozen=True, slots=True)
class FactorPull:
    """A factor of which one response has more, and for which side that speaks in whose eyes.

    Attributes:
        more: the side that has more of it.
        reference: the reference's score of the factor; `agent` is the agent's.
    """

    factor: str
    more: Preference
    reference: float
    agent: float

    @property
    def reference_side(self) -> Preference:
        """The side for which it speaks by the reference's score; a tie where that is 0."""
        return Preference(int(self.more * np.sign(self.reference)))

    @property
    def agent_side(self) -> Preference:
        """The same by the agent's score."""
        return Preference(int(self.more * np.sign(self.agent)))


@dataclass(frozen=True, slots=True, eq=False)
class Misalignment:
    """The pairs on which an agent parts from a reference, those first that add most to it.

    One row a pair: by the change of tau_b, high to low, undefined ones last; where that is equal, as it is
    for all pairs that change the order of no two factors, by how much closer the scores come.

    Attributes:
        alignment: of the two as they stand.
        factors: names, in the order of all columns.
        reference: the reference's scores, one a factor; NaN where undefined. `agent` are the agent's.
        rows: of the manifestation matrix.
        preferred: the side that the reference prefers; `chosen` is what the agent chose.
        signs: pairs x factors, the manifestations.
        scores: pairs x factors, the agent's scores if it had chosen what the reference prefers.
        kendall: tau_b then, NaN where undefined.
        change: `kendall` less tau_b as it stands, NaN where one of them is undefined.
        closer: by how much the scores of the two would then be less far apart, summed over the factors that
            have a score before and after (L1).
    """

    alignment: Alignment
    factors: tuple[str, ...]
    reference: Floats
    agent: Floats
    rows: npt.NDArray[np.int64]
    preferred: Signs
    chosen: Signs
    signs: Signs
    scores: Floats
    kendall: Floats
    change: Floats
    closer: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, wanted: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Misalignment":
        """The pairs for which this holds, or at these places."""
        return replace(
            self,
            rows=self.rows[wanted],
            preferred=self.preferred[wanted],
            chosen=self.chosen[wanted],
            signs=self.signs[wanted],
            scores=self.scores[wanted],
            kendall=self.kendall[wanted],
            change=self.change[wanted],
            closer=self.closer[wanted],
        )

    def reason(self, place: int) -> str | None:
        """Why the change of tau_b is undefined there; None where it is not."""
        if not np.isnan(self.change[place]):
            return None
        if self.alignment.reason is not None:
            return self.alignment.reason
        known = _known(self.reference, self.scores[place])
        after = why_undefined(self.reference[known].tolist(), self.scores[place][known].tolist())
        return f"once the pair is aligned, {after}"

    def pulls(self, place: int, most: int = MOST_PULLS) -> tuple[FactorPull, ...]:
        """The factors that explain a pair, at most so many.

        First those that speak for the reference's side by its score and against it by the agent's; then those
        that speak for that side more by the reference's score than by the agent's. The more the two scores
        differ, the earlier.
        """
        preferred, signs = int(self.preferred[place]), self.signs[place]
        differing = np.isin(signs, (-1, 1)) & _known(self.reference, self.agent)
        towards = np.where(differing, preferred * signs.astype(np.float64), 0.0)
        mine, theirs = (towards * np.nan_to_num(scores) for scores in (self.reference, self.agent))
        order = np.lexsort((theirs - mine, (mine <= 0) | (theirs >= 0)))
        return tuple(
            FactorPull(
                self.factors[column],
                Preference(int(signs[column])),
                float(self.reference[column]),
                float(self.agent[column]),
            )
            for column in order[:most].tolist()
            if mine[column] > theirs[column]
        )


def find_misalignment(
    reference: FactorRanking,
    agent: FactorRanking,
    preferences: tuple[Signs, Signs],
    manifestations: Signs,
    factors: Sequence[str],
) -> Misalignment:
    """Find where an agent parts from a reference; O(pairs x factors squared), vectorized over pairs.

    Args:
        reference: the reference's ranking.
        agent: the agent's; its counts are what a pair is taken out of.
        preferences: the reference's and the agent's, one sign a pair.
        manifestations: pairs x factors, from which the agent's ranking follows.
        factors: names of the columns.
    """
    theirs, its = preferences
    rows = np.flatnonzero(parts(theirs, its))
    preferred, chosen, signs = theirs[rows], its[rows], manifestations[rows]
    by_factor = [{ranked.score.factor: ranked.score for ranked in one.factors} for one in (reference, agent)]
    mine, own = (np.array([_score(one[name]) for name in factors]) for one in by_factor)
    scores = _aligned([by_factor[1][name] for name in factors], agent.agent.setting, chosen, preferred, signs)
    alignment = align(reference, agent)
    before = np.nan if alignment.kendall is None else alignment.kendall
    kendall = _kendall(mine, scores)
    change = np.round(kendall - before, DIGITS)
    closer = np.round(np.nansum(np.abs(own - mine) - np.abs(scores - mine), axis=1), DIGITS)
    found = Misalignment(
        alignment, tuple(factors), mine, own, rows, preferred, chosen, signs, scores, kendall, change, closer
    )
    return found.only(np.lexsort((rows, -closer, np.where(np.isnan(change), np.inf, -change))))


def _score(entry: FactorScore) -> float:
    return np.nan if entry.score is None else entry.score


def _aligned(
    entries: Sequence[FactorScore], setting: Setting, chosen: Signs, preferred: Signs, signs: Signs
) -> Floats:
    """The agent's scores, pairs x factors, if it had chosen on this one pair what is preferred."""
    available = signs != MISSING
    differences = np.array([entry.concordant - entry.discordant for entry in entries])
    counted = np.array([entry.counted for entry in entries])
    step = (preferred - chosen).astype(np.int64)[:, np.newaxis]
    numerators = differences + step * np.where(available, signs, 0)
    denominators = np.broadcast_to(counted, signs.shape)
    if setting is not Setting.EVALUATION:  # there a preference that is tied counts in no score
        denominators = denominators + (available & (chosen == 0)[:, np.newaxis])
    scores = np.full(signs.shape, np.nan)
    np.divide(numerators, denominators, out=scores, where=denominators > 0)
    return scores


def _known(reference: Floats, scores: Floats) -> npt.NDArray[np.bool_]:
    known: npt.NDArray[np.bool_] = ~(np.isnan(reference) | np.isnan(scores))
    return known


def _kendall(reference: Floats, scores: Floats) -> Floats:
    """tau_b of the reference's scores with each row of scores, over the factors that both have."""
    found, ordered, own_ordered = (np.zeros(len(scores), np.int64) for _ in range(3))
    columns = np.ascontiguousarray(scores.T)
    for one, other in combinations(np.flatnonzero(~np.isnan(reference)).tolist(), 2):
        higher, lower = columns[one] > columns[other], columns[one] < columns[other]
        sign = int(np.sign(reference[one] - reference[other]))
        if sign:
            ordered += ~(np.isnan(columns[one]) | np.isnan(columns[other]))
            found += higher.astype(np.int64) * sign
            found -= lower.astype(np.int64) * sign
        own_ordered += higher | lower
    with np.errstate(divide="ignore", invalid="ignore"):
        kendall: Floats = found / np.sqrt(ordered) / np.sqrt(own_ordered)
    kendall[(ordered == 0) | (own_ordered == 0)] = np.nan
    return np.round(kendall, DIGITS)
