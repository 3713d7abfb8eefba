"""Distances of the score levels from direct responses, by hand and by plain loops."""

import numpy as np
import pytest

from profile_engine.experiments.direct import closeness

NAN = np.nan


def test_a_level_is_as_far_as_its_standardized_differences() -> None:
    # One factor, two sources; all six values 0 1 2 | 0 1 4: their standard deviation is known to numpy.
    direct = np.array([[2.0], [4.0]])
    scored = np.array([[[0.0], [1.0]], [[0.0], [1.0]]])
    found = closeness("m", ("length",), (1.0, 5.0), direct, scored, draws=200)
    spread = np.std([0, 1, 2, 0, 1, 4])
    assert [one.distance for one in found.levels] == pytest.approx([3 / spread, 2 / spread])
    assert [one.closest for one in found.levels] == [0, 2]
    assert found.closest == 5
    assert found.levels[0].by_factor == {"length": pytest.approx(3 / spread)}
    assert found.levels[0].interval is not None
    # Two sources drawn twice: both times the nearer one, or the farther one, or each once.
    assert found.levels[0].interval.low == pytest.approx(2 / spread)
    assert found.levels[0].interval.high == pytest.approx(4 / spread)


def test_many_factors_with_gaps_come_out_as_by_plain_loops() -> None:
    random = np.random.default_rng(3)
    sources, levels, factors = 9, 5, 4
    direct, scored = random.normal(size=(sources, factors)), random.normal(size=(sources, levels, factors))
    direct[0, 1] = scored[2, 3, 0] = NAN
    scored[5] = NAN  # this source has no scored responses
    found = closeness("m", tuple("abcd"), range(1, 6), direct, scored, draws=10)
    totals, closest = np.zeros(levels), np.zeros(levels, int)
    spreads = [np.nanstd(np.append(direct[:, f], scored[:, :, f])) for f in range(factors)]
    for source in set(range(sources)) - {5}:
        usable = [
            f
            for f in range(factors)
            if not np.isnan(direct[source, f]) and not np.isnan(scored[source, :, f]).any()
        ]
        means = [
            np.mean([abs(scored[source, level, f] - direct[source, f]) / spreads[f] for f in usable])
            for level in range(levels)
        ]
        totals += means
        closest[int(np.argmin(means))] += 1
    assert [one.distance for one in found.levels] == pytest.approx(totals / 8)
    assert [one.closest for one in found.levels] == closest.tolist()
    assert (found.sources, found.left_out, found.tied) == (8, 1, 0)


def test_levels_that_are_equally_close_share_no_source() -> None:
    direct = np.array([[1.0], [1.0]])
    scored = np.array([[[0.0], [2.0]], [[1.0], [2.0]]])
    found = closeness("m", ("length",), (1.0, 2.0), direct, scored, draws=10)
    assert found.tied == 1
    assert [one.closest for one in found.levels] == [1, 0]


def test_a_factor_that_never_varies_says_nothing() -> None:
    direct = np.array([[3.0, 1.0]])
    scored = np.array([[[3.0, 1.0], [3.0, 2.0]]])
    found = closeness("m", ("same", "length"), (1.0, 2.0), direct, scored, draws=10)
    assert found.unused == ("same",)
    assert set(found.levels[0].by_factor) == {"length"}
    assert found.levels[0].interval is None  # one source


def test_without_a_complete_source_it_says_why() -> None:
    found = closeness("m", ("length",), (1.0, 2.0), np.array([[NAN]]), np.array([[[1.0], [2.0]]]), draws=10)
    assert found.levels == ()
    assert found.closest is None
    assert found.reason is not None
    assert found.left_out == 1
