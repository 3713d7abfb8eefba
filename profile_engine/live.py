"""The live profile: a changed label in, a frozen snapshot out, in O(factors)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.errors import EngineError, UnknownAgentError, UnknownFactorError
from profile_engine.preferences import (
    HUMAN,
    MISSING,
    Agent,
    AgentKind,
    Aggregation,
    Preference,
    Setting,
    only_agent,
)
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.scoring import tau14
from profile_engine.tally import COUNTS, PairTally, Signs, tally_table
from profile_engine.votes import SignChange, Votes


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
    """What the last recorded label did to the ranking of the people together.

    Attributes:
        moves: the factors whose score or rank changed, by their rank now.
    """

    annotator: str
    pair: int
    moves: tuple[FactorMove, ...]


@dataclass(frozen=True, slots=True)
class NewSigns:
    """Other manifestations of one factor, one sign a pair.

    Attributes:
        factor: by name.
        pairs: row indexes of the manifestation matrix.
        signs: as `manifest` gives them, MISSING where a value is unavailable.
    """

    factor: str
    pairs: npt.NDArray[np.int64]
    signs: Signs


@dataclass(frozen=True, slots=True)
class Revaluation:
    """What changed factor values did to the ranking of the people together.

    Attributes:
        pairs: how often a factor manifests otherwise than before, over all pairs and factors.
        moves: as in `ProfileChange`.
    """

    pairs: int
    moves: tuple[FactorMove, ...]


@dataclass(frozen=True, slots=True)
class ProfileSnapshot:
    """Every agent's ranking at one moment.

    Attributes:
        rankings: the people together first, then models, then annotators by name, by agent.
        labels: labels that stand, over all annotators.
        change: what the last label moved; None for a snapshot that follows no label.
        revaluation: what changed factor values moved; None for a snapshot that follows none.
    """

    rankings: Mapping[Agent, FactorRanking]
    labels: int
    change: ProfileChange | None = None
    revaluation: Revaluation | None = None

    @property
    def people(self) -> FactorRanking:
        """The ranking of the people together."""
        return next(iter(self.rankings.values()))

    def of(self, text: str) -> FactorRanking:
        """The ranking of the agent that `name`, `name:kind` or `name:setting` stands for.

        Raises:
            UnknownAgentError: it stands for nobody, or for several.
        """
        return self.rankings[only_agent(self.rankings, text)]


_MEETINGS: Final[Mapping[int, Mapping[int, int]]] = {
    Preference.LEFT.value: {1: 0, -1: 1, 0: 2, MISSING: 5},
    Preference.RIGHT.value: {1: 1, -1: 0, 0: 2, MISSING: 5},
    Preference.TIE.value: {1: 3, -1: 3, 0: 4, MISSING: 5},
}
"""Which field of a `PairTally` a preference and a manifestation count in."""


class _Standing:
    """One agent's counts, changed in place, and the frozen ranking they gave last."""

    __slots__ = ("agent", "counts", "no_preference", "pairs", "ranking")

    ranking: FactorRanking

    def __init__(self, agent: Agent, counts: list[list[int]], pairs: int, no_preference: int = 0) -> None:
        self.agent = agent
        self.counts = counts
        self.pairs = pairs
        self.no_preference = no_preference

    def move(self, manifestations: Sequence[int], change: SignChange) -> None:
        """Let one pair's preference change."""
        for choice, step in ((change.before, -1), (change.after, 1)):
            if choice != MISSING:
                self.pairs += step
                field_of = _MEETINGS[choice]
                for counts, manifestation in zip(self.counts, manifestations, strict=True):
                    counts[field_of[manifestation]] += step

    def remanifest(self, column: int, choice: int, before: int, after: int) -> None:
        """Let a factor's manifestation on one pair change."""
        counts, field_of = self.counts[column], _MEETINGS[choice]
        counts[field_of[before]] -= 1
        counts[field_of[after]] += 1

    def rank(self, factors: Sequence[str]) -> None:
        """Bring the ranking up to the counts."""
        setting = self.agent.setting
        scores = [
            tau14(factor, PairTally(*counts), setting)
            for factor, counts in zip(factors, self.counts, strict=True)
        ]
        self.ranking = FactorRanking(self.agent, self.pairs, self.no_preference, rank_factors(scores))


