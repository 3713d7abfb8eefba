"""What can be chosen for an experiment; imports nothing heavy."""

from enum import StrEnum
from typing import Final

DRAWS: Final = 2000
"""How often sources are drawn, unless told otherwise."""


class CorrelationMethod(StrEnum):
    """Of the values, or of their ranks."""

    PEARSON = "pearson"
    SPEARMAN = "spearman"
