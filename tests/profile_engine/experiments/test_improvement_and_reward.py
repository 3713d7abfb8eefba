"""Improvers and reward models: who is held against whom."""

import pytest
from scipy import stats

from profile_engine.alignment import ResponseAgreement, align
from profile_engine.experiments.alignment import AlignedAgent, AlignmentResult
from profile_engine.experiments.improvement import ImprovementMethod, Improver, compare_improvements
from profile_engine.experiments.reward import compare_rewards
from profile_engine.preferences import HUMAN, AgentKind
from profile_engine.ranking import FactorRanking
from tests.profile_engine.experiments.rankings import scored

FACTORS = ("a", "b", "c", "d")
PEOPLE = scored(HUMAN.name, AgentKind.HUMAN, {"a": 60, "b": 30, "c": -10, "d": 5})
JUDGE = scored("gpt-4o", AgentKind.JUDGE, {"a": 50, "b": 40, "c": -30, "d": 0})


def improver(name: str, *scores: int) -> FactorRanking:
    return scored(name, AgentKind.IMPROVER, dict(zip(FACTORS, scores, strict=True)))


def tau(x: tuple[int, ...], y: tuple[int, ...]) -> float:
    return float(stats.kendalltau(x, y).statistic)


def test_an_improver_is_read_from_its_name() -> None:
    assert Improver.of("llama by gpt-4o") == Improver("llama", ImprovementMethod.FEEDBACK, "gpt-4o")
    assert Improver.of("llama from both") == Improver("llama", ImprovementMethod.BOTH, None)
    assert Improver.of("llama from each") == Improver("llama", ImprovementMethod.SINGLE, None)


def test_delta_tau_is_of_the_scores_of_improvement_with_both() -> None:
    rankings = [
        JUDGE,
        improver("llama from each", -20, 0, 30, 10),
        improver("llama by gpt-4o", 40, 20, -30, 10),
        improver("llama from both", 0, -50, 60, 20),
    ]
    found = compare_improvements(PEOPLE, rankings)
    assert [row.method for row in found.rows] == list(ImprovementMethod)
    assert {row.evaluator for row in found.rows} == {"gpt-4o"}
    scores = ((40, 20, -30, 10), (0, -50, 60, 20), (-20, 0, 30, 10))
    for row, own in zip(found.rows, scores, strict=True):
        assert row.with_evaluator is not None
        assert row.with_evaluator.kendall == pytest.approx(tau((50, 40, -30, 0), own))
        assert row.with_people.kendall == pytest.approx(tau((60, 30, -10, 5), own))
    assert set(found.evaluators) == {"gpt-4o"}


def test_baselines_are_held_against_every_evaluator_of_their_generator() -> None:
    rankings = [
        JUDGE,
        improver("g by gpt-4o", 1, 2, 3, 4),
        improver("g by other", 4, 3, 2, 1),
        improver("g from both", 1, 2, 3, 5),
    ]
    found = compare_improvements(PEOPLE, rankings)
    assert [(row.method, row.evaluator) for row in found.rows] == [
        (ImprovementMethod.FEEDBACK, "gpt-4o"),
        (ImprovementMethod.BOTH, "gpt-4o"),
        (ImprovementMethod.FEEDBACK, "other"),
        (ImprovementMethod.BOTH, "other"),
    ]
    assert found.rows[2].with_evaluator is not None
    assert found.rows[2].with_evaluator.reason == "other has judged nothing here"


def test_baselines_alone_have_no_evaluator() -> None:
    [row] = compare_improvements(PEOPLE, [JUDGE, improver("g from both", 1, 2, 3, 5)]).rows
    assert row.with_evaluator is None
    assert row.with_people.kendall == pytest.approx(tau((60, 30, -10, 5), (1, 2, 3, 5)))


def test_policies_stand_beside_the_reward_model_that_they_were_trained_on() -> None:
    def aligned(name: str, kind: AgentKind) -> AlignedAgent:
        ranking = scored(name, kind, dict(zip(FACTORS, (1, 2, 3, 4), strict=True)))
        return AlignedAgent(ranking, align(PEOPLE, ranking), ResponseAgreement(1, 2))

    agents = (
        aligned("tulu", AgentKind.GENERATOR),
        aligned("tulu", AgentKind.JUDGE),
        aligned("rm", AgentKind.REWARD_MODEL),
        aligned("lone-rm", AgentKind.REWARD_MODEL),
        aligned("other", AgentKind.GENERATOR),
    )
    found = compare_rewards(
        AlignmentResult(PEOPLE, agents, 3),
        {"tulu": "rm", "other": "absent-rm", "nobody": "rm", "nowhere": "gone-rm"},
    )
    rm, lone, absent = found.rows
    assert (rm.name, lone.name, absent.name) == ("rm", "lone-rm", "absent-rm")
    [policy] = rm.policies
    assert (policy.generation, policy.evaluation) == (agents[0], agents[1])
    assert lone.policies == ()
    assert absent.reward_model is None
    assert absent.policies[0].evaluation is None
    assert found.tied == 3
