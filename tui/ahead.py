"""What comes next, found out while the present thing is being read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    after: int
    item: T | None


class ReadAhead(Generic[T]):
    """Holds what comes after one item.

    Args:
        next: finds what comes after an item; may block.
        key: an item's id.
    """

    def __init__(self, next: Callable[[int], T | None], key: Callable[[T], int]) -> None:
        self._next, self._key = next, key
        self._held: _Held[T] | None = None

    def read(self, after: int) -> None:
        """Find out what comes after an item that is still open; for worker threads."""
        self._held = _Held(after, self._next(after))

    def ready(self, after: int) -> T | None:
        """What was read ahead for this item; None when it has to be read now."""
        held, self._held = self._held, None
        if held is None or held.after != after or held.item is None or self._key(held.item) == after:
            return None
        return held.item

    def forget(self) -> None:
        """Something was changed that may decide what comes next."""
        self._held = None
