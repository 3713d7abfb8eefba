"""A share of something that was counted, with its interval."""

from dataclasses import dataclass

from profile_engine.accuracy import Interval, wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many.

    Attributes:
        hits: how many.
        of: among how many.
    """

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval; None of nothing."""
        return wilson(self.hits, self.of) if self.of else None

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.hits + other.hits, self.of + other.of)
