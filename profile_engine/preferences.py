"""Who prefers what: agents and their pairwise preferences (PROFILE §2.1)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Final
from unicodedata import normalize

from profile_engine.errors import UnknownAgentError

MISSING: Final = -128
"""The int8 that stands for "no value" in preference and manifestation arrays: neither -1, 0 nor 1."""


class Preference(IntEnum):
    """Pref(left, right) of PROFILE §2.1: +1 where the left response is preferred."""

    RIGHT = -1
    TIE = 0
    LEFT = 1


class Setting(StrEnum):
    """How an agent came to its preferences, which decides what counts as a tie (PROFILE §3.2, F.2.2)."""

    GENERATION = "generation"
    EVALUATION = "evaluation"
    IMPROVEMENT = "improvement"


class AgentKind(StrEnum):
    """What an agent is; its setting follows from it unless told otherwise."""

    HUMAN = "human"
    ANNOTATOR = "annotator"
    JUDGE = "judge"
    REWARD_MODEL = "reward_model"
    GENERATOR = "generator"
    IMPROVER = "improver"


_SETTINGS: Final = {
    AgentKind.GENERATOR: Setting.GENERATION,
    AgentKind.IMPROVER: Setting.IMPROVEMENT,
}


class Aggregation(StrEnum):
    """How several people's labels on one pair become preferences of the agent `human`."""

    MAJORITY = "majority"
    EVERY_LABEL = "every_label"


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody or something with preferences; one model in two settings is two agents."""

    name: str
    kind: AgentKind
    told_setting: Setting | None = None

    @property
    def setting(self) -> Setting:
        """The setting told, else the one that follows from the kind."""
        if self.told_setting is not None:
            return self.told_setting
        return _SETTINGS.get(self.kind, Setting.EVALUATION)

    @property
    def address(self) -> str:
        """What no other agent is called: `gpt-4o:judge`."""
        return f"{self.name}:{self.kind}"

    def told(self, settings: Mapping[str, Setting]) -> "Agent":
        """This agent in the setting told for its address, or for all of its name."""
        setting = settings.get(self.address, settings.get(self.name))
        return self if setting is None else replace(self, told_setting=setting)


HUMAN: Final = Agent("human", AgentKind.HUMAN)
"""The people of a study taken together."""


def annotator_fault(name: str) -> str | None:
    """Why no annotator can be called so; None where one can."""
    if not name.strip():
        return "an annotator needs a name"
    if name.strip().casefold() == HUMAN.name:
        return f"{HUMAN.name!r} stands for all people together and cannot be one annotator's name"
    if _ERASED.fullmatch(normalize("NFKC", name)):
        return f"{name.strip()!r} is what somebody is called who was erased, and cannot be anybody's name"
    return None


_ERASED: Final = re.compile(r"\s*erased\s*\d+\s*", re.IGNORECASE)


def matching(agents: Iterable[Agent], text: str) -> tuple[Agent, ...]:
    """The agents that `name:kind`, `name` or `name:setting` stands for; `human` is the people together."""
    agents = tuple(agents)
    for found in (
        tuple(agent for agent in agents if text == agent.address),
        tuple(agent for agent in agents if agent.kind is AgentKind.HUMAN and text == agent.name),
        tuple(agent for agent in agents if text == agent.name),
        tuple(agent for agent in agents if text == f"{agent.name}:{agent.setting}"),
    ):
        if found:
            return found
    return ()


def only_agent(agents: Iterable[Agent], text: str) -> Agent:
    """The one agent that `matching` finds.

    Raises:
        UnknownAgentError: it finds none, or several; the message says how to call each.
    """
    agents = tuple(agents)
    found = matching(agents, text)
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(agent.address for agent in found)
        raise UnknownAgentError(f"{text!r} is more than one agent: say {choices}")
    known = ", ".join(short_names(agents).values())
    choices = f"choose from {known}" if known else "there is none to choose from"
    raise UnknownAgentError(f"no agent {text!r} here: {choices}")


def short_names(agents: Iterable[Agent]) -> dict[Agent, str]:
    """Each agent's name where no other has it, else its address."""
    agents = tuple(agents)
    bearers = Counter(agent.name for agent in agents)
    return {agent: agent.name if bearers[agent.name] == 1 else agent.address for agent in agents}
