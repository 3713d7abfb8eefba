"""Who sees what: the order of the items and the sides."""

from dataclasses import dataclass

from annotation.study import Study
from profile_engine.preferences import Preference


def first_side(seed: int, pair_id: int, annotator_number: int) -> Preference:
    """The canonical side (LEFT or RIGHT) that this annotator sees first.

    A seeded rule: over any two consecutive pairs an annotator sees each side first once, and on any pair two
    annotators with consecutive numbers see opposite sides.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Item:
    """What an annotator sees: no agents, no scores. `first` is the canonical side shown as 1."""

    pair_id: int
    source_id: int
    title: str | None
    source: str
    first_text: str
    second_text: str
    first: Preference
    number: int
    of: int
    source_number: int
    sources: int


class Worklist:
    """The items of one annotator in their order: study order, pairs of one source together.

    Holds ids only; texts are read when an item is asked for. Which items are done follows `mark`.
    """

    def __init__(self, study: Study, annotator: str) -> None:
        raise NotImplementedError

    @property
    def done(self) -> int:
        """Items with a label."""
        raise NotImplementedError

    @property
    def total(self) -> int:
        """All items."""
        raise NotImplementedError

    def mark(self, pair_id: int, *, labelled: bool, skipped: bool = False) -> None:
        """Follow an answer."""
        raise NotImplementedError

    def next(self, after: int | None = None) -> Item | None:
        """The next open item after this pair (from the start: None), skipped ones last; None when all are done."""
        raise NotImplementedError

    def item(self, pair_id: int) -> Item:
        """One item."""
        raise NotImplementedError
