"""Label: blind, one press an answer; nothing but the task."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import Key
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from annotation.answers import Answer, AnswerKind
from annotation.assignment import Item
from annotation.errors import StudyError
from annotation.planning.openings import Openings
from profile_engine.live import ProfileSnapshot
from tui.key_gate import KeyGate
from tui.label_words import (
    all_done,
    nothing_left,
    refused,
    remarks,
    stored,
    taken_back,
    what_moved,
    where,
)
from tui.labelling import labelled
from tui.messages import (
    AnswerRefused,
    AnswerSaved,
    ItemPainted,
    LabelAsked,
    UndoAsked,
    UndoDone,
    UndoRefused,
)
from tui.outside import OutsideText
from tui.screens.blind import SHOWN
from tui.screens.saying import SayingScreen
from tui.widgets.choice_bar import ChoiceBar, Readiness
from tui.widgets.pair_texts import PairTexts
from tui.widgets.text_page import TextPage
from tui.wording import factor_titles

_SURE_KEYS: Final = ("A", "B", "T", "shift+left", "shift+right", "shift+down")
_ANSWER_KEYS: Final = ("1", "a", "left", "2", "b", "right", "0", "t", "down", *_SURE_KEYS)
_ITEM_KEYS: Final = frozenset((*_ANSWER_KEYS, "s", "f"))
"""What these say is of the item on screen. A note is not: what is typed after it must not become answers."""
_NOTICED: Final = 0.08  # seconds; a word that comes and goes within one frame only costs one
_WRITTEN: Final = 0.04  # seconds; reading ahead sooner would hold up writing the item out


class LabelScreen(SayingScreen):
    """Shows one item after another to one annotator, who sees no agent, no score and no ranking."""

    CSS_PATH = "label.tcss"
    title_name = "Label"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,a,left", "answer('first', False)", "First", show=False, tooltip="The first is better"),
        Binding("2,b,right", "answer('second', False)", "Second", show=False, tooltip="The second is better"),
        Binding("0,t,down", "answer('tie', False)", "Tie", show=False, tooltip="Neither is better"),
        Binding("A,shift+left", "answer('first', True)", "Surely first", show=False),
        Binding("B,shift+right", "answer('second', True)", "Surely second", show=False),
        Binding("T,shift+down", "answer('tie', True)", "Surely a tie", show=False),
        Binding("u", "undo", "Undo", tooltip="Take back the last entry, and the one before, without limit"),
        Binding("s", "skip", "Skip", tooltip="Come back to this item after all others"),
        Binding("f", "flag", "Flag", tooltip="Flag this item for the researcher, or take the flag away"),
        Binding("n", "note", "Note", tooltip="Write a note on this item"),
        Binding("d", "differences", "Differ", tooltip="Mark the words only one of the two has"),
    ]

    moved = getters.query_one("#moved", Static)
    done_words = getters.query_one("#done > Static", Static)

    def __init__(self) -> None:
        super().__init__()
        self._gate = KeyGate(0.0)
        self._waking: Timer | None = None
        self._wait_timer: Timer | None = None
        self._showing = 0
        self._painted_at = self._pressed_at = self._spent = 0.0
        self._refused: Content | None = None  # the last entry, and why
        self._awake = self._leaving = self._back_again = False
        self._asked_for: int | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The texts, the choices, and for a researcher what the last label moved."""
        yield PairTexts(id="task")
        yield ChoiceBar()
        if self.app.researcher and self.app.config.what_moved:
            yield Static(id="moved", markup=False)
        yield Container(Static(markup=False), id="done")

    def on_mount(self) -> None:
        """Open the work list of whoever sits here."""
        self.take_settings()
        self._open()

    def take_settings(self) -> None:
        """Follow the question, whether there are ties, and for how long keys stay dead."""
        settings = self.app.session.study.settings
        self._gate.minimum = settings.minimum_seconds
        self.choices.question = OutsideText(settings.question)
        self.choices.ties = settings.allow_ties

    def on_screen_resume(self) -> None:
        """Ask whose labels these are, if need be; what is shown again has to be seen before a key counts."""
        if self.app.session.annotator is None and self.is_current and not self.naming:
            self.ask_name()
        elif self._left or self.at_end:
            self.look_anew()
        elif self.item is not None:
            self._gate.forget()
            self._close(again=True)
            self.call_after_refresh(self._tell_painted, self._showing)

    @property
    def at_end(self) -> bool:
        """Whether it says that nothing is left."""
        return self.has_class("-done")

    def look_anew(self) -> None:
        """Look at what was given back, or was all."""
        self._left, self.labelling = False, None
        self._open()

    def begin(self) -> None:
        """Open the work list at the item that was asked for."""
        self._open(self._asked_for)

    def on_label_asked(self, message: LabelAsked) -> None:
        """Go to the item asked for."""
        message.stop()
        self._asked_for = message.pair_id
        self._open(message.pair_id)

    # From item to item

    def _open(self, key: int | None = None, undone: Answer | None = None) -> None:
        annotator = self.app.session.annotator
        if annotator is not None:
            find = partial(self.find, annotator, key)
            self.let_in(annotator, lambda: self.fetch(find, undone), by_plan=key is None)

    def begin_anew(self) -> None:
        """Take the item away that is of the plan before."""
        self._close()
        self.item = self._asked_for = None
        super().begin_anew()

    def tell_unread(self, reason: str) -> None:
        """Say it where it is told whether an answer was stored."""
        self.choices.said = refused("not read, trying again", reason)

    @work(thread=True, exit_on_error=False, group="ahead", name="read ahead")
    def _read_ahead(self, key: int) -> None:
        with suppress(StudyError):  # read when it is needed, it says so if it still cannot be
            if self.labelling is not None:
                self.labelling.read_ahead(key)

    def show_nothing_left(self, openings: Openings) -> None:
        """Say it in place of the first item."""
        self._put(None)
        self.title_line.person = OutsideText(self.app.session.annotator or "")
        self.done_words.update(nothing_left(openings.held, researcher=self.app.researcher))

    def show_item(self, item: Item | None, undone: Answer | None = None) -> None:
        """Put an item on the screen; its keys come alive once it is painted."""
        self._spent = self._spent_before(item, undone)
        self._put(item)
        self.tell_place()
        if item is None:
            return
        if undone is not None:
            self.choices.said = taken_back(undone, item.number)
        self.show_pair(item.source_id, item.source, item.title, item.first_text, item.second_text)
        self.call_after_refresh(self._tell_painted, self._showing)

    def _spent_before(self, item: Item | None, undone: Answer | None) -> float:
        """Seconds of work that an item had when an undo brought it back."""
        if undone is None or item is None:
            return 0.0
        same = self.item is not None and self.item.key == item.key and self._painted_at
        return undone.spent or (self.time.seconds if same else 0.0)

    def _put(self, item: Item | None) -> None:
        self._close()
        self.item = item
        self._painted_at = 0.0
        if self.has_class("-done") is not (item is None):
            self.set_class(item is None, "-done")
            self.refresh_bindings()

    def _close(self, *, again: bool = False) -> None:
        self._gate.close()
        self._back_again = again
        self._showing += 1
        self._awake = False
        self.choices.readiness = Readiness.READING
        if self._waking is not None:
            self._waking.stop()

    def _tell_painted(self, showing: int) -> None:
        self.post_message(ItemPainted(showing))

    def on_item_painted(self, message: ItemPainted) -> None:
        """From now on the item can be read; its keys count after the minimum time."""
        if self.item is None or message.showing != self._showing:
            return
        if not self._painted_at:
            self._painted_at = message.time
            self.time.start(message.time, self._spent)
        self._gate.painted(message.time)
        minimum = self.app.session.study.settings.minimum_seconds
        if minimum:
            self._waking = self.set_timer(minimum, self._wake)
        else:
            self._wake()
        self.set_timer(_WRITTEN, partial(self._read_ahead, self.item.key))

    def _wake(self) -> None:
        self._awake = True
        if not self._waiting:
            self.choices.readiness = Readiness.READY

    def tell_place(self) -> None:
        """Say how far it is, and what stands of the item."""
        labelling, item = self.labelling, self.item
        if labelling is None:
            return
        self.title_line.person = OutsideText(labelling.annotator)
        if item is None:
            self.title_line.far = Content(f"{labelling.done:,} of {labelling.total:,}")
            words = all_done(labelling, researcher=self.app.researcher, refused=self._refused)
            self.done_words.update(words)
            return
        self.title_line.far = where(item, labelling.done)
        flagged, noted = labelling.is_flagged(item.pair_id), bool(labelling.note(item.pair_id))
        self.choices.remarks = remarks(flagged=flagged, noted=noted, marked=self.differences)

    # Keys

    def on_key(self, event: Key) -> None:
        """Stop a press that comes before its item was seen, or whose key is merely held."""
        self._pressed_at = event.time
        self.time.alive(event.time)
        if self.app.screen is not self:  # typed for what has come over it: the app leads it there
            return
        held = self._gate.held(event.key, event.time)
        if event.key == "n" and not held:  # now and not by the binding: what comes next is for the note
            event.stop()
            self.action_note()
            return
        of_item = event.key in _ITEM_KEYS
        if of_item and not self._gate.is_open(event.time):
            event.stop()
            if self._back_again:  # it was read before: nobody expects to wait
                self.say("the item has only just come back: press again")
        elif held and (of_item or event.key in "nu"):
            event.stop()
            self.say(f"{event.key} is held: let it go, then press again")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is about an item only while there is one."""
        about_item = action in ("answer", "skip", "flag", "note", "differences")
        about_item = about_item or (action == "undo" and self.labelling is None)
        return not (about_item and self.has_class("-done")) and super().check_action(action, parameters)

    def action_answer(self, shown: str, sure: bool) -> None:
        """Give an answer to the item on screen."""
        if self.item is None or self.labelling is None:
            return
        choice = SHOWN[shown]
        if not self.allows(choice):
            return
        seconds, plan = self.time.seconds, self.labelling.plan_id
        annotator = self.labelling.annotator
        self.give(labelled(self.item, annotator, choice, sure=sure, seconds=seconds, plan=plan))

    def action_undo(self) -> None:
        """Ask for the last entry to be taken back."""
        if not self._waiting and self.labelling is not None:
            self.wait()
            self.post_message(UndoAsked())

    async def action_leave(self) -> None:
        """Go back to where labelling began, an annotator home, as soon as what was answered is on disk."""
        if self._waiting:
            self._leaving = True
        else:
            await self.go()

    def wait(self) -> None:
        """Nothing counts until the app has committed; what takes long enough to be noticed is told."""
        self._waiting = True
        self._wait_timer = self.set_timer(_NOTICED, self._tell_saving)

    def _tell_saving(self) -> None:
        if self._waiting:
            self.choices.readiness = Readiness.SAVING

    # What the app says

    def on_answer_saved(self, message: AnswerSaved) -> None:
        """Say what was stored; the next item comes now and not before."""
        self._stop_waiting()
        answer = message.answer
        if self.labelling is None:
            return
        self._refused = None
        for said in (*message.elsewhere, answer):
            self.labelling.take(said)
        if self.item is not None and self.item.pair_id == answer.pair_id:
            self.choices.said = stored(answer, self.item.number, message.elsewhere)
            self._go_on_from(answer, self.item.key)

    def _go_on_from(self, answer: Answer, key: int) -> None:
        if answer.kind in (AnswerKind.FLAG, AnswerKind.NOTE) or self.labelling is None:
            self.tell_place()
            return
        self._close()
        if (words := self.labelling.feedback(answer)) is not None:
            self.app.push_screen(TextPage("Training", words, ""), lambda _: self._show_next(key))
        else:
            self._show_next(key)

    def _show_next(self, key: int) -> None:
        if self.labelling is None:
            return
        item = self.labelling.ready(key)
        if item is not None:
            self.show_item(item, None)
        else:
            self.fetch(partial(self.labelling.next, key))

    def on_answer_refused(self, message: AnswerRefused) -> None:
        """Say why nothing was stored; the item stays, unless its pair is with somebody else by now."""
        self._leaving = False
        self._stop_waiting()
        self.choices.said = self._refused = refused("not saved", message.reason)
        if self.labelling is not None and self.labelling.planned is not None and self.item is not None:
            self.fetch(partial(self.labelling.after_refusal, self.item))

    def on_undo_done(self, message: UndoDone) -> None:
        """Go back to what was taken back."""
        self._stop_waiting()
        answer, self._refused = message.answer, None
        if answer is None or self.labelling is None:
            self.say("nothing left to take back")
            return
        self.labelling.take(answer)
        self._open(self.labelling.key_of(answer), answer)

    def on_undo_refused(self, message: UndoRefused) -> None:
        """Say why nothing was taken back."""
        self._leaving = False
        self._stop_waiting()
        self._tell(refused("not taken back", message.reason))

    def _stop_waiting(self) -> None:
        self._waiting = False
        if self._wait_timer is not None:
            self._wait_timer.stop()
        self.choices.readiness = Readiness.READY if self._awake else Readiness.READING
        self.give_next_typed()
        if self._leaving:
            self._leaving = False
            self.call_later(self.action_leave)

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Tell a researcher what the last label moved."""
        if snapshot is None or snapshot.change is None or not self.app.researcher:
            return
        if self.app.config.what_moved:
            titles, width = factor_titles(self.app.session.study.factors), self.app.size.width - 4
            self.moved.update(what_moved(snapshot.change, titles, width))

    # Reading

    def say(self, words: str) -> None:
        """Tell it where answers are told."""
        self._tell(Content(words))

    def _tell(self, words: Content) -> None:
        if self.has_class("-done"):  # where there is no such line
            super().say(words.plain)
        else:
            self.choices.said = words
