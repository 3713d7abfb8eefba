"""The live profile: a changed label in, a frozen snapshot out, in O(factors)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from profile_engine.preferences import Agent, Aggregation, Preference
from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs


@dataclass(frozen=True, slots=True)
class AgentPreferences:
    """One agent's fixed preferences (models): one sign a pair, MISSING where it has none.

    Attributes:
        asked_without_answer: pairs on which it was asked and gave no preference.
    """

    agent: Agent
    preferences: Signs
    asked_without_answer: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """What one annotator says of one pair (row index of the manifestation matrix)."""

    annotator: str
    pair: int
    choice: Preference


@dataclass(frozen=True, slots=True)
class FactorMove:
    """How one factor's score and rank changed."""

    factor: str
    score_before: float | None
    score_after: float | None
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What the last recorded label did to the ranking of the people together."""

    annotator: str
    pair: int
    moves: tuple[FactorMove, ...]


@dataclass(frozen=True, slots=True)
class ProfileSnapshot:
    """Every agent's ranking at one moment.

    Attributes:
        rankings: the people together first, then models, then annotators, by agent.
        labels: labels that stand, over all annotators.
        change: what the last label moved; None for a snapshot that follows no label.
    """

    rankings: Mapping[Agent, FactorRanking]
    labels: int
    change: ProfileChange | None = None

    def of(self, name: str) -> FactorRanking:
        """The ranking of the agent with this name (`name:setting` picks among several); raises UnknownAgentError."""
        raise NotImplementedError


class LiveProfile:
    """Tallies of all agents that follow every label.

    Holds, count for count, what a recomputation from scratch would give. People's labels change by
    `record`; models' preferences and factor values are fixed for its life time.
    """

    def __init__(
        self,
        factors: Sequence[str],
        manifestations: Signs,
        models: Iterable[AgentPreferences] = (),
        labels: Iterable[Label] = (),
        aggregation: Aggregation = Aggregation.MAJORITY,
    ) -> None:
        raise NotImplementedError

    @property
    def snapshot(self) -> ProfileSnapshot:
        """The present state."""
        raise NotImplementedError

    def record(self, annotator: str, pair: int, choice: Preference | None) -> ProfileSnapshot:
        """Enter a new or changed label, or withdraw it (None); O(factors), whatever the number of pairs."""
        raise NotImplementedError

    def human_preferences(self) -> Signs:
        """The majority's sign on each pair, MISSING where there is no majority or no label."""
        raise NotImplementedError
