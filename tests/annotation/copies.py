"""A study that is answered, and older copies of its file that take its place."""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from annotation.answers import AnswerLog
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, TIE, label

SAID = [(1, LEFT), (2, RIGHT), (3, TIE), (4, LEFT)]


def answer(path: Path, annotator: str, said: Sequence[tuple[int, object]] = SAID) -> None:
    with Study.open(path) as study:
        label(AnswerLog(study), annotator, said)  # type: ignore[arg-type]


def older_copy(path: Path, name: str = "older.db") -> Path:
    """A copy of the file alone, as it is now, with all that its WAL has."""
    copy = path.parent / name
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copy(path, copy)
    return copy


def put_back(copy: Path, path: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(copy, path)


def rows_of(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT token, pair_id, kind, choice, shown_first, sure, note, seconds, created, link "
            "FROM answers"
        ).fetchall()
    connection.close()
    return rows
