"""A plan that takes the place of another while people work by the one before."""

from itertools import count
from pathlib import Path

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import AnswerError, PlanReplacedError
from annotation.planning.worklist import read_plan_id
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, Draft
from tests.annotation.planning.planned import Person, held, overlap, plan, planned_study


def said_by(plan_id: int | None, kind: AnswerKind) -> NewAnswer:
    if kind in (AnswerKind.SKIP, AnswerKind.FLAG):
        return NewAnswer(1, "anna", kind, set=True, plan=plan_id)
    if kind is AnswerKind.NOTE:
        return NewAnswer(1, "anna", kind, note="typed before", plan=plan_id)
    return NewAnswer(1, "anna", kind, choice=LEFT, shown_first=LEFT, plan=plan_id)


@pytest.mark.parametrize("kind", AnswerKind)
def test_only_what_never_counts_is_taken_by_a_plan_that_was_replaced(
    tmp_path: Path, kind: AnswerKind
) -> None:
    study = planned_study(tmp_path / "replaced.db", 4)
    log, before = AnswerLog(study), read_plan_id(study)
    log.register("anna")
    plan(study, [1, 2])
    if kind in (AnswerKind.FLAG, AnswerKind.NOTE):
        log.save(said_by(before, kind))
        assert [answer.kind for answer in log.since(0)] == [kind]
    else:
        with pytest.raises(PlanReplacedError, match="another plan by now"):
            log.save(said_by(before, kind))
        assert log.since(0) == [] and held(study) == 0
    log.save(said_by(read_plan_id(study), kind))
    assert log.since(0)[-1].kind is kind


def test_a_label_from_before_there_was_a_plan_is_refused_and_what_was_not_shown_is_taken(
    draft: Draft, log: AnswerLog
) -> None:
    draft.pairs(2)
    log.register("anna")
    assert read_plan_id(draft.study) == 0
    log.save(said_by(0, AnswerKind.LABEL))
    plan(draft.study, [1, 2])
    with pytest.raises(PlanReplacedError):
        log.save(said_by(0, AnswerKind.LABEL))
    log.save(said_by(None, AnswerKind.LABEL))
    assert overlap(draft.study) == {1: 1}


def test_nothing_is_handed_out_by_a_plan_that_was_replaced(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "handed.db", 6)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    anna.work(2)
    plan(study, [1, 2])
    with pytest.raises(PlanReplacedError):
        anna.next()
    with pytest.raises(PlanReplacedError):
        ben.worklist.item(5)
    assert held(study) == 0
    assert set(Person(study, "anna").work()) <= {1, 2}


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing happens a second after the one before."""
    clock = count(10)
    for module in (
        "annotation.store.answer_entries",
        "annotation.store.entries",
        "tests.annotation.planning.planned",
    ):
        monkeypatch.setattr(f"{module}.timestamp", lambda: f"2030-01-01T00:00:{next(clock)}Z")


@pytest.mark.parametrize("kind", AnswerKind)
@pytest.mark.usefixtures("seconds")
def test_what_was_said_before_is_taken_back_only_of_pairs_that_the_plan_has(
    tmp_path: Path, kind: AnswerKind
) -> None:
    study = planned_study(tmp_path / "undone.db", 4)
    log = AnswerLog(study)
    log.register("anna")
    log.save(said_by(read_plan_id(study), kind))
    plan(study, [3, 4])
    with pytest.raises(AnswerError, match="pair 1 is from before this plan, which does not have it"):
        log.undo("anna")
    assert [entry.undoes for entry in log.since(0)] == [None]
    # What is said by now, outside the plan too, can be taken back; then that entry is before it again.
    log.save(NewAnswer(2, "anna", choice=LEFT))
    undone = log.undo("anna")
    assert undone is not None and undone.pair_id == 2
    with pytest.raises(AnswerError, match="pair 1 "):
        log.undo("anna")
    plan(study, [1, 3])
    undone = log.undo("anna")
    assert undone is not None and (undone.pair_id, undone.kind) == (1, kind)
    assert log.undo("anna") is None


def test_settings_that_another_process_changed_are_read_anew(tmp_path: Path) -> None:
    location = tmp_path / "settings.db"
    with Study.create(location, task=Task.SUMMARIZATION) as study, Study.open(location) as other:
        assert study.settings.allow_ties
        other.change_settings(StudySettings(allow_ties=False, question="Which?"))
        study.reread_settings()
        assert (study.settings.allow_ties, study.settings.question) == (False, "Which?")
