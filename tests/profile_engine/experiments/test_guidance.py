"""Which factor guidance is on, and what it does: against scipy and counting one by one."""

import numpy as np
import pytest
from scipy import stats

from profile_engine.accuracy import Interval
from profile_engine.experiments.guidance import (
    FactorGap,
    compare_conditions,
    draw_pairs,
    factor_gaps,
    mcnemar,
    most_diverging,
    tau14_of,
    undiverging,
)
from profile_engine.preferences import HUMAN, MISSING, Agent, AgentKind, Setting
from profile_engine.scoring import tau14
from profile_engine.tally import COUNTS, PairTally
from tests.profile_engine.experiments.rankings import random_signs, ranked

JUDGE = Agent("judge", AgentKind.JUDGE)
PERSON = Agent("everybody", AgentKind.JUDGE)  # in the people's setting


def gap(
    factor: str,
    difference: float | None,
    low: float = 0.0,
    high: float = 0.0,
    ranks: int = 0,
    model: float | None = None,
) -> FactorGap:
    interval = None if difference is None else Interval(low, high)
    return FactorGap(factor, model, None, difference, interval, ranks, None)


@pytest.mark.parametrize("setting", Setting)
def test_many_scores_at_once_are_those_of_tau14(setting: Setting) -> None:
    counts = np.random.default_rng(1).integers(0, 4, (60, COUNTS))
    expected = [tau14("f", PairTally(*row), setting).score for row in counts.tolist()]
    found = [None if np.isnan(score) else score for score in tau14_of(counts, setting).tolist()]
    assert found == expected
    assert None in expected


def test_gaps_are_differences_of_the_scores_and_their_intervals_come_of_drawing_sources() -> None:
    random = np.random.default_rng(2)
    factors = ("length", "fluency", "coherence")
    manifestations = random_signs(random, 80, 3)
    preferences = random_signs(random, 2, 80)
    source_ids = np.repeat(np.arange(16) * 7, 5)
    people, model = (
        ranked(agent, signs, manifestations, factors)
        for agent, signs in zip((PERSON, JUDGE), preferences, strict=True)
    )
    gaps = factor_gaps(people, model, preferences, manifestations, source_ids, factors, draws=300, seed=5)
    for one in gaps:
        theirs, its = people.of(one.factor).score.score, model.of(one.factor).score.score
        assert theirs is not None
        assert its is not None
        assert one.difference == pytest.approx(its - theirs)
    assert [one.difference for one in gaps] == sorted((one.difference for one in gaps), reverse=True)  # type: ignore[type-var]

    # The same by drawing pairs of drawn sources and scoring them anew.
    again = np.random.default_rng(5)
    drawn: dict[str, list[float]] = {factor: [] for factor in factors}
    for _ in range(300):
        sources = np.unique(source_ids)[again.integers(0, 16, 16)]
        rows = np.concatenate([np.flatnonzero(source_ids == source) for source in sources])
        for place, factor in enumerate(factors):
            scores = []
            for signs in preferences[:, rows]:
                pairs = zip(signs.tolist(), manifestations[rows, place].tolist(), strict=True)
                counted = [(p, m) for p, m in pairs if m in (-1, 1) and p != MISSING]
                scores.append(sum(p * m for p, m in counted) / len(counted))
            drawn[factor].append(scores[1] - scores[0])
    for one in gaps:
        low, high = np.percentile(drawn[one.factor], (2.5, 97.5))
        assert one.interval is not None
        assert (one.interval.low, one.interval.high) == pytest.approx((low, high))


def test_a_score_that_is_lacking_has_its_reason() -> None:
    manifestations = np.array([[1, 0], [-1, 0]], np.int8)
    preferences = np.array([[1, 1], [1, -1]], np.int8)
    people, model = (
        ranked(agent, signs, manifestations, ("a", "b"))
        for agent, signs in zip((PERSON, JUDGE), preferences, strict=True)
    )
    gaps = factor_gaps(people, model, preferences, manifestations, np.array([1, 1]), ("a", "b"), draws=10)
    assert gaps[0].interval is None  # one source
    assert gaps[1].difference is None
    assert gaps[1].reason == "no score of the people: the factor is tied on every pair"


