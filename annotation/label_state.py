"""What people have said of a pair, in a word; loads nothing, so that the command line can name the words."""

from enum import StrEnum


class LabelState(StrEnum):
    """What people have said of a pair."""

    LABELLED = "labelled"
    UNLABELLED = "unlabelled"
    NO_MAJORITY = "no majority"
    FLAGGED = "flagged"
