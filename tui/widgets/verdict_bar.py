"""Under the texts of a validation: the value in question, the answers, and what was stored last."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tui.widgets.choice_bar import Readiness

_KEY: Final = "key"
_NOTICED: Final = 0.08  # seconds


@dataclass(frozen=True, slots=True)
class Offer:
    """A key, and what it says."""

    key: str
    words: str
    display: str = ""


class VerdictBar(Widget):
    """Four lines: value and readiness, two lines of answers, what was stored. Dim until a press counts.

    With the class `-idle`, where nothing is in question, only what was stored.
    """

    DEFAULT_CSS = """
    VerdictBar {
        height: 4;
        padding: 0 2;

        &.-idle { height: 1; }
    }
    """

    readiness: reactive[Readiness] = reactive(Readiness.LOADING)
    claim: reactive[Content] = reactive(Content())
    """Who says what."""
    answers: reactive[tuple[Offer, ...]] = reactive(())
    """Answers to the whole."""
    lead: reactive[str] = reactive("")
    """What stands before the right values."""
    rights: reactive[tuple[Offer, ...]] = reactive(())
    """What can be right instead."""
    said: reactive[Content] = reactive(Content())
    """What was stored last, or why nothing was."""
    remarks: reactive[tuple[str, ...]] = reactive(())
    """Flag, note and reason of the item on screen: a glyph and a word each."""

    def show_readiness(self, readiness: Readiness) -> None:
        """Say whether a press would count; that something is being saved only where that takes a while.

        A word that comes and goes within one frame only holds up the next item by one.
        """
        if readiness is Readiness.SAVING:
            self.set_reactive(VerdictBar.readiness, readiness)
            self.set_timer(_NOTICED, self.refresh)
        else:
            self.readiness = readiness

    def render(self) -> Content:
        """The four lines, or the last."""
        width = self.content_size.width
        said = self.said.truncate(width, ellipsis=True)
        if self.has_class("-idle"):
            return said
        ready = self.readiness is Readiness.READY
        word = Content.styled(self.readiness, "bold $text-success" if ready else "$quiet")
        right = Content("  ").join([*_remarked(self.remarks), word])
        if self.claim.cell_length + right.cell_length + 2 > width:
            right = Content("  ").join([*_remarked(remark.split()[0] for remark in self.remarks), word])
        claim = self.claim.truncate(max(width - right.cell_length - 2, 1), ellipsis=True)
        gap = " " * max(width - claim.cell_length - right.cell_length, 1)
        lines = (
            Content.assemble(claim, gap, right),
            self._offered("", self.answers, width, ready=ready),
            self._offered(self.lead, self.rights, width, ready=ready),
            said,
        )
        return Content("\n").join(lines)

    def _offered(self, lead: str, offers: Iterable[Offer], width: int, *, ready: bool) -> Content:
        shown = [_offered(offer, ready=ready) for offer in offers]
        start = Content.styled(f"{lead} ", "bold $warning" if ready else "dim") if lead else Content()
        for gap in (4, 3, 2, 1):
            line = Content.assemble(start, Content(" " * gap).join(shown))
            if line.cell_length <= width:
                return line
        return line.truncate(width, ellipsis=True)

    def on_click(self, event: Click) -> None:
        """A click on an answer is a press of its key."""
        key = event.style.meta.get(_KEY)
        if key is not None:
            self.app.simulate_key(key)


def _remarked(remarks: Iterable[str]) -> list[Content]:
    return [Content.styled(remark, "$warning") for remark in remarks]


def _offered(offer: Offer, *, ready: bool) -> Content:
    key = Content.styled(offer.display or offer.key, "bold $primary" if ready else "dim")
    words = Content.styled(f" {offer.words}", "" if ready else "dim")
    return Content.assemble(key, words).stylize(Style.from_meta({_KEY: offer.key}))
