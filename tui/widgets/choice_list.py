"""Choosing one line of several, by its digit or with the cursor."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList

_DIGITS: Final = "123456789"


class ChoiceList(ModalScreen[int | None]):
    """A list to choose from: gives the number of the chosen line, from 0, or None; the rest stays in view."""

    CSS_PATH = "choice_list.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close"),
        *(
            Binding(digit, f"take({digit})", "Choose", show=False, tooltip="Choose the line so numbered")
            for digit in _DIGITS
        ),
    ]

    def __init__(self, title: str, lines: Sequence[Content], chosen: int = 0) -> None:
        super().__init__()
        self._title, self._lines, self._chosen = title, lines, chosen

    def compose(self) -> ComposeResult:
        """One option a line."""
        numbered = (
            Content.assemble((f"{digit} ", "bold"), line)
            for digit, line in zip(chain(_DIGITS, repeat(" ")), self._lines, strict=False)
        )
        options = OptionList(*numbered, classes="frame")
        options.border_title = self._title
        more = f"{len(self._lines):,} in all, ↓ goes on · " if len(self._lines) > len(_DIGITS) else ""
        options.border_subtitle = f"{more}a digit or enter chooses · escape closes"
        options.highlighted = self._chosen
        yield options

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the line back."""
        self.dismiss(event.option_index)

    def action_take(self, digit: int) -> None:
        """Give the line with this digit back."""
        if digit <= len(self._lines):
            self.dismiss(digit - 1)
