"""A read-only pane for one long text from outside: wrapped once per width, drawn line by line."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import ClassVar

from rich.cells import get_character_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content, Span
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.outside import Mark, OutsideText

# Stand-ins for the two cells of a wide character; safe text holds no control character of its own.
_WIDE, _WIDE_REST = "\x01", "\x02"
_MAY_NOT_BE_ONE_CELL = re.compile(r"[^\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u20ac]")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A text broken at one width: line `i` is `text[starts[i]:ends[i]]`; spaces at a break are in no line."""

    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.starts)

    def line_at(self, offset: int) -> int:
        """The line that holds the character at `offset`."""
        return max(bisect_right(self.starts, offset) - 1, 0)


class Wrapper:
    """Breaks one text at any width (cells, not characters), each width once.

    The text is laid out as one character a cell, so that a regular expression can find the breaks: a loop
    over the characters would take a tenth of a second for a long response.
    """

    def __init__(self, text: str) -> None:
        self._wrappings: dict[int, Wrapping] = {}
        self._cells = text
        self._cell_starts: Sequence[int] | None = None  # by character; None: each is one cell wide
        if _MAY_NOT_BE_ONE_CELL.search(text):
            sizes = {character: get_character_cell_size(character) for character in set(text)}
            sizes["\n"] = 1
            laid_out = {
                character: (_WIDE + _WIDE_REST if size > 1 else character) if size else ""
                for character, size in sizes.items()
            }
            self._cells = "".join(map(laid_out.__getitem__, text))
            self._cell_starts = array("L", accumulate(map(sizes.__getitem__, text), initial=0))

    def wrap(self, width: int) -> Wrapping:
        """The text broken into lines of at most `width` cells (at least two, for a wide character)."""
        width = max(width, 2)
        if width not in self._wrappings:
            breaks = _breaker(width).finditer(self._cells + "\n")
            spans = [found.span(found.lastindex or 0) for found in breaks]
            self._wrappings[width] = Wrapping(
                array("L", (self._offset(start) for start, _ in spans)),
                array("L", (self._offset(end) for _, end in spans)),
            )
        return self._wrappings[width]

    def _offset(self, cell: int) -> int:
        """The character that begins at `cell`: the last one there, since those before it take no cell."""
        return cell if self._cell_starts is None else bisect_right(self._cell_starts, cell) - 1


@lru_cache(maxsize=64)
def _breaker(width: int) -> re.Pattern[str]:
    """Greedy lines: to a newline, else to a space or beside a wide character, else through a long word."""
    return re.compile(
        rf"(.{{0,{width}}}) *+\n"
        rf"|(.{{1,{width}}})(?: ++|(?<={_WIDE_REST})|(?={_WIDE}))"
        rf"|(.{{1,{width}}})(?!{_WIDE_REST})"
    )


