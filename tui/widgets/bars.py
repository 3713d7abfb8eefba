"""Bars drawn with block characters: solid for positive scores, shaded for negative ones."""

from collections.abc import Mapping
from typing import Final

from textual.content import Content

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_FULL: Final = "█"
_SHADE: Final = "▒"
_SCALES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


def scale_for(*scores: float | None) -> float:
    """A round number that the longest bar reaches or stays below."""
    longest = max((abs(score) for score in scores if score is not None), default=1.0)
    return next((scale for scale in _SCALES if longest <= scale), 1.0)


def bar_right(score: float | None, width: int, scale: float = 1.0) -> Content:
    """A bar of |score| that grows to the right."""
    if score is not None and score < 0:
        cells = _shaded_cells(score, width, scale)
        return Content.assemble((_SHADE * cells, "$bar-less"), " " * (width - cells))
    full, part = divmod(_eighths(score, width, scale), 8)
    drawn = _FULL * full + (_EIGHTHS[part] if part else "")
    return Content.assemble((drawn, "$bar-more"), " " * (width - len(drawn)))


def bar_left(score: float | None, width: int, scale: float = 1.0) -> Content:
    """A bar of |score| that grows to the left; no character fills a cell from its right."""
    if score is not None and score < 0:
        cells = _shaded_cells(score, width, scale)
        return Content.assemble(" " * (width - cells), (_SHADE * cells, "$bar-less"))
    full, part = divmod(_eighths(score, width, scale), 8)
    edge = (_EIGHTHS[8 - part], "$bar-more reverse") if part else ""
    return Content.assemble(" " * (width - full - bool(part)), edge, (_FULL * full, "$bar-more"))


def bar_around(score: float | None, left: int, right: int, scale: float = 1.0) -> Content:
    """A bar around an axis: negative scores have `left` cells, positive ones `right`."""
    negative = score is not None and score < 0
    before = bar_left(score, left, scale * left / max(right, 1)) if negative else Content(" " * left)
    after = Content(" " * right) if negative else bar_right(score, right, scale)
    return Content.assemble(before, ("│", "$bar-track"), after)


def points_around(points: Mapping[str, float | None], width: int) -> str:
    """A strip from -1 to 1, its middle at 0, with a letter at each value; of two in one cell the first."""
    cells = ["┄"] * width
    cells[width // 2] = "│"
    for letter, value in reversed([*points.items()]):
        if value is not None:
            cells[round((value + 1) / 2 * (width - 1))] = letter
    return "".join(cells)


def share_bar(part: int, whole: int, width: int, style: str = "$bar-more") -> Content:
    """How much of a whole is done, as a thin line; whole only when nothing is missing."""
    halves = 2 * width * part // whole if whole else 0
    drawn = "━" * (halves // 2) + "╸" * (halves % 2)
    return Content.assemble((drawn, style), ("┄" * (width - len(drawn)), "$bar-track"))


def progress(done: int, of: int) -> Content:
    """How many are done, in words and as a bar."""
    return Content.assemble(f"{done:,} of {of:,} ▐", share_bar(done, of, 8, "$accent"), "▏")


def _eighths(score: float | None, width: int, scale: float) -> int:
    if not score:
        return 0
    return min(max(round(abs(score) / scale * width * 8), 1), width * 8)


def _shaded_cells(score: float, width: int, scale: float) -> int:
    # Shades have no parts of a cell; a bar that is there at all shows one. Hidden panels have no width.
    if not width:
        return 0
    return min(max(round(abs(score) / scale * width), 1), width)
