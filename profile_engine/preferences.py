"""Who prefers what: agents and their pairwise preferences (PROFILE §2.1)."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

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
        return Setting.GENERATION if self.kind is AgentKind.GENERATOR else Setting.EVALUATION


HUMAN: Final = Agent("human", AgentKind.HUMAN)
"""The people of a study taken together."""
