"""How the two sides, and who speaks for them, look: a glyph and a word, and only then a colour."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from profile_engine.preferences import Preference


class Glyph(StrEnum):
    """Signs that mean the same on every screen."""

    PEOPLE = "●"
    MODEL = "▲"
    MADE = "~"
    FLAG = "⚑"
    NOTE = "✎"


@dataclass(frozen=True, slots=True)
class SideLook:
    """How one side looks: its arrow, its names on the desk and in a blind task, the style of its hue."""

    arrow: str
    letter: str
    number: str
    style: str

    @property
    def lettered(self) -> str:
        """Arrow and letter, such as `◀ A`."""
        return f"{self.arrow} {self.letter}"


SIDES: Final = MappingProxyType(
    {
        Preference.LEFT: SideLook("◀", "A", "1", "$left-side"),
        Preference.TIE: SideLook("=", "tie", "tie", "$tie-side"),
        Preference.RIGHT: SideLook("▶", "B", "2", "$right-side"),
    }
)
