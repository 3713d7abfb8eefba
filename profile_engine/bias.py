"""What choices owe to how pairs were shown rather than to the responses (PROFILE Appendix A)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from profile_engine.rates import ClusteredRate, Rate, clustered_rate

FIRST, SECOND = 1, -1
"""A choice as it was pressed: the response shown first, or second. 0 is a tie, None not known."""

Pressed = Sequence[int | None]
"""One person's choices as pressed, in the order in which they were given."""


def side_bias(pressed: Pressed) -> Rate:
    """How often the response shown first is chosen, among choices of a side; half of them without a bias."""
    return Rate(sum(one == FIRST for one in pressed), sum(one in (FIRST, SECOND) for one in pressed))


@dataclass(frozen=True, slots=True)
class CarryOver:
    """How often a choice repeats the side of the one before.

    Attributes:
        repeats: among choices of a side that directly follow a choice of a side.
        expected: the share of repeats that side bias alone makes, if choices have no order; None without any.
    """

    repeats: Rate
    expected: float | None


def carry_over(people: Iterable[Pressed]) -> CarryOver:
    """How often people repeat the side that they chose on the item before.

    Of a firsts and b seconds in any order, two neighbours are the same with probability
    [a(a - 1) + b(b - 1)] / [n(n - 1)], n = a + b; `expected` is the mean of that over people, weighted by how
    many choices could repeat. The share of firsts p, put into p² + (1 - p)², would give too much: it was
    estimated from the same choices, by 1/(2n) where neither side is preferred.
    """
    repeats, expected = Rate(0, 0), 0.0
    for pressed in people:
        own = _repeats(pressed)
        if own.of:
            expected += own.of * _same_by_chance(side_bias(pressed))
        repeats += own
    return CarryOver(repeats, expected / repeats.of if repeats.of else None)


def _same_by_chance(firsts: Rate) -> float:
    """How often two of these choices are of one side, drawn without putting back; of two choices at least."""
    a, n = firsts.hits, firsts.of
    b = n - a
    return (a * (a - 1) + b * (b - 1)) / (n * (n - 1))


def _repeats(pressed: Pressed) -> Rate:
    following = [
        (before, after)
        for before, after in pairwise(pressed)
        if before in (FIRST, SECOND) and after in (FIRST, SECOND)
    ]
    return Rate(sum(before == after for before, after in following), len(following))


@dataclass(frozen=True, slots=True)
class PositionBias:
    """What somebody chose of pairs that were shown in both orders, of all that were answered in both.

    Attributes:
        consistent: with the same choice in both.
        first_twice: the response shown first was chosen in both, whichever it was.
        second_twice: the same of the one shown second.
        tie_once: a tie in one order, a side in the other.
        contradictions: one side was chosen in one order, and the other side in the other.
    """

    consistent: ClusteredRate
    first_twice: ClusteredRate
    second_twice: ClusteredRate
    tie_once: ClusteredRate
    contradictions: ClusteredRate

    @property
    def pairs(self) -> int:
        """Shown in both orders, and answered in both."""
        return self.consistent.of


def position_bias(choices: Sequence[tuple[int, int]], sources: Sequence[int]) -> PositionBias:
    """Count how choices go with the order.

    Args:
        choices: of each pair, 1 left, 0 tie, -1 right: the one where left was shown first, and the one where
            right was.
        sources: of each pair; pairs of one source share texts, so intervals are over sources.
    """

    def share(*such: tuple[int, int]) -> ClusteredRate:
        return clustered_rate([one in such for one in choices], sources)

    return PositionBias(
        share((1, 1), (0, 0), (-1, -1)),
        share((1, -1)),
        share((-1, 1)),
        share((1, 0), (0, 1), (-1, 0), (0, -1)),
        share((1, -1), (-1, 1)),
    )
