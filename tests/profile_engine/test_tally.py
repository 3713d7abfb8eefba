"""Tallies against a pair-by-pair count, and their arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING
from profile_engine.tally import COUNTS, PairTally, Signs, tally_table

SIGNS = np.array([-1, 0, 1, MISSING], np.int8)


def count_one_by_one(preferences: Signs, manifestations: Signs) -> PairTally:
    tally = PairTally()
    for pref, m in zip(preferences.tolist(), manifestations.tolist(), strict=True):
        if pref == MISSING:
            continue
        if m == MISSING:
            tally += PairTally(unavailable=1)
        elif pref == 0 and m == 0:
            tally += PairTally(both_ties=1)
        elif pref == 0:
            tally += PairTally(preference_ties=1)
        elif m == 0:
            tally += PairTally(factor_ties=1)
        elif pref == m:
            tally += PairTally(concordant=1)
        else:
            tally += PairTally(discordant=1)
    return tally


def assert_counted(preferences: Signs, manifestations: Signs) -> None:
    table = tally_table(preferences, manifestations)
    assert table.dtype == np.int64
    assert table.shape == (len(preferences), manifestations.shape[1], COUNTS)
    for agent, row in enumerate(table.tolist()):
        for factor, counts in enumerate(row):
            assert PairTally(*counts) == count_one_by_one(preferences[agent], manifestations[:, factor])


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Signs, Signs]:
    agents, pairs, factors = draw(st.integers(0, 3)), draw(st.integers(0, 12)), draw(st.integers(0, 3))
    elements = st.sampled_from(SIGNS.tolist())
    preferences = draw(npst.arrays(np.int8, (agents, pairs), elements=elements))
    return preferences, draw(npst.arrays(np.int8, (pairs, factors), elements=elements))


@given(matrices())
def test_a_table_counts_what_counting_pair_by_pair_gives(drawn: tuple[Signs, Signs]) -> None:
    assert_counted(*drawn)


@pytest.mark.parametrize("pairs", [999, 1000, 1001, 39_999, 40_001, 83_333])
def test_a_table_is_exact_across_the_seams_of_its_chunks(pairs: int) -> None:
    rng = np.random.default_rng(pairs)
    assert_counted(rng.choice(SIGNS, (2, pairs)), rng.choice(SIGNS, (pairs, 3)))


@pytest.mark.parametrize("sign", SIGNS.tolist())
@pytest.mark.parametrize("manifestation", SIGNS.tolist())
def test_a_table_is_exact_where_every_pair_is_alike(sign: int, manifestation: int) -> None:
    # One sum takes it all: the case that would first leave the exact integers of a float.
    pairs = 50_000
    counts = tally_table(np.full((1, pairs), sign, np.int8), np.full((pairs, 1), manifestation, np.int8))
    expected = count_one_by_one(np.array([sign], np.int8), np.array([manifestation], np.int8))
    assert counts[0, 0].tolist() == [count * pairs for count in expected]


def test_the_layout_of_the_matrices_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    preferences, manifestations = rng.choice(SIGNS, (3, 2500)), rng.choice(SIGNS, (2500, 4))
    turned = tally_table(np.asfortranarray(preferences), np.asfortranarray(manifestations))
    assert (turned == tally_table(preferences, manifestations)).all()


def test_matrices_over_different_pairs_are_refused() -> None:
    with pytest.raises(EngineError, match="over 3 pairs, manifestations over 4"):
        tally_table(np.zeros((1, 3), np.int8), np.zeros((4, 2), np.int8))


tallies = st.builds(PairTally, *[st.integers(0, 10**9)] * COUNTS)


@given(tallies, tallies)
def test_what_was_added_can_be_subtracted(one: PairTally, other: PairTally) -> None:
    assert one + other - other == one
    assert one + other == other + one
    assert (one + other).pairs == one.pairs + other.pairs


@given(matrices(), st.integers(0, 12))
def test_tallies_of_parts_add_up_to_the_tally_of_the_whole(drawn: tuple[Signs, Signs], cut: int) -> None:
    preferences, manifestations = drawn
    parts = tally_table(preferences[:, :cut], manifestations[:cut])
    parts += tally_table(preferences[:, cut:], manifestations[cut:])
    assert (parts == tally_table(preferences, manifestations)).all()


def test_fields_come_in_the_order_of_the_table() -> None:
    assert list(PairTally(1, 2, 3, 4, 5, 6)) == [1, 2, 3, 4, 5, 6]
