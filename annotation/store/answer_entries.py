"""The log of answers as a table: how an entry is written."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, Update, bindparam, insert, select

from annotation.store.chain import GOING_ON, Head, chained, going_on, read_head
from annotation.store.contents import digests
from annotation.store.database import timestamp
from annotation.store.dialects import make_ready, together
from annotation.store.entries import EntryTable
from annotation.store.journal import is_kept, lines_where, pend
from annotation.store.tables import agents, answers


class AnswerEntries(EntryTable):
    """The log's table: each entry is chained to those before it, and kept in the journal beside the study."""

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> Row[Any]:
        """Insert an entry."""
        person, pair = values["annotator_id"], values["pair_id"]
        name = connection.execute(select(agents.c.name).where(agents.c.id == person)).scalar_one()
        about = digests(connection, [pair])[pair]
        return self.insert_after(read_head(connection), connection, name, {**values, "about": about})

    def insert_after(
        self,
        head: Head,
        connection: Connection,
        annotator: str,
        values: Mapping[str, Any],
        others: tuple[Update, ...] = (),
        others_values: Mapping[str, object] = MappingProxyType({}),
    ) -> Row[Any]:
        """The same, where it is known already where the log ends and what the annotator is called.

        `others`, with values of their own, are executed along with it.
        """
        row = {**dict.fromkeys(_WRITTEN), "created": timestamp(), **values}
        end = chained([row], {row["annotator_id"]: annotator}, head)
        written = {_WRITTEN[name]: value for name, value in row.items()}
        values = {**written, **going_on(end), **others_values}
        for statement in together(connection.dialect.name, _WRITING, GOING_ON, *others):
            result = connection.execute(statement, values)
        inserted = result.one()
        if is_kept(connection):
            pend(connection, lines_where(connection, answers.c.id == inserted.id, root=head.root))
        return inserted

    def make_ready(
        self, connection: Connection, others: tuple[Update, ...], others_values: Iterable[str]
    ) -> None:
        """Have ready what `insert_after` executes with these others and values of these names."""
        names = (*_WRITTEN.values(), *going_on(Head("", 0, "")), *others_values)
        for statement in together(connection.dialect.name, _WRITING, GOING_ON, *others):
            make_ready(connection, statement, dict.fromkeys(names))


_WRITTEN: Final = {column.name: f"new_{column.name}" for column in answers.c if column is not answers.c.id}
_WRITING: Final = (
    insert(answers).values({name: bindparam(new) for name, new in _WRITTEN.items()}).returning(answers)
)
ANSWERS: Final = AnswerEntries(
    answers,
    "pair_id",
    "annotator_id",
    ("choice", "shown_first", "shown_choice", "sure", "set", "note"),
)
