"""Factor rankings: highest score first, equal scores share a rank (PROFILE §3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from profile_engine.preferences import Agent
from profile_engine.scoring import FactorScore


@dataclass(frozen=True, slots=True)
class RankedFactor:
    """A factor score and its rank (1 is highest); an undefined score has none."""

    rank: int | None
    score: FactorScore


@dataclass(frozen=True, slots=True)
class FactorRanking:
    """An agent's factor-level preferences.

    Attributes:
        pairs: preferences that entered (pairs, or labels when every label counts by itself).
        no_preference: pairs on which the agent was asked and gave none (people: no majority).
        factors: by rank, undefined ones last; ties in the order of the study's factors.
    """

    agent: Agent
    pairs: int
    no_preference: int
    factors: tuple[RankedFactor, ...]

    def of(self, factor: str) -> RankedFactor:
        """The entry of one factor; raises UnknownFactorError."""
        raise NotImplementedError


def rank_factors(scores: Iterable[FactorScore]) -> tuple[RankedFactor, ...]:
    """Order scores and number them (1, 2, 2, 4)."""
    raise NotImplementedError
