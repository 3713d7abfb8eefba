"""Corrections: right values as a layer over the extracted ones, with who, when and why."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from annotation.validation.facts import FactMarks


class Values(StrEnum):
    """Which factor values count: as extracted, or with people's corrections over them."""

    RAW = "raw"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Correction:
    """A right value that differs from the standing one.

    Attributes:
        before: the value as extracted; `after`: as corrected, None where no fact is left to compute it from.
        by: who says so.
        created: when.
        reasons: why the extraction erred, as chosen; `notes` in their own words.
        items: of the validations it rests on.
        facts: verdicts turned and faults found, for factors of facts.
    """

    response_id: int
    factor: str
    before: float | None
    before_label: str | None
    after: float | None
    after_label: str | None
    by: tuple[str, ...]
    created: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    items: tuple[int, ...]
    facts: tuple[FactMarks, ...] = ()


def read_corrections(
    connection: Connection, response_ids: Collection[int] | None = None
) -> tuple[Correction, ...]:
    """The corrections in force, of all responses or of some."""
    raise NotImplementedError
