"""The first line of every screen: study, screen, person on the left; how far on the right."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.outside import OutsideText
from tui.wording import safe_name


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

    def __init__(self, study: str, screen: str) -> None:
        super().__init__()
        self._study = OutsideText(safe_name(study))
        self._screen = screen

    def render(self) -> Content:
        """Both ends of the line, with what is between cut first."""
        width = self.content_size.width
        right = Content.from_text(f"{self.reading} …", markup=False) if self.reading else self.far
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
