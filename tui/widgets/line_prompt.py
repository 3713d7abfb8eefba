"""One line to type, at the bottom of the screen; what is typed goes nowhere else."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from tui.outside import OutsideText


class LinePrompt(ModalScreen[str | None]):
    """Asks for one line: enter gives it, escape gives None."""

    CSS_PATH = "line_prompt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", tooltip="Leave without a change"),
    ]

    line = getters.query_one(Input)

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title, self._value, self._hint = title, value, hint

    def compose(self) -> ComposeResult:
        """The line and what it is for."""
        with Vertical() as frame:
            frame.border_title = OutsideText(self._title).line(60)
            frame.border_subtitle = "enter saves · escape leaves"
            yield Input(self._value, select_on_focus=False)
            if self._hint:
                yield Label(self._hint, markup=False)

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Give what was typed."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
