"""A share of something that was counted, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from profile_engine.accuracy import Interval, Trial, estimate, wilson


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


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """So many of so many that come in clusters, as pairs of one source, which share texts.

    Attributes:
        hits: how many.
        of: among how many.
        interval: 95 %, by how the share varies between clusters (see `accuracy.estimate`); None of nothing.
    """

    hits: int
    of: int
    interval: Interval | None

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None


def clustered_rate(hits: Sequence[bool], clusters: Sequence[int]) -> ClusteredRate:
    """The share of hits, each of which belongs to the cluster at its place."""
    trials = [Trial(hit, cluster=cluster) for hit, cluster in zip(hits, clusters, strict=True)]
    return ClusteredRate(sum(hits), len(hits), estimate(trials).interval)
