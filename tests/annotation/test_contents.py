"""What answers rest on is what it was: texts, scores and authors, and who takes part."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.integrity import check
from annotation.people.consent import withdraw
from annotation.people.erasure import erase
from annotation.people.participation import leave_out, take_in
from annotation.planning.design import PlanDesign
from annotation.planning.making import make_plan
from annotation.planning.plan import Role
from annotation.study import Study
from annotation.verification import verify
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import label
from tests.annotation.importers.contents import write_jsonl
from tests.annotation.planning.planned import plan
from tests.annotation.planning.posts import add_posts

MAPPING = parse_map(
    [
        "source=s",
        "left=a",
        "right=b",
        "left_agent=x",
        "right_agent=y",
        "left_score=m",
        "right_score=n",
        "label=l",
        "annotator=who",
    ]
)


@pytest.fixture
def answered(tmp_path: Path) -> Iterator[Study]:
    """Five pairs from a file, with odd texts and scores, and three people who labelled them."""
    rows = [
        {"s": f"Söurce\r\n{n}", "a": f"Left {n} 🦜", "b": f"Right\x00 {n}", "m": n, "n": n / 3, "l": "left"}
        | {"x": "mödel", "y": None, "who": "imported"}
        for n in range(5)
    ]
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as study:
        import_data(study, MAPPING, [write_jsonl(tmp_path / "pairs.jsonl", rows)])
        for name in ("anna", "ben", "cleo"):
            label(AnswerLog(study), name, [(pair, Preference.RIGHT) for pair in range(1, 6)])
        leave_out(study, "anna", "hurries")
        withdraw(study, "ben")
        erase(study, "cleo")
        yield study


def test_what_was_not_changed_is_sound(answered: Study) -> None:
    take_in(answered, "anna")
    assert (verify(answered).faults, check(answered)) == ((), ())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE sources SET text = 'x' WHERE id = 2", "source 2 was edited: its text is"),
        (
            "UPDATE responses SET text = text || ' ' WHERE id = 3",
            "response 3 was edited: its text, score, author",
        ),
        ("UPDATE responses SET score = score + 1 WHERE id = 4", "response 4 was edited"),
        ("UPDATE responses SET agent_id = NULL WHERE id = 1", "response 1 was edited"),
        ("UPDATE agents SET name = 'other' WHERE kind = 'generator'", "response 1 was edited"),
    ],
)
def test_what_was_edited_is_named(answered: Study, change: str, named: str) -> None:
    with answered.writing() as connection:
        connection.exec_driver_sql(change)
    assert verify(answered).chain[0].startswith(named)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE plan_items SET expected = 1 WHERE pair_id = 2 AND plan_id = 1",
        "UPDATE plan_items SET role = 'work' WHERE pair_id = 2 AND plan_id = 1",
        "DELETE FROM plan_items WHERE pair_id = 1 AND plan_id = 1",
        "UPDATE plans SET design = replace(design, ': 3', ': 4') WHERE id = 1",
        "UPDATE plans SET digest = NULL WHERE id = 1",
    ],
)
def test_a_plan_is_what_was_planned(answered: Study, change: str) -> None:
    plan(answered, [1, 2, 3], {2: Role.GOLD}, expected=Preference.RIGHT, explanation="why")
    plan(answered, [1, 2])
    assert verify(answered).faults == ()
    with answered.writing() as connection:
        connection.exec_driver_sql(change)
    named = [fault.partition(":")[0] for fault in verify(answered).chain]
    assert named == ["plan 1 was edited"]


def test_a_plan_that_was_drawn_is_sound_until_it_is_edited(study: Study) -> None:
    add_posts(study, 3, 1)
    make_plan(study, PlanDesign(pay=0.1, pairs_per_source=2))
    assert verify(study).faults == ()
    with study.writing() as connection:
        connection.exec_driver_sql("UPDATE plan_items SET position = 100 - position")
    assert [fault.partition(":")[0] for fault in verify(study).chain] == ["plan 1 was edited"]


def test_of_many_edits_some_are_named_and_all_are_counted(answered: Study, tmp_path: Path) -> None:
    nothing = dict.fromkeys("xymn")
    rows = [
        {"s": f"More {n}", "a": "A", "b": "B", "l": "left", "who": "imported", **nothing} for n in range(20)
    ]
    import_data(answered, MAPPING, [write_jsonl(tmp_path / "more.jsonl", rows)])
    with answered.writing() as connection:
        connection.exec_driver_sql("UPDATE sources SET text = 'x'")
    faults = verify(answered).chain
    assert len(faults) == 21
    assert faults[-1] == "5 more sources were edited"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DELETE FROM participation", "the log of who takes part counts 3 entries, 0 are there"),
        ("DELETE FROM participation WHERE id = 3", "the log of who takes part counts 3 entries, 2 are there"),
        ("DELETE FROM participation WHERE id = 1", "participation entry 2 (withdrawn of annotator "),
        ("UPDATE participation SET event = 'taken_in' WHERE id = 1", "participation entry 1 (taken_in of"),
        (
            "INSERT INTO participation (annotator_id, matter, event, created) "
            "VALUES (2, 'counting', 'left_out', 'x')",
            "participation entry 4 (left_out of annotator 2, x) does not follow",
        ),
    ],
)
def test_who_takes_part_is_not_changed_unseen(answered: Study, change: str, named: str) -> None:
    with answered.writing() as connection:
        for trigger in ("participation_no_UPDATE", "participation_no_DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql(change)
    assert any(fault.startswith(named) for fault in verify(answered).chain)
