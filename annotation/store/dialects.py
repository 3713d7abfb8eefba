"""What SQLite and PostgreSQL do differently: connections, how transactions begin, statements at once."""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Executable, Insert, Table, Update, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

WRITER_LOCK: Final = 0x70726F66
"""Any constant: one lock a PostgreSQL database."""

_BUSY_MILLISECONDS = 10_000
_FRESH_SECONDS: Final = 1.0

# One that reads first and then writes would fail where another wrote in between: lock first.
_TO_WRITE: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    # One writer at a time, as on SQLite: ids then become visible in their order, which polling relies on.
    "postgresql": f"BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})",
}
_TO_READ: Final = {
    "sqlite": "BEGIN",
    # The statements of one reading must see one state; SQLite's transactions do so anyway.
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
}


def open_file(path: Path, *, read_only: bool) -> Engine:
    """The engine of a SQLite file that is there."""
    # As a URI, because only that opens without creating: a missing file must stay missing.
    query = {"uri": "true", "mode": "rw"}
    if read_only:
        query["mode"] = "ro"
        if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
            query["immutable"] = "1"  # else SQLite wants to make its -shm file here
    url = URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=query)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin late; `_begin` does it in time
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # SQLite's own knows ASCII only, and a search must find "Übung" by "übung".
        connection.create_function("lower", 1, _lower, deterministic=True)

    event.listen(engine, "begin", _begin)
    return engine


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def open_server(url: URL) -> Engine:
    """The engine of a PostgreSQL database; raises ImportError or NoSuchModuleError without a driver."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")  # `_begin` begins, together with the lock

    @event.listens_for(engine, "checkin")
    def note_use(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = monotonic()

    @event.listens_for(engine, "checkout")
    def make_sure(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        # Somebody at work is not to wait for an answer that cannot be another than a moment ago.
        if monotonic() - entry.info.get("used", monotonic()) < _FRESH_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # another one is taken

    event.listen(engine, "begin", _begin)
    return engine


def to_read(engine: Engine) -> Engine:
    """The engine with transactions that see one state."""
    return engine.execution_options(profile_begin=_TO_READ[engine.dialect.name])


def to_write(engine: Engine) -> Engine:
    """The engine with transactions that alone may write; without either each statement is a transaction."""
    return engine.execution_options(profile_begin=_TO_WRITE[engine.dialect.name])


def _begin(connection: Connection) -> None:
    command = connection.get_execution_options().get("profile_begin")
    if command is not None:
        connection.exec_driver_sql(command)


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves rows alone which a unique index has already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


@cache
def together(dialect: str, last: Insert, *others: Update) -> tuple[Executable, ...]:
    """An insertion with updates that have nothing to do with it nor with each other, to be executed in turn.

    PostgreSQL is asked once: everybody waits for who writes. All get the values of all, each by a name of its
    own; the last one has the insertion's result.
    """
    if dialect == "sqlite":  # it has no updates in a WITH
        return (*others, last)
    return (last.add_cte(*(one.cte(f"other_{number}") for number, one in enumerate(others))),)


class _Made(Exception):  # noqa: N818 - nothing is wrong
    """A statement is ready to be sent."""


def make_ready(
    connection: Connection,
    statement: Executable,
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
) -> None:
    """Have a statement made as it will be executed, several milliseconds, and do not execute it.

    Args:
        connection: on whose database.
        statement: made once and kept.
        values: with the names that it will be executed with; as many as two rows where it will be several.
    """

    def stop(*_: object) -> None:
        raise _Made

    event.listen(connection, "before_cursor_execute", stop)
    try:
        connection.execute(statement, values)
    except _Made:
        pass
    finally:
        event.remove(connection, "before_cursor_execute", stop)
