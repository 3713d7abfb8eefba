"""Alignment of two agents: of their factor scores, and of their choices (PROFILE §3.2, §4.1)."""

from dataclasses import dataclass

from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs


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
        """agree / of."""
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
    """Align two rankings by factor name."""
    raise NotImplementedError


def response_agreement(reference: Signs, other: Signs) -> ResponseAgreement:
    """Compare two preference vectors over the same pairs."""
    raise NotImplementedError
