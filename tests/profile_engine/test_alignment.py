"""Correlations of factor scores against their definitions, and agreement by hand."""

import warnings
from collections.abc import Sequence
from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.alignment import Alignment, align, response_agreement
from profile_engine.errors import EngineError
from profile_engine.preferences import HUMAN, MISSING, Agent, AgentKind, Setting
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.scoring import Exclusions, FactorScore

GPT = Agent("gpt", AgentKind.JUDGE)


def ranking(scores: dict[str, float | None], agent: Agent = HUMAN) -> FactorRanking:
    entries = [
        FactorScore(
            name, Setting.EVALUATION, score, 1, 1, 1, Exclusions(), None if score is not None else "none"
        )
        for name, score in scores.items()
    ]
    return FactorRanking(agent, 3, 0, rank_factors(entries))


def aligned(x: Sequence[float], y: Sequence[float]) -> Alignment:
    names = [f"f{index}" for index in range(len(x))]
    return align(ranking(dict(zip(names, x, strict=True))), ranking(dict(zip(names, y, strict=True)), GPT))


def pearson(x: Sequence[float], y: Sequence[float]) -> float:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    dx, dy = [value - mean_x for value in x], [value - mean_y for value in y]
    return sum(a * b for a, b in zip(dx, dy, strict=True)) / sqrt(
        sum(a * a for a in dx) * sum(b * b for b in dy)
    )


def mean_ranks(x: Sequence[float]) -> list[float]:
    return [sum(other < value for other in x) + (sum(other == value for other in x) + 1) / 2 for value in x]


def kendall_tau_b(x: Sequence[float], y: Sequence[float]) -> float:
    signs = [
        (int(np.sign(x[j] - x[i])), int(np.sign(y[j] - y[i]))) for i, j in combinations(range(len(x)), 2)
    ]
    untied_x, untied_y = sum(a != 0 for a, _ in signs), sum(b != 0 for _, b in signs)
    return sum(a * b for a, b in signs) / sqrt(untied_x * untied_y)


vectors = st.integers(2, 11).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-8, 8).map(lambda v: v / 8), min_size=n, max_size=n)] * 2)
)


@given(vectors)
def test_correlations_follow_their_definitions(drawn: tuple[list[float], list[float]]) -> None:
    x, y = drawn
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = aligned(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found.reason is not None
        assert (found.kendall, found.spearman, found.pearson) == (None, None, None)
    else:
        assert found.reason is None
        assert found.kendall == pytest.approx(kendall_tau_b(x, y), abs=1e-12)
        assert found.spearman == pytest.approx(pearson(mean_ranks(x), mean_ranks(y)), abs=1e-12)
        assert found.pearson == pytest.approx(pearson(x, y), abs=1e-12)


def test_ten_untied_factors_reach_the_figures_of_table_1() -> None:
    # 16 of 45 pairs turned round: tau = (29 - 16) / 45 = 13/45 = 0.289
    order = [6, 7, 2, 1, 0, 3, 4, 5, 9, 8]  # 6 + 6 + 2 + 1 + 1 = 16
    found = aligned(range(10), order)
    assert found.factors == 10
    assert found.kendall == pytest.approx(13 / 45)
    # rho = 1 - 6 * sum(d^2) / 990; d = 6 6 0 -2 -4 -2 -2 -2 1 -1, squares sum to 106
    assert found.spearman == pytest.approx(1 - 6 * 106 / 990)


def test_pearson_is_of_the_scores_and_not_of_their_ranks() -> None:
    found = aligned([0.0, 0.1, 1.0], [0.0, 0.9, 1.0])
    assert found.kendall == pytest.approx(1)
    assert found.spearman == pytest.approx(1)
    # deviations: x -11/30 -8/30 19/30, y -19/30 8/30 11/30 -> (209 - 64 + 209) / (121 + 64 + 361)
    assert found.pearson == pytest.approx(354 / 546)


def test_factors_are_matched_by_name_and_only_where_both_have_a_score() -> None:
    found = align(
        ranking({"a": 0.1, "b": 0.2, "c": 0.3, "d": None, "e": 0.5}),
        ranking({"e": 0.5, "d": 0.4, "c": None, "b": 0.2, "a": 0.1, "z": 0.9}, GPT),
    )
    assert found.factors == 3
    assert found.kendall == pytest.approx(1)


def test_fewer_than_two_common_factors_are_undefined_and_say_so() -> None:
    found = align(ranking({"a": 0.1}), ranking({"a": 0.2}, GPT))
    assert found == Alignment(
        1, None, None, None, "only 1 factor has a score on both sides, a correlation takes at least 2"
    )
    assert align(ranking({}), ranking({"a": 0.2}, GPT)).reason == "no factor has a score on both sides"


def test_a_constant_side_is_undefined_and_named() -> None:
    found = aligned([0.1, 0.2, 0.3], [0.2, 0.2, 0.2])
    assert (found.kendall, found.reason) == (None, "all factors have the same score for gpt")


def test_agreement_counts_where_the_reference_prefers_and_the_other_has_a_verdict() -> None:
    reference = np.array([1, 1, -1, -1, 0, MISSING, 1, 1], np.int8)
    other = np.array([1, -1, -1, 0, 1, 1, MISSING, 0], np.int8)
    # counted: 1-4 and 8; the other's ties in 4 and 8 disagree
    found = response_agreement(reference, other)
    assert (found.agree, found.of, found.rate) == (2, 5, 0.4)


def test_agreement_over_nothing_is_undefined() -> None:
    found = response_agreement(np.array([0], np.int8), np.array([1], np.int8))
    assert (found.of, found.rate) == (0, None)


def test_agreement_over_different_pairs_is_refused() -> None:
    with pytest.raises(EngineError, match="over 1 pairs, the other's over 2"):
        response_agreement(np.zeros(1, np.int8), np.zeros(2, np.int8))
