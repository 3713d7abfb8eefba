"""How long somebody worked on an item, as far as keys and mouse tell."""

from typing import Final

IDLE_SECONDS: Final = 60.0
"""Longest stretch without a key or a movement of the mouse that counts as reading; the rest is idle."""


class WorkingTime:
    """Adds up the seconds between signs of life; knows no clock, as `KeyGate`."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._last: float | None = None

    def start(self, at: float, before: float = 0.0) -> None:
        """An item is on screen since this moment; of what was counted so many seconds belong to it."""
        self._seconds, self._last = before, at

    def alive(self, at: float) -> None:
        """A key was pressed, or the mouse moved."""
        if self._last is not None:
            self._seconds += min(max(at - self._last, 0.0), IDLE_SECONDS)
            self._last = at

    def saved(self) -> None:
        """What was counted is stored; the next entry counts from here."""
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Up to the last sign of life."""
        return self._seconds
