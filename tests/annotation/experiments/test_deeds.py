"""Experiments on what models did: a stub writes, with scores and without, and judges what it wrote."""

from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.deeds.asking import AskingRun
from annotation.deeds.generation import Generation
from annotation.deeds.judgement import Judgement
from annotation.experiments.designs import AlignmentDesign, DirectDesign
from annotation.experiments.names import ExperimentName
from annotation.experiments.running import repeat, run_experiment
from annotation.extraction.rules import extract_rules
from annotation.study import Study
from profile_engine.agents.generating import Purpose
from profile_engine.experiments.alignment import AlignmentResult
from profile_engine.experiments.direct import DirectResult
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_models import judge_that, longer, writer
from tests.annotation.drafts import LEFT, RIGHT, Draft, label


def words(source: str, score: int) -> str:
    """As many words as ten times the score; thirty where it is not told any, which the stub counts as 0."""
    return " ".join([source.split(maxsplit=1)[0], *["word"] * (10 * score or 30)])


@pytest.fixture
def made(tmp_path: Path) -> Study:
    study = Study.create(tmp_path / "made.db", task=Task.SUMMARIZATION)
    draft = Draft(study)
    for name in ("Alpha", "Beta", "Gamma"):
        draft.source(f"{name} is what this post says at length.")
    chat = writer(words)
    for purpose in (Purpose.SCORED, Purpose.DIRECT):
        AskingRun(study, Generation(study, chat.identity, purpose), chat).run()
    judge = judge_that(longer)
    AskingRun(study, Judgement(study, judge.identity), judge).run()
    extract_rules(study, ("length",))
    return study


def test_the_level_that_is_written_alike_is_closest(made: Study) -> None:
    with made:
        stored = run_experiment(made, ExperimentName.DIRECT, DirectDesign(draws=50))
        assert isinstance(stored.result, DirectResult)
        [stub] = stored.result.agents
        assert (stub.agent, stub.sources, stub.closest) == ("stub", 3, 3.0)
        assert [one.closest for one in stub.levels] == [0, 0, 3, 0, 0]
        assert stub.levels[2].distance == 0
        # Lengths 11 21 31 41 51 and 31 in each source: a step of 10 is 10 / sqrt(1000 / 6) deviations.
        assert stub.levels[0].distance == pytest.approx(20 / (1000 / 6) ** 0.5)
        assert repeat(made, stored).same


def test_writer_and_judge_of_one_name_stand_in_one_row_of_two_settings(made: Study) -> None:
    with made:
        pairs = list(range(1, 31))
        # Of each pair the right response is the longer one; people choose it in 20 of 30.
        label(AnswerLog(made), "Ada", ((pair, RIGHT if pair % 3 else LEFT) for pair in pairs))
        found = run_experiment(made, ExperimentName.ALIGNMENT, AlignmentDesign()).result
        assert isinstance(found, AlignmentResult)
        scores = {one.ranking.agent.address: one.ranking.of("length").score.score for one in found.agents}
        assert scores == {"stub:generator": 1.0, "stub:judge": 1.0}
        assert found.people.of("length").score.score == pytest.approx(10 / 30)
        assert [(one.agreement.agree, one.agreement.of) for one in found.agents] == [(20, 30)] * 2
