"""Counts of how an agent's preferences and a factor's manifestations meet (PROFILE §3.2).

A tally does not know a setting: it keeps every way in which Pref and M can meet, so that the same
counts give tau_14 in each setting, add and subtract, and say what was left out.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Signs = npt.NDArray[np.int8]
"""Values in {-1, 0, 1}, or `MISSING`."""

COUNTS: Final = 6
"""Number of fields of a `PairTally`, the last axis of a tally table."""


@dataclass(frozen=True, slots=True)
class PairTally:
    """Sufficient statistics of one agent and one factor over pairs.

    Attributes:
        concordant: Pref * M = +1.
        discordant: Pref * M = -1.
        factor_ties: M = 0 while Pref is not.
        preference_ties: Pref = 0 while M is not.
        both_ties: Pref = M = 0.
        unavailable: the agent has a preference, the factor no value on one side or both.
    """

    concordant: int = 0
    discordant: int = 0
    factor_ties: int = 0
    preference_ties: int = 0
    both_ties: int = 0
    unavailable: int = 0

    def __iter__(self) -> Iterator[int]:
        return iter(astuple(self))

    def __add__(self, other: "PairTally") -> "PairTally":
        return PairTally(*(mine + its for mine, its in zip(self, other, strict=True)))

    def __sub__(self, other: "PairTally") -> "PairTally":
        return PairTally(*(mine - its for mine, its in zip(self, other, strict=True)))

    @property
    def pairs(self) -> int:
        """Pairs on which the agent has a preference, ties included."""
        return sum(self)


def tally_table(preferences: Signs, manifestations: Signs) -> npt.NDArray[np.int64]:
    """Tally every agent against every factor at once, as matrix products.

    Args:
        preferences: agents x pairs.
        manifestations: pairs x factors.

    Returns:
        agents x factors x COUNTS, in the order of `PairTally`'s fields.
    """
    raise NotImplementedError
