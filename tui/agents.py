"""A study's agents: what their names do not say, and which of them a screen shows."""

from collections import Counter
from dataclasses import dataclass
from typing import Self

from annotation.study import StudySummary
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import HUMAN, Agent, AgentKind, matching


@dataclass(frozen=True, slots=True)
class Roster:
    """What the names of a study's agents do not say.

    Attributes:
        simulated: addresses of agents that are no real people or models; the people together when no
            annotator is real.
        shared: names that several agents have.
    """

    simulated: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, summary: StudySummary) -> Self:
        """The roster of a study."""
        people = {Agent(one.annotator, AgentKind.ANNOTATOR): one.simulated for one in summary.annotators}
        made = people | {Agent(one.agent, one.kind): one.simulated for one in summary.agents}
        simulated = {agent.address for agent, is_made in made.items() if is_made}
        real = any(person.labels and not person.simulated for person in summary.annotators)
        bearers = Counter(agent.name for agent in made)
        return cls(
            frozenset(simulated if real or not simulated else simulated | {HUMAN.address}),
            frozenset(name for name, count in bearers.items() if count > 1),
        )

    def is_simulated(self, agent: Agent) -> bool:
        """Whether this is no real person or model."""
        return agent.address in self.simulated

    def is_shared(self, agent: Agent) -> bool:
        """Whether another agent has this name too."""
        return agent.name in self.shared and agent.kind is not AgentKind.HUMAN


def named(snapshot: ProfileSnapshot, name: str | None) -> Agent | None:
    """The agent of this name (or `name:kind`), the first of several; None where there is none."""
    return None if name is None else next(iter(matching(snapshot.rankings, name)), None)


def offered(snapshot: ProfileSnapshot, *, annotators: bool) -> list[Agent]:
    """People together and models, and each annotator where asked for."""
    return [agent for agent in snapshot.rankings if annotators or agent.kind is not AgentKind.ANNOTATOR]


def models(snapshot: ProfileSnapshot) -> list[Agent]:
    """The models alone."""
    return [agent for agent in offered(snapshot, annotators=False) if agent.kind is not AgentKind.HUMAN]


def reference_agent(snapshot: ProfileSnapshot, name: str) -> Agent:
    """The agent of this name, else the people together."""
    return named(snapshot, name) or snapshot.people.agent


def other_agent(snapshot: ProfileSnapshot, name: str | None, reference: Agent) -> Agent | None:
    """The agent of this name, else the first model, else the first annotator; never the reference itself."""
    wanted = named(snapshot, name)
    models = offered(snapshot, annotators=False)
    candidates = [wanted, *models[1:], *offered(snapshot, annotators=True)[1:], models[0]]
    return next((agent for agent in candidates if agent is not None and agent != reference), None)
