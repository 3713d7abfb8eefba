"""Adjudication: pairs on which people found no majority, one after another, blind as for them."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from annotation.errors import AnswerError
from annotation.results.desk import AdjudicationDesk, AdjudicationEntry, DisputedPair, Step
from profile_engine.preferences import Preference
from tui.adjudication_words import HIDDEN, all_settled, people_said, read_only, remarks, stored, taken_back
from tui.messages import EntryRefused, EntrySaved, EntryUndone
from tui.outside import OutsideText, safe
from tui.screens.blind import SHOWN, BlindScreen
from tui.screens.entries import EntryScreen, refused
from tui.widgets.bars import progress
from tui.widgets.choice_bar import ChoiceBar
from tui.widgets.key_bar import EXTRAS
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.pair_texts import PairTexts


class AdjudicationScreen(EntryScreen, BlindScreen):
    """Shows one pair after another; what people said of it comes after the adjudicator's own choice."""

    CSS_PATH = "adjudication.tcss"
    title_name = "Adjudication"
    answer_keys = frozenset(("1", "a", "left", "2", "b", "right", "0", "t", "down", "s"))
    free_keys = frozenset(("pagedown", "pageup", "space", "backspace", "up", "home", "end", "tab"))
    question = "In whose name do you adjudicate?"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,a,left", "answer('first')", "First", show=False, tooltip="The first is better"),
        Binding("2,b,right", "answer('second')", "Second", show=False, tooltip="The second is better"),
        Binding("0,t,down", "answer('tie')", "Tie", show=False, tooltip="Neither is better"),
        Binding("u", "undo", "Undo", tooltip="Take back the last step, and the one before, without limit"),
        Binding("s", "skip", "Skip", tooltip="Come back to this pair after all others"),
        Binding("n", "note", "Note", tooltip="Write a note, which goes with the choice"),
        Binding("v", "reveal", "What they said", tooltip="Show what people said before choosing"),
        Binding("d", "differences", "Differ", tooltip="Mark the words only one of the two has"),
        Binding(
            "w", "waiting", "Waiting", group=EXTRAS, tooltip="Also pairs that still wait for labels, or not"
        ),
    ]

    people = getters.query_one("#people", Static)
    done_words = getters.query_one("#done > Static", Static)

    def __init__(self) -> None:
        super().__init__()
        self._desk: AdjudicationDesk | None = None
        self._item: DisputedPair | None = None
        self._first = Preference.LEFT
        self._revealed = False

    def compose_body(self) -> Iterable[Widget]:
        """The texts, what people said, the choices."""
        yield PairTexts(id="task")
        yield Static(id="people", markup=False)
        yield ChoiceBar()
        yield Container(Static(markup=False), id="done")

    def on_mount(self) -> None:
        """Ask what the study asks, as people were asked."""
        settings = self.app.session.study.settings
        self.choices.question = OutsideText(settings.question)
        self.choices.ties, self.choices.sure = settings.allow_ties, False

    # What it says

    def tell(self, said: Content) -> None:
        """Show what was stored, or why nothing was."""
        super().tell(said)
        if self._desk is not None and self.has_class("-done"):
            self.done_words.update(all_settled(self._desk, said))

    def say(self, words: str) -> None:
        """Tell it where choices are told."""
        self.tell(Content(words))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is about a pair only while there is one."""
        about_item = action in ("answer", "reveal", "differences")
        return not (about_item and self.has_class("-done")) and super().check_action(action, parameters)

    # Which pairs

    def can_begin(self) -> bool:
        """Say at once where nothing can be settled."""
        study = self.app.session.study
        if study.read_only:
            self.show_done(True)
            self.done_words.update(read_only(study.location))
        return not study.read_only

    def on_screen_resume(self) -> None:
        """Others may have labelled or settled meanwhile."""
        if self._desk is not None and self._item is None:
            self._look_again()

    def watch_snapshot(self) -> None:
        """A label may have left another pair without a majority."""
        if self._desk is not None and self._item is None and self.is_current:
            self._look_again()

    def begin(self) -> None:
        """Find the pairs without a majority."""
        self._open()

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="look for disputes")
    def _open(self) -> None:
        session = self.app.session
        assert session.annotator is not None
        self._desk = AdjudicationDesk(session.study, session.annotator)
        self.app.call_from_thread(self._show, self._desk.next())

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="look for disputes")
    def _look_again(self, said: Content | None = None, after: int | None = None) -> None:
        """Look anew what is open: the pair on screen if it still is, else the next one."""
        desk = self._desk
        if desk is not None:
            desk.refresh()
            stays = after is not None and desk.is_open(after)
            pair = desk.item(after) if after is not None and stays else desk.next(after)
            self.app.call_from_thread(self._show, pair, said)

    def read_ahead(self, item: int) -> None:
        """The next pair is one look into the database away."""

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the next pair")
    def _read_next(self, after: int, said: Content) -> None:
        desk = self._desk
        if desk is not None:
            pair = desk.next(after)
            if pair is None:
                desk.refresh()  # people may have differed since
                pair = desk.next(after)
            self.app.call_from_thread(self._show, pair, said)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the pair")
    def _go_back_to(self, entry: AdjudicationEntry) -> None:
        desk = self._desk
        if desk is None:
            return
        try:
            pair: DisputedPair | None = desk.item(entry.pair_id)
        except AnswerError:  # a majority has come about meanwhile
            pair = desk.next()
            said = taken_back(entry, None)
        else:
            said = taken_back(entry, desk.number(entry.pair_id))
        self.app.call_from_thread(self._show, pair, said)

    # From pair to pair

    def _show(self, pair: DisputedPair | None, said: Content | None = None) -> None:
        """Put a pair on the screen; nothing of what people said of it."""
        same = pair is not None and self._item is not None and pair.pair_id == self._item.pair_id
        self._item = pair
        self._revealed = self._revealed and same
        self.show_done(pair is None)
        if pair is not None:
            self._first = pair.first
            texts = pair.texts
            self.show_pair(texts.source_id, texts.source, texts.title, texts.first, texts.second)
        self.tell(Content() if said is None else said)
        self.tell_place()
        self.begin_reading(None if pair is None else pair.pair_id)

    def tell_place(self) -> None:
        """Say how far it is, and what stands of the pair."""
        desk, pair = self._desk, self._item
        if desk is None:
            return
        self.title_line.person = OutsideText(desk.adjudicator)
        self.title_line.far = progress(desk.done, desk.total)
        if pair is not None:
            self.choices.remarks = remarks(desk.note(pair.pair_id), marked=self.differences)
            said = people_said(desk.said(pair.pair_id), pair.first) if self._revealed else Content(HIDDEN)
            self.people.update(said)

    # Keys

    def action_answer(self, shown: str) -> None:
        """Settle the pair on screen."""
        if self._item is None or self._desk is None:
            return
        choice = SHOWN[shown]
        if not self.allows(choice):
            return
        canonical = Preference(choice * self._item.first)
        self.give(partial(self._desk.settle, self._item.pair_id, canonical))

    def action_skip(self) -> None:
        """Leave this pair for later."""
        if self._item is not None and self._desk is not None:
            self.give(partial(self._desk.skip, self._item.pair_id))

    def action_note(self) -> None:
        """Ask for a note on this pair."""
        if self._item is not None and self._desk is not None:
            title = f"Note on pair {self._item.number:,}"
            note = self._desk.note(self._item.pair_id)
            self.app.push_screen(LinePrompt(title, safe(note)), partial(self._give_note, self._item.pair_id))

    def _give_note(self, pair_id: int, note: str | None) -> None:
        if note is not None and self._desk is not None:
            self.give_typed(partial(self.give, partial(self._desk.remark, pair_id, note)))

    def action_undo(self) -> None:
        """Ask for the last step to be taken back."""
        if self._desk is not None:
            self.take_back(self._desk.undo)

    def action_reveal(self) -> None:
        """Show what people said, or hide it again."""
        self._revealed = not self._revealed
        self.tell_place()

    def action_waiting(self) -> None:
        """Take up pairs that still wait for labels, or leave them alone again."""
        if self._desk is not None:
            self._desk.with_waiting = not self._desk.with_waiting
            words = "pairs that still wait for labels are {}".format(
                "taken up, too" if self._desk.with_waiting else "left alone"
            )
            self._look_again(Content(words), self._item.pair_id if self._item is not None else None)

    # What the app says

    def on_entry_saved(self, message: EntrySaved) -> None:
        """Say what was stored, and what people had said; the next pair comes now and not before."""
        self.done_waiting()
        entry, desk, pair = message.entry, self._desk, self._item
        if desk is None or pair is None or not isinstance(entry, AdjudicationEntry):
            return
        if entry.step is Step.NOTE:
            self.tell(stored(entry, desk.number(entry.pair_id) or pair.number, pair.first))
            self.tell_place()
        else:
            self.stop_reading()
            self._read_next(entry.pair_id, stored(entry, pair.number, pair.first))

    def on_entry_undone(self, message: EntryUndone) -> None:
        """Go back to what was taken back."""
        self.done_waiting()
        if isinstance(message.entry, AdjudicationEntry):
            self._go_back_to(message.entry)
        else:
            self.tell(Content("nothing left to take back"))

    def on_entry_refused(self, message: EntryRefused) -> None:
        """Somebody else may have settled the pair, or a majority have come about: look what is open."""
        if self._item is not None:
            self._look_again(refused(message.reason), self._item.pair_id)
