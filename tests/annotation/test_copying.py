"""A copy to keep has everything of one moment, and never takes the place of something."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.copying import copy_study
from annotation.errors import LocationError, StudyError
from annotation.people.consent import withdraw
from annotation.people.erasure import erase
from annotation.people.participation import leave_out
from annotation.store.database import Database
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.copies import SAID, answer, rows_of
from tests.annotation.drafts import label

_LABEL_FOREVER = """
import sys
from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.preferences import Preference
with Study.open(sys.argv[1]) as study:
    log = AnswerLog(study)
    log.register("ben")
    while True:
        for choice in (Preference.LEFT, Preference.RIGHT):
            log.save(NewAnswer(1, "ben", choice=choice))
            print("saved", flush=True)
"""


def _decisions(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT matter, event, reason FROM participation ORDER BY id").fetchall()
    connection.close()
    return found


def test_a_copy_has_what_only_the_wal_has(path: Path) -> None:
    with Study.open(path) as study:
        label(AnswerLog(study), "anna", SAID)
        leave_out(study, "anna", "presses one side")
        withdraw(study, "anna")
        plain = shutil.copy(path, path.with_name("plain.db"))
        copied = copy_study(study, path.with_name("kept.db"))
    with sqlite3.connect(f"file:{plain}?immutable=1", uri=True) as connection:
        assert connection.execute("SELECT COUNT(*) FROM participation").fetchone() == (0,)  # cp is no backup
    connection.close()
    assert _decisions(copied.path) == [
        ("counting", "left_out", "presses one side"),
        ("consent", "withdrawn", None),
    ]
    assert rows_of(copied.path) == rows_of(path)
    assert copied.notes is not None
    assert copied.notes.read_bytes() == Path(f"{path}.log").read_bytes()
    with Study.open(copied.path) as again, Study.open(path) as study:
        assert verify(again).faults == ()
        assert verify(again).written == verify(study).written
    assert {one.name for one in path.parent.iterdir()} == {
        *("study.db", "study.db.log", "kept.db", "kept.db.log", "plain.db"),
    }


def test_a_copy_is_whole_while_somebody_labels(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LABEL_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
    ) as labelling:
        assert labelling.stdout is not None
        try:
            for number in range(5):
                for _ in range(5):
                    assert labelling.stdout.readline() == "saved\n"
                with Study.open(path) as study:
                    copied = copy_study(study, path.with_name(f"{number}.db"))
                with Study.open(copied.path) as again:
                    found = verify(again)
                assert found.faults == ()
                assert found.head.entries == found.noted
                assert found.head.entries >= 5 * (number + 1)
        finally:
            labelling.kill()


def test_a_copy_of_who_was_erased_says_nothing_of_them(path: Path) -> None:
    answer(path, "annabel")
    with Study.open(path) as study:
        erase(study, "annabel")
        copied = copy_study(study, path.with_name("kept.db"))
    assert copied.notes is not None
    assert b"annabel" not in copied.path.read_bytes() + copied.notes.read_bytes()


@pytest.mark.parametrize("name", ["kept.db", "kept.db.log", "kept.db-wal"])
def test_nothing_is_overwritten(path: Path, name: str) -> None:
    there = path.with_name(name)
    there.write_bytes(b"mine")
    with Study.open(path) as study, pytest.raises(LocationError, match="exists already"):
        copy_study(study, path.with_name("kept.db"))
    assert there.read_bytes() == b"mine"
    assert {one.name for one in path.parent.iterdir()} == {"study.db", name}


def test_a_copy_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(_self: Database, draft: Path) -> None:
        draft.write_bytes(b"half")
        raise StudyError("the disk is full")

    monkeypatch.setattr(Database, "copy_into", fill)
    with Study.open(path) as study, pytest.raises(StudyError, match="full"):
        copy_study(study, path.with_name("kept.db"))
    assert {one.name for one in path.parent.iterdir()} == {"study.db"}
    with Study.open(path) as study, pytest.raises(LocationError, match=r"nowhere.kept\.db: cannot be made"):
        copy_study(study, path.parent / "nowhere" / "kept.db")


def test_closing_leaves_nothing_in_the_wal_alone(path: Path) -> None:
    """Somebody else has the study open, so SQLite itself would leave it there."""
    with Study.open(path) as other:
        other.summary()
        answer(path, "anna")
        plain = Path(shutil.copy(path, path.with_name("plain.db")))
    assert [row[1:3] for row in rows_of(plain)] == [(pair, "label") for pair, _ in SAID]
