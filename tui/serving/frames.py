"""What a browser says over its websocket; whatever else comes is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

LARGEST_FRAME: Final = 16 * 1024
"""Bytes of one frame: a key is ten, and a note that is pasted has room."""

_LARGEST_SIZE: Final = 1000  # cells; a wall of screens has fewer, and each costs memory


class FrameError(Exception):
    """A frame that no page of ours sends."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells."""

    width: int = 80
    height: int = 24

    @classmethod
    def of(cls, told: object) -> Self:
        """Read it; raises FrameError."""
        if not isinstance(told, Mapping):
            raise FrameError("a size without width and height")
        return cls(_cells(told.get("width")), _cells(told.get("height")))


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys, mouse and pasted text, as a terminal encodes them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """The window has another size."""

    size: Size


@dataclass(frozen=True, slots=True)
class Focused:
    """The window is in front, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Pinged:
    """Asks for its word back."""

    word: str


Frame = Typed | Resized | Focused | Pinged


def read_frame(text: str) -> Frame:
    """Read one frame; raises FrameError."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameError("no JSON") from error
    match said:
        case ["stdin", str(typed)]:
            return Typed(_encoded(typed))
        case ["resize", size]:
            return Resized(Size.of(size))
        case ["focus"] | ["blur"]:
            return Focused(on=said == ["focus"])
        case ["ping", str(word)] if len(word) < 100:  # noqa: PLR2004 a time in milliseconds
            return Pinged(word)
    raise FrameError("an unknown frame")


def _cells(told: object) -> int:
    if isinstance(told, int) and 0 < told <= _LARGEST_SIZE:
        return int(told)
    raise FrameError("an impossible size")


def _encoded(typed: str) -> bytes:
    try:
        return typed.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise FrameError("no text") from error
