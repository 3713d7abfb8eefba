"""Which key presses count: not the ones typed ahead, not the ones of a held key."""

from typing import Final

HELD_SECONDS: Final = 0.7
"""A key that comes again sooner, and no other in between, is being held: keyboards pause for 0.25 to 0.66 s
before they repeat a key, and repeat it every 15 to 100 ms from then on."""


class KeyGate:
    """Lets a key press through once the item on screen could have been read.

    Knows no clock: times are seconds of whichever clock stamps the key presses. Both rules are needed: the
    minimum time is the study's to choose, and no time at all keeps a held key from answering item after item.

    Args:
        minimum: how many seconds an item is on screen before a press counts.
    """

    def __init__(self, minimum: float) -> None:
        self.minimum = minimum
        self._opens: float | None = None
        self._last_key = ""
        self._last_press = 0.0

    def close(self) -> None:
        """The item is about to change: nothing counts until another is painted."""
        self._opens = None

    def painted(self, at: float) -> None:
        """An item is on screen since this moment."""
        self._opens = at + self.minimum

    def is_open(self, at: float) -> bool:
        """Whether the item on screen could have been read."""
        return self._opens is not None and at >= self._opens

    def held(self, key: str, at: float) -> bool:
        """Note a press, of any key, and tell whether its key is merely being held."""
        held = key == self._last_key and at - self._last_press < HELD_SECONDS
        self._last_key, self._last_press = key, at
        return held

    def forget(self) -> None:
        """Other keys were pressed meanwhile, on another screen."""
        self._last_key = ""
