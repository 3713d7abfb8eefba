"""Experiments on a study: what they find, that they can be run again, and what they refuse."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats
from sqlalchemy import insert, select

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import StudyError
from annotation.experiments.designs import (
    AlignmentDesign,
    CorrelationsDesign,
    Design,
    DirectDesign,
    ImprovementDesign,
    RewardDesign,
)
from annotation.experiments.log import find_experiment, list_experiments, newest
from annotation.experiments.names import ExperimentName
from annotation.experiments.needs import read_needs
from annotation.experiments.running import ExperimentStopped, repeat, run_experiment
from annotation.store.model_tables import experiments
from annotation.store.tables import agents
from annotation.study import Study
from profile_engine.errors import UnknownAgentError
from profile_engine.experiments.alignment import AlignmentResult
from profile_engine.experiments.choices import CorrelationMethod
from profile_engine.experiments.correlations import CorrelationsResult
from profile_engine.experiments.direct import DirectResult
from profile_engine.experiments.improvement import ImprovementResult
from profile_engine.experiments.reward import RewardResult
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.annotation.experiments.study import FOR_LONG, POSTS, VALUES, make_tried_study

DESIGNS: dict[ExperimentName, Design] = {
    ExperimentName.ALIGNMENT: AlignmentDesign(),
    ExperimentName.IMPROVEMENT: ImprovementDesign(),
    ExperimentName.REWARD: RewardDesign(trained_on={"writer": "rm"}),
    ExperimentName.DIRECT: DirectDesign(draws=50),
    ExperimentName.CORRELATIONS: CorrelationsDesign(method=CorrelationMethod.SPEARMAN),
}
PEOPLE_SCORE = (FOR_LONG - (POSTS - FOR_LONG)) / POSTS
"""tau_14 of what the long response has more of."""


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    with make_tried_study(location) as study:
        yield study


def test_alignment_has_every_agent_in_its_setting(study: Study) -> None:
    found = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign()).result
    assert isinstance(found, AlignmentResult)
    scores = {
        f"{one.agent.name}:{one.agent.kind}": one.of("length").score.score
        for one in (found.people, *(agent.ranking for agent in found.agents))
    }
    assert scores == {
        "human:human": pytest.approx(PEOPLE_SCORE),
        "writer:generator": 1,
        "critic:judge": 1,
        "rm:reward_model": pytest.approx((POSTS - 1 - 1) / POSTS),
        "writer by critic:improver": 1,
        "writer from both:improver": -1,
    }
    assert found.people.of("novel_words").score.score == pytest.approx(-PEOPLE_SCORE)
    agreement = {one.ranking.agent.name: one.agreement.agree for one in found.agents if one.agreement.of}
    assert agreement == {"writer": FOR_LONG, "critic": FOR_LONG, "rm": FOR_LONG + 1}


def test_improvement_is_held_against_evaluator_and_people(study: Study) -> None:
    found = run_experiment(study, ExperimentName.IMPROVEMENT, ImprovementDesign()).result
    assert isinstance(found, ImprovementResult)
    feedback, both = found.rows
    assert (feedback.generator, feedback.evaluator, both.evaluator) == ("writer", "critic", "critic")
    signs = [1, -1, 1, 1]  # length, novel words, fluency, facts: of the long response against the short one
    for row, own in ((feedback, signs), (both, [-sign for sign in signs])):
        expected = pytest.approx(stats.kendalltau(signs, own).statistic)
        assert row.with_evaluator is not None
        assert row.with_evaluator.kendall == expected
        assert row.with_people.kendall == expected


def test_reward_models_stand_beside_their_policies(study: Study) -> None:
    design = RewardDesign(trained_on={"writer": "rm"})
    found = run_experiment(study, ExperimentName.REWARD, design).result
    assert isinstance(found, RewardResult)
    [row] = found.rows
    assert row.reward_model is not None
    assert row.reward_model.alignment.kendall == pytest.approx(1)
    [policy] = row.policies
    assert policy.generation is not None
    assert policy.evaluation is None


def test_direct_responses_are_closest_to_what_they_were_made_like(study: Study) -> None:
    found = run_experiment(study, ExperimentName.DIRECT, DirectDesign(draws=50)).result
    assert isinstance(found, DirectResult)
    [writer] = found.agents
    assert writer.sources == POSTS
    assert [(one.level, one.closest) for one in writer.levels] == [(1, POSTS - FOR_LONG), (5, FOR_LONG)]
    assert writer.closest == 5
    assert set(writer.levels[0].by_factor) == set(VALUES)
    assert "coherence" in writer.unused


def test_correlations_are_of_what_an_author_wrote_without_direct_responses(study: Study) -> None:
    found = run_experiment(study, ExperimentName.CORRELATIONS, CorrelationsDesign()).result
    assert isinstance(found, CorrelationsResult)
    writer = found.agents[0]
    assert (writer.agent, writer.responses, writer.left_out) == ("writer", 2 * POSTS, POSTS)
    rows = []
    for post in range(POSTS):
        for size in (0, 1):
            rows.append([VALUES[name][size] * (1 + post / 100) for name in ("length", "novel_words")])
    x, y = zip(*rows, strict=True)
    places = [writer.factors.index(name) for name in ("length", "novel_words")]
    assert writer.cells[places[0]][places[1]].value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert [one.agent for one in found.agents] == ["writer", "writer by critic", "writer from both"]


@pytest.mark.parametrize("name", DESIGNS)
def test_it_comes_to_the_same_again_though_the_study_goes_on(study: Study, name: ExperimentName) -> None:
    stored = run_experiment(study, name, DESIGNS[name])
    assert stored.id is not None
    assert find_experiment(study, stored.id) == stored
    _go_on(study)
    again = repeat(study, find_experiment(study, stored.id))
    assert again.same
    assert again.result == stored.result
    now = run_experiment(study, name, DESIGNS[name])
    assert now.result != stored.result  # what was added makes a difference


def _go_on(study: Study) -> None:
    """Everything that an experiment reads grows, and what was said before is said otherwise."""
    draft, log = Draft(study), AnswerLog(study)
    draft._added = 1000  # keys that are not taken
    for person in ("Ada", "Bo"):
        log.save(NewAnswer(1, person, choice=Preference.RIGHT))
    for response in range(1, 31):
        draft.value(response, "length", float(100 - 7 * response % 13), version="2")
    for pair in (1, 4, 7):
        for agent in (2, 3, 4):
            draft.verdict(pair, agent, Preference.RIGHT)
    source = draft.source("New.")
    left, right = (draft.response(source, text, 1, score) for text, score in (("New a.", 1), ("New b.", 5)))
    draft.value(left, "length", 3)
    draft.value(right, "length", 1)
    draft.pair(source, left, right)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (ExperimentName.ALIGNMENT, AlignmentDesign(all_pairs=True)),
        (ExperimentName.REWARD, RewardDesign(all_pairs=True, trained_on={"writer": "rm"})),
        (ExperimentName.CORRELATIONS, CorrelationsDesign(pooled=True)),
    ],
)
def test_one_from_before_its_design_told_what_counts_is_run_again_as_it_was(
    study: Study, name: ExperimentName, told: Design
) -> None:
    _judge_unlabelled(study)
    stored = run_experiment(study, name, told)
    row = stored.row()
    for choice in ("all_pairs", "pooled"):
        row["design"]["choices"].pop(choice, None)
    with study.writing() as connection:
        id_ = connection.execute(insert(experiments).values(row).returning(experiments.c.id)).scalar_one()
    assert repeat(study, find_experiment(study, id_)).same
    assert run_experiment(study, name, DESIGNS[name]).result != stored.result


def test_judges_and_reward_models_count_where_people_have_chosen(study: Study) -> None:
    def scores(design: AlignmentDesign) -> dict[str, object]:
        found = run_experiment(study, ExperimentName.ALIGNMENT, design).result
        assert isinstance(found, AlignmentResult)
        rankings = (one.ranking for one in found.agents)
        return {one.agent.name: (one.pairs, one.of("length").score.score) for one in rankings}

    before = scores(AlignmentDesign())
    _judge_unlabelled(study)
    after = scores(AlignmentDesign())
    assert {name: after[name] for name in ("critic", "rm")} == {
        name: before[name] for name in ("critic", "rm")
    }
    assert after["writer"] == (POSTS + 1, 1.0)  # what a generator prefers by its scores counts anyhow
    everywhere = scores(AlignmentDesign(all_pairs=True))
    assert everywhere["critic"] == (POSTS + 1, pytest.approx((POSTS - 1) / (POSTS + 1)))
    assert everywhere["rm"] == (POSTS + 1, pytest.approx((POSTS - 3) / (POSTS + 1)))


def _judge_unlabelled(study: Study) -> None:
    """One pair more, of the writer's, on which nobody was asked and both models choose the shorter one."""
    draft = Draft(study)
    draft._added = 500  # keys that are not taken
    source = draft.source("Nobody was asked about this.")
    long, short = (
        draft.response(source, f"{word}.", 1, score) for word, score in (("Long", 5), ("Short", 1))
    )
    pair = draft.pair(source, long, short)
    for response, value in ((long, 9), (short, 2)):
        draft.value(response, "length", value)
    with study.reading() as connection:
        ids = {row.name: row.id for row in connection.execute(select(agents))}
    for name in ("critic", "rm"):
        draft.verdict(pair, ids[name], Preference.RIGHT)


