"""Misaligned pairs, a line each; only the lines in sight are made, however many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from annotation.misaligned import MisalignedPair, MisalignedPairs
from tui.misaligned_words import nearness, remark_words, side, why
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.wording import number

_SIDES: Final = 6
_GAP: Final = 4
_NUMBER: Final = 7
_LEAST_TITLE, _MOST_TITLE = 10, 34
_MOST_TAGS: Final = 24
_WIDE: Final = 100
"""Cells from which on both numbers have room."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Cells of what stretches; 0: not shown."""

    pair: int
    title: int
    gap: int
    change: int
    closer: int
    why: int
    tags: int


class MisalignedList(Widget, can_focus=True):
    """The pairs in the order of what they add; the cursor stays on its pair, and its pair on its line."""

    DEFAULT_CSS = """
    MisalignedList { height: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Pair up", show=False),
        Binding("down,j", "step(1)", "Pair down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home", "end(-1)", "First pair", show=False),
        Binding("end", "end(1)", "Last pair", show=False),
    ]

    place: reactive[int] = reactive(0)
    """Where the cursor is."""

    @dataclass
    class PairMet(Message):
        """The cursor came to a pair, or its pair was read anew."""

        pair: MisalignedPair | None

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._titles = titles
        self._pairs: MisalignedPairs | None = None
        self._pair_id: int | None = None
        self._top = 0

    @property
    def pair(self) -> MisalignedPair | None:
        """The pair under the cursor."""
        pairs = self._pairs
        return pairs[self.place] if pairs is not None and self.place < len(pairs) else None

    def show(self, pairs: MisalignedPairs) -> None:
        """Show other pairs, or the same ones as they stand now.

        Where the cursor's pair is none of them any more, the cursor stays where it is.
        """
        self._pairs = pairs
        at = pairs.place(self._pair_id) if self._pair_id is not None else None
        line = self.place - self._top
        place = min(self.place, max(len(pairs) - 1, 0)) if at is None else at
        self._top = max(place - line, 0)
        self.set_reactive(MisalignedList.place, place)
        self._met()

    def watch_place(self) -> None:
        """Tell which pair it is."""
        self._met()

    def _met(self) -> None:
        pair = self.pair
        if pair is not None:
            self._pair_id = pair.id
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.PairMet(pair))

    def _keep_in_sight(self) -> None:
        last = max(len(self._pairs or ()) - self._height, 0)
        self._top = min(max(self._top, self.place - self._height + 1), self.place, last)

    @property
    def _height(self) -> int:
        return max(self.size.height - 1, 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()

    # Keys and mouse

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        self.place = min(max(self.place + by, 0), max(len(self._pairs or ()) - 1, 0))

    def action_page(self, direction: int) -> None:
        """Move the cursor a page on or back."""
        self.action_step(direction * self._height)

    def action_end(self, direction: int) -> None:
        """Move the cursor to the first or the last pair."""
        self.action_step(direction * len(self._pairs or ()))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go on."""
        event.stop()
        self.action_step(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go back."""
        event.stop()
        self.action_step(-1)

    def on_click(self, event: events.Click) -> None:
        """Choose the pair under the mouse."""
        line = event.y - 1
        if 0 <= line < self._height and self._top + line < len(self._pairs or ()):
            self.place = self._top + line

    # Drawing

    def render(self) -> Content:
        """Heads, and the pairs in sight."""
        pairs = self._pairs
        if pairs is None:
            return Content()
        columns = self._columns(pairs)
        shown = pairs[self._top : self._top + self._height]
        lines = (self._line(pair, columns) for pair in shown)
        return Content("\n").join([_heads(columns), *lines])

    def _columns(self, pairs: MisalignedPairs) -> _Columns:
        """Columns by what all pairs have, so that they stay where they are while one scrolls."""
        width = self.content_size.width
        number_cells = max(len(str(int(pairs.ids.max(initial=0)))), 4)
        gap = _GAP if pairs.has_gaps else 0
        change = _NUMBER if pairs.any_moves or width >= _WIDE else 0
        closer = _NUMBER + 1 if not pairs.any_moves or width >= _WIDE else 0
        tags = max((remark_words(pair).cell_length for pair in pairs.remarked()), default=0)
        tags = min(tags, _MOST_TAGS, width // 4) if tags else 0
        spare = width - 2 - number_cells - 1 - _SIDES - gap - change - closer - (tags + 1 if tags else 0) - 2
        title = min(max(spare // 4, _LEAST_TITLE), _MOST_TITLE)
        return _Columns(number_cells, title, gap, change, closer, max(spare - title, 1), tags)

    def _line(self, pair: MisalignedPair, columns: _Columns) -> Content:
        chosen = pair.id == self._pair_id
        change = "none" if pair.change is None else number(pair.change)
        gap = "" if pair.gap is None else f"{pair.gap:g}"
        line = Content.assemble(
            ("▸ " if chosen else "  ", "bold $primary"),
            (str(pair.id).rjust(columns.pair), "$quiet"),
            " ",
            _padded(OutsideText(pair.title).line(columns.title), columns.title),
            " ",
            side(pair.people, Glyph.PEOPLE, "$people"),
            " ",
            side(pair.model, Glyph.MODEL, "$model"),
            gap.rjust(columns.gap) if columns.gap else "",
            (change.rjust(columns.change) if columns.change else "", "" if pair.change else "$quiet"),
            (nearness(pair.closer).rjust(columns.closer) if columns.closer else "", "$quiet"),
            "  ",
            _padded(why(pair, self._titles).truncate(columns.why, ellipsis=True), columns.why),
            Content.assemble(" ", remark_words(pair).truncate(columns.tags, ellipsis=True))
            if columns.tags
            else "",
        )
        line = _padded(line, self.content_size.width)
        return line.stylize_before("on $panel") if chosen else line


def _heads(columns: _Columns) -> Content:
    heads = (
        "  " + "pair".rjust(columns.pair) + " " + "post".ljust(columns.title) + " chose",
        "gap".rjust(columns.gap) if columns.gap else "",
        "Δτ".rjust(columns.change) if columns.change else "",
        "closer".rjust(columns.closer) if columns.closer else "",
        "  " + "why".ljust(columns.why),
        " tags" if columns.tags else "",
    )
    return Content.styled("".join(heads), "$quiet")


def _padded(content: Content, width: int) -> Content:
    return content.pad_right(max(width - content.cell_length, 0))
