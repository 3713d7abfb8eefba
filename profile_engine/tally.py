"""Counts of how an agent's preferences and a factor's manifestations meet (PROFILE §3.2).

A tally does not know a setting: it keeps every way in which Pref and M can meet, so that the same
counts give tau_14 in each setting, add and subtract, and say what was left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING

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
        yield self.concordant
        yield self.discordant
        yield self.factor_ties
        yield self.preference_ties
        yield self.both_ties
        yield self.unavailable

    def __add__(self, other: "PairTally") -> "PairTally":
        return PairTally(*(mine + its for mine, its in zip(self, other, strict=True)))

    def __sub__(self, other: "PairTally") -> "PairTally":
        return PairTally(*(mine - its for mine, its in zip(self, other, strict=True)))

    @property
    def pairs(self) -> int:
        """Pairs on which the agent has a preference, ties included."""
        return sum(self)


# A matrix product in float32 is exact while its sums stay below 2**24: a chunk of c pairs sums squares
# of at most MISSING**2 = 2**14, so c < 2**10. A block of chunks is what the cache holds at once.
_CHUNK: Final = 1_000
_BLOCK: Final = 40 * _CHUNK
_MISSING_SQUARED: Final = MISSING**2


def tally_table(preferences: Signs, manifestations: Signs) -> npt.NDArray[np.int64]:
    """Tally every agent against every factor at once, as matrix products.

    A missing manifestation goes into the products as it is: its square 2**14 is a digit above all that
    the squares of -1, 0 and 1 can sum to within a chunk, so one product counts both.

    Args:
        preferences: agents x pairs.
        manifestations: pairs x factors.

    Returns:
        agents x factors x COUNTS, in the order of `PairTally`'s fields.

    Raises:
        EngineError: the two matrices are not over the same pairs.
    """
    agents, pairs = preferences.shape
    if len(manifestations) != pairs:
        raise EngineError(
            f"preferences are over {pairs} pairs, manifestations over {len(manifestations)}: "
            "give both over the same pairs"
        )
    factors = manifestations.shape[1]
    signs = np.zeros((agents, factors))
    squares = np.zeros((3, agents, factors))
    missing = np.zeros((3, agents, factors))
    for start in range(0, pairs, _BLOCK):
        block = slice(start, start + _BLOCK)
        sign_sums, square_sums = _multiply(preferences[:, block], manifestations[block])
        missing_sums = np.rint(square_sums / _MISSING_SQUARED)
        signs += sign_sums.sum(axis=0, dtype=np.float64)
        squares += (square_sums - missing_sums * _MISSING_SQUARED).sum(axis=0, dtype=np.float64)
        missing += missing_sums.sum(axis=0, dtype=np.float64)
    signs -= missing[0] * MISSING
    decided = np.count_nonzero(preferences & 1, axis=1)[:, np.newaxis]
    tied = np.count_nonzero(preferences == 0, axis=1)[:, np.newaxis]
    table = np.empty((agents, factors, COUNTS), np.int64)
    table[..., 0] = (squares[1] + signs) / 2
    table[..., 1] = (squares[1] - signs) / 2
    table[..., 2] = decided - squares[1] - missing[1]
    table[..., 3] = squares[2]
    table[..., 4] = tied - squares[2] - missing[2]
    table[..., 5] = missing[1] + missing[2]
    return table


def _multiply(
    preferences: Signs, manifestations: Signs
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Sum Pref * M, and each of Pref, |Pref| and [Pref = 0] times M**2, over each chunk of a block.

    Returns:
        chunks x agents x factors, and chunks x 3 x agents x factors.
    """
    agents, pairs = preferences.shape
    factors = manifestations.shape[1]
    chunks = -(-pairs // _CHUNK)
    if padding := chunks * _CHUNK - pairs:
        preferences = np.pad(preferences, ((0, 0), (0, padding)), constant_values=MISSING)
        manifestations = np.pad(manifestations, ((0, padding), (0, 0)))
    m = manifestations.astype(np.float32).reshape(chunks, _CHUNK, factors)
    decided = preferences & 1  # -1 and 1 are odd, 0 and MISSING even
    planes = np.empty((3, agents, chunks * _CHUNK), np.float32)
    planes[0] = preferences * decided
    planes[1] = decided
    planes[2] = preferences == 0
    by_chunk = planes.reshape(3 * agents, chunks, _CHUNK).transpose(1, 0, 2)
    sign_sums = by_chunk[:, :agents] @ m
    square_sums = by_chunk @ np.square(m, out=m)
    return sign_sums, square_sums.reshape(chunks, 3, agents, factors)
