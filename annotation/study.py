"""A study: one database that holds everything from sources to answers."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, insert, select, update

from annotation.errors import LocationError
from annotation.settings import StudySettings
from annotation.store import tables
from annotation.store.database import Database, insert_new, timestamp
from annotation.summary import AgentCount, FactorCount, LabelCount, StudySummary, summarise
from annotation.views import FactorValue, PairView, ResponseView, StandingLabel, Verdict, read_pair
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Factor, Task

__all__ = [
    "AgentCount",
    "FactorCount",
    "FactorValue",
    "LabelCount",
    "PairView",
    "ResponseView",
    "StandingLabel",
    "Study",
    "StudySummary",
    "Verdict",
]

FACTOR_JSON: Final = TypeAdapter(Factor)
"""Reads and writes `tables.factors.definition`."""


class Study:
    """An open study. Safe to use from several threads; one `Study` a process.

    Made by `create` or `open`. Name, factors and settings are read once, on opening; the rest is read
    when it is asked for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            row = connection.execute(select(tables.study)).one()
            definitions = connection.execute(
                select(tables.factors.c.definition).order_by(tables.factors.c.position)
            ).scalars()
            self._factors = tuple(FACTOR_JSON.validate_python(definition) for definition in definitions)
        self._name: str = row.name
        self._task = Task(row.task)
        self._settings = StudySettings.model_validate(row.settings)

    @classmethod
    def create(
        cls,
        location: str | Path,
        *,
        task: Task,
        name: str | None = None,
        factors: Sequence[Factor] | None = None,
        settings: StudySettings | None = None,
    ) -> Self:
        """Make a new study at a path (SQLite) or SQLAlchemy URL.

        Raises:
            LocationError: something is there already, or nothing can be made there.
        """
        database = Database.create(location)
        chosen = [FACTORS[factor] for factor in TASK_FACTORS[task]] if factors is None else factors
        try:
            with database.writing() as connection:
                database.migrate(connection)
                connection.execute(
                    insert(tables.study).values(
                        id=1,
                        name=name or database.place.name,
                        task=task,
                        created=timestamp(),
                        settings=(settings or StudySettings()).model_dump(mode="json"),
                    )
                )
                for factor in chosen:
                    _add_factor(connection, factor)
            return cls(database)
        except BaseException:
            database.discard()
            raise

    @classmethod
    def open(cls, location: str | Path) -> Self:
        """Open a study, migrating it if it is older; raises LocationError, NewerStudyError."""
        database = Database.open(location)
        try:
            return cls(database)
        except ValidationError as error:
            database.close()
            raise LocationError(
                f"{database.place}: its settings or factors cannot be read ({error.errors()[0]['msg']})"
            ) from error

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The study's name."""
        return self._name

    @property
    def task(self) -> Task:
        """The study's task."""
        return self._task

    @property
    def location(self) -> str:
        """Path or URL (without password), for people to read."""
        return str(self._database.place)

    @property
    def read_only(self) -> bool:
        """Whether the study can be looked at only."""
        return self._database.read_only

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The study's factors in their order."""
        return self._factors

    @property
    def settings(self) -> StudySettings:
        """The study's settings."""
        return self._settings

    def change_settings(self, settings: StudySettings) -> None:
        """Keep other settings from now on."""
        with self.writing() as connection:
            connection.execute(update(tables.study).values(settings=settings.model_dump(mode="json")))
        self._settings = settings

    def change_factor(self, factor: Factor) -> None:
        """Redefine a factor of the study (its tie tolerance, say) or add one."""
        with self.writing() as connection:
            _add_factor(connection, factor)
            connection.execute(
                update(tables.factors)
                .where(tables.factors.c.name == factor.name)
                .values(definition=FACTOR_JSON.dump_python(factor, mode="json"))
            )
        self._factors = (
            *(factor if known.name == factor.name else known for known in self._factors),
            *(() if factor.name in {known.name for known in self._factors} else (factor,)),
        )

    def summary(self) -> StudySummary:
        """Count what is there."""
        with self.reading() as connection:
            return summarise(connection, self.name, self.task, self.location, self.factors)

    def pair(self, pair_id: int) -> PairView:
        """Everything of one pair, in a constant number of queries; raises StudyError for an unknown id."""
        with self.reading() as connection:
            return read_pair(connection, pair_id)

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent state to read."""
        return self._database.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that alone may write: committed and on disk when the block ends, undone by an error.

        Others wait meanwhile (up to 10 s, then StudyError): compute before, write here.
        """
        return self._database.writing()


def _add_factor(connection: Connection, factor: Factor) -> None:
    after = select(func.coalesce(func.max(tables.factors.c.position), 0) + 1).scalar_subquery()
    connection.execute(
        insert_new(connection, tables.factors).values(
            name=factor.name, position=after, definition=FACTOR_JSON.dump_python(factor, mode="json")
        )
    )