def test_what_changed_since_is_said(study: Study) -> None:
    stored = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign())
    length = next(factor for factor in study.factors if factor.name == "length")
    study.change_factor(replace(length, tie_tolerance=100.0))
    again = repeat(study, stored)
    assert not again.same
    assert again.why == "the study's factors, tie tolerances or agents' settings were changed since"


def test_the_newest_of_each_is_found_and_all_are_listed(study: Study) -> None:
    first = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign())
    other = run_experiment(study, ExperimentName.REWARD, RewardDesign())
    second = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign(keep_ties=True))
    assert list_experiments(study) == (second, other, first)
    assert newest(study) == {ExperimentName.ALIGNMENT: second, ExperimentName.REWARD: other}
    with pytest.raises(StudyError, match="no experiment 99 here"):
        find_experiment(study, 99)


def test_what_is_not_there_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION) as empty:
        needs = read_needs(empty)
        assert set(needs) == set(ExperimentName)
        assert not any(need.met for each in needs.values() for need in each)
        with pytest.raises(StudyError, match=r"direct takes scored responses.*profile-tui generate"):
            run_experiment(empty, ExperimentName.DIRECT, DirectDesign())
        assert list_experiments(empty) == ()


def test_a_study_that_has_everything_needs_nothing(study: Study) -> None:
    assert all(need.met for each in read_needs(study).values() for need in each)


def test_it_stops_when_asked(study: Study) -> None:
    with pytest.raises(ExperimentStopped):
        run_experiment(study, ExperimentName.CORRELATIONS, CorrelationsDesign(), lambda _done, _of: False)
    assert list_experiments(study) == ()


def test_an_author_who_is_not_there_is_refused(study: Study) -> None:
    with pytest.raises(UnknownAgentError, match="no agent 'nobody' here: choose from writer, "):
        run_experiment(study, ExperimentName.CORRELATIONS, CorrelationsDesign(("nobody",)))
    design = CorrelationsDesign(("writer:generator",))
    found = run_experiment(study, ExperimentName.CORRELATIONS, design).result
    assert isinstance(found, CorrelationsResult)
    assert [one.agent for one in found.agents] == ["writer"]


def test_how_far_it_is_is_told(study: Study) -> None:
    told = []

    def progress(done: int, of: int) -> bool:
        told.append((done, of))
        return True

    run_experiment(study, ExperimentName.CORRELATIONS, CorrelationsDesign(), progress)
    assert told == [(0, 3), (1, 3), (2, 3)]
