"""Accounts, withdrawal and verification on the command line."""

import re
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog
from annotation.people.accounts import check
from annotation.store.tables import participation
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, Draft, label
from tests.tui.cli.conftest import Profile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two pairs, labelled by anna and ben."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(2), AnswerLog(study)
        label(log, "anna", zip(pairs, (LEFT, LEFT), strict=True))
        label(log, "ben", zip(pairs, (RIGHT, LEFT), strict=True))
    return path


def test_codes_are_shown_once_and_let_in(profile: Profile, path: Path) -> None:
    made = profile("study", "annotators", "add", path, "cleo", "dora", "-f", "json")
    codes = {one["annotator"]: one["code"] for one in made.json["codes"]}
    assert "cannot be shown again" in made.err
    with Study.open(path) as study:
        assert {check(study, name, code) for name, code in codes.items()} == {"cleo", "dora"}
    again = profile("study", "annotators", "code", path, "cleo").out
    found = re.search(r"cleo\s+((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})", again)
    assert found
    with Study.open(path) as study:
        assert check(study, "cleo", codes["cleo"]) is None
        assert check(study, "cleo", found[1]) == "cleo"
    listed = profile("study", "annotators", "list", path, "-f", "json").json["annotators"]
    assert [(one["annotator"], one["since"] is not None) for one in listed] == [
        ("anna", False),
        ("ben", False),
        ("cleo", True),
        ("dora", True),
    ]
    assert not any(code in profile("study", "annotators", "list", path).out for code in codes.values())
    assert [one["place"] for one in listed] == ["annotator", "annotator", "not begun", "not begun"]
    assert "4 people: 2 annotators · 2 not begun" in profile("study", "annotators", "list", path).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add",), "name the annotators"),
        (("list", "anna"), "takes no names"),
        (("code", "nobody"), "no annotator"),
        (("add", "human"), "cannot be one annotator's name"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    profile: Profile, path: Path, arguments: tuple[str, ...], says: str
) -> None:
    action, *names = arguments
    done = profile("study", "annotators", action, path, *names)
    assert done.code != 0
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_whoever_withdraws_counts_no_more_and_can_be_erased(profile: Profile, path: Path) -> None:
    assert profile("agreement", path, "-f", "json").json["annotators"] == 2
    kept = profile("study", "withdraw", path, "ben")
    assert (kept.code, "--erase" in kept.err) == (0, True)
    assert profile("agreement", path, "-f", "json").json["annotators"] == 1
    assert b"ben" in path.read_bytes() + Path(f"{path}.log").read_bytes()
    asked = profile("study", "withdraw", path, "ben", "--erase")  # nobody there to be asked
    assert (asked.code, asked.err.count("\n")) == (2, 1)
    assert "2 answers of ben, their name and their code would be erased for good: --yes does it" in asked.err
    assert profile("agreement", path, "-f", "json").json["annotators"] == 1
    assert b'"ben"' in Path(f"{path}.log").read_bytes()
    erased = profile("study", "withdraw", path, "ben", "--erase", "--yes")
    assert re.search(r"ben was erased on 20\d\d-\d\d-\d\d: 2 empty marks of erased 1 left", erased.err)
    assert "importing it would bring them back" in erased.err
    assert b'"ben"' not in Path(f"{path}.log").read_bytes()
    assert profile("verify", path).code == 0
    assert profile("doctor", path).code == 0
    assert profile("study", "withdraw", path, "nobody").code == 1


def test_whoever_was_erased_is_neither_withdrawn_nor_erased_again(profile: Profile, path: Path) -> None:
    assert profile("study", "withdraw", path, "ben", "--erase", "--yes").code == 0
    refused = profile("study", "withdraw", path, "erased 1")
    assert refused.code == 1
    assert re.search(r"erased 1 was erased on 20\d\d-\d\d-\d\d: nothing is left to withdraw\n$", refused.err)
    assert len(refused.err.strip().splitlines()) == 1
    again = profile("study", "withdraw", path, "erased 1", "--erase")
    assert again.code == 0
    assert re.search(r"erased 1 was erased already, on 20\d\d-\d\d-\d\d, and no old bytes", again.err)
    with Study.open(path) as study, study.reading() as connection:
        said = connection.execute(select(participation.c.event)).scalars().all()
    assert said == ["erased"]


def test_a_sound_study_gives_its_head(profile: Profile, path: Path) -> None:
    done = profile("verify", path, "--format", "json")
    found = done.json
    assert (done.code, found["sound"], found["entries"], found["noted"]) == (0, True, 4, 4)
    assert found["faults"] == {"chain": [], "lost": [], "counts": []}
    assert profile("verify", path, "--head", found["head"]).code == 0
    assert found["head"] in profile("verify", path).out
    wrong = profile("verify", path, "--head", "0" * 64)
    assert wrong.code == 1
    assert "no answer has the link 000" in wrong.err


def test_an_edited_answer_is_told_exactly(profile: Profile, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER answers_no_UPDATE")
        connection.execute("UPDATE answers SET choice = -choice WHERE id = 3")
    connection.close()
    done = profile("verify", path)
    assert done.code == 1
    assert re.search(r"Problem: answer 3 \(ben, label of pair 1, 20\S+Z\) was edited", done.err)
    assert "What is off" in done.out
    assert profile("doctor", path).code == 1


@pytest.mark.parametrize("wanted", ["table", "json"])
def test_a_terminal_shows_each_fault_once(
    profile: Profile, path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER answers_no_UPDATE")
        connection.execute("UPDATE answers SET choice = -choice WHERE id = 3")
    connection.close()
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    done = profile("verify", path, "-f", wanted)
    shown = " ".join((done.out + done.err).split())
    assert (done.code, shown.count("answer 3 (ben, label of pair 1,")) == (1, 1)


def test_lost_answers_stop_every_command_and_are_put_back(profile: Profile, path: Path) -> None:
    older = path.with_name("older.db")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copy(path, older)
    with Study.open(path) as study:
        label(AnswerLog(study), "anna", [(1, RIGHT)])
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copy(older, path)
    for command in (("rank", path), ("agreement", path), ("doctor", path)):
        refused = profile(*command)
        assert refused.code == 1
        assert "1 acknowledged answer missing (the first: answer 5 (anna, label of pair 1" in refused.err
        assert f"profile-tui verify {path}" in refused.err
    named = profile("verify", path)
    assert (named.code, "answer 5 (anna, label of pair 1" in named.err) == (1, True)
    restored = profile("verify", path, "--restore", "-f", "json")
    assert (restored.code, len(restored.json["restored"]), restored.json["set_aside"]) == (0, 1, [])
    assert "decisions made since then are not in the notes" in refused.err
    for done in (named, restored):
        assert "Note: the notes beside a study have answers only. Decisions made since" in done.err
    assert restored.json["decisions_may_be_missing"] is True
    whole = profile("verify", path, "-f", "json")
    assert ("Note:" in whole.err, whole.json["decisions_may_be_missing"]) == (False, False)
    assert profile("rank", path).code == 0


def test_a_copy_to_keep(profile: Profile, path: Path) -> None:
    kept = path.with_name("kept.db")
    done = profile("study", "copy", path, kept)
    assert (done.code, f"{kept}: a copy of {path}" in done.err, f"notes in {kept}.log" in done.err) == (
        0,
        True,
        True,
    )
    assert profile("verify", kept, "-f", "json").json["entries"] == 4
    again = profile("study", "copy", path, kept)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "exists already, and no copy overwrites it" in again.err
