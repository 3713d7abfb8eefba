"""A moment of a study: how far its logs had come, by which it can be read again as it was."""

from dataclasses import dataclass, fields
from typing import Self

from sqlalchemy import Connection, Table, func, select

from annotation.store import model_tables, tables  # noqa: F401 - the former enters its tables in the metadata


@dataclass(frozen=True, slots=True)
class Moment:
    """The highest id of each table by then.

    What was taken away since, as an erased person's answers are, is gone.
    """

    responses: int
    pairs: int
    factor_values: int
    preferences: int
    answers: int
    participation: int
    generations: int
    judgings: int
    improvements: int

    @classmethod
    def now(cls, connection: Connection) -> Self:
        """This moment."""
        logs = {field.name: tables.metadata.tables[field.name].c.id for field in fields(cls)}
        newest = (
            select(func.coalesce(func.max(ids), 0)).scalar_subquery().label(name)
            for name, ids in logs.items()
        )
        return cls(**connection.execute(select(*newest)).one()._mapping)

    def highest(self, table: Table) -> int:
        """The highest id of a table by then."""
        newest: int = getattr(self, table.name)
        return newest
