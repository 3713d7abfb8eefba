"""Alignment of two agents: of their factor scores, and of their choices (PROFILE §3.2, §4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING
from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs

DIGITS: Final = 12
"""Decimals of a correlation: beyond them is what the order of floating-point sums adds."""


@dataclass(frozen=True, slots=True)
class ResponseAgreement:
    """Share of pairs on which an agent chooses what the reference chose.

    Counts pairs where the reference prefers a side and the agent has a verdict; an agent's tie there
    is a disagreement. `rate` is None where `of` is 0.
    """

    agree: int
    of: int

    @property
    def rate(self) -> float | None:
        """Share of agreeing pairs."""
        return self.agree / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Correlation of two agents' factor scores over the factors that both have.

    Attributes:
        factors: number of factors with a defined score on both sides.
        kendall: tau_b; None where undefined.
        spearman: rho.
        pearson: r, on the scores, not on the ranks.
        reason: why the correlations are undefined; None where they are not.
    """

    factors: int
    kendall: float | None
    spearman: float | None
    pearson: float | None
    reason: str | None


def align(reference: FactorRanking, other: FactorRanking) -> Alignment:
    """Align two rankings by factor name; correlations are undefined below two factors or without variance."""
    theirs = {ranked.score.factor: ranked.score.score for ranked in other.factors}
    x, y = [], []
    for ranked in reference.factors:
        mine, its = ranked.score.score, theirs.get(ranked.score.factor)
        if mine is not None and its is not None:
            x.append(mine)
            y.append(its)
    if reason := why_undefined(x, y):
        return Alignment(len(x), None, None, None, reason)
    from scipy import stats

    return Alignment(
        len(x),
        kendall=_correlation(stats.kendalltau(x, y, variant="b").statistic),
        spearman=_correlation(stats.spearmanr(x, y).statistic),
        pearson=_correlation(stats.pearsonr(x, y).statistic),
        reason=None,
    )


def _correlation(computed: float) -> float:
    """Without what the order of the floating-point sums adds: two equal rankings correlate with exactly 1."""
    return round(float(computed), DIGITS) + 0.0  # no -0


def why_undefined(x: Sequence[float], y: Sequence[float]) -> str | None:
    """Why the scores of a reference and of another agent do not correlate; None where they do."""
    if not x:
        return "no factor has a score on both sides"
    if len(x) == 1:
        return "only 1 factor has a score on both sides, a correlation takes at least 2"
    for scores, agent in ((x, "the reference"), (y, "the other agent")):
        if len(set(scores)) == 1:
            return f"{agent} has the same score on all factors"
    return None


def response_agreement(reference: Signs, other: Signs) -> ResponseAgreement:
    """Compare two preference vectors over the same pairs; raises EngineError where the lengths differ."""
    if reference.shape != other.shape:
        raise EngineError(
            f"one agent's preferences are over {len(reference)} pairs, the other's over {len(other)}: "
            "give both over the same pairs"
        )
    counted = ((reference & 1) == 1) & (other != MISSING)
    return ResponseAgreement(
        agree=int(np.count_nonzero(counted & (reference == other))), of=int(np.count_nonzero(counted))
    )
