"""Reproducible draws of units, simple or stratified.

Each unit has a random number of its own, made of the seed and its key, and the smallest are drawn
(permanent random numbers: Ohlsson, "Coordination of samples using permanent random numbers", 1995). So two
factors whose values are of the same responses get the same responses, a larger draw holds the smaller one,
and every first part of a draw is a draw itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from annotation.validation.population import Unit


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw, its units in the order in which they are judged.

    Attributes:
        strata: size and number drawn, by name.
    """

    units: tuple[Unit, ...]
    strata: Mapping[str, tuple[int, int]]

    def probability(self, unit: Unit) -> float:
        """With which it was drawn."""
        size, taken = self.strata[unit.stratum]
        return taken / size


def draw(units: Sequence[Unit], n: int, seed: int) -> Drawn:
    """Draw `n` units at most: as many of each stratum, as far as it has them."""
    ranked = sorted(units, key=lambda unit: (random_number(seed, unit.key), unit.key))
    strata: dict[str, list[Unit]] = {}
    for unit in ranked:
        strata.setdefault(unit.stratum, []).append(unit)
    shares = share_out(n, {name: len(members) for name, members in sorted(strata.items())})
    taken = {id(unit) for name, share in shares.items() for unit in strata[name][:share]}
    sizes = {name: (len(strata[name]), share) for name, share in shares.items()}
    return Drawn(tuple(unit for unit in ranked if id(unit) in taken), sizes)


def random_number(seed: int, key: str) -> int:
    """64 random bits of a unit."""
    return int.from_bytes(blake2b(f"{seed}:{key}".encode(), digest_size=8).digest())


def share_out(n: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """Share `n` out equally; what a small stratum cannot take goes to the larger ones."""
    shares = dict.fromkeys(sizes, 0)
    smallest_first = sorted(sizes, key=lambda name: (sizes[name], name))
    left = n
    for place, name in enumerate(smallest_first):
        shares[name] = min(sizes[name], left // (len(sizes) - place))
        left -= shares[name]
    return shares
