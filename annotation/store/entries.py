"""Append-only logs in which an entry says how one thing stands for one person from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Table, exists, insert, select

from annotation.store.database import timestamp
from annotation.store.standing import is_last


@dataclass(frozen=True, slots=True)
class EntryTable:
    """A log. Rows about the same thing agree in `about`, `kind` and `person`; the last one stands.

    Attributes:
        about: column of what the entry is about.
        person: column of whose it is.
        standing: columns that say how things stand; an undo brings them back.
    """

    table: Table
    about: str
    person: str
    standing: tuple[str, ...]

    def append(self, connection: Connection, token: str, values: Mapping[str, Any]) -> Row[Any]:
        """Append an entry; one with the same token is given back as it is."""
        known = self.find(connection, token)
        return known if known is not None else self.insert(connection, {"token": token, **values})

    def find(self, connection: Connection, token: str) -> Row[Any] | None:
        """The entry with this token."""
        return connection.execute(select(self.table).where(self.table.c.token == token)).one_or_none()

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> Row[Any]:
        """Append an entry whose token is new."""
        row = {"created": timestamp(), **values}
        return connection.execute(insert(self.table).returning(self.table), row).one()

    def undo(self, connection: Connection, *which: ColumnElement[bool]) -> Row[Any] | None:
        """Take back what `undoable` gives; None where there is nothing."""
        undone = self.undoable(connection, *which)
        if undone is None:
            return None
        same = (self.about, "kind", self.person)
        kept = {name: undone._mapping[name] for name in (*same, "origin")}
        return self.insert(
            connection,
            {**self._before(connection, undone), **kept, "token": uuid4().hex, "undoes": undone.id},
        )

    def undoable(self, connection: Connection, *which: ColumnElement[bool]) -> Row[Any] | None:
        """The newest entry that is neither undone nor an undo; None where there is none."""
        c, later = self.table.c, self.table.alias()
        return connection.execute(
            select(self.table)
            .where(*which, c.undoes.is_(None), ~exists().where(later.c.undoes == c.id))
            .order_by(c.id.desc())
            .limit(1)
        ).one_or_none()

    def stands(self) -> ColumnElement[bool]:
        """Condition: the last entry of its person, kind and thing."""
        return is_last(self.table, self.about, "kind", self.person)

    def _before(self, connection: Connection, entry: Row[Any]) -> dict[str, Any]:
        """How things stood before this entry, undoes included: they say what stood then."""
        c = self.table.c
        same = (c[name] == entry._mapping[name] for name in (self.about, "kind", self.person))
        before = connection.execute(
            select(self.table).where(*same, c.id < entry.id).order_by(c.id.desc()).limit(1)
        ).one_or_none()
        return {} if before is None else {name: before._mapping[name] for name in self.standing}
