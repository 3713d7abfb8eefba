"""Claims to work that one process at a time may do: locks, so that they end with it, however it ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from annotation.errors import StudyError


@contextmanager
def claim_beside(path: Path, work: str) -> Iterator[bool]:
    """Whether nobody else is at it; SQLite locks an empty file beside the study as it locks the study."""
    beside = Path(f"{path}-claim-{_number(work):08x}")
    with closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as connection:
        if not _lock(connection, beside):
            yield False
            return
        try:
            yield True
        finally:
            with suppress(OSError):  # some systems remove no open file; it does no harm
                beside.unlink()


@contextmanager
def claim_on_server(engine: Engine, space: int, work: str) -> Iterator[bool]:
    """Whether nobody else is at it; PostgreSQL's lock of a session, in a space of such locks."""
    with engine.connect() as connection:
        number = _number(work) - 2**31  # it takes signed ones
        lock = f"SELECT pg_try_advisory_lock({space}, {number})"
        try:
            yield bool(connection.exec_driver_sql(lock).scalar_one())
        finally:
            with suppress(SQLAlchemyError):  # at once: the server takes its time to end a session
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            connection.invalidate()  # ends the session, and the lock with it


def _lock(connection: sqlite3.Connection, path: Path) -> bool:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise StudyError(
            f"{path}: cannot be made ({error}); look at the permissions of its folder"
        ) from error
    return True


def _number(work: str) -> int:
    return int.from_bytes(sha256(work.encode()).digest()[:4], "big")
