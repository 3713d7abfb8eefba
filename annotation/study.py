"""A study: one database that holds everything from sources to answers."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from annotation.errors import LocationError, StudyError
from annotation.revision import FACTOR_JSON, Revision
from annotation.settings import StudySettings
from annotation.store import tables
from annotation.store.database import Database, timestamp
from annotation.store.safekeeping import require_complete
from annotation.summary import AgentCount, FactorCount, LabelCount, StudySummary, summarise
from annotation.views import FactorValue, PairView, ResponseView, StandingLabel, Verdict, read_pair
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Factor, Task

__all__ = [
    "FACTOR_JSON",
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


class Study:
    """An open study. Safe to use from several threads; one `Study` a process.

    Made by `create` or `open`. Name, factors and settings are read once, on opening, settings again by
    `reread_settings`; the rest is read when it is asked for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            row = connection.execute(select(tables.study)).one()
            self._keep(Revision(connection))
        self._name: str = row.name
        self._task = Task(row.task)

    def _keep(self, revision: Revision) -> None:
        self._settings = revision.settings
        self._factors = revision.factors

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
        """Make a new study in a SQLite file or at a PostgreSQL URL.

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
                revision = Revision(connection)
                for factor in chosen:
                    revision.change_factor(factor)
            return cls(database)
        except BaseException:
            database.discard()
            raise

    @classmethod
    def open(cls, location: str | Path, *, incomplete: bool = False) -> Self:
        """Open a study, migrating it if it is older.

        Args:
            location: path or URL.
            incomplete: whether also one in which acknowledged answers are missing.

        Raises:
            LocationError: it cannot be opened there; a NewerStudyError where it is of a newer version, a
                LostAnswersError where acknowledged answers are missing.
        """
        database = Database.open(location)
        try:
            if not incomplete:
                require_complete(database)
            return cls(database)
        except StudyError:
            database.close()
            raise
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

    def reread_settings(self) -> None:
        """Read the settings anew: somebody may have changed them elsewhere."""
        with self.reading() as connection:
            self._settings = Revision(connection).settings

    @contextmanager
    def revising(self) -> Iterator[Revision]:
        """A transaction, as `writing`, that begins with settings and factors as they are now.

        Whoever changes a part of them begins here, so that nobody else's change in between is lost.
        """
        with self.writing() as connection:
            revision = Revision(connection)
            yield revision
        self._keep(revision)

    def change_settings(self, settings: StudySettings) -> None:
        """Keep other settings from now on."""
        with self.revising() as revision:
            revision.change_settings(settings)

    def change_factor(self, factor: Factor) -> None:
        """Redefine a factor of the study (its tie tolerance, say) or add one."""
        with self.revising() as revision:
            revision.change_factor(factor)

    @property
    def database(self) -> Database:
        """Where the study lies, for what concerns its files."""
        return self._database

    def summary(self) -> StudySummary:
        """Count what is there."""
        with self.reading() as connection:
            return summarise(connection, self.name, self.task, self.location, self.factors)

    def pair(self, pair_id: int) -> PairView:
        """Everything of one pair, in a constant number of queries; raises StudyError for an unknown id."""
        with self.reading() as connection:
            return read_pair(connection, pair_id)

    def reading(self, *, once: bool = False) -> AbstractContextManager[Connection]:
        """One consistent state to read; `once` for a single statement, which sees one by itself."""
        return self._database.reading(once=once)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that alone may write: committed and on disk when the block ends, undone by an error.

        Others wait meanwhile (up to 10 s, then StudyError): compute before, write here.
        """
        return self._database.writing()

    def claiming(self, work: str) -> AbstractContextManager[None]:
        """Do what one process at a time may do in this study; raises StudyError where another is at it.

        `work` says what is being done, as in "asking gpt-4o"; the claim ends with the block or the process.
        """
        return self._database.claiming(work)
