"""Two rankings as columns of names with a line from each factor's place to its other place."""

from collections.abc import Mapping
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from profile_engine.ranking import FactorRanking

_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the braille block: rows of (left dot, right dot)."""

_RANK: Final = 3
_NARROWEST: Final = 8
_WIDEST: Final = 48


class RankLines(Widget):
    """Lines that cross are factors whose order the two agents see differently."""

    DEFAULT_CSS = """
    RankLines {
        height: auto;
    }
    """

    left: reactive[FactorRanking | None] = reactive(None, layout=True)
    right: reactive[FactorRanking | None] = reactive(None, layout=True)
    factor: reactive[str | None] = reactive(None)
    """The factor whose line stands out."""
    spacing: reactive[int] = reactive(1, layout=True)
    """Lines from one factor to the next; crossings are easier to follow with two."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._titles = titles

    def fit(self, height: int) -> None:
        """Space the factors as far as this many lines allow."""
        self.spacing = 2 if 2 * len(self._common()) - 1 <= height else 1

    def render(self) -> Content:
        """As many lines as factors that have a score on both sides, or twice as many."""
        common = self._common()
        if not common or self.left is None or self.right is None:
            return Content.styled("No factor has a score on both sides.", "$quiet")
        starts, ends = _ranked(self.left), _ranked(self.right)
        # Equal ranks stand in the order of the other side, so that no line crosses for nothing.
        finish = sorted(common, key=lambda factor: (ends[factor], common.index(factor)))
        title = min(max(len(self._title(f)) for f in common), (self.size.width - _NARROWEST) // 2 - _RANK - 1)
        room = self.size.width - 2 * (title + _RANK + 1)
        canvas = _Canvas(min(max(room, 2), _WIDEST), (len(common) - 1) * self.spacing + 1)
        for factor in sorted(common, key=lambda name: name == self.factor):  # the one that stands out last
            places = (common.index(factor) * self.spacing, finish.index(factor) * self.spacing)
            canvas.draw(*places, self._style(factor, starts, ends))
        rows = [Content(" " * (title + _RANK + 1))] * (2 * canvas.height)
        for place, (first, last) in enumerate(zip(common, finish, strict=True)):
            row = 2 * place * self.spacing
            rows[row] = self._end(first, starts, title, first=True)
            rows[row + 1] = self._end(last, ends, title, first=False)
        indent = " " * ((room - canvas.width) // 2)
        return Content("\n").join(
            Content.assemble(indent, rows[2 * row], canvas.row(row), rows[2 * row + 1])
            for row in range(canvas.height)
        )

    def _common(self) -> list[str]:
        """Factors that have a score on both sides, in the order of the left ranking."""
        if self.left is None or self.right is None:
            return []
        ends = _ranked(self.right)
        return [factor for factor in _ranked(self.left) if factor in ends]

    def _title(self, factor: str) -> str:
        return self._titles.get(factor, factor)

    def _end(self, factor: str, ranks: Mapping[str, int], width: int, *, first: bool) -> Content:
        title = Content(self._title(factor)).truncate(width, ellipsis=True)
        title = title.stylize("bold" if factor == self.factor else "")
        padding = " " * (width - title.cell_length)
        rank = str(ranks[factor])
        if first:
            return Content.assemble(padding, title, (rank.rjust(_RANK), "bold"), " ")
        return Content.assemble(" ", (rank.ljust(_RANK), "bold"), title, padding)

    def _style(self, factor: str, starts: Mapping[str, int], ends: Mapping[str, int]) -> str:
        by = starts[factor] - ends[factor]
        hue = "$tie-side" if not by else "$risen" if by > 0 else "$fallen"
        return f"bold {hue}" if factor == self.factor else f"{hue} 60%" if self.factor else hue


class _Canvas:
    """A field of braille dots, two by four a cell; a cell takes the style of the line drawn last."""

    def __init__(self, width: int, height: int) -> None:
        self.height = height
        self.width = width
        self._cells = [[0] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]

    def draw(self, start: int, end: int, style: str) -> None:
        """A straight line from the middle of the row on the left to the middle of the row on the right."""
        last = self.width * 2 - 1
        before = round(4 * start + 1.5)
        for x in range(last + 1):
            y = round(4 * start + 1.5 + 4 * (end - start) * x / last)
            # A steep line fills the column between two neighbours, so that it has no holes.
            for dot in range(min(before, y), max(before, y) + 1):
                self._cells[dot // 4][x // 2] |= _DOTS[dot % 4][x % 2]
                self._styles[dot // 4][x // 2] = style
            before = y

    def row(self, row: int) -> Content:
        """One line of the field."""
        cells = zip(self._cells[row], self._styles[row], strict=True)
        return Content.assemble(*((chr(0x2800 + bits) if bits else " ", style) for bits, style in cells))


def _ranked(ranking: FactorRanking) -> dict[str, int]:
    """Ranks of the factors that have one, in order."""
    return {ranked.score.factor: ranked.rank for ranked in ranking.factors if ranked.rank is not None}
