"""`profile-tui export`: a study's pairs in a file."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """What is written."""

    JSONL = "jsonl"
    CSV = "csv"
    DPO = "dpo"


def export() -> None:
    """Write a study's pairs.

    Example: profile-tui export study.db --format dpo --to pairs.jsonl
    """