def test_guidance_goes_to_what_the_model_prefers_most_of_what_people_rank_lower() -> None:
    gaps = [
        gap("wide", 0.6, 0.2, 1.0, ranks=2, model=0.1),  # the largest difference, and significant
        gap("off_focus", 0.2, -0.1, 0.5, ranks=1, model=0.5),
        gap("shared", 0.1, 0.0, 0.2, ranks=0, model=0.9),  # the model's first, and people's
        gap("lifted", -0.1, -0.2, 0.0, ranks=3, model=0.8),  # ranked lower by people, but not scored lower
        gap("disliked", 0.3, 0.2, 0.4, ranks=-1, model=0.7),
        gap("undefined", None),
    ]
    found = most_diverging(gaps)
    assert found is not None
    assert found.factor == "off_focus"
    assert found.diverges is False
    assert most_diverging(gaps[2:]) is None


def test_of_equal_preference_the_one_with_the_larger_difference() -> None:
    found = most_diverging(
        [gap("a", 0.3, 0.1, 0.7, ranks=4, model=0.2), gap("b", 0.4, 0.1, 0.7, ranks=1, model=0.2)]
    )
    assert found is not None
    assert found.factor == "b"


def test_the_random_factor_is_one_without_a_significant_difference() -> None:
    gaps = [
        gap("length", 0.5, 0.2, 0.8),
        gap("a", 0.1, -0.1, 0.3),
        gap("b", 0.0, -0.2, 0.2),
        gap("c", None),
        gap("d", -0.1, -0.3, 0.1),
    ]
    drawn = {one.factor for seed in range(40) if (one := undiverging(gaps, seed, but="d")) is not None}
    assert drawn == {"a", "b"}
    assert undiverging(gaps, 3) == undiverging(gaps[::-1], 3)
    assert undiverging(gaps[:1], 3) is None


def test_mcnemar_is_the_exact_test() -> None:
    # 2 * P(X <= 2) for X ~ B(10, 1/2) = 2 * (1 + 10 + 45) / 1024
    assert mcnemar(2, 8) == pytest.approx(112 / 1024)
    assert mcnemar(5, 5) == 1
    assert mcnemar(0, 0) is None


def test_conditions_are_compared_on_pairs_that_all_of_them_answered() -> None:
    people = np.array([1, 1, -1, -1, 1, -1], np.int8)
    choices = {
        "": np.array([1, -1, -1, 0, MISSING, 1], np.int8),  # agrees on 0, 2
        "mis": np.array([1, 1, -1, -1, 1, 0], np.int8),  # agrees on 0, 1, 2, 3, and 4, which "" lacks
    }
    found = compare_conditions(
        "judge",
        (),
        people,
        choices,
        {"": None, "mis": "length"},
        np.array([1, 1, 2, 2, 3, 3]),
        draws=400,
        seed=1,
    )
    assert (found.pairs, found.answered) == (6, 5)
    assert [(one.agreement.agree, one.agreement.of) for one in found.conditions] == [(2, 5), (4, 5)]
    assert [one.factor for one in found.conditions] == [None, "length"]
    [difference] = found.differences
    assert (difference.first_only, difference.second_only) == (0, 2)
    assert difference.difference == pytest.approx(2 / 5)
    assert difference.p_value == pytest.approx(stats.binomtest(0, 2).pvalue)
    # Sources have 2, 2 and 1 answered pairs, on which guidance wins 1, 1, 0: all that drawing gives.
    wins, sizes = np.array([1, 1, 0]), np.array([2, 2, 1])
    everything = [
        wins[[a, b, c]].sum() / sizes[[a, b, c]].sum() for a in range(3) for b in range(3) for c in range(3)
    ]
    assert difference.interval is not None
    assert difference.interval.low == min(everything) == 0
    assert difference.interval.high == max(everything) == 0.5


def test_without_an_answered_pair_nothing_is_said() -> None:
    nothing = np.full(3, MISSING, np.int8)
    people = np.ones(3, np.int8)
    found = compare_conditions(
        "judge", (), people, {"": people, "mis": nothing}, {"": None, "mis": "length"}, np.arange(3), draws=5
    )
    assert found.answered == 0
    assert [one.agreement.rate for one in found.conditions] == [None, None]
    assert found.differences[0].difference is None
    assert found.differences[0].reason == "no pair has an answer in every condition"


def test_pairs_are_drawn_once_each_among_those_that_may_be() -> None:
    ids = np.arange(100, 200)
    among = ids % 2 == 0
    drawn = draw_pairs(ids, among, 20, seed=4)
    assert len(set(drawn)) == 20
    assert all(pair % 2 == 0 for pair in drawn)
    assert drawn == draw_pairs(ids, among, 20, seed=4) != draw_pairs(ids, among, 20, seed=5)
    assert draw_pairs(ids, among, 900, seed=4) == tuple(range(100, 200, 2))


def test_people_together_are_an_agent_of_evaluation() -> None:
    assert HUMAN.setting is PERSON.setting is JUDGE.setting
