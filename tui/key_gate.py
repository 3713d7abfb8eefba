"""Which key presses are answers: not the ones typed ahead, not the ones of a held key."""

from typing import Final

REPEAT_SECONDS: Final = 0.15
"""A key that comes again sooner is being held: keyboards repeat every 15 to 100 ms, fingers do not."""


class KeyGate:
    """Lets a key press through once the item on screen could have been read.

    Knows no clock: times are seconds of whichever clock stamps the key presses. Both rules are needed: a held
    key pauses for 0.25 to 0.66 s before it repeats, which the minimum time covers; the gap covers the rest.

    Args:
        minimum: how many seconds an item is on screen before a press counts.
    """

    def __init__(self, minimum: float) -> None:
        self._minimum = minimum
        self._opens: float | None = None
        self._last_presses: dict[str, float] = {}

    def close(self) -> None:
        """The item is about to change: nothing counts until another is painted."""
        self._opens = None

    def painted(self, at: float) -> None:
        """An item is on screen since this moment."""
        self._opens = at + self._minimum

    def held(self, key: str, at: float) -> bool:
        """Note a press and tell whether its key is merely being held."""
        last = self._last_presses.get(key)
        self._last_presses[key] = at
        return last is not None and at - last < REPEAT_SECONDS

    def admits(self, key: str, at: float) -> bool:
        """Note a press and tell whether it is an answer to the item on screen."""
        held = self.held(key, at)
        return not held and self._opens is not None and at >= self._opens
