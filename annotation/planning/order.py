"""In which order an annotator goes through a plan: counterbalanced over annotators."""

from collections.abc import Iterator
from itertools import islice

from annotation.validation.drawing import random_number


def order_for(count: int, number: int, seed: int) -> list[int]:
    """The order in which annotator `number` (from 0) goes through so many things.

    A Latin square: over every `2 * count` annotators each thing comes at each place twice. An odd annotator
    goes the way of the even one before backwards, so that over those two each thing is equally early and
    follows each other one as often as it precedes it; starting points lie far apart also for a few.
    """
    if count == 0:
        return []
    begun = random_number(seed, "where the first annotator begins") % count
    start = begun + next(islice(_far_apart(count), number // 2 % count, None))
    order = [(start + step) % count for step in range(count)]
    return order[::-1] if number % 2 else order


def _far_apart(count: int) -> Iterator[int]:
    """The numbers below `count`, each far from those before: van der Corput's order."""
    bits = max(count - 1, 1).bit_length()
    for number in range(1 << bits):
        reversed_ = int(f"{number:0{bits}b}"[::-1], 2)
        if reversed_ < count:
            yield reversed_
