"""The factors of a study with their keys: ticked or not, and how many texts mention each so far."""

from collections.abc import Mapping, Sequence
from typing import Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from profile_engine.taxonomy import Factor
from tui.widgets.bars import share_bar
from tui.wording import factor_titles

KEYS: Final = "1234567890bcdghijklm"
"""One a factor, in the order of the study's factors."""

_NUMBERS: Final = 8


class MentionList(VerticalScroll, can_focus=False):
    """Draws the ticks; the screen changes them."""

    DEFAULT_CSS = """
    MentionList { height: 1fr; padding: 0 1; }
    MentionList > Static { height: auto; }
    """

    ticked: reactive[frozenset[str]] = reactive(frozenset())
    counts: reactive[Mapping[str, int]] = reactive(dict, always_update=True)
    done: reactive[int] = reactive(0)
    """Texts coded so far."""

    def __init__(self, factors: Sequence[Factor], *, id: str | None = None) -> None:
        super().__init__(id=id, classes="frame")
        self._titles = factor_titles(factors)
        self._lines = Static(markup=False)
        self.border_title = "Mentions"

    def compose(self) -> list[Static]:
        """One text for all lines."""
        return [self._lines]

    def on_resize(self) -> None:
        """Draw to the new width."""
        self._draw()

    def watch_ticked(self) -> None:
        """Draw the ticks."""
        self._draw()

    def watch_counts(self) -> None:
        """Draw the counts."""
        self._draw()

    def _draw(self) -> None:
        width = self.content_size.width
        if width > _NUMBERS:
            lines = (self._line(key, name, width) for key, name in zip(KEYS, self._titles, strict=False))
            self._lines.update(Content("\n").join(lines))
            self.border_subtitle = f"of {self.done:,} coded"

    def _line(self, key: str, name: str, width: int) -> Content:
        on, count = name in self.ticked, self.counts.get(name, 0)
        title_cells = min(max(map(len, self._titles.values())), width - _NUMBERS - 4)
        title = Content(self._titles[name]).truncate(title_cells, ellipsis=True, pad=True)
        tick = Content.styled("■" if on else "□", "bold $text-success" if on else "$quiet")
        room = max(width - title_cells - 4 - 6, 0)
        bar = share_bar(count, self.done, room) if room >= 4 and self.done else Content()  # noqa: PLR2004
        line = Content.assemble(
            (key, "bold $primary"), " ", tick, " ", title.stylize("bold" if on else ""), f"{count:>5,} ", bar
        )
        return line.stylize_before("on $panel") if on else line
