"""One run over every method: counted before, told meanwhile, stopped at any time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from annotation.errors import StudyError
from annotation.extraction.run import ExtractionProgress, ExtractionRun, ExtractionSetup, Stage, Wanted
from annotation.study import Study
from profile_engine.ports import ModelError, QualityScore
from profile_engine.taxonomy import TASK_FACTORS, Task
from tests.annotation.drafts import Draft
from tests.annotation.extraction.test_quality import FakeScorer
from tests.profile_engine.fake_chat import fake_chat


class AbsentScorer(FakeScorer):
    """A model that is not installed."""

    def __call__(self, questions: Sequence[str]) -> Sequence[QualityScore]:
        raise ModelError("UniEval needs torch")


@pytest.fixture
def filled(study: Study, draft: Draft) -> Study:
    draft.pairs(3)
    return study


def test_all_ten_factors_are_found(filled: Study) -> None:
    chat, told = fake_chat(), list[ExtractionProgress]()
    setup = ExtractionSetup(wanted=Wanted.of(filled.factors), scorer=FakeScorer(), chat=chat)
    run = ExtractionRun(filled, setup)
    estimate = run.estimate()
    assert (estimate.rule_values, estimate.quality_values) == (12, 12)
    outcome = run.run(told.append)
    assert len(chat.requests) == estimate.calls
    assert not outcome.failed
    assert not outcome.stopped
    counts = {count.factor: count.values for count in filled.summary().factors}
    assert counts == dict.fromkeys(TASK_FACTORS[Task.SUMMARIZATION], 6)
    assert {progress.stage for progress in told} == set(Stage)
    for stage in Stage:
        of_stage = [progress for progress in told if progress.stage is stage]
        assert of_stage[-1].done == of_stage[-1].of
        assert [one.done for one in of_stage] == sorted(one.done for one in of_stage)
    again = ExtractionRun(filled, setup)
    assert (again.estimate().rule_values, again.estimate().quality_values, again.estimate().calls) == (
        0,
        0,
        0,
    )


def test_what_is_missing_keeps_nothing_else_away(filled: Study) -> None:
    setup = ExtractionSetup(wanted=Wanted.of(filled.factors), scorer=AbsentScorer(), chat=fake_chat())
    outcome = ExtractionRun(filled, setup).run()
    assert outcome.missing == ("UniEval needs torch",)
    assert outcome.failed
    counts = {count.factor: count.values for count in filled.summary().factors}
    assert (counts["length"], counts["fluency"], counts["hallucination"]) == (6, 0, 6)


@pytest.mark.parametrize("stage", Stage)
def test_a_stop_ends_the_run_at_any_stage(filled: Study, stage: Stage) -> None:
    chat = fake_chat()
    run = ExtractionRun(
        filled, ExtractionSetup(wanted=Wanted.of(filled.factors), scorer=FakeScorer(), chat=chat)
    )

    def stop(progress: ExtractionProgress) -> None:
        if progress.stage is stage:
            run.stop()

    calls = run.estimate().calls
    outcome = run.run(stop)
    assert outcome.stopped
    assert (outcome.judging is None) == (stage is not Stage.MODEL)
    assert len(chat.requests) < calls


def test_a_second_run_that_would_pay_twice_is_refused(filled: Study) -> None:
    setup = ExtractionSetup(wanted=Wanted.of(filled.factors), scorer=FakeScorer(), chat=fake_chat())
    second = fake_chat()
    tried = list[Stage]()

    def try_another(progress: ExtractionProgress) -> None:
        if progress.stage not in tried:
            tried.append(progress.stage)
            with pytest.raises(StudyError, match="another process is asking scripted"):
                ExtractionRun(filled, replace(setup, chat=second)).run()

    assert not ExtractionRun(filled, setup).run(try_another).failed
    assert set(tried) == set(Stage)
    assert second.requests == []
    ExtractionRun(filled, replace(setup, chat=second)).run()


def test_a_limit_holds_for_every_stage(filled: Study) -> None:
    chat = fake_chat()
    setup = ExtractionSetup(wanted=Wanted.of(filled.factors), scorer=FakeScorer(), chat=chat, limit=2)
    run = ExtractionRun(filled, setup)
    estimate = run.estimate()
    assert (estimate.rule_values, estimate.quality_values, estimate.calls) == (4, 4, 1 + 2 * 4)
    run.run()
    assert {count.values for count in filled.summary().factors} == {2}
