"""What validators say, as it comes into the log and out of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, select

from annotation.errors import AnswerError
from annotation.store.annotators import find_annotator
from annotation.store.entries import EntryTable
from annotation.store.tables import agents, judgements
from annotation.validation.facts import FactMarks

FIRST_REASON: Final = "content inaccurate, the factor is fine"
"""Why most extractions erred in PROFILE Appendix D.3; stands first in every study's list."""

JUDGEMENTS: Final = EntryTable(
    judgements,
    "item_id",
    "validator_id",
    ("verdict", "value", "label", "facts", "reason", "note", "set", "seconds"),
)
"""The log's table."""


class JudgementKind(StrEnum):
    """What an entry is about.

    BLIND is the answer before the extracted value was seen, JUDGEMENT the one that counts, ADJUDICATION
    the last word where validators differ, REASON why the extraction erred.
    """

    BLIND = "blind"
    JUDGEMENT = "judgement"
    ADJUDICATION = "adjudication"
    REASON = "reason"
    NOTE = "note"
    SKIP = "skip"
    FLAG = "flag"


class Ruling(StrEnum):
    """What a validator says of an extracted value."""

    CORRECT = "correct"
    WRONG = "wrong"
    CANNOT_TELL = "cannot_tell"


RULED: Final = (JudgementKind.BLIND, JudgementKind.JUDGEMENT, JudgementKind.ADJUDICATION)
"""Kinds of entries with a verdict."""


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """An entry on its way into the log; `ValidationItem.answered` makes one of a right value.

    Attributes:
        verdict: of blind answers, judgements and adjudications; of a blind answer it is not shown.
        value: the right value; with CORRECT the extracted one.
        label: its class, where it has one; of single facts `yes` or `no`.
        facts: what is said of single facts.
        set: on or off, for skips and flags.
        seconds: spent on the item since the entry before, without idle time.
        token: the same token twice is the same entry and stored once.
    """

    item_id: int
    validator: str
    kind: JudgementKind = JudgementKind.JUDGEMENT
    verdict: Ruling | None = None
    value: float | None = None
    label: str | None = None
    facts: FactMarks | None = None
    reason: str | None = None
    note: str | None = None
    set: bool | None = None
    seconds: float | None = None
    origin: str = "terminal"
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class JudgementEntry:
    """An entry of the log; `verdict` None with a ruled kind: withdrawn."""

    id: int
    item_id: int
    validator: str
    kind: JudgementKind
    verdict: Ruling | None
    value: float | None
    label: str | None
    facts: FactMarks | None
    reason: str | None
    note: str | None
    set: bool | None
    seconds: float | None
    undoes: int | None
    origin: str
    created: str


def read_entries(connection: Connection, *which: ColumnElement[bool]) -> list[JudgementEntry]:
    """Entries that meet all conditions, oldest first."""
    found = (
        select(judgements, agents.c.name)
        .join(agents, agents.c.id == judgements.c.validator_id)
        .where(*which)
        .order_by(judgements.c.id)
    )
    return [entry_of(row, row.name) for row in connection.execute(found)]


def last_judgement(connection: Connection) -> int:
    """The id of the newest entry; 0 for an empty log."""
    newest = connection.execute(select(judgements.c.id).order_by(judgements.c.id.desc()).limit(1)).scalar()
    return newest or 0


def find_person(connection: Connection, name: str) -> int:
    """The id of a registered person; raises AnswerError."""
    found = find_annotator(connection, name)
    if found is None:
        raise AnswerError(f"{name} is not known in this study; register them first")
    return found


def entry_of(row: Row[Any], validator: str) -> JudgementEntry:
    """A row of the log."""
    return JudgementEntry(
        id=row.id,
        item_id=row.item_id,
        validator=validator,
        kind=JudgementKind(row.kind),
        verdict=Ruling(row.verdict) if row.verdict else None,
        value=row.value,
        label=row.label,
        facts=FactMarks.from_json(row.facts),
        reason=row.reason,
        note=row.note,
        set=row.set,
        seconds=row.seconds,
        undoes=row.undoes,
        origin=row.origin,
        created=row.created,
    )
