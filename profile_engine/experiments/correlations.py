"""How factor values go together in one author's responses (PROFILE G.3, Figure 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profile_engine.experiments.choices import CorrelationMethod
from profile_engine.experiments.resampling import Floats


@dataclass(frozen=True, slots=True)
class Correlation:
    """A cell of the matrix.

    Attributes:
        value: in [-1, 1]; None where undefined.
        n: responses with a value of both factors.
        reason: why it is undefined.
    """

    value: float | None
    n: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class CorrelationMatrix:
    """One author's factors with one another.

    Attributes:
        agent: the author.
        responses: how many it wrote that have any value.
        factors: names of rows and columns.
        cells: by row and column, symmetric.
        left_out: responses of the author's that are not among them, as they were asked for without scores.
    """

    agent: str
    responses: int
    factors: tuple[str, ...]
    cells: tuple[tuple[Correlation, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class CorrelationsResult:
    """Figure 5: a matrix an author."""

    task: str
    method: CorrelationMethod
    agents: tuple[CorrelationMatrix, ...]


def correlate(
    agent: str, factors: Sequence[str], values: Floats, method: CorrelationMethod
) -> CorrelationMatrix:
    """Correlate every two factors over the responses that have a value of both.

    Args:
        agent: the author.
        factors: names of the columns.
        values: responses x factors; NaN where there is no value.
        method: of values or of ranks.
    """
    size = len(factors)
    cells = {(a, b): _cell(values[:, [a, b]], method) for a in range(size) for b in range(a, size)}
    return CorrelationMatrix(
        agent,
        int(np.count_nonzero(~np.isnan(values).all(axis=1))),
        tuple(factors),
        tuple(tuple(cells[min(a, b), max(a, b)] for b in range(size)) for a in range(size)),
    )


def _cell(pair: Floats, method: CorrelationMethod) -> Correlation:
    """Of two columns."""
    both = pair[~np.isnan(pair).any(axis=1)]
    n = len(both)
    if n < 2:  # noqa: PLR2004 - a line takes two points
        return Correlation(None, n, "fewer than two responses have a value of both")
    if (both.min(axis=0) == both.max(axis=0)).any():
        return Correlation(None, n, "one of the two has the same value in all responses")
    from scipy import stats

    x, y = both.T
    if method is CorrelationMethod.SPEARMAN:
        x, y = stats.rankdata(x), stats.rankdata(y)
    # Without what the order of the sums adds: a factor correlates with itself with exactly 1.
    return Correlation(round(float(stats.pearsonr(x, y).statistic), 12), n, None)
