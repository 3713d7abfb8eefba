"""What the experiments are called; imports nothing heavy."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ExperimentName(StrEnum):
    """The experiments of the paper."""

    ALIGNMENT = "alignment"
    GUIDANCE = "guidance"
    IMPROVEMENT = "improvement"
    REWARD = "reward"
    DIRECT = "direct"
    CORRELATIONS = "correlations"


TRAINED_ON: Final = MappingProxyType({"tulu-ppo-13b-rm": "rm-13b", "tulu-ppo-70b-rm": "rm-70b"})
"""Reward models by the policies that were trained on them, among the presets of the paper's models."""
