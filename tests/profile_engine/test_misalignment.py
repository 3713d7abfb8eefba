"""What a misaligned pair adds, against a full recomputation for every pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.misalignment import Misalignment, find_misalignment
from profile_engine.preferences import MISSING, Agent, AgentKind, Preference, Setting
from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT
NAMES = tuple("abcde")
SIGNS = st.sampled_from([-1, 0, 1, MISSING])


@st.composite
def studies(draw: st.DrawFn) -> tuple[Signs, Signs, Signs, Setting]:
    """Manifestations, what people prefer, what a model chose, and in which setting."""
    pairs, factors = draw(st.integers(1, 7)), draw(st.integers(1, 5))

    def column(length: int) -> Signs:
        return np.array(draw(st.lists(SIGNS, min_size=length, max_size=length)), np.int8)

    signs = column(pairs * factors).reshape(pairs, factors)
    return signs, column(pairs), column(pairs), draw(st.sampled_from(list(Setting)))


def profile(
    signs: Signs, people: Signs, model: Signs, setting: Setting
) -> tuple[FactorRanking, FactorRanking]:
    agent = Agent("model", AgentKind.JUDGE, setting)
    live = LiveProfile(
        NAMES[: signs.shape[1]], signs.copy(), [AgentPreferences(agent, model)], people={"ann": people}
    )
    return live.snapshot.people, live.snapshot.rankings[agent]


def found(signs: Signs, people: Signs, model: Signs, setting: Setting) -> Misalignment:
    names = NAMES[: signs.shape[1]]
    return find_misalignment(*profile(signs, people, model, setting), (people, model), signs, names)


def scores(ranking: FactorRanking) -> dict[str, float | None]:
    return {ranked.score.factor: ranked.score.score for ranked in ranking.factors}


def tau_b(people: FactorRanking, model: FactorRanking) -> float | None:
    """By scipy, which gives NaN where one of the two does not vary."""
    mine, its = scores(people), scores(model)
    both = [name for name in mine if mine[name] is not None and its[name] is not None]
    if len(both) < 2:
        return None
    tau = float(stats.kendalltau([mine[name] for name in both], [its[name] for name in both]).statistic)
    return None if np.isnan(tau) else tau


def or_nan(value: float | None) -> float:
    return np.nan if value is None else value


@given(studies())
def test_every_pair_adds_what_computing_everything_again_says(
    study: tuple[Signs, Signs, Signs, Setting],
) -> None:
    signs, people, model, setting = study
    before = profile(signs, people, model, setting)
    result = found(*study)
    expected = [
        row
        for row in range(len(people))
        if people[row] in (-1, 1) and model[row] not in (MISSING, people[row])
    ]
    assert sorted(result.rows.tolist()) == expected
    for place, row in enumerate(result.rows.tolist()):
        aligned = model.copy()
        aligned[row] = people[row]
        after = profile(signs, people, aligned, setting)
        by_factor = [or_nan(scores(after[1])[name]) for name in result.factors]
        np.testing.assert_array_equal(result.scores[place], by_factor)
        tau, was = tau_b(*after), tau_b(*before)
        assert result.kendall[place] == pytest.approx(or_nan(tau), abs=1e-11, nan_ok=True)
        change = np.nan if tau is None or was is None else tau - was
        assert result.change[place] == pytest.approx(change, abs=1e-11, nan_ok=True)
        assert (result.reason(place) is None) == (tau is not None and was is not None)
        assert result.closer[place] == pytest.approx(_closer(before, after), abs=1e-11)


def _closer(before: tuple[FactorRanking, FactorRanking], after: tuple[FactorRanking, FactorRanking]) -> float:
    people = scores(before[0])
    was, now = scores(before[1]), scores(after[1])
    nearer = 0.0
    for name, mine in people.items():
        old, new = was[name], now[name]
        if mine is not None and old is not None and new is not None:
            nearer += abs(old - mine) - abs(new - mine)
    return nearer


@given(studies())
def test_what_adds_most_comes_first(study: tuple[Signs, Signs, Signs, Setting]) -> None:
    result = found(*study)
    keys = [
        (np.isnan(change), 0.0 if np.isnan(change) else -change, -closer, row)
        for change, closer, row in zip(result.change, result.closer, result.rows, strict=True)
    ]
    assert keys == sorted(keys)


def test_by_hand() -> None:
    """Three factors, four pairs; the judge goes for the left response throughout.

    M of a, b, c    people  judge
      + 0 -           +       +
      - + 0           -       +
      + + -           +       +
      - + +           -       +
    People: a 4/4 = 1, b (1-2)/3 = -1/3, c -3/3 = -1. Judge: a (2-2)/4 = 0, b 3/3 = 1, c (1-2)/3 = -1/3.
    By people a > b > c, by the judge b > a > c: tau_b (2-1)/3.
    The second pair aligned: a (3-1)/4 = 1/2, b (2-1)/3 = 1/3, c as it was: the order of people, tau_b 1.
    The fourth aligned: a 1/2, b 1/3, c -3/3 = -1: tau_b 1 too, and c has come to people's score.
    """
    signs = np.array([[1, 0, -1], [-1, 1, 0], [1, 1, -1], [-1, 1, 1]], np.int8)
    people, judge = np.array([1, -1, 1, -1], np.int8), np.ones(4, np.int8)
    result = found(signs, people, judge, Setting.EVALUATION)
    assert result.alignment.kendall == pytest.approx(1 / 3)
    assert result.rows.tolist() == [3, 1]
    assert result.change.tolist() == pytest.approx([2 / 3, 2 / 3])
    # |a|: 1 -> 1/2, |b|: 4/3 -> 2/3, and on pair 4 |c|: 2/3 -> 0
    assert result.closer.tolist() == pytest.approx([1 / 2 + 2 / 3 + 2 / 3, 1 / 2 + 2 / 3])
    first = result.pulls(0)
    assert [pull.factor for pull in first] == ["b", "a", "c"]
    b, a, c = first
    assert (b.more, b.reference_side, b.agent_side) == (LEFT, RIGHT, LEFT)  # the only one that pulls apart
    assert (a.more, a.reference_side, a.agent_side) == (RIGHT, RIGHT, TIE)
    assert (c.more, c.reference_side, c.agent_side) == (LEFT, RIGHT, RIGHT)  # for both, more so for people
    assert [pull.factor for pull in result.pulls(1)] == ["b", "a"]
    assert result.only(np.array([False, True])).rows.tolist() == [1]


def test_a_tie_of_the_agent_is_a_disagreement_and_one_of_the_reference_is_none() -> None:
    people = np.array([1, 1, 0, MISSING, 1], np.int8)
    model = np.array([0, -1, 1, 1, MISSING], np.int8)
    signs = np.ones((5, 1), np.int8)
    result = found(signs, people, model, Setting.EVALUATION)
    assert sorted(result.rows.tolist()) == [0, 1]
    assert result.reason(0) == "only 1 factor has a score on both sides, a correlation takes at least 2"
    assert np.isnan(result.change).all()
    assert result.rows.tolist() == [1, 0]  # -1 comes to people's 1 by 2/2 pairs, the tie by 1/2
