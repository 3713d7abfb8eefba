"""One person's way through a list: which comes next, which stands beside."""

from collections.abc import Callable, Iterable, Iterator


class WorkOrder:
    """What a person is to work through, by ids in their order."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = tuple(ids)
        self._places = {one: place for place, one in enumerate(self._ids)}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, one: int) -> bool:
        return one in self._places

    def number(self, one: int) -> int:
        """Its place, from 1; raises KeyError for one that is not here."""
        return self._places[one] + 1

    def next(
        self, after: int | None, is_open: Callable[[int], bool], is_skipped: Callable[[int], bool]
    ) -> int | None:
        """The next open one, from the start again behind the last; skipped ones come last.

        Args:
            after: None starts from the first.
            is_open: whether there is still something to say of one.
            is_skipped: whether an open one was left for later.

        Returns:
            None when none is open.
        """
        start = 0 if after is None else self._places.get(after, -1) + 1
        skipped = None
        for one in (*self._ids[start:], *self._ids[:start]):
            if not is_open(one):
                continue
            if not is_skipped(one):
                return one
            skipped = one if skipped is None else skipped
        return skipped

    def beside(self, one: int, step: int) -> int | None:
        """The one so many places on (or back), open or not; None past either end."""
        place = self._places.get(one, -1) + step
        return self._ids[place] if 0 <= place < len(self._ids) else None
