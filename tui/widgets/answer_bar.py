"""What stands under texts that are to be judged: whether a press counts, and what was stored last."""

from enum import StrEnum
from typing import Final

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget

KEY: Final = "key"
"""The name under which a piece of text says of which key a click on it is a press."""

_NOTICED: Final = 0.08  # seconds


class Readiness(StrEnum):
    """Whether a press would count, in the word that people see."""

    LOADING = "opening…"
    READING = "reading…"
    READY = "choose"
    SAVING = "saving…"


class AnswerBar(Widget):
    """Says what can be answered now; dim until a press counts."""

    readiness: reactive[Readiness] = reactive(Readiness.LOADING)
    said: reactive[Content] = reactive(Content())
    """What was stored last, or why nothing was."""

    def show_readiness(self, readiness: Readiness) -> None:
        """Say whether a press would count; that something is being saved only where that takes a while.

        A word that comes and goes within one frame only holds up the next item by one.
        """
        if readiness is Readiness.SAVING:
            self.set_reactive(AnswerBar.readiness, readiness)
            self.set_timer(_NOTICED, self.refresh)
        else:
            self.readiness = readiness

    def on_click(self, event: Click) -> None:
        """A click on an answer is a press of its key."""
        key = event.style.meta.get(KEY)
        if key is not None:
            self.app.simulate_key(key)
