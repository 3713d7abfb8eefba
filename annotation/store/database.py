"""One database: where it lies, opening it, and its transactions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, Engine, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

from annotation.errors import LocationError, NewerStudyError, StudyError
from annotation.store import journal, tables
from annotation.store.claims import claim_beside, claim_on_server
from annotation.store.dialects import WRITER_LOCK, open_file, open_server, to_read, to_write
from annotation.store.journal import ENDING, Journal

HEAD: Final = "0006"
"""The newest schema. Revisions are numbers of four digits, so that an older one sorts before a newer one."""

_SQLITE_HEADER = b"SQLite format 3\0"
_READ_ONLY = "read-only; copy it to where you may write, or change its permissions"


def timestamp() -> str:
    """Now, in UTC, to the second, as every `created` column has it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a study lies.

    Attributes:
        path: of the SQLite file; None for a database server.
        url: of the database server; None for a file.
    """

    path: Path | None
    url: URL | None

    @classmethod
    def of(cls, location: str | Path) -> Self:
        """A path is a SQLite file; with `://` it is the URL of one or of PostgreSQL. Raises LocationError."""
        if "://" not in str(location):
            return cls(Path(location), None)
        try:
            url = make_url(str(location))
        except ArgumentError as error:
            raise LocationError(f"{location}: no database URL; write postgresql://user@host/name") from error
        if url.get_backend_name() == "sqlite":
            return cls._of_sqlite(url)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() != "postgresql":
            raise LocationError(
                f"{cls(None, url)}: a study is a SQLite file or lies in PostgreSQL; name a file, or write "
                "postgresql://user@host/name"
            )
        return cls(None, url)

    @classmethod
    def _of_sqlite(cls, url: URL) -> Self:
        if not url.database or url.database == ":memory:":
            raise LocationError(f"{url}: a study needs a file; name one")
        return cls(Path(url.database), None)

    def __str__(self) -> str:
        return str(self.path) if self.url is None else self.url.render_as_string(hide_password=True)

    @property
    def name(self) -> str:
        """A short name to call a study by that was given none."""
        return (self.path.stem if self.path else self.url and self.url.database) or "study"


class Database:
    """An open database: read in `reading()`, written in `writing()`, one writer at a time.

    A `StudyError` in one line stands for what a user can meet: read-only, busy, full, damaged, out of reach.
    """

    def __init__(self, place: Place, *, read_only: bool = False) -> None:
        self.place = place
        self.read_only = read_only
        self._engine = self._connect()
        self._reader = to_read(self._engine)
        self._writer = to_write(self._engine)
        self.journal = Journal(place.path) if place.path else None

    def _connect(self) -> Engine:
        if self.place.path is not None:
            return open_file(self.place.path, read_only=self.read_only)
        assert self.place.url is not None
        try:
            return open_server(self.place.url)
        except (NoSuchModuleError, ImportError) as error:
            raise LocationError(
                f"{self.place}: no driver for this database; pip install '.[postgres]'"
            ) from error

    @classmethod
    def create(cls, location: str | Path) -> Self:
        """Make an empty database; raises LocationError where something is already."""
        place = Place.of(location)
        if place.path is not None:
            _refuse_old_notes(place.path)
            _make_file(place.path)
        database = cls(place)
        with database.reading() as connection:
            if inspect(connection).has_table("alembic_version"):
                raise LocationError(
                    f"{place}: there is a database already; open it if it is a study, or choose another place"
                )
        return database

    @classmethod
    def open(cls, location: str | Path) -> Self:
        """Open a study's database, migrating it if it is older; raises LocationError, NewerStudyError."""
        place = Place.of(location)
        read_only = False
        if place.path is not None:
            _require_sqlite_file(place.path)
            read_only = not os.access(place.path, os.W_OK)
        database = cls(place, read_only=read_only)
        try:
            database._bring_to_head()
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Let go of all connections; what was written is in the file itself, unless somebody reads on."""
        if self.is_sqlite and not self.read_only:
            with suppress(StudyError):  # it is in the WAL, too
                self.settle()
        self._engine.dispose()

    def settle(self) -> None:
        """Bring what is in SQLite's WAL into the file, as far as nobody reads an older state; never waits.

        SQLite does so by itself only once the WAL has a thousand pages, or the last program closes.
        """
        if self.is_sqlite and not self.read_only:
            with self._in_plain_words(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def copy_into(self, path: Path) -> None:
        """Write one consistent state of a SQLite study into an empty file, on disk when this returns."""
        with self._in_plain_words(), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(path),))
        sync(path)

    def discard(self) -> None:
        """Close, and remove the file of a study that could not be made."""
        self.close()
        if self.place.path is not None:
            for suffix in ("", "-wal", "-shm", ENDING):
                Path(f"{self.place.path}{suffix}").unlink(missing_ok=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is one SQLite file."""
        return self.place.path is not None

    @contextmanager
    def reading(self, *, once: bool = False) -> Iterator[Connection]:
        """One consistent state to read; `once` for a single statement, which sees one by itself."""
        engine = self._engine if once else self._reader
        with self._in_plain_words(), engine.connect() as connection:
            yield connection
            connection.commit()  # after a rollback the driver would forget what is prepared

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that alone may write; committed, on disk, when the block ends without an error."""
        if self.read_only:
            raise StudyError(f"{self.place}: {_READ_ONLY}")
        with self._in_plain_words(), self._writer.begin() as connection:
            lines = journal.begin_pending(connection) if self.journal else []
            yield connection
        if self.journal and lines:
            self.journal.write(lines)

    def scrub(self) -> bool:
        """Make what was deleted or emptied unreadable in the database's files, too.

        Returns:
            Whether all of it is gone; else another program reads an older state, and this has to be done
            again once it has ended.
        """
        if not self.is_sqlite:
            with self._in_plain_words(), self._engine.connect() as connection:
                for table in (tables.answers, tables.agents, tables.participation, tables.access_codes):
                    connection.exec_driver_sql(f"VACUUM FULL {table.name}")
            return True
        with self._in_plain_words():
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.execute("VACUUM")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy[0]
            finally:
                raw.close()

    @contextmanager
    def claiming(self, work: str) -> Iterator[None]:
        """Do what one process at a time may do; raises StudyError where another is at it."""
        path = self.place.path
        claim = claim_beside(path, work) if path else claim_on_server(self._engine, WRITER_LOCK, work)
        with self._in_plain_words(), claim as is_free:
            if not is_free:
                raise StudyError(
                    f"{self.place}: another process is {work}; wait for its end or stop it, then try again"
                )
            yield

    def migrate(self, connection: Connection) -> None:
        """Bring the schema to HEAD inside the transaction of `connection`."""
        # Alembic takes 0.2 s to import, which a study that is up to date does not wait for.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "annotation.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)

    def _bring_to_head(self) -> None:
        with self.reading() as connection:
            version = self._known_version(connection)
        if version == HEAD:
            return
        if self.read_only:
            raise LocationError(f"{self.place}: of an older version and {_READ_ONLY}")
        with self.writing() as connection:
            if self._known_version(connection) != HEAD:  # unless another process was faster
                self.migrate(connection)

    def _known_version(self, connection: Connection) -> str:
        version = schema_version(connection)
        if version is None:
            raise LocationError(f"{self.place}: a database, but not a study; {_make_another(self.place)}")
        if version > HEAD:
            raise NewerStudyError(
                f"{self.place}: written by a newer version (schema {version}, known up to {HEAD});"
                " update profile-tui to open it"
            )
        return version

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError):
            raise  # a mistake of the caller's, not something that befell the database
        except DBAPIError as error:
            raise StudyError(f"{self.place}: {_what_befell(error)}") from error


def schema_version(connection: Connection) -> str | None:
    """The version of the schema; None where there is no study."""
    present = inspect(connection)
    if not (present.has_table("alembic_version") and present.has_table(tables.study.name)):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def sync(path: Path) -> None:
    """Have what a file or a folder has on disk, where the system can."""
    with suppress(OSError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _refuse_old_notes(path: Path) -> None:
    notes = Path(f"{path}{ENDING}")
    if notes.exists() and not path.exists():
        raise LocationError(
            f"{notes}: notes of an earlier study of this name; move them away, or choose another name"
        )


def _make_file(path: Path) -> None:
    try:
        path.open("x").close()
    except FileExistsError as error:
        raise LocationError(f"{path}: exists already; open it, or choose another name") from error
    except OSError as error:
        raise LocationError(f"{path}: cannot be made ({_reason(error)}); choose another place") from error


def _require_sqlite_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(len(_SQLITE_HEADER))
    except FileNotFoundError as error:
        raise LocationError(f"{path}: no such study; make it with {_new(path)}") from error
    except OSError as error:
        raise LocationError(f"{path}: cannot be read ({_reason(error)})") from error
    if header != _SQLITE_HEADER:
        raise LocationError(
            f"{path}: not a study (no SQLite file); if it is data, make a study with {_new('study.db')} "
            "and read the data with profile-tui import"
        )


def _new(place: object) -> str:
    return f"profile-tui new {place} --task summarization (or another task)"


def _make_another(place: Place) -> str:
    """A server's database can take a study beside what is there, a file that is there is not touched."""
    return f"make one with {_new(place if place.url else 'study.db')}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


_IN_PLAIN_WORDS: Final = {
    "database is locked": "busy, another process has been writing for 10 s; try again",
    "readonly": _READ_ONLY,
    "database or disk is full": "the disk is full; make room and try again",
    "malformed": "the file is damaged; take an earlier copy, to which profile-tui verify --restore adds what "
    "was answered since, or save what sqlite3's .recover can read",
    "not a database": "not a study (no SQLite file)",
    "unable to open": "cannot be opened; look at the permissions of the file and its folder",
}


def _what_befell(error: DBAPIError) -> str:
    message = " ".join(str(error.orig).split())
    for sign, words in _IN_PLAIN_WORDS.items():
        if sign in message:
            return words
    return f"the database refuses ({message})"
