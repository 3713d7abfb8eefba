"""A damaged, full or read-only file opens, or says exactly which answers are missing; never silently less."""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import LocationError, LostAnswersError, StudyError
from annotation.integrity import check
from annotation.restoring import restore
from annotation.store.tables import answers
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.copies import SAID, answer, older_copy
from tests.annotation.drafts import LEFT, label
from tests.annotation.test_database import _as_nobody
from tests.conftest import ROOT


def _truncated_wal(path: Path) -> None:
    wal = Path(f"{path}-wal")
    os.truncate(wal, wal.stat().st_size // 2)


def _empty_wal(path: Path) -> None:
    os.truncate(f"{path}-wal", 0)


def _garbled_wal(path: Path) -> None:
    wal = Path(f"{path}-wal")
    content = bytearray(wal.read_bytes())
    content[-2000:] = os.urandom(2000)
    wal.write_bytes(content)


@pytest.mark.parametrize("damage", [_truncated_wal, _empty_wal, _garbled_wal])
def test_a_wal_that_lost_its_end_is_noticed(path: Path, damage: Callable[[Path], None]) -> None:
    """The files as a killed process leaves them, copied while it is still there, then damaged."""
    place = path.parent / "crashed" / "study.db"
    place.parent.mkdir()
    with Study.open(path) as study:
        log = AnswerLog(study)
        with study.writing() as connection:  # what is checkpointed stays
            connection.exec_driver_sql("SELECT 1")
        log.register("anna")
        for number in range(40):
            log.save(NewAnswer(number % 4 + 1, "anna", choice=LEFT, token=f"t{number}"))
        for ending in ("", "-wal", ".log"):
            shutil.copy(f"{path}{ending}", f"{place}{ending}")
    damage(place)
    with pytest.raises(LostAnswersError) as refusal:
        Study.open(place)
    with Study.open(place, incomplete=True) as study:
        lost = verify(study).lost
        assert f"{len(lost)} acknowledged answer" in str(refusal.value)
        with study.reading() as connection:
            left = set(connection.execute(select(answers.c.token)).scalars())
        ids = [int(re.findall(r"\d+", line)[0]) for line in lost]
        assert ids == list(range(len(left) + 1, 41))  # exactly those that are not there
        restore(study)
        assert verify(study).faults == ()
    with Study.open(place) as study, study.reading() as connection:
        assert set(connection.execute(select(answers.c.token)).scalars()) == {f"t{n}" for n in range(40)}


@pytest.mark.parametrize("cut", [1, 1000, 4096, 5000])
def test_a_torn_last_page_is_noticed(path: Path, cut: int) -> None:
    """The end of the file is gone: nothing is missing, or it is said."""
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.register("anna")
        for number in range(120):
            log.save(NewAnswer(number % 4 + 1, "anna", choice=LEFT, token=f"t{number}"))
    older_copy(path)
    os.truncate(path, path.stat().st_size - cut)
    try:
        with Study.open(path) as study:
            said = [str(finding) for finding in check(study)] + list(verify(study).faults)
            with study.reading() as connection:
                there = connection.execute(select(answers.c.token)).scalars().all()
    except StudyError as error:
        said, there = [str(error)], []
    assert not any("\n" in line for line in said)
    assert len(there) == 120 or any("damaged" in line or "missing" in line for line in said)


_FILL = """
import resource, sys
from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import StudyError
from annotation.study import Study
from profile_engine.preferences import Preference

path, limit = sys.argv[1], int(sys.argv[2])
with Study.open(path) as study:
    log = AnswerLog(study)
    log.register("anna")
    log.save(NewAnswer(1, "anna", choice=Preference.LEFT, token="first"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    saved = 1
    try:
        for number in range(10_000):
            log.save(NewAnswer(1, "anna", choice=Preference.LEFT, token=f"t{number}"))
            saved += 1
    except StudyError as error:
        print(saved, str(error))
"""


def test_a_full_disk_says_so_and_loses_nothing(path: Path) -> None:
    """No file may grow beyond a limit; what was acknowledged until then is all there."""
    limit = 400_000
    assert path.stat().st_size < limit
    done = subprocess.run(
        [sys.executable, "-c", _FILL, path, str(limit)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    saved, _, message = done.stdout.strip().partition(" ")
    assert str(path) in message
    assert re.search("disk is full|disk I/O error", message)
    with Study.open(path) as study:
        assert study.summary().last_answer >= int(saved)
        assert verify(study).faults == ()
        label(AnswerLog(study), "anna", [(2, LEFT)])  # with room again, all goes on


def test_a_full_database_says_so(path: Path) -> None:
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.register("anna")
        saved = 0

        def fill() -> None:
            nonlocal saved
            for _ in range(10_000):
                with study.reading() as connection:  # of each connection of the pool
                    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                    connection.exec_driver_sql(f"PRAGMA max_page_count={max(pages, 60)}")
                log.save(NewAnswer(1, "anna", choice=LEFT, note="x" * 2000, kind=AnswerKind.LABEL))
                saved += 1

        with pytest.raises(StudyError, match="the disk is full"):
            fill()
    assert saved > 0
    with Study.open(path) as study:
        assert study.summary().last_answer == saved
        assert verify(study).faults == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of this system differ")
@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
def test_a_read_only_study_says_what_it_lost(path: Path, folder_mode: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="profile-tui-"))
    try:
        folder.chmod(0o755)
        place = folder / "study.db"
        older = older_copy(path)
        answer(path, "anna", SAID[:2])
        notes = Path(f"{path}.log").read_bytes()
        older_copy(path, "whole.db")
        shutil.copy(path, place)
        Path(f"{place}.log").write_bytes(notes)
        lossy = folder / "lossy.db"
        shutil.copy(older, lossy)
        Path(f"{lossy}.log").write_bytes(notes)
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(folder_mode)

        def look() -> None:
            with Study.open(place) as study:
                assert study.read_only
                assert verify(study).faults == ()
            with pytest.raises(LostAnswersError, match="2 acknowledged answers missing"):
                Study.open(lossy)
            with Study.open(lossy, incomplete=True) as study:
                assert len(verify(study).lost) == 2
                with pytest.raises(StudyError, match="read-only"):
                    restore(study)

        _as_nobody(look)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of this system differ")
def test_notes_that_cannot_be_written_are_told_of(path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="profile-tui-"))
    try:
        answer(path, "anna")
        place = folder / "study.db"
        shutil.copy(older_copy(path), place)
        shutil.copy(f"{path}.log", f"{place}.log")
        folder.chmod(0o777)
        place.chmod(0o666)
        Path(f"{place}.log").chmod(0o444)

        def look() -> None:
            with pytest.raises(LocationError, match=r"study.db.log: read-only, so no answer could be noted"):
                Study.open(place)

        _as_nobody(look)
    finally:
        shutil.rmtree(folder)
