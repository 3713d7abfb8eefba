"""Factor rankings: highest score first, equal scores share a rank (PROFILE §3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from profile_engine.errors import UnknownFactorError
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
        for ranked in self.factors:
            if ranked.score.factor == factor:
                return ranked
        known = ", ".join(ranked.score.factor for ranked in self.factors)
        raise UnknownFactorError(
            f"no factor {factor!r} in the ranking of {self.agent.name}: choose from {known}"
        )


def rank_factors(scores: Iterable[FactorScore]) -> tuple[RankedFactor, ...]:
    """Order scores and number them (1, 2, 2, 4)."""
    defined: list[tuple[float, FactorScore]] = []
    undefined: list[FactorScore] = []
    for entry in scores:
        if entry.score is None:
            undefined.append(entry)
        else:
            defined.append((entry.score, entry))
    defined.sort(key=itemgetter(0), reverse=True)  # stays in the given order where scores are equal
    ranked: list[RankedFactor] = []
    rank, above = 0, None
    for place, (score, entry) in enumerate(defined, start=1):
        if score != above:
            rank, above = place, score
        ranked.append(RankedFactor(rank, entry))
    return (*ranked, *(RankedFactor(None, entry) for entry in undefined))
