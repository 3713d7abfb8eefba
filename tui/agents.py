"""Which of a snapshot's agents a screen shows."""

from profile_engine.errors import UnknownAgentError
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent, AgentKind


def named(snapshot: ProfileSnapshot, name: str | None) -> Agent | None:
    """The agent of this name (or `name:setting`); None where there is none, or not one alone."""
    if name is None:
        return None
    try:
        return snapshot.of(name).agent
    except UnknownAgentError:
        return None


def offered(snapshot: ProfileSnapshot, *, annotators: bool) -> list[Agent]:
    """People together and models, and each annotator where asked for."""
    return [agent for agent in snapshot.rankings if annotators or agent.kind is not AgentKind.ANNOTATOR]


def reference_agent(snapshot: ProfileSnapshot, name: str) -> Agent:
    """The agent of this name, else the people together."""
    return named(snapshot, name) or snapshot.people.agent


def other_agent(snapshot: ProfileSnapshot, name: str | None, reference: Agent) -> Agent | None:
    """The agent of this name, else the first model, else the first annotator; never the reference itself."""
    wanted = named(snapshot, name)
    models = offered(snapshot, annotators=False)
    candidates = [wanted, *models[1:], *offered(snapshot, annotators=True)[1:], models[0]]
    return next((agent for agent in candidates if agent is not None and agent != reference), None)
