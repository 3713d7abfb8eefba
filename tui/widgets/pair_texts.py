"""A source and the two responses to it, each in a pane."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.marks import NO_MARKS, PairMarks
from tui.outside import Mark, OutsideText
from tui.widgets.text_pane import TextPane


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and what stands on its frame."""

    text: str
    label: Content


class PairTexts(Widget):
    """Three panes: a source that is there already keeps its place, the responses scroll together."""

    DEFAULT_CSS = """
    PairTexts { layout: vertical; height: 1fr; }
    PairTexts #source { height: 1fr; }
    PairTexts #responses { layout: horizontal; height: 1fr; }
    PairTexts #responses > TextPane { width: 1fr; height: 1fr; }
    PairTexts TextPane { border: round $border; }
    PairTexts #first { border-title-color: $left-side; }
    PairTexts #second { border-title-color: $right-side; }
    """

    joined: reactive[bool] = reactive(True)
    """Whether the responses scroll together."""

    source = getters.query_one("#source", TextPane)
    first = getters.query_one("#first", TextPane)
    second = getters.query_one("#second", TextPane)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._source_id: int | None = None

    def compose(self) -> ComposeResult:
        """The source above, the responses below."""
        yield TextPane(id="source", page_key="space")
        with Container(id="responses"):
            yield TextPane(id="first", page_key="PgDn")
            yield TextPane(id="second", page_key="PgDn")

    def on_mount(self) -> None:
        """Arrows belong to the screens: they step or answer, so no pane takes them."""
        for pane in (self.source, self.first, self.second):
            pane.can_focus = False

    def show_source(self, source_id: int, source: LabelledText, marks: Sequence[Mark] = ()) -> None:
        """Show a source; the one that is there already keeps its place."""
        if source_id == self._source_id:
            self.source.border_title = source.label
            self.source.mark(marks)
            return
        self._source_id = source_id
        self.source.show(OutsideText(source.text), marks, label=source.label, empty="(no source)")
        self.source.refresh(layout=True)

    def show_responses(self, first: LabelledText, second: LabelledText, marks: PairMarks = NO_MARKS) -> None:
        """Show two responses from their tops."""
        self.first.show(OutsideText(first.text), marks.first, label=first.label)
        self.second.show(OutsideText(second.text), marks.second, label=second.label)

    def mark(self, marks: PairMarks) -> None:
        """Light other words of the same responses."""
        self.first.mark(marks.first)
        self.second.mark(marks.second)

    def label_responses(self, first: Content, second: Content) -> None:
        """Change what stands on the frames."""
        self.first.border_title = first
        self.second.border_title = second

    def page(self, direction: int) -> None:
        """Turn a page of the responses: 1 on, -1 back."""
        panes = (self.first, self.second)
        if self.joined:
            # From the one that got further: a short response has stopped at its end.
            top = max(pane.scroll_offset.y for pane in panes) + direction * _page(self.first)
            for pane in panes:
                pane.follow(top)
        else:
            for pane in panes:
                pane.follow(pane.scroll_offset.y + direction * _page(pane))

    def page_source(self, direction: int) -> None:
        """Turn a page of the source: 1 on, -1 back."""
        self.source.follow(self.source.scroll_offset.y + direction * _page(self.source))

    @on(TextPane.Scrolled, "#first, #second")
    def scroll_together(self, event: TextPane.Scrolled) -> None:
        """Keep the other response beside the one that was moved."""
        event.stop()
        if self.joined:
            other = self.second if event.control is self.first else self.first
            other.follow(event.y)


def _page(pane: TextPane) -> int:
    return max(pane.size.height - 1, 1)
