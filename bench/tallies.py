"""All tallies of 13 factors over a million pairs: matrix products against factor by factor."""

from functools import partial

import numpy as np
import numpy.typing as npt

from bench.report import best_of, print_table
from bench.synthetic import FACTORS, manifestations, preferences
from profile_engine.preferences import MISSING
from profile_engine.tally import COUNTS, Signs, tally_table

PAIRS = 1_000_000


def factor_by_factor(preferences: Signs, manifestations: Signs) -> npt.NDArray[np.int64]:
    """The sums of the paper in numpy, one agent and one factor after another, both settings in one pass."""
    table = np.empty((len(preferences), manifestations.shape[1], COUNTS), np.int64)
    for agent, pref in enumerate(preferences):
        for factor, m in enumerate(manifestations.T):
            asked, known = pref != MISSING, m != MISSING
            product = np.where(asked & known, pref * m, 0)
            table[agent, factor] = (
                np.count_nonzero(product == 1),
                np.count_nonzero(product == -1),
                np.count_nonzero((np.abs(pref) == 1) & (m == 0)),
                np.count_nonzero((pref == 0) & (np.abs(m) == 1)),
                np.count_nonzero((pref == 0) & (m == 0)),
                np.count_nonzero(asked & ~known),
            )
    return table


def main() -> None:
    m = manifestations(PAIRS)
    rows = []
    for agents in (1, 3, 10):
        pref = preferences(agents, PAIRS)
        same = (tally_table(pref, m) == factor_by_factor(pref, m)).all()
        ours, naive = (
            best_of(5, partial(tally_table, pref, m)),
            best_of(3, partial(factor_by_factor, pref, m)),
        )
        rows.append(
            (
                f"{agents} agent{'s' if agents > 1 else ''}",
                f"{naive * 1e3:.0f} ms",
                f"{ours * 1e3:.1f} ms",
                f"{naive / ours:.1f} x",
                "equal" if same else "DIFFERENT",
            )
        )
    title = f"Tallies of {len(FACTORS)} factors, {PAIRS:,} pairs, both settings"
    print_table(title, ["", "factor by factor", "matrix products", "ratio", "counts"], rows)
