"""The facts behind the values of a pair: each with its verdicts, lit in the texts, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList, Static

from annotation.evidence import ValueRecord
from annotation.study import PairView, ResponseView
from annotation.validation.facts import SOURCE_COVERAGE
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Factor, Method
from tui.desk_words import frame_label, post_label
from tui.fact_marks import (
    FoundFact,
    ResponseFacts,
    chosen_marks,
    is_about_facts,
    mark_facts,
    read_facts,
)
from tui.fact_words import NO_FACTS_YET, entries, heading, reasons, tally, value_words
from tui.outside import OutsideText
from tui.screens.base import BaseScreen
from tui.sides import SIDES
from tui.widgets.fact_list import FactList
from tui.widgets.text_pane import TextPane

_TITLE: Final = 40
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of the pair."""

    view: PairView
    left: ResponseFacts
    right: ResponseFacts


class FactsScreen(BaseScreen):
    """Steps through the facts of two responses, or of their source."""

    CSS_PATH = "facts.tcss"
    title_name = "Facts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "factor(1)", "Factor", tooltip="The next factor; its verdicts stand first"),
        Binding("shift+tab", "factor(-1)", "Factor before", show=False, tooltip="The factor before"),
        Binding("left", "side('left')", "A", priority=True, tooltip="The facts of A"),
        Binding("right", "side('right')", "B", priority=True, tooltip="The facts of B"),
        Binding("space", "page(1)", "Reasons", tooltip="A page on in the reasons"),
        Binding("backspace", "page(-1)", "Reasons back", show=False, tooltip="A page back in the reasons"),
        Binding("escape,q", "app.pop_screen", "Close", tooltip="Back to the pair"),
    ]

    post = getters.query_one("#post", TextPane)
    left_text = getters.query_one("#left-text", TextPane)
    right_text = getters.query_one("#right-text", TextPane)
    left_facts = getters.query_one("#left-facts", FactList)
    right_facts = getters.query_one("#right-facts", FactList)
    reasons = getters.query_one("#reasons", VerticalScroll)

    factor: reactive[str] = reactive("", init=False)
    """The factor whose verdicts stand first and are marked in the texts."""
    side: reactive[Preference] = reactive(Preference.LEFT, init=False)
    """Whose facts the cursor is in."""

    def __init__(self, view: PairView, factor: str, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._view = view
        self._titles = titles
        self._known: _Known | None = None
        self._wanted = factor
        self._heard = ""

    def compose_body(self) -> Iterable[Widget]:
        """The post; the two responses, each above its facts; the reasons."""
        yield TextPane(id="post")
        with Horizontal(id="columns"):
            for name in ("left", "right"):
                with Vertical(id=name, classes="column"):
                    yield TextPane(id=f"{name}-text")
                    yield FactList(self._titles, id=f"{name}-facts")
        with VerticalScroll(id="reasons", classes="frame", can_focus=False):
            yield Static(markup=False)

    def on_mount(self) -> None:
        """Show the texts; the facts are read behind them."""
        view = self._view
        for pane in (self.post, self.left_text, self.right_text):
            pane.can_focus = False
        self.post.show(OutsideText(view.source), label=post_label(view), empty="(no source)")
        self.left_text.show(OutsideText(view.left.text), label=frame_label(view, Preference.LEFT))
        self.right_text.show(OutsideText(view.right.text), label=frame_label(view, Preference.RIGHT))
        self._factors = {one.name: one for one in self.app.session.study.factors if _has_verdicts(one)}
        self.set_reactive(FactsScreen.factor, self._first_factor())
        self.add_class("-at-left")
        self.left_facts.focus()
        self._read()

    def _first_factor(self) -> str:
        return self._wanted if self._wanted in self._factors else next(iter(self._factors), self._wanted)

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Values may have come, or labels."""
        if snapshot is not None and self._known is not None:
            self._read()

    @work(thread=True, exclusive=True, exit_on_error=False, group="facts", name="read the facts")
    def _read(self) -> None:
        study = self.app.session.study
        view = study.pair(self._view.id)
        known = _Known(view, read_facts(study, view.left.id), read_facts(study, view.right.id))
        self.app.call_from_thread(self._take, known)

    def _take(self, known: _Known) -> None:
        first = self._known is None
        self._known = known
        self._fill()
        if first:
            self._go_to_verdict()

    # What is shown

    def watch_factor(self) -> None:
        """Other verdicts, and for Source Coverage other facts."""
        self._fill()
        self._go_to_verdict()

    def watch_side(self, side: Preference) -> None:
        """Go to the other response's facts; those of the source are the same on both sides."""
        self.set_class(side is Preference.LEFT, "-at-left")
        self.set_class(side is Preference.RIGHT, "-at-right")
        here, there = self._lists()
        if self.factor == SOURCE_COVERAGE and there.highlighted is not None:
            here.choose(there.highlighted)
        here.focus()
        self._light()

    def _fill(self) -> None:
        if self._known is None:
            return
        known = self._known
        for side, facts, response in (
            (Preference.LEFT, known.left, known.view.left),
            (Preference.RIGHT, known.right, known.view.right),
        ):
            shown = self.left_facts if side is Preference.LEFT else self.right_facts
            shown.border_title = self._heading(side, facts, response)
            found = entries(facts, self.factor, self._factors.values())
            shown.fill(found, self.factor, NO_FACTS_YET)
        self._light()

    def _heading(self, side: Preference, facts: ResponseFacts, response: ResponseView) -> Content:
        factor = self._factors.get(self.factor)
        value = value_words(factor, response.values.get(self.factor)) if factor else ""
        words = [part for part in (value, tally(facts.behind(self.factor), self.factor)) if part]
        look, said = SIDES[side], OutsideText(" · ".join(words)).line(_LONGEST)
        return Content.assemble((look.lettered, f"bold {look.style}"), " ", said)

    @property
    def _title(self) -> str:
        return self._titles.get(self.factor, self.factor)

    def _go_to_verdict(self) -> None:
        """Bring the cursor to the verdict on the whole response, where the factor is of that kind."""
        for shown in self._lists():
            shown.choose_factor(self.factor)

    def _lists(self) -> tuple[FactList, FactList]:
        lists = (self.left_facts, self.right_facts)
        return lists if self.side is Preference.LEFT else lists[::-1]

    def _light(self) -> None:
        """Mark the facts, light the one under the cursor, and say what stands behind it."""
        if self._known is None:
            return
        known, (here, _) = self._known, self._lists()
        entry, at_left = here.entry, self.side is Preference.LEFT
        marks = mark_facts(known.left, known.right, self.factor)
        fact = entry if isinstance(entry, FoundFact) else None
        lit = chosen_marks(fact, known.left, known.right, at_left=at_left, factor=self.factor)
        for pane, all_facts, chosen in (
            (self.left_text, marks.responses.first, lit.responses.first),
            (self.right_text, marks.responses.second, lit.responses.second),
            (self.post, marks.source, lit.source),
        ):
            pane.mark((*all_facts, *chosen))
            for mark in chosen[:1]:
                pane.reveal(mark.start)
        self._say(entry, known.left if at_left else known.right)

    def _say(self, entry: FoundFact | ValueRecord | None, facts: ResponseFacts) -> None:
        look = SIDES[self.side]
        title = Content("no fact here") if entry is None else heading(entry, self._titles)
        said = Content() if entry is None else reasons(entry, facts, self.factor, self._titles)
        title = Content.assemble((look.lettered, look.style), " ", title)
        self.reasons.query_one(Static).update(said)
        if title.plain != self._heard:  # the same may be read again, and be read in
            self._heard = title.plain
            self.reasons.border_title = title
            self.reasons.scroll_home(animate=False)
        self.title_line.far = OutsideText(self._title).line(_TITLE)

    # Keys and cursor

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor moved."""
        event.stop()
        if event.option_list is self._lists()[0]:
            self._light()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The mouse goes to the other side, too."""
        if isinstance(event.widget, FactList):
            self.side = Preference.LEFT if event.widget is self.left_facts else Preference.RIGHT

    def action_side(self, name: str) -> None:
        """Go to the facts of A or of B."""
        self.side = Preference.LEFT if name == "left" else Preference.RIGHT

    def action_factor(self, by: int) -> None:
        """Go to the next factor with verdicts, or the one before."""
        names = list(self._factors)
        if self.factor in names:
            self.factor = names[(names.index(self.factor) + by) % len(names)]

    def action_page(self, direction: int) -> None:
        """Turn a page of the reasons."""
        if direction > 0:
            self.reasons.scroll_page_down(animate=False)
        else:
            self.reasons.scroll_page_up(animate=False)


def _has_verdicts(factor: Factor) -> bool:
    return is_about_facts(factor) or factor.method is Method.LLM
