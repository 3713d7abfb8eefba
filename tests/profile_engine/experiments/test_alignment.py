"""Every agent against the people, without the pairs that people find equal."""

import numpy as np
import pytest
from scipy import stats

from profile_engine.experiments.alignment import align_agents
from profile_engine.live import AgentPreferences
from profile_engine.preferences import MISSING, Agent, AgentKind, Aggregation

WRITER, JUDGE = Agent("gpt-4o", AgentKind.GENERATOR), Agent("gpt-4o", AgentKind.JUDGE)
FACTORS = ("a", "b", "c")
M = np.array([[1, 1, -1], [1, -1, 0], [-1, 1, 1], [1, 1, 1], [-1, -1, 1], [1, 0, -1]], np.int8)
# Pair 3 is a tie of all; pair 4 has no majority; nobody has labelled pair 5.
ADA = np.array([1, -1, -1, 0, 1, MISSING], np.int8)
BO = np.array([1, -1, -1, 0, -1, MISSING], np.int8)
JUDGED = np.array([1, 1, -1, -1, 1, MISSING], np.int8)
WROTE = np.array([MISSING] * 4 + [1, 1], np.int8)
MODELS = (AgentPreferences(WRITER, WROTE), AgentPreferences(JUDGE, JUDGED))


def plain_score(preferences: list[int], column: list[int], *, generation: bool) -> float:
    """tau_14 as §3.2 writes it."""
    pairs = [(p, m) for p, m in zip(preferences, column, strict=True) if p != MISSING]
    concordant = sum(p * m == 1 for p, m in pairs)
    discordant = sum(p * m == -1 for p, m in pairs)
    ties = sum(m == 0 if generation else p == 0 and m != 0 for p, m in pairs)
    return (concordant - discordant) / (concordant + discordant + ties)


def test_pairs_that_people_find_equal_count_for_nobody() -> None:
    found = align_agents(FACTORS, M, MODELS, {"Ada": ADA, "Bo": BO})
    kept = [0, 1, 2, 4, 5]
    assert found.tied == 1
    people = [1, -1, -1, MISSING, MISSING]
    expected = [plain_score(people, M[kept, place].tolist(), generation=False) for place in range(3)]
    assert [found.people.of(factor).score.score for factor in FACTORS] == pytest.approx(expected)
    writer, judge = found.agents
    wrote = [
        plain_score(WROTE[kept].tolist(), M[kept, place].tolist(), generation=True) for place in range(3)
    ]
    assert [writer.ranking.of(factor).score.score for factor in FACTORS] == pytest.approx(wrote)
    shared = [0, 1, 2]  # without pair 4, where the judge has a preference and people have none
    judged = [
        plain_score(JUDGED[shared].tolist(), M[shared, place].tolist(), generation=False)
        for place in range(3)
    ]
    assert judge.ranking.pairs == found.people.pairs == 3
    assert [judge.ranking.of(factor).score.score for factor in FACTORS] == pytest.approx(judged)
    assert judge.alignment.kendall == pytest.approx(stats.kendalltau(expected, judged).statistic)
    assert judge.alignment.spearman == pytest.approx(stats.spearmanr(expected, judged).statistic)
    assert judge.alignment.pearson == pytest.approx(stats.pearsonr(expected, judged).statistic)
    assert (judge.agreement.agree, judge.agreement.of) == (2, 3)  # of pairs 0, 1, 2
    assert (writer.agreement.agree, writer.agreement.of) == (0, 0)


def test_with_all_pairs_the_judge_counts_where_people_have_no_preference() -> None:
    found = align_agents(FACTORS, M, MODELS, {"Ada": ADA, "Bo": BO}, all_pairs=True)
    kept = [0, 1, 2, 4]
    judged = [plain_score(JUDGED[kept].tolist(), M[kept, at].tolist(), generation=False) for at in range(3)]
    judge = found.agents[1].ranking
    assert (judge.pairs, found.people.pairs) == (4, 3)
    assert [judge.of(factor).score.score for factor in FACTORS] == pytest.approx(judged)


def test_with_every_label_a_pair_is_shared_where_anybody_has_a_preference() -> None:
    ada = np.array([1, MISSING, 0, 0, 1, MISSING], np.int8)
    bo = np.array([MISSING, -1, MISSING, 0, -1, MISSING], np.int8)
    everywhere = AgentPreferences(JUDGE, np.ones(6, np.int8))
    found = align_agents(
        FACTORS, M, (everywhere,), {"Ada": ada, "Bo": bo}, aggregation=Aggregation.EVERY_LABEL
    )
    assert found.agents[0].ranking.pairs == 3  # pairs 0, 1, and 4, on which the two contradict each other


def test_they_can_be_kept() -> None:
    found = align_agents(FACTORS, M, MODELS, {"Ada": ADA, "Bo": BO}, keep_ties=True)
    assert found.tied == 0
    people = [1, -1, -1, 0, MISSING, MISSING]
    expected = [plain_score(people, M[:, place].tolist(), generation=False) for place in range(3)]
    assert [found.people.of(factor).score.score for factor in FACTORS] == pytest.approx(expected)


def test_with_every_label_single_ties_go_too() -> None:
    ada = np.array([0, 1, -1, 0, 1, 1], np.int8)
    bo = np.array([1, 1, -1, 0, 1, 1], np.int8)
    found = align_agents(FACTORS, M, (), {"Ada": ada, "Bo": bo}, aggregation=Aggregation.EVERY_LABEL)
    kept = [0, 1, 2, 4, 5]
    labels = [*(MISSING if sign == 0 else sign for sign in ada[kept].tolist()), *bo[kept].tolist()]
    for place, factor in enumerate(FACTORS):
        both = M[kept, place].tolist() * 2
        assert found.people.of(factor).score.score == pytest.approx(
            plain_score(labels, both, generation=False)
        )
    assert found.people.pairs == 9


def test_without_labels_the_reasons_are_told() -> None:
    found = align_agents(FACTORS, M, MODELS, {})
    assert found.people.pairs == 0
    assert [one.alignment.reason for one in found.agents] == ["no factor has a score on both sides"] * 2
    assert all(one.agreement.rate is None for one in found.agents)
