"""Under the texts of a validation: the value in question, the answers, and what was stored last."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style

from tui.widgets.answer_bar import KEY, AnswerBar, Readiness


@dataclass(frozen=True, slots=True)
class Offer:
    """A key, and what it says."""

    key: str
    words: str
    display: str = ""


class VerdictBar(AnswerBar):
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

    claim: reactive[Content] = reactive(Content())
    """Who says what."""
    answers: reactive[tuple[Offer, ...]] = reactive(())
    """Answers to the whole."""
    lead: reactive[str] = reactive("")
    """What stands before the right values."""
    rights: reactive[tuple[Offer, ...]] = reactive(())
    """What can be right instead."""
    remarks: reactive[tuple[str, ...]] = reactive(())
    """Flag, note and reason of the item on screen: a glyph and a word each."""

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


def _remarked(remarks: Iterable[str]) -> list[Content]:
    return [Content.styled(remark, "$warning") for remark in remarks]


def _offered(offer: Offer, *, ready: bool) -> Content:
    key = Content.styled(offer.display or offer.key, "bold $primary" if ready else "dim")
    words = Content.styled(f" {offer.words}", "" if ready else "dim")
    return Content.assemble(key, words).stylize(Style.from_meta({KEY: offer.key}))
