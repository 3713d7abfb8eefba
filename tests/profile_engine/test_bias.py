"""Side bias and carry-over, counted by hand, and what chance alone would give."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from profile_engine.accuracy import wilson
from profile_engine.bias import carry_over, position_bias, side_bias
from profile_engine.rates import ClusteredRate, Rate


@given(st.integers(1, 400), st.data())
def test_the_interval_is_wilsons(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    theirs = binomtest(hits, of).proportion_ci(method="wilson")
    mine = Rate(hits, of).interval
    assert mine is not None
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high))


def test_a_rate_of_nothing() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval) == (None, None)
    assert Rate(1, 2) + Rate(2, 2) == Rate(3, 4)


def test_sides_by_hand() -> None:
    """First, second, first, a tie, first, one that was imported: 3 of 4."""
    assert side_bias([1, -1, 1, 0, 1, None]) == Rate(3, 4)
    assert side_bias([0, None]) == Rate(0, 0)


def test_carry_over_by_hand() -> None:
    """anna: FF yes, FS no, SS yes, S-tie-F neither. ben: SF no. Nothing goes from anna to ben.

    Of anna's 3 firsts and 2 seconds 4 of 10 twos are the same, for her 3 by chance; of ben's none, for his 1.
    """
    found = carry_over([[1, 1, -1, -1, 0, 1], [-1, 1]])
    assert found.repeats == Rate(2, 4)
    assert found.expected == pytest.approx((3 * 0.4 + 0) / 4)
    nothing = carry_over([[1], [0, 1, None, 1]])
    assert (nothing.repeats, nothing.expected) == (Rate(0, 0), None)


@pytest.mark.parametrize("labels", range(2, 9))
def test_few_labels_of_coin_flippers_repeat_as_expected(labels: int) -> None:
    """Who flips a fair coin repeats half of the time, however few labels each of many people has."""
    coins = np.random.default_rng(labels).choice([1, -1], (20_000, labels)).tolist()
    found = carry_over(coins)
    assert found.repeats.value == pytest.approx(0.5, abs=0.01)
    assert found.expected == pytest.approx(0.5, abs=0.01)


@given(st.lists(st.sampled_from([1, 0, -1, None]), min_size=2, max_size=6))
def test_what_is_expected_is_the_mean_over_all_orders(pressed: list[int | None]) -> None:
    """Where sides stand, against every order in which they could: repeats come out as expected there."""
    places = [place for place, one in enumerate(pressed) if one in (1, -1)]
    found = carry_over([pressed])
    shares: list[float] = []
    for order in permutations([pressed[place] for place in places]):
        turned = list(pressed)
        for place, one in zip(places, order, strict=True):
            turned[place] = one
        share = carry_over([turned]).repeats.value
        shares += [] if share is None else [share]
    assert found.expected == (pytest.approx(np.mean(shares)) if shares else None)


def test_side_bias_alone_is_no_carry_over() -> None:
    """Who presses first four times in five repeats 0.8² + 0.2² = 0.68 without looking back."""
    random = np.random.default_rng(1)
    independent = random.choice([1, -1], 20_000, p=[0.8, 0.2]).tolist()
    found = carry_over([independent])
    assert found.repeats.value == pytest.approx(0.68, abs=0.01)
    assert found.expected == pytest.approx(0.68, abs=0.01)
    sticky = [1]
    for turned in (random.random(20_000) < 0.3).tolist():
        sticky.append(-sticky[-1] if turned else sticky[-1])
    found = carry_over([sticky])
    assert found.repeats.value == pytest.approx(0.7, abs=0.01)
    assert found.expected == pytest.approx(0.5, abs=0.01)


def test_position_by_hand() -> None:
    """Both orders of eight pairs, left first and right first: four agree, two go with the first, one with
    the second, one is a tie in one order."""
    choices = [(1, 1), (-1, -1), (0, 0), (1, 1), (1, -1), (1, -1), (-1, 1), (0, -1)]
    found = position_bias(choices, range(8))
    assert found.pairs == 8
    assert [
        one.hits for one in (found.consistent, found.first_twice, found.second_twice, found.tie_once)
    ] == [4, 2, 1, 1]
    # A pair a source: Wilson's interval of so many pairs.
    assert found.contradictions == ClusteredRate(3, 8, wilson(3, 8))
    assert position_bias([], []).contradictions.value is None


def test_pairs_of_one_source_are_no_more_certain_than_the_source() -> None:
    """Ten pairs share five texts: where all ten of a source go alike, they say what one pair would."""
    choices = [(1, -1)] * 100 + [(1, 1)] * 100
    sources = [pair // 10 for pair in range(200)]
    interval = position_bias(choices, sources).contradictions.interval
    assert interval is not None
    by_source = wilson(10, 20)
    assert (interval.low, interval.high) == pytest.approx((by_source.low, by_source.high), abs=0.01)
    drawn = np.random.default_rng(1).integers(0, 20, (4000, 20))
    low, high = np.percentile((drawn < 10).mean(1), (2.5, 97.5))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.03)
    assert position_bias([(1, -1)] * 10, [7] * 10).contradictions.interval == wilson(1, 1)


@given(st.lists(st.tuples(st.sampled_from([1, 0, -1]), st.sampled_from([1, 0, -1]))))
def test_every_pair_counts_once_and_turning_all_sides_changes_nothing(choices: list[tuple[int, int]]) -> None:
    sources = [place // 3 for place in range(len(choices))]
    found = position_bias(choices, sources)
    assert found.pairs == len(choices)
    each = (found.consistent, found.first_twice, found.second_twice, found.tie_once)
    assert found.pairs == sum(one.hits for one in each)
    # With left and right exchanged, what was asked with left first is asked with right first.
    assert position_bias([(-second, -first) for first, second in choices], sources) == found
