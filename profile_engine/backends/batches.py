"""Which inputs of a model are computed together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

BATCH_TOKENS: Final = 4096
"""Tokens of one batch, padding included; a single longer input is a batch of its own."""

FULLNESS: Final = 0.992
"""The least share of real tokens in a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs that are scored together.

    Attributes:
        members: their positions among all inputs.
        width: tokens of the longest; the others are padded to it.
    """

    members: tuple[int, ...]
    width: int


def plan_batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> tuple[Batch, ...]:
    """Cut inputs into batches, longest first, so that too long ones fail at once.

    Args:
        lengths: tokens of each input.
        budget: tokens of one batch, padding included.
    """
    batches: list[Batch] = []
    members: list[int] = []
    width = real = 0
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        padded, fuller = width * (len(members) + 1), real + lengths[position]
        if members and (padded > budget or fuller < FULLNESS * padded):
            batches.append(Batch(tuple(members), width))
            members, real = [], 0
        if not members:
            width = lengths[position]
        members.append(position)
        real += lengths[position]
    return (*batches, Batch(tuple(members), width)) if members else ()


def compute_batched(
    lengths: Sequence[int], compute: Callable[[tuple[int, ...]], Sequence[float]], budget: int = BATCH_TOKENS
) -> list[float]:
    """One number an input, in order, computed batch by batch.

    Args:
        lengths: tokens of each input.
        compute: gives the numbers of the inputs at some positions.
        budget: tokens of one batch, padding included.
    """
    numbers = [0.0] * len(lengths)
    for batch in plan_batches(lengths, budget):
        for position, number in zip(batch.members, compute(batch.members), strict=True):
            numbers[position] = number
    return numbers
