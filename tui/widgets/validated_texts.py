"""A source, the response to it, the facts behind a value, and why the value was given."""

from collections.abc import Mapping

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from annotation.validation.facts import FactLine, FactMarks
from annotation.validation.items import ValidationItem
from profile_engine.extraction.facts import fact_spans
from tui.outside import Mark, MarkStyle, OutsideText
from tui.validate_words import question_of
from tui.widgets.fact_pane import FactPane
from tui.widgets.text_pane import TextPane


class ValidatedTexts(Widget):
    """Source on the left; response, facts and justification on the right. The fact in question is lit."""

    DEFAULT_CSS = """
    ValidatedTexts {
        layout: horizontal;

        & > #source, & > Vertical { width: 1fr; height: 1fr; }
        TextPane { border: round $border; scrollbar-size-vertical: 0; }
        #response { height: 1fr; min-height: 4; }
        #why { height: auto; min-height: 3; max-height: 45%; }
        #facts { display: none; }
        &.-facts #response { height: auto; max-height: 40%; }
        &.-facts #facts { display: block; }
        &.-facts #why { max-height: 5; }
        &.-unexplained #why { display: none; }
    }
    """

    source = getters.query_one("#source", TextPane)
    response = getters.query_one("#response", TextPane)
    facts = getters.query_one(FactPane)
    why = getters.query_one("#why", TextPane)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._item: ValidationItem | None = None
        self._verdicts = False

    def compose(self) -> ComposeResult:
        """Four panes, of which some hide."""
        yield TextPane(id="source")
        with Vertical():
            yield TextPane(id="response")
            yield FactPane(id="facts")
            yield TextPane(id="why")

    def on_mount(self) -> None:
        """Keys belong to the screen, so no pane takes them."""
        for pane in self.query(TextPane):
            pane.can_focus = False

    def show_item(self, item: ValidationItem, marks: FactMarks, *, verdicts: bool) -> None:
        """Show another item from the tops of its texts.

        Args:
            item: what is judged.
            marks: what was said of its facts.
            verdicts: whether extracted verdicts and justifications may be seen.
        """
        same_source = self._item is not None and self._item.source_id == item.source_id
        self._item, self._verdicts = item, verdicts
        title = OutsideText(item.title).line(100) if item.title else Content("Source")
        if not same_source:
            self.source.show(OutsideText(item.source), label=title, empty="(no source)")
        self.response.show(OutsideText(item.response), label=Content("Response"))
        self.response.refresh(layout=True)
        self.set_class(bool(item.listed.facts), "-facts")
        self.facts.show(item.listed, marks, verdicts=verdicts, question=question_of(item), single=item.fact)
        self._light()

    def mark(self, marks: FactMarks, others: Mapping[str, FactMarks], *, verdicts: bool) -> None:
        """Draw what was said of the facts since, and what validators who differ say of them."""
        if self._item is None:
            return
        self._verdicts = verdicts
        if self._item.listed.facts:
            self.facts.mark(marks, others, verdicts=verdicts)
        self._explain()

    def move(self, by: int) -> None:
        """Move the cursor in the list of facts, and the light in the texts with it."""
        self.facts.move(by)
        self._light()

    @property
    def fact(self) -> FactLine | None:
        """The fact under the cursor."""
        return self.facts.fact if self._item is not None and self._item.listed.facts else None

    @property
    def justification(self) -> str:
        """Of the fact under the cursor, else of the value; empty while it may not be seen."""
        if self._item is None or not self._verdicts:
            return ""
        own = self.fact.justification if self.fact is not None else None
        return own or self._item.extracted.justification or ""

    def page(self, direction: int) -> None:
        """Turn a page of the response: 1 on, -1 back."""
        self.response.turn(direction)

    def page_source(self, direction: int) -> None:
        """Turn a page of the source: 1 on, -1 back."""
        self.source.turn(direction)

    def _light(self) -> None:
        """Mark where the fact under the cursor is said."""
        fact, item = self.fact, self._item
        if item is None:
            return
        for pane, text in ((self.source, item.source), (self.response, item.response)):
            marks = [] if fact is None else _places(text, fact.text)
            pane.mark(marks)
            if marks:
                pane.reveal(marks[0].start)
        self._explain()

    def _explain(self) -> None:
        why = self.justification
        self.set_class(not why, "-unexplained")
        if why:
            self.why.show(OutsideText(why), label="Why · w shows all")
            self.why.refresh(layout=True)


def _places(text: str, fact: str) -> list[Mark]:
    (span,) = fact_spans(text, [fact])
    return [] if span is None else [Mark(span.start, span.end, MarkStyle.FACT)]
