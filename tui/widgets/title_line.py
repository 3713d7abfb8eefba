"""The first line of every screen: study, screen, person on the left; how far on the right."""

from time import monotonic
from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from tui.outside import OutsideText
from tui.wording import safe_name

LEAST: Final = Size(80, 24)
"""The smallest terminal in which every screen shows what it has to."""

_STEP: Final = 0.3
"""Seconds from one dot to the next."""


class TitleLine(Widget):
    """Where am I, and how far. `person` and `far` are set by the screen, `reading` follows the app."""

    DEFAULT_CSS = """
    TitleLine {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    person: reactive[OutsideText | None] = reactive(None)
    far: reactive[Content] = reactive(Content())
    reading: reactive[str | None] = reactive(None)
    small: reactive[bool] = reactive(False)
    """Whether the terminal is smaller than `LEAST`."""

    def __init__(self, study: str, screen: str) -> None:
        super().__init__()
        self._study = OutsideText(safe_name(study))
        self._screen = screen

    def watch_reading(self, reading: str | None) -> None:
        """Move while something is read."""
        self.auto_refresh = _STEP if reading else None

    def render(self) -> Content:
        """Both ends of the line, with what is between cut first."""
        width = self.content_size.width
        right = Content(f"{self.reading} {_dots():3}") if self.reading else self.far
        if self.small:
            how = ": zoom out" if self.app.is_web else ""
            needs = Content.styled(f"needs {LEAST.width} x {LEAST.height}{how}", "$warning")
            right = Content.assemble(needs, " · " if right.plain else "", right)
        right = right.truncate(max(width * 2 // 3, 20), ellipsis=True)
        left = self._left().truncate(max(width - right.cell_length - 2, 1), ellipsis=True)
        gap = Content(" " * max(width - left.cell_length - right.cell_length, 0))
        return Content.assemble(left, gap, right)

    def _left(self) -> Content:
        name = self._study.line(40).stylize("bold")
        parts = [name, Content.styled(" · ", "$quiet"), Content.styled(self._screen, "bold $primary")]
        if self.person is not None:
            parts += Content.styled(" · ", "$quiet"), self.person.line(30)
        return Content.assemble(*parts)


def _dots() -> str:
    return "." * (int(monotonic() / _STEP) % 3 + 1)
