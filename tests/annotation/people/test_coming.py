"""Who is told what to do: whoever begins, and whoever was told something else before."""

from collections.abc import Mapping

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.people.consent import Coming, how_they_come
from annotation.study import Study
from tests.annotation.drafts import LEFT, Draft
from tests.annotation.planning.planned import plan

NEW, TOLD, UNTOLD = Coming(new=True, untold=True), Coming(new=False, untold=False), Coming(False, True)


class Day:
    """A study in which one thing happens a second, planned again and again over the same pairs."""

    def __init__(self, study: Study, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
        self.study, self.pairs, self.log = study, draft.pairs(3), AnswerLog(study)
        self._second = 0
        for module in (
            "annotation.store.answer_entries",
            "annotation.store.entries",
            "tests.annotation.planning.planned",
        ):
            monkeypatch.setattr(f"{module}.timestamp", lambda: f"2030-01-01T00:00:{self._second:02}Z")
        self.log.register("anna")

    def plan(self, **design: object) -> None:
        self._second += 1
        plan(self.study, self.pairs, design=design)

    def answer(self, **said: object) -> None:
        self._second += 1
        entry: Mapping[str, object] = {"kind": AnswerKind.LABEL, "choice": LEFT, **said}
        self.log.save(NewAnswer(self.pairs[0], "anna", **entry))  # type: ignore[arg-type]

    @property
    def anna(self) -> Coming:
        return how_they_come(self.study, "anna")


@pytest.fixture
def day(study: Study, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(study, draft, monkeypatch)


def test_without_a_plan_nobody_is(day: Day) -> None:
    assert day.anna == Coming(new=False, untold=False)


def test_changed_instructions_are_told_once_more(day: Day) -> None:
    day.plan(instructions="Take the shorter.")
    assert day.anna == NEW
    day.answer()
    assert day.anna == TOLD
    day.plan(instructions="Take the shorter.", annotators_per_pair=5)
    assert day.anna == TOLD
    day.plan(instructions="Take the longer.")
    assert day.anna == UNTOLD
    day.answer(kind=AnswerKind.FLAG, choice=None, set=True)  # says nothing of what they were told
    assert day.anna == UNTOLD
    day.answer()
    assert day.anna == TOLD


def test_so_is_whether_there_are_ties(day: Day) -> None:
    day.plan(instructions="Take the shorter.", ties=True)
    day.answer()
    day.plan(instructions="Take the shorter.", ties=False)
    assert day.anna == UNTOLD


def test_what_was_changed_and_changed_back_is_not(day: Day) -> None:
    day.plan(instructions="Take the shorter.")
    day.answer()
    day.plan(instructions="Take the longer.")
    day.plan(instructions="Take the shorter.")
    assert day.anna == TOLD


def test_who_answered_before_any_plan_was_told_nothing(day: Day) -> None:
    day.answer()
    day.plan(instructions="Take the shorter.")
    assert day.anna == UNTOLD


def test_what_came_with_data_was_not_answered_here(day: Day) -> None:
    day.plan(instructions="Take the shorter.")
    day.answer(origin=Origin.IMPORT)
    assert day.anna == NEW