class TextPane(ScrollView, can_focus=True):
    """Shows one `OutsideText` with its marks; scrolls with arrows, page keys, home, end and the wheel.

    Args:
        id: of the widget.
        classes: of the widget.
        page_key: what turns a page, named on the frame while there is more and where it fits.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"text-pane--empty"}
    DEFAULT_CSS = """
    TextPane {
        border: round $border-blurred;
        border-title-color: $text;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        scrollbar-size-vertical: 0;
        overflow-x: hidden;
    }
    TextPane:focus {
        border: round $border;
    }
    TextPane > .text-pane--empty {
        color: $text-muted;
        text-style: italic;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "page_down", "Page down", show=False),
    ]

    class Scrolled(Message):
        """The reader moved this pane so that line `y` is on top; not sent when `follow` moved it."""

        def __init__(self, pane: "TextPane", y: int) -> None:
            super().__init__()
            self.pane = pane
            self.y = y

        @property
        def control(self) -> "TextPane":
            """The pane that scrolled, so that `@on` can select it."""
            return self.pane

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, page_key: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._page_key = page_key
        self._empty = ""
        self._fitted_width = 0
        self._top = 0  # the character in the upper left corner; survives another width
        self._load(OutsideText(""), ())

    def show(
        self,
        text: OutsideText,
        marks: Sequence[Mark] = (),
        *,
        label: OutsideText | Content | str = "",
        empty: str = "(empty response)",
    ) -> None:
        """Show another text from its top.

        Args:
            text: What to show.
            marks: Passages to light, in offsets of `text.original`.
            label: The title on the border; a `str` is the program's own words and is not read as markup.
            empty: The word that stands for a text without characters.
        """
        self._empty = empty
        self.border_title = _label(label)
        self._load(text, marks)
        self._fit()

    def mark(self, marks: Sequence[Mark]) -> None:
        """Light other passages of the same text, with their notes, and keep the reader's place."""
        noted = tuple(mark for mark in marks if mark.note)
        if noted != self._text.noted:
            top, lines = self._text.index(self._top), len(self._wrapping)
            self._load(OutsideText(self._text.original, noted), marks)
            self._top = self._text.offset(top) if top else 0
            self._fit()
            self.refresh(layout=len(self._wrapping) != lines)
        else:
            self._light(marks)
            self.refresh()

    def reveal(self, start: int) -> None:
        """Bring the character at `start` of the original into sight, under a line before it."""
        line, height = self._wrapping.line_at(self._text.offset(start)), max(self.size.height, 1)
        if not self.scroll_offset.y <= line < self.scroll_offset.y + height:
            self.follow(max(line - 1, 0))

    def turn(self, direction: int) -> None:
        """Turn a page: 1 on, -1 back; one line of the page before stays."""
        self.follow(self.scroll_offset.y + direction * max(self.size.height - 1, 1))

    def follow(self, y: int) -> None:
        """Bring line `y` (or the last that can be) to the top because another pane moved there."""
        with self.prevent(self.Scrolled):
            self.scroll_to(y=y, animate=False, immediate=True)

    def _load(self, text: OutsideText, marks: Sequence[Mark]) -> None:
        self._text = text
        self._top = 0
        self._wrapper = Wrapper(text.plain)
        self._light(marks)

    def _light(self, marks: Sequence[Mark]) -> None:
        self._spans = self._text.spans(marks)
        self._span_starts = [span.start for span in self._spans]
        # Rising, so that the spans reaching into a line are found by bisection even where spans overlap.
        self._span_ends = list(accumulate((span.end for span in self._spans), max))

    @property
    def _wrapping(self) -> Wrapping:
        return self._wrapper.wrap(self.size.width)

    def _fit(self) -> None:
        """Bring the scrolling range, the reader's place and the position on the border up to date."""
        if not self.size.width:
            return
        self._fitted_width = self.size.width
        self.virtual_size = Size(self.size.width, len(self._wrapping))
        self.follow(self._wrapping.line_at(self._top))
        self._tell_position()
        self.refresh()

    def _tell_position(self) -> None:
        lines, height = len(self._wrapping), self.size.height
        if height <= 0 or lines <= height:
            self.border_subtitle = None
            return
        top = self.scroll_offset.y
        at_end = top + height >= lines
        pages = -(-lines // height)
        page = pages if at_end else min(top // height + 1, pages - 1)
        place = f"{page}/{pages} {'▴' if at_end else '▾'}"
        named = f"{place} {self._page_key}"
        fits = self._page_key and not at_end and len(named) <= self.size.width
        self.border_subtitle = Content(named if fits else place)

    def on_resize(self, _event: Resize) -> None:
        """Wrap to the new width and keep the reader's line on top."""
        self._fit()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """The lines the text takes at `width`, for `height: auto`."""
        return len(self._wrapper.wrap(width))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell the position on the border, and whoever keeps another pane beside this one."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value) and self._fitted_width == self.size.width:
            self._top = self._wrapping.starts[min(round(new_value), len(self._wrapping) - 1)]
            self._tell_position()
            self.post_message(self.Scrolled(self, round(new_value)))

    def render_line(self, y: int) -> Strip:
        """Draw the visible line `y`."""
        wrapping, number = self._wrapping, self.scroll_offset.y + y
        style = self.visual_style
        if not self._text.plain:
            content = Content(self._empty if y == 0 else "")
            style = self.get_visual_style("text-pane--empty")
        elif number < len(wrapping):
            content = self._line(wrapping.starts[number], wrapping.ends[number])
        else:
            content = Content()
        strip = Strip(content.render_segments(style))
        return strip.adjust_cell_length(self.size.width, style.rich_style)

    def _line(self, start: int, end: int) -> Content:
        reaching = slice(bisect_right(self._span_ends, start), bisect_left(self._span_starts, end))
        spans = [
            Span(max(span.start, start) - start, min(span.end, end) - start, span.style)
            for span in self._spans[reaching]
            if span.end > start
        ]
        return Content(self._text.plain[start:end], spans, strip_control_codes=False)


def _label(label: OutsideText | Content | str) -> Content:
    if isinstance(label, OutsideText):
        return label.line()
    return Content(label) if isinstance(label, str) else label
