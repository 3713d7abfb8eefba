"""One line to type, at the bottom of the screen; what is typed goes nowhere else."""

from typing import ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from tui.outside import OutsideText, safe_letters


class _SafeLetters(Highlighter):
    """Where Textual lets a line be coloured, it lets it be drawn: the value itself stays as it was typed."""

    def highlight(self, text: Text) -> None:
        """Draw no letter that writes to the terminal or turns its neighbours round."""
        text.plain = safe_letters(text.plain)


SAFE_LETTERS: Final = _SafeLetters()
"""The highlighter of every `Input`: what is pasted into one comes from outside."""


class LinePrompt(ModalScreen[str | None]):
    """Asks for one line: enter gives it, which `gives` names; escape gives None.

    What stands in it at first is there to be added to, or with `offered` to be typed over.
    """

    CSS_PATH = "line_prompt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", tooltip="Leave without a change"),
    ]

    line = getters.query_one(Input)

    def __init__(
        self, title: str, value: str = "", hint: str = "", *, gives: str = "saves", offered: bool = False
    ) -> None:
        super().__init__()
        self._title, self._value, self._hint, self._gives = title, value, hint, gives
        self._offered = offered

    def compose(self) -> ComposeResult:
        """The line and what it is for."""
        with Vertical() as frame:
            frame.border_title = OutsideText(self._title).line(60)
            frame.border_subtitle = f"enter {self._gives} · escape leaves"
            yield Input(self._value, select_on_focus=self._offered, highlighter=SAFE_LETTERS)
            if self._hint:
                yield Label(self._hint, markup=False)

    def lead(self, event: Key) -> bool:
        """Take a key meant for the screen beneath when this one came; whether it is for the line."""
        typed = event.is_printable or event.key in ("backspace", "enter")
        return typed and self.post_message(Key(event.key, event.character))

    async def on_key(self, event: Key) -> None:
        """Take what was typed before the line had the focus: whoever types fast loses no letter."""
        event.stop()
        if event.is_printable and event.character:
            if self._offered and self.line.select_on_focus:
                self.line.value = ""
            self.line.select_on_focus = False  # done with the focus, after which the next letter replaces all
            self.line.insert_text_at_cursor(event.character)
        elif event.key == "backspace":
            self.line.action_delete_left()
        elif event.key == "enter":
            await self.line.action_submit()
        else:
            event.stop(False)  # the app's own

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Give what was typed."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
