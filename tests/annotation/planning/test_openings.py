"""What a plan has for somebody who has not begun, beside what the worklist would hand out to them."""

from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.people.consent import withdraw
from annotation.planning.openings import Openings, read_openings
from annotation.planning.plan import Role
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, Draft, label
from tests.annotation.planning.planned import Clock, Person, held, plan, planned_study


def openings(study: Study, clock: Clock, name: str = "zoe") -> Openings | None:
    AnswerLog(study).register(name)
    return read_openings(study, name, clock)


def test_without_a_plan_or_anything_to_label_there_are_none(tmp_path: Path) -> None:
    with Study.create(tmp_path / "s.db", task=Task.SUMMARIZATION) as study:
        pairs = Draft(study).pairs(2)
        assert openings(study, Clock()) is None
        plan(study, pairs, dict.fromkeys(pairs, Role.TRAINING))
        assert openings(study, Clock()) is None


def test_nothing_is_handed_out_by_looking(tmp_path: Path) -> None:
    clock = Clock()
    with planned_study(tmp_path / "s.db", 4, annotators_per_pair=1) as study:
        assert openings(study, clock) == Openings(4, 0)
        assert held(study) == 0


def test_it_is_what_the_worklist_would_hand_out(tmp_path: Path) -> None:
    """Of two posts of two pairs and one label each, ben labels one pair and holds the other of its post."""
    clock = Clock()
    with planned_study(tmp_path / "s.db", 4, annotators_per_pair=1) as study:
        ben = Person(study, "ben", clock)
        ben.work(1)
        assert openings(study, clock) == Openings(2, 1)
        assert read_openings(study, "ben", clock) == Openings(3, 0)  # what he holds is his
        cleo = Person(study, "cleo", clock)
        assert len(cleo.work()) == 2
        assert openings(study, clock) == Openings(0, 1)
        assert Person(study, "zoe", clock).work() == []
        clock.pass_minutes(60)
        assert openings(study, clock) == Openings(1, 0)
        assert len(Person(study, "zoe", clock).work()) == 1
        assert openings(study, clock, "yan") == Openings(0, 0)
        withdraw(study, "cleo")
        assert openings(study, clock, "yan") == Openings(2, 0)


@pytest.mark.parametrize(("last", "left"), [(LEFT, 0), (RIGHT, 1)])
def test_a_decided_pair_wants_nobody(tmp_path: Path, last: int, left: int) -> None:
    clock = Clock()
    with planned_study(tmp_path / "s.db", 1, annotators_per_pair=3, stop_when_decided=True) as study:
        Person(study, "ben", clock).work()
        cleo = Person(study, "cleo", clock)
        cleo.next()
        cleo.answer(LEFT if last == LEFT else RIGHT)
        assert openings(study, clock) == Openings(left, 0)
        assert len(Person(study, "zoe", clock).work()) == left


def test_labels_that_came_with_data_count(tmp_path: Path) -> None:
    with Study.create(tmp_path / "s.db", task=Task.SUMMARIZATION) as study:
        pairs = Draft(study).pairs(2)
        log = AnswerLog(study)
        for name in ("anna", "ben"):
            label(log, name, [(pairs[0], LEFT)])
        plan(study, pairs, design={"annotators_per_pair": 2})
        assert openings(study, Clock()) == Openings(1, 0)
        assert read_openings(study, "anna", Clock()) == Openings(1, 0)
