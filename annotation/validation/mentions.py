"""What coders say of feedback texts, as it comes into the log and out of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, select

from annotation.store.entries import EntryTable
from annotation.store.tables import agents, mentions

MENTIONS: Final = EntryTable(mentions, "text_id", "coder_id", ("factors", "note", "set", "seconds"))
"""The log's table."""


class MentionKind(StrEnum):
    """What an entry is about."""

    MENTIONS = "mentions"
    NOTE = "note"
    SKIP = "skip"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class NewMention:
    """An entry on its way into the log.

    Attributes:
        factors: all that the text mentions, by name; empty: it mentions none.
        set: on or off, for skips and flags.
        seconds: spent since the entry before, without idle time.
        token: the same token twice is the same entry and stored once.
    """

    text_id: int
    coder: str
    kind: MentionKind = MentionKind.MENTIONS
    factors: frozenset[str] | None = None
    note: str | None = None
    set: bool | None = None
    seconds: float | None = None
    origin: str = "terminal"
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class MentionEntry:
    """An entry of the log; `factors` None of the kind MENTIONS: withdrawn."""

    id: int
    text_id: int
    coder: str
    kind: MentionKind
    factors: frozenset[str] | None
    note: str | None
    set: bool | None
    seconds: float | None
    undoes: int | None
    origin: str
    created: str


def read_mentions(connection: Connection, *which: ColumnElement[bool]) -> list[MentionEntry]:
    """Entries that meet all conditions, oldest first."""
    found = (
        select(mentions, agents.c.name)
        .join(agents, agents.c.id == mentions.c.coder_id)
        .where(*which)
        .order_by(mentions.c.id)
    )
    return [entry_of(row, row.name) for row in connection.execute(found)]


def entry_of(row: Row[Any], coder: str) -> MentionEntry:
    """A row of the log."""
    return MentionEntry(
        id=row.id,
        text_id=row.text_id,
        coder=coder,
        kind=MentionKind(row.kind),
        factors=None if row.factors is None else frozenset(row.factors),
        note=row.note,
        set=row.set,
        seconds=row.seconds,
        undoes=row.undoes,
        origin=row.origin,
        created=row.created,
    )
