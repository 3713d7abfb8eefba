"""Validate: is the extraction right? One value after another, one press each."""

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from annotation.validation.design import Validations
from annotation.validation.facts import FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import JudgementEntry, JudgementKind
from tui.messages import EntrySaved, EntryUndone
from tui.outside import OutsideText
from tui.screens.judging import FIRST_YOURS, JudgingScreen
from tui.validate_words import (
    all_done,
    definition,
    factor_title,
    figures,
    stored,
    taken_back,
    validation_line,
)
from tui.validating import MOVING_ON, Adjudicating, OwnWork, Validating, next_open, survey
from tui.widgets.bars import progress
from tui.widgets.choice_list import ChoiceList
from tui.widgets.text_page import TextPage
from tui.widgets.validated_texts import ValidatedTexts
from tui.widgets.verdict_bar import VerdictBar


class ValidateScreen(JudgingScreen):
    """Shows one value after another with the texts; says how right they are so far."""

    CSS_PATH = "validate.tcss"
    title_name = "Validate"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "beside(-1)", "Before", show=False, tooltip="The item before, judged or not"),
        Binding("right", "beside(1)", "After", show=False, tooltip="The item after, judged or not"),
        Binding(
            "pagedown", "page_source(1)", "Source", key_display="PgDn", tooltip="A page on in the source"
        ),
        Binding("pageup", "page_source(-1)", "Read back", show=False, tooltip="A page back in the source"),
        Binding("ctrl+d", "page(1)", "Response", tooltip="A page on in the response"),
        Binding("ctrl+u", "page(-1)", "Page up", show=False, tooltip="A page back in the response"),
        Binding("w", "why", "Why", show=False, tooltip="The whole justification, over the screen"),
        Binding(
            "escape",
            "step_back",
            "Back",
            show=False,
            tooltip="Back to your own items, else to where this began",
        ),
        Binding("a", "adjudicate", "Disputes", tooltip="Settle what validators differ on"),
        Binding("o", "other", "Other", tooltip="Open another validation"),
    ]

    head = getters.query_one("#definition", Static)
    done_words = getters.query_one("#done > Static", Static)

    def compose_body(self) -> Iterable[Widget]:
        """What the factor means, the texts, the value and the answers."""
        yield Static(id="definition", classes="frame", markup=False)
        yield ValidatedTexts(id="texts")
        yield VerdictBar()
        yield Container(Static(markup=False), id="done")

    def __init__(self) -> None:
        super().__init__()
        self._following: OwnWork | None = None  # where to go on once all is done

    # Which validation

    def begin(self) -> None:
        """Open the validation that was asked for, the only one, or the one chosen."""
        self._find_work()

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="open the validation")
    def _find_work(self, *, other: bool = False) -> None:
        found = Validations(self.app.session.study).all()
        wanted = None if other else self.app.session.validation_id
        if wanted is None and len(found) == 1:
            wanted = found[0].id
        if wanted is not None:
            self._open(wanted)
        elif found:
            self.app.call_from_thread(self._choose_validation, self._survey())
        else:
            self.app.call_from_thread(self._say_nothing_drawn)

    def _survey(self) -> tuple[OwnWork, ...]:
        session = self.app.session
        assert session.annotator is not None
        return survey(session.study, session.annotator)

    def _choose_validation(self, works: tuple[OwnWork, ...]) -> None:
        following = next_open(works, self.work.info.id if self.work is not None else None)

        def take(place: int | None) -> None:
            if place is not None:
                self._open_chosen(works[place].info.id)
            elif self.work is None:
                self.call_later(self.go_back)

        lines = [validation_line(work) for work in works]
        chosen = 0 if following is None else works.index(following)
        self.app.push_screen(ChoiceList("Which validation?", lines, chosen), take)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="open the validation")
    def _open_chosen(self, validation_id: int, adjudicating: bool = False) -> None:
        self._open(validation_id, adjudicating=adjudicating)

    def _open(self, validation_id: int, *, adjudicating: bool = False) -> None:
        session = self.app.session
        assert session.annotator is not None
        kind = Adjudicating if adjudicating else Validating
        self.work = kind(session.study, validation_id, session.annotator)
        session.validation_id = validation_id
        self._present(self.work.next(), Content())

    def _say_nothing_drawn(self) -> None:
        self.found_nothing()
        self.show_done(True)
        self.done_words.update(
            "Nothing is drawn for validation yet.\n\n"
            "profile-tui validate new STUDY --factor intent_alignment --n 50\n\nescape goes back"
        )

    # From item to item

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the item")
    def _read(self, item_id: int, step: int = 0, said: Content | None = None) -> None:
        assert self.work is not None
        item = self.work.beside(item_id, step) if step else self.work.item(item_id)
        if item is not None:
            self.app.call_from_thread(self._show, item, said)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the next item")
    def _read_next(self, after: int) -> None:
        assert self.work is not None
        item = self.work.next(after)
        if item is None:  # else this is done beside reading ahead, once the item is on the screen
            self.work.measure()
        self._present(item)

    def _present(self, item: ValidationItem | None, said: Content | None = None) -> None:
        """Show an item; where none is open, say which validation follows. For worker threads."""
        assert self.work is not None
        done = item is None and self.work.kind is JudgementKind.JUDGEMENT
        self._following = next_open(self._survey(), self.work.info.id) if done else None
        self.app.call_from_thread(self._show, item, said)

    def read_ahead(self, item: int) -> None:
        """Find out what comes next, and how right the values are so far."""
        if self.work is not None:
            self.work.read_ahead(item)
            self.work.measure()
            self.app.call_from_thread(self._tell_figures)

    def _show(self, item: ValidationItem | None, said: Content | None = None) -> None:
        """Put an item on the screen."""
        self.item, self.marks, self.wrong = item, FactMarks(), False
        self.unsaved.clear()
        self.show_done(item is None)
        if item is not None and self.work is not None:
            standing = self.work.standing(item.id)
            earlier = standing.judgement or standing.blind
            self.marks = (earlier.facts if earlier else None) or FactMarks()
            self.texts.show_item(item, self.marks, verdicts=self.shows_value)
        if said is not None:
            self.tell(said)
        self._tell_place()
        self.draw()
        self.begin_reading(item.id if item is not None else None)

    def _tell_place(self) -> None:
        if self.work is None:
            return
        settling = self.work.kind is JudgementKind.ADJUDICATION
        self.title_line.person = OutsideText(self.work.validator + (" · disputes" if settling else ""))
        done = self.work.progress
        self.title_line.far = progress(done.done, done.of)
        self.head.border_title = factor_title(self.work.factor)
        self.head.update(definition(self.work.factor))
        self._tell_figures()
        if self.item is None:
            words = all_done(self.work, self._following)
            self.done_words.update(words)

    def _tell_figures(self) -> None:
        if self.work is not None:
            self.head.border_subtitle = figures(self.work, self.size.width - 8)

    # What the app says

    def on_entry_saved(self, message: EntrySaved) -> None:
        """Say what was stored; the next item comes now and not before."""
        self.done_waiting()
        self.time.saved()
        entry = message.entry
        if self.work is None or not isinstance(entry, JudgementEntry) or not self.work.holds(entry.item_id):
            return
        self.tell(stored(entry, self.work.number(entry.item_id)))
        if entry.kind in MOVING_ON:
            self._go_on_from(entry.item_id)
        else:
            self._show_same(entry)

    def _show_same(self, entry: JudgementEntry) -> None:
        if entry.kind is JudgementKind.BLIND and self.item is not None:
            self.unsaved.clear()
            self.begin_reading(self.item.id)
        self.draw()
        self._tell_place()

    def _go_on_from(self, item_id: int) -> None:
        self.stop_reading()
        item = self.work.ready(item_id) if self.work is not None else None
        if item is not None:
            self._show(item)
        else:
            self._read_next(item_id)

    def on_entry_undone(self, message: EntryUndone) -> None:
        """Go back to what was taken back."""
        self.done_waiting()
        entry = message.entry
        if self.work is None or not isinstance(entry, JudgementEntry):
            self.tell(Content("nothing left to take back"))
        elif self.work.holds(entry.item_id):
            self._read(entry.item_id, said=taken_back(entry, self.work.number(entry.item_id)))
        else:  # an item of the other list: one's own, or a dispute that is open again
            self._open_chosen(self.work.info.id, entry.kind is JudgementKind.ADJUDICATION)

    # Going about

    def action_keep(self) -> None:
        """Keep the answer given before the value was seen; where all is done, go on."""
        if self.item is None and self._following is not None:
            following, self._following = self._following, None
            self._open_chosen(following.info.id)
        else:
            super().action_keep()

    def action_beside(self, step: int) -> None:
        """Look at the item before or after."""
        if self.item is not None:
            self._read(self.item.id, step)

    def action_page(self, direction: int) -> None:
        """Turn a page of the response."""
        self.texts.page(direction)

    def action_page_source(self, direction: int) -> None:
        """Turn a page of the source."""
        self.texts.page_source(direction)

    def action_why(self) -> None:
        """Show the whole justification."""
        if self.item is None:
            return
        if self.texts.justification:
            self.app.push_screen(TextPage("Why", self.texts.justification, ""))
        else:
            self.tell(Content("no justification came with the value") if self.shows_value else FIRST_YOURS)

    def action_adjudicate(self) -> None:
        """Settle where validators differ, or go back to one's own items."""
        if self.work is not None:
            settling = self.work.kind is JudgementKind.ADJUDICATION
            self._open_chosen(self.work.info.id, not settling)

    async def action_step_back(self) -> None:
        """From disputes back to one's own items; else to where this began."""
        if self.work is not None and self.work.kind is JudgementKind.ADJUDICATION:
            self._open_chosen(self.work.info.id)
        else:
            await self.app.action_back()

    def action_other(self) -> None:
        """Open another validation."""
        self._find_work(other=True)
