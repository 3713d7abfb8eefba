"""A response's facts with their verdicts, one of them under the cursor."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from annotation.evidence import ValueRecord
from tui.fact_words import Entry, entry_line
from tui.outside import OutsideText


class FactList(OptionList):
    """The list of facts: where facts are missing it says why."""

    DEFAULT_CSS = """
    FactList, FactList:focus {
        scrollbar-gutter: stable;
        background: $background;
        background-tint: $background 0%;

        & > .option-list--option {
            padding: 0;
        }

        & > .option-list--option-hover {
            background: $background;
        }
    }
    FactList > .option-list--option-highlighted {
        background: $background;
        text-style: none;
    }
    FactList:focus > .option-list--option-highlighted {
        background: $block-cursor-background;
        text-style: none;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next fact", show=False),
        Binding("k", "cursor_up", "Fact before", show=False),
    ]

    def __init__(self, titles: Mapping[str, str], *, id: str) -> None:
        super().__init__(id=id, classes="frame")
        self._titles = titles
        self._entries: Sequence[Entry] = ()
        self._factor = ""
        self._missing = ""
        self._filled_width = 0

    @property
    def entry(self) -> Entry | None:
        """The fact under the cursor."""
        at = self.highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    def fill(self, entries: Sequence[Entry], factor: str, missing: str) -> None:
        """Show other facts, or the same ones by another factor; the cursor keeps its line."""
        self._entries, self._factor, self._missing = entries, factor, missing
        self._draw()

    def choose(self, place: int) -> None:
        """Move the cursor to a line; nothing where there is no such line."""
        if 0 <= place < len(self._entries):
            self.highlighted = place

    def choose_factor(self, factor: str) -> None:
        """Move the cursor to a factor's verdict on the whole response; nothing where there is none."""
        for place, entry in enumerate(self._entries):
            if isinstance(entry, ValueRecord) and entry.factor == factor:
                self.choose(place)

    def on_resize(self, _event: Resize) -> None:
        """Break the lines where the new width asks for it."""
        if self._width != self._filled_width:
            self._draw()

    @property
    def _width(self) -> int:
        return max(self.scrollable_content_region.width, 20)

    def _draw(self) -> None:
        at = self.highlighted
        self._filled_width = self._width
        lines = [entry_line(entry, self._factor, self._titles, self._width) for entry in self._entries]
        self.set_options(
            [Option(line) for line in lines] or [Option(OutsideText(self._missing).content(), disabled=True)]
        )
        if lines:
            self.highlighted = min(at or 0, len(lines) - 1)
