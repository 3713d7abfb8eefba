"""What the screens share that show a source and two responses: how one reads in them."""

from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType

from tui.screens.base import BaseScreen
from tui.widgets.pair_texts import PairTexts


class ReadingScreen(BaseScreen):
    """Reading on Pairs and Label: pages are turned; arrows are left to what the screen is for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "page_source(1)", "Read on", show=False, tooltip="A page on in the text above"),
        Binding("backspace", "page_source(-1)", "Read back", show=False, tooltip="A page back in that text"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="A page on in the two responses"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="A page back in the two responses"),
        Binding(
            "equals_sign",
            "part",
            "Part",
            key_display="=",
            show=False,
            tooltip="Let the wheel move one of the two, or both",
        ),
    ]

    texts = getters.query_one(PairTexts)

    def say(self, words: str) -> None:
        """Tell the person something that needs no answer."""
        self.notify(words, markup=False)

    def action_page(self, direction: int) -> None:
        """Turn a page of the responses."""
        self.texts.page(direction)

    def action_page_source(self, direction: int) -> None:
        """Turn a page of the source."""
        self.texts.page_source(direction)

    def action_part(self) -> None:
        """Scroll the responses apart, or together again."""
        self.texts.joined = not self.texts.joined
        self.say(
            f"The wheel moves {'both' if self.texts.joined else 'one of the two'}; PgDn turns a page of both"
        )
