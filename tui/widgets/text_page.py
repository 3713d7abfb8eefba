"""A text over the screen, such as a study's instructions."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui.outside import OutsideText
from tui.widgets.text_pane import TextPane


class TextPage(ModalScreen[None]):
    """Shows one text from outside until a key closes it."""

    CSS_PATH = "text_page.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,i,q", "dismiss", "Close"),
    ]

    pane = getters.query_one(TextPane)

    def __init__(self, title: str, text: str, empty: str) -> None:
        super().__init__()
        self._title, self._text, self._empty = title, text, empty

    def compose(self) -> ComposeResult:
        """The text in a pane that scrolls."""
        yield TextPane(page_key="space")

    def on_mount(self) -> None:
        """Fill the pane."""
        self.pane.show(OutsideText(self._text), label=f"{self._title} · escape closes", empty=self._empty)
        self.pane.focus()
