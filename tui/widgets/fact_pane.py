"""The facts behind a value, one under the cursor, with the verdicts that are shown or given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.widgets import OptionList

from annotation.validation.facts import FactFault, FactLine, FactList, FactMarks
from tui.outside import OutsideText

_NOT_THERE: Final = FactFault.NOT_IN_RESPONSE
_UNTOLD: Final = Content.styled("─ ───", "$quiet")


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the lines were drawn with: drawing them again costs a frame."""

    marks: FactMarks
    others: Mapping[str, FactMarks]
    verdicts: bool


class FactPane(OptionList, can_focus=False):
    """Draws the list; the screen moves the cursor and changes the marks."""

    DEFAULT_CSS = """
    FactPane {
        height: 1fr;
        border: round $border;
        border-title-color: $text;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        background: $background;
        scrollbar-size-vertical: 1;
    }
    FactPane > .option-list--option { padding: 0; }
    FactPane > .option-list--option-highlighted { background: $panel; text-style: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._listed = FactList("")
        self._single: int | None = None
        self._others: Mapping[str, FactMarks] = {}
        self._drawn: _Drawn | None = None

    def show(
        self, listed: FactList, marks: FactMarks, *, verdicts: bool, question: str, single: int | None = None
    ) -> None:
        """Show another list.

        Args:
            listed: as extracted.
            marks: what the person says of it.
            verdicts: whether the extracted verdicts may be seen.
            question: what was asked of each fact.
            single: index of the fact in question, where the others only stand beside it.
        """
        self._listed, self._single, self._others = listed, single, {}
        self._drawn = _Drawn(marks, {}, verdicts)
        whose = "Source facts" if listed.of_source else "Facts"
        self.border_title = Content(f"{whose} · {question}" if question else whose)
        self.set_options(self._fact_lines(marks, verdicts=verdicts))
        self.highlighted = (single or 0) if listed.facts else None
        self.call_after_refresh(self.scroll_to_highlight)

    def mark(self, marks: FactMarks, others: Mapping[str, FactMarks], *, verdicts: bool) -> None:
        """Draw the same list with other marks, and what validators who differ say; the cursor stays."""
        drawn = _Drawn(marks, others, verdicts)
        if drawn == self._drawn:
            return
        self._others, self._drawn = others, drawn
        at, lines = self.highlighted, list(self._fact_lines(marks, verdicts=verdicts))
        if len(lines) != self.option_count:
            self.set_options(lines)
            self.highlighted = at
        else:
            for index, line in enumerate(lines):
                self.replace_option_prompt_at_index(index, line)

    def on_resize(self) -> None:
        """Keep the fact in question in sight, also where other panes have just taken room."""
        self.scroll_to_highlight()

    @property
    def fact(self) -> FactLine | None:
        """The fact under the cursor."""
        at = self.highlighted
        return self._listed.facts[at] if at is not None and at < len(self._listed.facts) else None

    def move(self, by: int) -> None:
        """Move the cursor, over facts only."""
        if self._listed.facts:
            at = (self.highlighted or 0) + by
            self.highlighted = min(max(at, 0), len(self._listed.facts) - 1)

    def _fact_lines(self, marks: FactMarks, *, verdicts: bool) -> Iterator[Content]:
        for fact in self._listed.facts:
            yield self._fact_line(fact, marks, verdicts=verdicts)
        for text in marks.missing:
            said = OutsideText(text).line(300) if text else Content("a fact that the list lacks")
            yield Content.assemble(("+ missing  ", "bold $text-warning"), said)
        for name, theirs in self._others.items():
            for text in theirs.missing:
                said = OutsideText(text).line(300) if text else Content("a fact")
                yield Content.assemble((f"{_short(name)}: missing  ", "$people"), said)

    def _fact_line(self, fact: FactLine, marks: FactMarks, *, verdicts: bool) -> Content:
        text = OutsideText(fact.text).line()
        fault = marks.faults.get(fact.index)
        if fault is not None:
            said = "not in the source" if fault is _NOT_THERE and self._listed.of_source else fault
            text = Content.assemble((f"{said}: ", "bold $text-warning"), text)
        if self._single is not None:
            return _beside(fact, text, asked=fact.index == self._single)
        if self._listed.question is None:
            return Content.assemble((f"{fact.index + 1}. ", "$quiet"), self._differing(fact), text)
        verdict = self._verdict(fact, marks, verdicts=verdicts)
        return Content.assemble(verdict, "  ", self._differing(fact), text)

    def _differing(self, fact: FactLine) -> Content:
        """Who says what of a fact on which validators differ."""
        said = {
            name: theirs.faults.get(fact.index) or _word(theirs.verdicts.get(fact.index, fact.verdict))
            for name, theirs in self._others.items()
        }
        if len(set(said.values())) <= 1:
            return Content()
        told = ", ".join(f"{_short(name)} {words}" for name, words in said.items())
        return Content.styled(f"({told})  ", "$people")

    def _verdict(self, fact: FactLine, marks: FactMarks, *, verdicts: bool) -> Content:
        if fact.index in marks.verdicts:
            own = marks.verdicts[fact.index]
            changed = verdicts and own is not fact.verdict
            was = Content.styled(f" (was {_word(fact.verdict)})", "$quiet") if changed else Content()
            return Content.assemble(_glyphed(own, bold=True), was)
        return _glyphed(fact.verdict) if verdicts and fact.verdict is not None else _UNTOLD


def _beside(fact: FactLine, text: Content, *, asked: bool) -> Content:
    """A line of a list in which one fact only is in question."""
    pointer = "▸" if asked else " "
    return Content.assemble(f"{pointer} {fact.index + 1}. ", text).stylize("bold" if asked else "$quiet")


def _short(name: str) -> str:
    return OutsideText(" ".join(name.split())).line(8).plain


def _word(verdict: bool | None) -> str:
    return {True: "yes", False: "no", None: "open"}[verdict]


def _glyphed(verdict: bool | None, *, bold: bool = False) -> Content:
    words, hue = {
        True: ("✓ yes", "$text-success"),
        False: ("✗ no ", "$text-error"),
        None: ("? unsure", "$text-warning"),
    }[verdict]
    return Content.styled(words, f"bold {hue}" if bold else hue)
