"""Which score level is closest to what a model writes without scores (PROFILE §5, Appendix H; Table 10).

The paper compares "the fine-grained factors" and does not say how. Here: the distance of two responses in
a factor is |difference| / standard deviation of that factor over the model's scored and direct responses; the
distance of two responses is its mean over factors. A source counts where it has a direct response and one
of every level; a factor counts in a source where all of these have a value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.accuracy import Interval
from profile_engine.experiments.choices import DRAWS
from profile_engine.experiments.resampling import Floats, percentile_interval, resampled_totals

_ROUNDING: Final = 1e-9
"""Distances that differ by no more are equal."""


@dataclass(frozen=True, slots=True)
class LevelDistance:
    """How far the responses of one score are from the direct ones.

    Attributes:
        level: the score.
        distance: mean over sources.
        interval: 95 %, over sources; None below two sources.
        closest: sources in which this level alone is the closest.
        by_factor: mean distance in each factor.
    """

    level: float
    distance: float
    interval: Interval | None
    closest: int
    by_factor: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Closeness:
    """One model's levels.

    Attributes:
        levels: by score, ascending; empty where undefined.
        closest: the level with the smallest mean distance; None where undefined or tied.
        sources: that count.
        tied: those of them in which several levels are equally close.
        left_out: sources with a direct response that do not count.
        unused: factors without a value where they would count, or that never vary.
        reason: why nothing is defined.
    """

    agent: str
    levels: tuple[LevelDistance, ...]
    closest: float | None
    sources: int
    tied: int
    left_out: int
    unused: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class DirectResult:
    """Table 10: every model with direct responses."""

    agents: tuple[Closeness, ...]


def closeness(
    agent: str,
    factors: Sequence[str],
    levels: Sequence[float],
    direct: Floats,
    scored: Floats,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Closeness:
    """Measure one model's levels.

    Args:
        agent: its name.
        factors: names of the last axis.
        levels: scores, ascending, of the middle axis of `scored`.
        direct: sources x factors; NaN where there is no value.
        scored: sources x levels x factors.
        draws: of the sources, for the intervals.
        seed: of the draws.
    """
    distances, unused = _distances(factors, direct, scored)
    counts = ~np.isnan(distances).all(axis=(1, 2))
    number, left_out = int(np.count_nonzero(counts)), int(np.count_nonzero(~counts))
    if not number:
        reason = "no source has values of one factor for a direct response and for one of every score"
        return Closeness(agent, (), None, 0, 0, left_out, unused, reason)
    distances = distances[counts]
    by_source = np.nanmean(distances, axis=2)
    is_least = by_source <= by_source.min(axis=1, keepdims=True) + _ROUNDING
    alone = is_least.sum(axis=1) == 1
    means = by_source.mean(axis=0)
    drawn = resampled_totals(by_source, draws, seed) / number
    least = np.flatnonzero(means <= means.min() + _ROUNDING)
    return Closeness(
        agent,
        tuple(
            LevelDistance(
                float(level),
                float(means[place]),
                percentile_interval(drawn[:, place], number),
                int(np.count_nonzero(alone & is_least[:, place])),
                _by_factor(factors, distances[:, place]),
            )
            for place, level in enumerate(levels)
        ),
        float(levels[least[0]]) if len(least) == 1 else None,
        number,
        int(np.count_nonzero(~alone)),
        left_out,
        unused,
        None,
    )


def _distances(
    factors: Sequence[str], direct: Floats, scored: Floats
) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    """Sources x levels x factors, NaN where a factor does not count in a source; and what counts nowhere."""
    values = np.concatenate([direct[:, np.newaxis], scored], axis=1)
    complete = ~np.isnan(values).any(axis=1)
    distances = np.full(scored.shape, np.nan)
    unused = []
    for column, factor in enumerate(factors):
        own = values[..., column]
        known = own[~np.isnan(own)]
        spread = float(known.std()) if len(known) and known.min() < known.max() else 0.0
        rows = complete[:, column]
        if spread and rows.any():
            distances[rows, :, column] = (
                np.abs(scored[rows, :, column] - direct[rows, np.newaxis, column]) / spread
            )
        else:
            unused.append(factor)
    return distances, tuple(unused)


def _by_factor(factors: Sequence[str], distances: Floats) -> dict[str, float]:
    """Mean over the sources (rows) in which each factor counts."""
    return {
        factor: float(np.nanmean(column))
        for factor, column in zip(factors, distances.T, strict=True)
        if not np.isnan(column).all()
    }
