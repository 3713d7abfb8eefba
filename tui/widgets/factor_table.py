"""The factor table of one pair: values, which side has more, scores, and whom each factor speaks for."""

from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from profile_engine.preferences import Preference
from tui.factor_rows import FactorRow, Pull
from tui.outside import OutsideText
from tui.sides import SIDES, Glyph

_MORE: Final = 9
_SCORE: Final = 9
_PULLS: Final = 8
_GAPS: Final = 11
_LEAST_VALUE, _FAIR_VALUE, _MOST_VALUE = 6, 7, 17
_MOST_TITLE: Final = 22
_FAIR_MODEL, _MOST_MODEL = 12, 24


@dataclass(frozen=True, slots=True)
class _Widths:
    """Cells of the columns that stretch: a factor's title, a value, the model's score under its name."""

    title: int
    value: int
    model: int


class FactorTable(Widget):
    """Draws the rows it is given; where not all fit, those that differ most, and the chosen one."""

    rows: reactive[tuple[FactorRow, ...]] = reactive(())
    chosen: reactive[str | None] = reactive(None)
    """The factor whose words are marked in the texts."""
    compared: reactive[str] = reactive("model")
    """The model in the second column of scores."""

    DEFAULT_CSS = (
        "FactorTable { height: auto; padding: 0 0 0 1; text-wrap: nowrap; text-overflow: ellipsis; }"
    )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Every factor, the heading, and what the chosen factor means."""
        return len(self.rows) + 2

    def watch_rows(self, before: tuple[FactorRow, ...], now: tuple[FactorRow, ...]) -> None:
        """Take another height only where it differs: a layout costs more than drawing all rows."""
        if len(before) != len(now):
            self.refresh(layout=True)

    def render(self) -> Content:
        """Heading, rows, and at the bottom either what is left out or what the chosen factor means."""
        height = max(self.size.height - 2, 1)
        shown = self._window(height)
        widths = self._widths()
        lines = [
            self._heading(widths),
            *(self._line(row, widths) for row in shown),
            self._bottom(len(self.rows) - len(shown)),
        ]
        return Content("\n").join(lines)

    def ordered(self) -> tuple[FactorRow, ...]:
        """The rows in the order in which they are drawn and stepped through."""
        if len(self.rows) <= self.size.height - 2:
            return self.rows
        return tuple(sorted(self.rows, key=_by_difference))

    def _window(self, height: int) -> tuple[FactorRow, ...]:
        rows = self.ordered()
        hidden = [row for row in rows[height:] if row.factor.name == self.chosen]
        return (*rows[: height - len(hidden)], *hidden)

    def _heading(self, widths: _Widths) -> Content:
        cells = (
            ("  " + self._title().ljust(widths.title), "$quiet"),
            ("◀ A".rjust(widths.value + 1), SIDES[Preference.LEFT].style),
            ("▶ B".rjust(widths.value + 2), SIDES[Preference.RIGHT].style),
            ("  " + "more".ljust(_MORE), "$quiet"),
            (f"{Glyph.PEOPLE} people".rjust(_SCORE), "$people"),
            ("  ", ""),
            (self._model_name(widths.model), "$model"),
            ("  pulls to", "$quiet"),
        )
        return Content.assemble(*cells)

    def _title(self) -> str:
        made = any(Glyph.MADE in (row.left[:1], row.right[:1]) for row in self.rows)
        return f"Factor  {Glyph.MADE} by hand" if made else "Factor"

    def _model_name(self, width: int) -> str:
        name = OutsideText(self.compared).line(width - 2)
        return f"{' ' * (width - 2 - name.cell_length)}{Glyph.MODEL} {name}"

    def _line(self, row: FactorRow, widths: _Widths) -> Content:
        chosen = row.factor.name == self.chosen
        title = OutsideText(row.factor.title).line(widths.title)
        return Content.assemble(
            ("▸ " if chosen else "  ", "$text-accent"),
            _padded(title, widths.title).stylize("bold" if chosen else ""),
            " ",
            _value(row, row.left, widths.value, Preference.LEFT),
            "  ",
            _value(row, row.right, widths.value, Preference.RIGHT),
            "  ",
            _more(row),
            _score(row.people, _SCORE),
            "  ",
            _score(row.model, widths.model),
            "  ",
            _pulls(row.people, row.model),
        )

    def _bottom(self, left_out: int) -> Content:
        if left_out > 0:
            return Content.styled(f"  … {left_out} more: tab", "$quiet")
        chosen = "".join(row.factor.definition for row in self.rows if row.factor.name == self.chosen)
        return OutsideText(f"  {chosen}").line(self.size.width).stylize("$quiet")

    def _widths(self) -> _Widths:
        """What the longest title, value and name need, as far as there is room."""
        titles = max((len(row.factor.title) for row in self.rows), default=0)
        titles = min(max(titles, len(self._title())), _MOST_TITLE)
        values = max((len(value) for row in self.rows for value in (row.left, row.right)), default=0)
        name = OutsideText(self.compared).line(_MOST_MODEL).cell_length + 2
        room = self.size.width - titles - _MORE - _SCORE - _PULLS - _GAPS
        fair = max(min(name, _FAIR_MODEL, room - 2 * _FAIR_VALUE), _SCORE)
        value = min(max(_LEAST_VALUE, min(values, _MOST_VALUE)), max((room - fair) // 2, _LEAST_VALUE))
        return _Widths(titles, value, max(min(name, room - 2 * value), _SCORE))


def _by_difference(row: FactorRow) -> tuple[int, float]:
    """What differs most comes first; then what ties; last what has no value."""
    group = 2 if row.more is None else int(row.more is Preference.TIE)
    return group, -row.difference


def _padded(content: Content, width: int) -> Content:
    return content.pad_right(max(width - content.cell_length, 0))


def _value(row: FactorRow, value: str, width: int, side: Preference) -> Content:
    content = OutsideText(value).line(width)
    style = "bold" if row.more is side else "$quiet" if row.more is None else ""
    return content.pad_left(max(width - content.cell_length, 0)).stylize(style)


def _score(pull: Pull, width: int) -> Content:
    return Content.styled(pull.score.rjust(width), "" if pull.score[:1] in "+-" else "$quiet")


def _more(row: FactorRow) -> Content:
    if row.more is None:
        return _padded(OutsideText(row.reason).line(_MORE), _MORE).stylize("$quiet")
    side = SIDES[row.more]
    return _padded(Content.styled(side.lettered, side.style), _MORE)


def _pulls(people: Pull, model: Pull) -> Content:
    if people.side is None and model.side is None:
        return Content.styled("neither", "$quiet")
    if people.side is model.side:
        return _pull(f"{Glyph.PEOPLE}{Glyph.MODEL}", people.side)
    return Content(" ").join(
        _pull(glyph, pull.side)
        for glyph, pull in ((Glyph.PEOPLE, people), (Glyph.MODEL, model))
        if pull.side is not None
    )


def _pull(glyphs: str, side: Preference | None) -> Content:
    return Content() if side is None else Content.styled(f"{glyphs} {SIDES[side].letter}", SIDES[side].style)
