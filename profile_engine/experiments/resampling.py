"""Intervals by drawing sources again: pairs of one source share texts, so sources are drawn, never pairs."""

from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.accuracy import Interval

Floats = npt.NDArray[np.float64]

_FEWEST: Final = 2
"""Sources from which on drawing them again says something."""

_TAILS: Final = (2.5, 97.5)


def resampled_totals(by_source: npt.NDArray[np.generic], draws: int, seed: int) -> Floats:
    """Sum statistics over as many sources as there are, drawn with replacement.

    Args:
        by_source: sources x any shape.
        draws: how often.
        seed: same seed, same draws.

    Returns:
        draws x that shape.
    """
    random, number = np.random.default_rng(seed), len(by_source)
    flat = by_source.reshape(number, -1).astype(np.float64)
    totals = np.empty((draws, flat.shape[1]))
    for draw in range(draws):
        totals[draw] = np.bincount(random.integers(0, number, number), minlength=number) @ flat
    return totals.reshape(draws, *by_source.shape[1:])


def sums_by_source(values: npt.NDArray[np.generic], source_ids: npt.NDArray[np.int64]) -> Floats:
    """Sum rows (pairs x any shape) of the same source; sources in ascending order."""
    sources, place = np.unique(source_ids, return_inverse=True)
    sums = np.zeros((len(sources), *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums


def percentile_interval(statistics: Floats, sources: int) -> Interval | None:
    """The middle 95 % of a statistic over the draws in which it was defined (not NaN).

    None below two sources, or where it was never defined.
    """
    defined = statistics[~np.isnan(statistics)]
    if sources < _FEWEST or not len(defined):
        return None
    low, high = np.percentile(defined, _TAILS)
    return Interval(float(low), float(high))


def ratio(numerator: npt.NDArray[np.generic], denominator: npt.NDArray[np.generic]) -> Floats:
    """Entry by entry; NaN where the denominator is 0."""
    wide = denominator.astype(np.float64)
    quotient: Floats = np.divide(numerator, wide, out=np.full(wide.shape, np.nan), where=wide != 0)
    return quotient
