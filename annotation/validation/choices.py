"""What one chooses between when validating; imports nothing, so that a command's help loads nothing."""

from enum import StrEnum


class Level(StrEnum):
    """What is drawn: responses (with all their facts, for factors of facts), or single facts."""

    RESPONSE = "response"
    FACT = "fact"


class Stratify(StrEnum):
    """What a draw is stratified by."""

    VERDICT = "verdict"


class Values(StrEnum):
    """Which factor values count: as extracted, or with people's corrections over them."""

    RAW = "raw"
    CORRECTED = "corrected"