class LiveProfile:
    """Tallies of all agents that follow every label.

    Holds, count for count, what a recomputation from scratch would give. People's labels change by
    `record`, factor values by `revalue`; models' preferences are fixed for its life time.

    Args:
        factors: names, in the order of the columns of `manifestations`.
        manifestations: pairs x factors; kept, and changed in place by `revalue`.
        models: agents whose preferences do not change.
        labels: labels that stand; of several by one annotator on one pair the last one does.
        aggregation: how labels of several people become preferences of `human`.
        people: labels that stand, in bulk: one sign a pair by annotator; `labels` are entered after these.
        settings: settings of `human` and of annotators, by name or `name:kind`, that do not follow from
            their kind.

    Raises:
        EngineError: shapes that do not fit together, or a pair outside the matrix.
    """

    def __init__(
        self,
        factors: Sequence[str],
        manifestations: Signs,
        models: Iterable[AgentPreferences] = (),
        labels: Iterable[Label] = (),
        aggregation: Aggregation = Aggregation.MAJORITY,
        *,
        people: Mapping[str, Signs] | None = None,
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        if manifestations.shape[1:] != (len(factors),):
            raise EngineError(
                f"manifestations of shape {manifestations.shape} do not fit {len(factors)} factors: "
                "give pairs x factors"
            )
        self._factors = tuple(factors)
        self._manifestations = manifestations
        self._aggregation = aggregation
        self._settings = dict(settings or {})
        self._votes = Votes(len(manifestations), self._collect(people or {}, labels))
        models = tuple(models)
        self._given = {entry.agent: entry.preferences for entry in models}
        self._models = self._tally(models)
        people_alone = self._tally(
            AgentPreferences(self._annotator(name), signs)
            for name, signs in sorted(self._votes.by_annotator.items())
        )
        self._annotators = {person.agent.name: person for person in people_alone}
        self._human = self._tally_human()
        for standing in self._standings():
            standing.rank(self._factors)
        agents = [standing.agent for standing in self._standings()]
        if repeated := [agent.name for agent in set(agents) if agents.count(agent) > 1]:
            raise EngineError(f"{', '.join(repeated)} given twice: one agent has one preference a pair")
        self._snapshot = self._freeze()

    @property
    def snapshot(self) -> ProfileSnapshot:
        """The present state."""
        return self._snapshot

    def record(self, annotator: str, pair: int, choice: Preference | None) -> ProfileSnapshot:
        """Enter a label, in O(factors) whatever the number of pairs.

        Args:
            annotator: by name; nobody has to be known before their first label, which alone takes room
                for all pairs.
            pair: row of the manifestation matrix.
            choice: takes the place of what the annotator said before; None withdraws it.

        Returns:
            Everybody's rankings now, and what this label moved in that of the people together.

        Raises:
            EngineError: there is no such pair.
        """
        self._check(pair)
        ranking_before = self._human.ranking
        self._enter(annotator, pair, MISSING if choice is None else Preference(choice).value)
        moves = tuple(_moves(ranking_before, self._human.ranking))
        self._snapshot = self._freeze(ProfileChange(annotator, pair, moves))
        return self._snapshot

    def revalue(self, *changes: NewSigns) -> ProfileSnapshot:
        """Let factors manifest otherwise on some pairs; O(agents) for each, whatever the number of pairs.

        Raises:
            UnknownFactorError: no such factor.
            EngineError: there is no such pair.
        """
        ranking_before = self._human.ranking
        touched: dict[_Standing, None] = {}
        changed = 0
        for change in changes:
            column = self._column(change.factor)
            for pair, sign in zip(change.pairs.tolist(), change.signs.tolist(), strict=True):
                self._check(pair)
                before = int(self._manifestations[pair, column])
                if before != sign:
                    changed += 1
                    self._manifestations[pair, column] = sign
                    for standing, choice in self._choices(pair):
                        standing.remanifest(column, choice, before, sign)
                        touched[standing] = None
        for standing in touched:
            standing.rank(self._factors)
        moves = tuple(_moves(ranking_before, self._human.ranking))
        self._snapshot = self._freeze(revaluation=Revaluation(changed, moves))
        return self._snapshot

    def human_preferences(self) -> Signs:
        """The majority's sign on each pair, MISSING where there is no majority or no label."""
        return self._votes.majority.copy()

    def preferences_of(self, agent: Agent) -> Signs:
        """An agent's sign on each pair, the majority's for the people together; MISSING where it has none.

        Raises:
            UnknownAgentError: the profile does not have this agent.
        """
        if agent.kind is AgentKind.HUMAN:
            return self.human_preferences()
        if agent.kind is AgentKind.ANNOTATOR and agent.name in self._votes.by_annotator:
            return self._votes.by_annotator[agent.name].copy()
        if agent not in self._given:
            raise UnknownAgentError(f"no agent {agent.name!r} in this study")
        return self._given[agent]

    def _enter(self, annotator: str, pair: int, sign: int) -> None:
        if annotator not in self._annotators:
            self._admit(annotator)
        person, human = self._annotators[annotator], self._human
        manifestations = self._manifestations[pair].tolist()
        change = self._votes.cast(annotator, pair, sign)
        together = change.vote
        if self._aggregation is Aggregation.MAJORITY:
            together, human.no_preference = change.majority, self._votes.undecided
        for standing, step in ((person, change.vote), (human, together)):
            if step.before != step.after:
                standing.move(manifestations, step)
                standing.rank(self._factors)
        if not person.pairs:
            del self._annotators[annotator]
            self._votes.forget(annotator)

    def _admit(self, annotator: str) -> None:
        counts = [[0] * COUNTS for _ in self._factors]
        self._annotators[annotator] = _Standing(self._annotator(annotator), counts, 0)
        self._annotators = dict(sorted(self._annotators.items()))

    def _tally(self, agents: Iterable[AgentPreferences]) -> list[_Standing]:
        agents = tuple(agents)
        shape = len(agents), len(self._manifestations)
        for entry in agents:
            if entry.preferences.shape != shape[1:]:
                raise EngineError(
                    f"{len(entry.preferences)} preferences of {entry.agent.name} for {shape[1]} pairs: "
                    "give one sign a pair"
                )
        preferences = np.array([entry.preferences for entry in agents], np.int8).reshape(shape)
        table = tally_table(preferences, self._manifestations).tolist()
        pairs = np.count_nonzero(preferences != MISSING, axis=1).tolist()
        return [
            _Standing(entry.agent, counts, own_pairs, entry.asked_without_answer)
            for entry, counts, own_pairs in zip(agents, table, pairs, strict=True)
        ]

    def _tally_human(self) -> _Standing:
        agent = HUMAN.told(self._settings)
        if self._aggregation is Aggregation.MAJORITY:
            [human] = self._tally([AgentPreferences(agent, self._votes.majority, self._votes.undecided)])
            return human
        people = self._annotators.values()
        counts = np.array([person.counts for person in people], np.int64)
        counts = counts.reshape(len(people), len(self._factors), COUNTS).sum(
            axis=0
        )  # every label: tallies add
        return _Standing(agent, counts.tolist(), sum(person.pairs for person in people))

    def _annotator(self, name: str) -> Agent:
        return Agent(name, AgentKind.ANNOTATOR).told(self._settings)

    def _standings(self) -> Iterator[_Standing]:
        return chain((self._human,), self._models, self._annotators.values())

    def _choices(self, pair: int) -> Iterator[tuple[_Standing, int]]:
        """What counts on a pair, and for whom; by every label the people count once for each of theirs."""
        votes = [int(self._votes.by_annotator[name][pair]) for name in self._annotators]
        together = votes
        if self._aggregation is Aggregation.MAJORITY:
            together = [int(self._votes.majority[pair])]
        given = (int(preferences[pair]) for preferences in self._given.values())
        everybody = chain(
            zip(self._models, given, strict=True),
            zip(self._annotators.values(), votes, strict=True),
            ((self._human, choice) for choice in together),
        )
        return ((standing, choice) for standing, choice in everybody if choice != MISSING)

    def _column(self, factor: str) -> int:
        if factor not in self._factors:
            raise UnknownFactorError(f"no factor {factor!r} in this profile: {', '.join(self._factors)}")
        return self._factors.index(factor)

    def _freeze(
        self, change: ProfileChange | None = None, revaluation: Revaluation | None = None
    ) -> ProfileSnapshot:
        rankings = {standing.agent: standing.ranking for standing in self._standings()}
        labels = sum(person.pairs for person in self._annotators.values())
        return ProfileSnapshot(MappingProxyType(rankings), labels, change, revaluation)

    def _check(self, pair: int) -> None:
        if not 0 <= pair < len(self._manifestations):
            raise EngineError(f"no pair {pair}: there are {len(self._manifestations)}, counted from 0")

    def _collect(self, people: Mapping[str, Signs], labels: Iterable[Label]) -> dict[str, Signs]:
        votes = {annotator: signs.astype(np.int8) for annotator, signs in people.items()}
        for label in labels:
            self._check(label.pair)
            if label.annotator not in votes:
                votes[label.annotator] = np.full(len(self._manifestations), MISSING, np.int8)
            votes[label.annotator][label.pair] = label.choice
        return votes


def _moves(before: FactorRanking, after: FactorRanking) -> Iterator[FactorMove]:
    earlier = {ranked.score.factor: ranked for ranked in before.factors}
    for now in after.factors:
        was = earlier[now.score.factor]
        if now.rank != was.rank or now.score.score != was.score.score:
            yield FactorMove(now.score.factor, was.score.score, now.score.score, was.rank, now.rank)
