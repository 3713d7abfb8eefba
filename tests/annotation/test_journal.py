"""A damaged, older or full file opens, or says exactly which answers are missing; never silently less."""

import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import LocationError, LostAnswersError, StudyError
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.integrity import check
from annotation.people.erasure import erase
from annotation.restoring import restore
from annotation.store.journal import Journal
from annotation.store.tables import answers
from annotation.study import Study
from annotation.verification import verify
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.test_database import _as_nobody
from tests.conftest import ROOT

SAID = [(1, LEFT), (2, RIGHT), (3, TIE), (4, LEFT)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A study with four pairs and no answers yet."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(4)
    return path


def _answer(path: Path, annotator: str, said: Sequence[tuple[int, object]] = SAID) -> None:
    with Study.open(path) as study:
        label(AnswerLog(study), annotator, said)  # type: ignore[arg-type]


def _older_copy(path: Path, name: str = "older.db") -> Path:
    """A copy of the file alone, as it is now, with all that its WAL has."""
    copy = path.parent / name
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copy(path, copy)
    return copy


def _put_back(copy: Path, path: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(copy, path)


def _rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT token, pair_id, kind, choice, shown_first, sure, note, seconds, created, link "
            "FROM answers"
        ).fetchall()
    connection.close()
    return rows


def test_each_answer_is_noted_before_it_is_acknowledged(path: Path) -> None:
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.register("anna")
        saved = log.save(NewAnswer(2, "anna", choice=RIGHT, shown_first=LEFT, seconds=1.5, token="t"))
        (line,) = [json.loads(text) for text in Path(f"{path}.log").read_text("utf-8").splitlines()]
    assert (line["id"], line["token"], line["annotator"], line["pair_id"]) == (saved.id, "t", "anna", 2)
    assert (line["kind"], line["choice"], line["seconds"], line["created"]) == (
        "label",
        -1,
        1.5,
        saved.created,
    )
    (row,) = _rows(path)
    assert line["link"] == row[-1]


def test_an_older_copy_is_noticed_and_its_answers_come_back_as_they_were(path: Path) -> None:
    _answer(path, "anna", SAID[:2])
    older = _older_copy(path)
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.register("ben")  # whom the older copy does not know
        log.save(NewAnswer(1, "ben", choice=TIE, shown_first=RIGHT, sure=True, seconds=2.5))
        log.save(NewAnswer(1, "ben", AnswerKind.NOTE, note="hm – “so”"))
        log.undo("anna")
        head = verify(study).head
    whole = _rows(path)
    _put_back(older, path)
    with pytest.raises(LostAnswersError) as refusal:
        Study.open(path)
    assert "3 acknowledged answers missing (the first: answer 3 (ben, label of pair 1," in str(refusal.value)
    assert "\n" not in str(refusal.value)
    with Study.open(path, incomplete=True) as study:
        named = verify(study).lost
        assert [re.match(r"answer (\d) \((\w+), (\w+) of pair (\d)", line).groups() for line in named] == [  # type: ignore[union-attr]
            ("3", "ben", "label", "1"),
            ("4", "ben", "note", "1"),
            ("5", "anna", "label", "2"),
        ]
        done = restore(study)
        assert (len(done.restored), done.left, done.kept) == (3, (), None)
        assert verify(study, head.link).faults == ()
        assert verify(study).head == head
    assert _rows(path) == whole
    with Study.open(path) as study:
        assert check(study) == ()


def test_answers_given_on_an_older_copy_stay_and_the_missing_ones_come_after(path: Path) -> None:
    _answer(path, "anna", SAID[:1])
    older = _older_copy(path)
    _answer(path, "anna", SAID[1:3])
    _put_back(older, path)
    with Study.open(path, incomplete=True) as study:
        log = AnswerLog(study)
        log.save(NewAnswer(4, "anna", choice=RIGHT))
        assert len(restore(study).restored) == 2
        assert log.standing("anna").labels == {1: LEFT, 2: RIGHT, 3: TIE, 4: RIGHT}
        assert verify(study).faults == ()
    Study.open(path).close()


def test_what_cannot_be_put_back_is_set_aside_and_named(path: Path) -> None:
    older = _older_copy(path)
    with Study.open(path) as study:
        label(AnswerLog(study), "anna", [(4, LEFT)])
    _put_back(older, path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE pairs SET key = 'another' WHERE id = 4")
    connection.close()
    with Study.open(path, incomplete=True) as study:
        done = restore(study)
        assert done.restored == ()
        assert "its pair is not in the study" in done.left[0]
    assert done.kept is not None
    assert '"annotator":"anna"' in Path(done.kept).read_text("utf-8")
    Study.open(path).close()


def test_a_lost_import_is_named(tmp_path: Path) -> None:
    path, file = tmp_path / "study.db", tmp_path / "rows.jsonl"
    mapping = parse_map(["source=p", "left=a", "right=b", "label=l", "annotator=w"], labels="0=left,1=right")

    def rows(first: int, last: int) -> None:
        file.write_text(
            "".join(
                f'{{"p": "p{n}", "a": "a{n}", "b": "b{n}", "l": 1, "w": "w"}}\n' for n in range(first, last)
            )
        )

    with Study.create(path, task=Task.SUMMARIZATION) as study:
        rows(0, 3)
        import_data(study, mapping, [file])
        assert not Path(f"{path}.log").exists()
        label(AnswerLog(study), "anna", [(1, LEFT)])
    older = _older_copy(path)
    with Study.open(path) as study:
        rows(3, 9)
        import_data(study, mapping, [file])
        assert verify(study).faults == ()
    Study.open(path).close()
    _put_back(older, path)
    with pytest.raises(LostAnswersError, match="6 imported answers missing"):
        Study.open(path)
    with Study.open(path, incomplete=True) as study:
        assert verify(study).lost[0].startswith("an import of 6 answers (5 to 10, ")
        assert "import its files again" in restore(study).left[0]
    with Study.open(path) as study:
        import_data(study, mapping, [file])
        assert verify(study).faults == ()


def test_a_copied_study_opens_without_its_notes(path: Path) -> None:
    _answer(path, "anna")
    copy = _older_copy(path, "copy.db")
    with Study.open(copy) as study:
        assert study.summary().last_answer == 4
        assert verify(study).noted is None
    _answer(copy, "ben")
    with Study.open(copy) as study:
        assert verify(study).noted == 4


def test_notes_of_another_study_are_refused(path: Path) -> None:
    _answer(path, "anna")
    path.unlink()
    with pytest.raises(LocationError, match="notes of an earlier study"):
        Study.create(path, task=Task.SUMMARIZATION)
    other = path.parent / "other.db"
    Study.create(other, task=Task.SUMMARIZATION).close()
    other.replace(path)
    with pytest.raises(LocationError, match="notes of another study"):
        Study.open(path)


def test_what_was_not_noted_is_noted_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if killed between the commit and the note: not acknowledged, yet saved."""
    _answer(path, "anna", SAID[:1])
    with monkeypatch.context() as broken:
        broken.setattr(Journal, "write", lambda *_: False)
        _answer(path, "anna", SAID[1:3])
    with Path(f"{path}.log").open("a") as notes:
        notes.write('{"id":9,"tok')  # and one cut off in the middle
    _answer(path, "anna", SAID[3:])
    with Study.open(path) as study:
        found = verify(study)
        assert (found.noted, found.faults) == (4, ())


def test_an_edited_answer_differs_from_its_note(path: Path) -> None:
    """All of the chain written anew: the notes still know."""
    from annotation.store.chain import chain_all, read_head

    _answer(path, "anna")
    with Study.open(path) as study:
        with study.writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER answers_no_UPDATE")
            connection.exec_driver_sql("UPDATE answers SET choice = 0 WHERE id = 2")
            connection.exec_driver_sql("UPDATE answers SET salt = NULL, seal = NULL, link = NULL")
            root = read_head(connection).root
            connection.exec_driver_sql(f"UPDATE answer_log SET entries = 0, link = '{root}'")
            chain_all(connection)
        assert check(study) == ()
        assert any(
            line.startswith("answer 2 (anna") and line.endswith("not what was noted when it was acknowledged")
            for line in verify(study).chain
        )


def test_erasing_reaches_the_notes_and_an_older_copy_betrays_itself(path: Path) -> None:
    _answer(path, "anna")
    older = _older_copy(path)
    with Study.open(path) as study:
        erase(study, "anna")
        assert "anna" not in Path(f"{path}.log").read_text("utf-8")
        found = verify(study)
        assert (found.noted, found.faults) == (4, ())
    _answer(path, "ben", SAID[:1])
    _put_back(older, path)
    with Study.open(path, incomplete=True) as study:
        found = verify(study)
        assert len([line for line in found.chain if line.endswith("was erased, and is back")]) == 4
        assert len(found.lost) == 1


def test_killed_before_the_notes_forgot_an_erased_person(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(path, "anna")
    with Study.open(path) as study, monkeypatch.context() as killed:
        killed.setattr("annotation.people.erasure.forget_erased", lambda *_: None)
        erase(study, "anna")
        assert "anna" in Path(f"{path}.log").read_text("utf-8")
    with Study.open(path) as study:
        assert "anna" not in Path(f"{path}.log").read_text("utf-8")
        assert verify(study).faults == ()


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
    _older_copy(path)
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
        older = _older_copy(path)
        _answer(path, "anna", SAID[:2])
        notes = Path(f"{path}.log").read_bytes()
        _older_copy(path, "whole.db")
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
        _answer(path, "anna")
        place = folder / "study.db"
        shutil.copy(_older_copy(path), place)
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


def test_whoever_may_write_the_study_may_note(path: Path) -> None:
    path.chmod(0o664)
    _answer(path, "anna")
    assert Path(f"{path}.log").stat().st_mode & 0o777 == 0o664
