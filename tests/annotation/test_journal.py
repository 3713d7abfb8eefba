"""Answers are noted beside the study: a file that lost some says which, and gets them back."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import LocationError, LostAnswersError
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.integrity import check
from annotation.people.erasure import erase
from annotation.restoring import restore
from annotation.store.journal import Journal
from annotation.study import Study
from annotation.verification import verify
from profile_engine.taxonomy import Task
from tests.annotation.copies import SAID, answer, older_copy, put_back, rows_of
from tests.annotation.drafts import LEFT, RIGHT, TIE, label


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
    (row,) = rows_of(path)
    assert line["link"] == row[-1]


def test_an_older_copy_is_noticed_and_its_answers_come_back_as_they_were(path: Path) -> None:
    answer(path, "anna", SAID[:2])
    older = older_copy(path)
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.register("ben")  # whom the older copy does not know
        log.save(NewAnswer(1, "ben", choice=TIE, shown_first=RIGHT, sure=True, seconds=2.5))
        log.save(NewAnswer(1, "ben", AnswerKind.NOTE, note="hm – “so”"))
        log.undo("anna")
        head = verify(study).head
    whole = rows_of(path)
    put_back(older, path)
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
    assert rows_of(path) == whole
    with Study.open(path) as study:
        assert check(study) == ()


def delete(path: Path, *ids: int) -> None:
    """As a program does that knows nothing of studies."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER answers_no_DELETE")
        connection.executemany("DELETE FROM answers WHERE id = ?", [(id_,) for id_ in ids])
    connection.close()


@pytest.mark.parametrize("ids", [(1,), (2, 3), (3, 4, 5), (1, 3, 5), (1, 2, 3, 4, 5, 6), (6,)])
def test_rows_that_were_deleted_stand_again_where_they_stood(path: Path, ids: tuple[int, ...]) -> None:
    answer(path, "anna", SAID[:3])
    with Study.open(path) as study:
        log = AnswerLog(study)
        log.save(NewAnswer(2, "anna", choice=TIE))  # says something newer of what is deleted
        log.undo("anna")
        log.save(NewAnswer(1, "anna", AnswerKind.NOTE, note="hm"))
        before = verify(study)
    whole = rows_of(path)
    delete(path, *ids)
    with Study.open(path, incomplete=True) as study:
        assert len(verify(study).lost) == len(ids)
        done = restore(study)
        assert (len(done.restored), done.left) == (len(ids), ())
        assert not any("new entry" in line for line in done.restored)
        after = verify(study, before.written)
        assert (after.faults, after.written) == ((), before.written)
    assert rows_of(path) == whole


def test_where_the_place_of_an_answer_is_taken_what_remains_is_said(path: Path) -> None:
    answer(path, "anna", SAID[:3])
    delete(path, 3)
    with Study.open(path, incomplete=True) as study:
        AnswerLog(study).save(NewAnswer(4, "anna", choice=RIGHT))  # gets the number that is free
        (line,) = restore(study).restored
        assert "as a new entry at the end: its place in the log is taken" in line
        found = verify(study)
        assert (found.lost, len(found.chain)) == ((), 2)
        assert "does not follow answer 2" in found.chain[0]
        assert "the log counts 5 entries, 4 of its chain are there" in found.chain[1]


def test_answers_given_on_an_older_copy_stay_and_the_missing_ones_come_after(path: Path) -> None:
    answer(path, "anna", SAID[:1])
    older = older_copy(path)
    answer(path, "anna", SAID[1:3])
    put_back(older, path)
    with Study.open(path, incomplete=True) as study:
        log = AnswerLog(study)
        log.save(NewAnswer(4, "anna", choice=RIGHT))
        assert len(restore(study).restored) == 2
        assert log.standing("anna").labels == {1: LEFT, 2: RIGHT, 3: TIE, 4: RIGHT}
        assert verify(study).faults == ()
    Study.open(path).close()


def test_what_cannot_be_put_back_is_set_aside_and_named(path: Path) -> None:
    older = older_copy(path)
    with Study.open(path) as study:
        label(AnswerLog(study), "anna", [(4, LEFT)])
    put_back(older, path)
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
    older = older_copy(path)
    with Study.open(path) as study:
        rows(3, 9)
        import_data(study, mapping, [file])
        assert verify(study).faults == ()
    Study.open(path).close()
    put_back(older, path)
    with pytest.raises(LostAnswersError, match="6 imported answers missing"):
        Study.open(path)
    with Study.open(path, incomplete=True) as study:
        assert verify(study).lost[0].startswith("an import of 6 answers (5 to 10, ")
        assert "import its files again" in restore(study).left[0]
    with Study.open(path) as study:
        import_data(study, mapping, [file])
        assert verify(study).faults == ()


def test_a_copied_study_opens_without_its_notes(path: Path) -> None:
    answer(path, "anna")
    copy = older_copy(path, "copy.db")
    with Study.open(copy) as study:
        assert study.summary().last_answer == 4
        assert verify(study).noted is None
    answer(copy, "ben")
    with Study.open(copy) as study:
        assert verify(study).noted == 4


def test_notes_of_another_study_are_refused(path: Path) -> None:
    answer(path, "anna")
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
    answer(path, "anna", SAID[:1])
    with monkeypatch.context() as broken:
        broken.setattr(Journal, "write", lambda *_: False)
        answer(path, "anna", SAID[1:3])
    with Path(f"{path}.log").open("a") as notes:
        notes.write('{"id":9,"tok')  # and one cut off in the middle
    answer(path, "anna", SAID[3:])
    with Study.open(path) as study:
        found = verify(study)
        assert (found.noted, found.faults) == (4, ())


def test_an_edited_answer_differs_from_its_note(path: Path) -> None:
    """All of the chain written anew: the notes still know."""
    from annotation.store.chain import chain_all, read_head

    answer(path, "anna")
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
    answer(path, "anna")
    older = older_copy(path)
    with Study.open(path) as study:
        erase(study, "anna")
        assert "anna" not in Path(f"{path}.log").read_text("utf-8")
        found = verify(study)
        assert (found.noted, found.faults) == (4, ())
    answer(path, "ben", SAID[:1])
    put_back(older, path)
    with Study.open(path, incomplete=True) as study:
        found = verify(study)
        assert len([line for line in found.chain if line.endswith("was erased, and is back")]) == 4
        assert len(found.lost) == 1


def test_killed_before_the_notes_forgot_an_erased_person(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(path, "anna")
    with Study.open(path) as study, monkeypatch.context() as killed:
        killed.setattr("annotation.people.erasure.forget_erased", lambda *_: None)
        erase(study, "anna")
        assert "anna" in Path(f"{path}.log").read_text("utf-8")
    with Study.open(path) as study:
        assert "anna" not in Path(f"{path}.log").read_text("utf-8")
        assert verify(study).faults == ()


def test_whoever_may_write_the_study_may_note(path: Path) -> None:
    path.chmod(0o664)
    answer(path, "anna")
    assert Path(f"{path}.log").stat().st_mode & 0o777 == 0o664
