"""A planned study whose file is damaged, older, full or read-only: it opens, or says exactly what is lost.

Whatever happens, what was acknowledged comes back from the notes beside it, and the overlap is kept.
"""

import os
import re
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import LostAnswersError, StudyError
from annotation.integrity import check
from annotation.planning.seats import utc_now
from annotation.restoring import restore
from annotation.store.tables import answers
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.drafts import LEFT
from tests.annotation.planning.planned import Clock, Person, overlap, planned_study
from tests.annotation.test_database import _as_nobody

PEOPLE: Final = ("anna", "ben", "cleo")
PAIRS, WANTED = 24, 2
_PAGE: Final = 4096


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A study as it was when it was planned, in `earlier.db`, and where it is worked on."""
    planned_study(tmp_path / "earlier.db", PAIRS, a_source=4, annotators_per_pair=WANTED).close()
    _checkpoint(tmp_path / "earlier.db")
    place = tmp_path / "study.db"
    shutil.copy(tmp_path / "earlier.db", place)
    return place


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _work(study: Study, labels_each: int) -> list[int]:
    """Everybody labels in turn; the ids of what was acknowledged."""
    people = [Person(study, name, utc_now) for name in PEOPLE]
    ids = []
    for _ in range(labels_each):
        for person in people:
            assert person.next() is not None
            ids.append(person.answer().id)
    return ids


def _crash(place: Path) -> list[int]:
    """Leave the files as they are while people work, checkpointed half-way; the acknowledged ids."""
    during = place.parent / "during"
    during.mkdir()
    with Study.open(place) as study:
        ids = _work(study, 6)
        _checkpoint(place)
        ids += _work(study, 4)
        for ending in ("", "-wal", ".log"):
            shutil.copy(f"{place}{ending}", during)
    for ending in ("", "-wal", "-shm", ".log"):
        Path(f"{place}{ending}").unlink(missing_ok=True)
    for file in during.iterdir():
        file.replace(place.parent / file.name)
    return ids


def _cut_wal(share: float, more: int = 0) -> Callable[[Path], None]:
    def cut(place: Path) -> None:
        wal = Path(f"{place}-wal")
        os.truncate(wal, int(wal.stat().st_size * share) + more)

    return cut


def _no_wal(place: Path) -> None:
    Path(f"{place}-wal").unlink()


def _overwrite_wal(place: Path) -> None:
    wal = Path(f"{place}-wal")
    wal.write_bytes(wal.read_bytes()[: -3 * _PAGE] + bytes(3 * _PAGE))


def _cut_page(cut: int) -> Callable[[Path], None]:
    def tear(place: Path) -> None:
        _checkpoint(place)
        os.truncate(place, place.stat().st_size - cut)

    return tear


def _overwrite_page(content: bytes) -> Callable[[Path], None]:
    def tear(place: Path) -> None:
        _checkpoint(place)
        place.write_bytes(place.read_bytes()[: -len(content)] + content)

    return tear


def _older(place: Path) -> None:
    for ending in ("", "-wal"):
        Path(f"{place}{ending}").unlink()
    shutil.copy(place.parent / "earlier.db", place)


DAMAGES: Final = {
    "half a WAL": _cut_wal(0.5),
    "a WAL cut within a frame": _cut_wal(0.9, 1),
    "a WAL of a header only": _cut_wal(0, 32),
    "an empty WAL": _cut_wal(0),
    "no WAL": _no_wal,
    "a WAL with zeros at its end": _overwrite_wal,
    "a byte too few": _cut_page(1),
    "half a page too few": _cut_page(_PAGE // 2),
    "a page too few": _cut_page(_PAGE),
    "three pages too few": _cut_page(3 * _PAGE),
    "a page of zeros": _overwrite_page(bytes(_PAGE)),
    "half a page of zeros": _overwrite_page(bytes(_PAGE // 2)),
    "a page of another file": _overwrite_page(b"x" * _PAGE),
    "an older copy": _older,
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_it_opens_or_says_exactly_what_is_lost(place: Path, damage: Callable[[Path], None]) -> None:
    ids = _crash(place)
    damage(place)
    try:
        with Study.open(place) as study:
            assert _ids(study) == ids  # all of it, where nothing was said
            sound = check(study) == () and verify(study).faults == ()
    except LostAnswersError as error:
        sound = True
        with Study.open(place, incomplete=True) as study:
            missing = sorted(set(ids) - set(_ids(study)))
            named = [int(re.findall(r"answer (\d+) ", line)[0]) for line in verify(study).lost]
        assert named == missing
        said = f"{len(missing)} acknowledged answers missing (the first: answer {missing[0]} ("
        assert said in str(error).replace("answer missing", "answers missing")
    except StudyError as error:
        sound = False
        assert re.search(r"the file is damaged; take an earlier copy|not a study", str(error))
        assert "\n" not in str(error)
    if not sound:
        Path(f"{place}-wal").unlink(missing_ok=True)
        Path(f"{place}-shm").unlink(missing_ok=True)
        shutil.copy(place.parent / "earlier.db", place)
    _restore_and_finish(place, ids)


def _ids(study: Study) -> list[int]:
    with study.reading() as connection:
        return list(connection.execute(select(answers.c.id).order_by(answers.c.id)).scalars())


def _restore_and_finish(place: Path, ids: list[int]) -> None:
    """All that was acknowledged is put back as it was, and the plan goes on to its end."""
    with Study.open(place, incomplete=True) as study:
        restored = restore(study)
        assert (restored.left, restored.kept) == ((), None)
        assert _ids(study) == ids
        assert verify(study).faults == ()
    with Study.open(place) as study:
        assert max(overlap(study).values()) <= WANTED
        for name in PEOPLE:
            Person(study, name, Clock(utc_now() + timedelta(hours=1))).work()
        assert overlap(study) == dict.fromkeys(range(1, PAIRS + 1), WANTED)
        assert (check(study), verify(study).faults) == ((), ())


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system that holds a megabyte."""
    with TemporaryDirectory() as folder:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("no file system can be mounted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def _label_until_it_is_full(place: Path, limit: int | None, note: str) -> int:
    """Work in another process, where no file may grow beyond a limit; how many labels were acknowledged."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            with Study.open(place) as study:
                person = Person(study, "anna", utc_now)
                try:
                    while person.next() is not None:
                        person.answer()
                        for _ in range(8):  # changes of mind, which make the log grow
                            person.log.save(NewAnswer(person.item.pair_id, "anna", choice=LEFT, note=note))  # type: ignore[union-attr]
                        os.write(writer, b"9\n")
                except StudyError as error:
                    os.write(writer, f"{error}\n".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        *labels, last = told.read().splitlines()
    os.waitpid(process, 0)
    assert str(place) in last
    assert re.search("the disk is full; make room and try again|disk I/O error", last)
    return sum(map(int, labels))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_a_full_disk_says_so_and_keeps_what_it_acknowledged(place: Path) -> None:
    limit = place.stat().st_size + 200_000
    saved = _label_until_it_is_full(place, limit, "x" * 2000)
    _goes_on_with_room(place, saved)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_a_small_disk_that_is_full_says_so_and_keeps_what_it_acknowledged(place: Path) -> None:
    with _small_disk() as disk:
        shutil.copy(place, disk / "study.db")
        saved = _label_until_it_is_full(disk / "study.db", None, "x" * 2000)
        for ending in ("", "-wal", ".log"):
            shutil.copy(f"{disk}/study.db{ending}", f"{place}{ending}")
    _goes_on_with_room(place, saved)


def _goes_on_with_room(place: Path, saved: int) -> None:
    assert saved > 0
    with Study.open(place) as study:
        given = AnswerLog(study).last()
        assert given >= saved
        assert (check(study), verify(study).faults) == ((), ())
        assert verify(study).noted == given
    _restore_and_finish(place, list(range(1, given + 1)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of this system differ")
def test_a_read_only_study_is_shown_and_takes_nothing(place: Path) -> None:
    with Study.open(place) as study:
        ids = _work(study, 4)
    with TemporaryDirectory() as folder:
        for ending in ("", ".log"):
            copy = Path(shutil.copy(f"{place}{ending}", folder))
            copy.chmod(0o444)
        Path(folder).chmod(0o555)

        def look() -> None:
            with Study.open(Path(folder) / place.name) as study:
                assert _ids(study) == ids
                person = Person(study, "anna", utc_now)
                for act in (person.next, lambda: person.log.save(NewAnswer(1, "anna", choice=LEFT))):
                    with pytest.raises(StudyError, match=r"read-only; copy it to where you may write"):
                        act()
                assert verify(study).faults == ()

        try:
            _as_nobody(look)
        finally:
            Path(folder).chmod(0o755)
