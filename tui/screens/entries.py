"""What the screens share on which one person judges one thing after another."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.timer import Timer

from tui.key_gate import KeyGate
from tui.messages import EntryGiven, EntryRefused, EntryUndoAsked
from tui.outside import safe
from tui.screens.personal import PersonalScreen
from tui.widgets.answer_bar import AnswerBar, Readiness

if TYPE_CHECKING:
    from tui.messages import Entry

_WRITTEN: Final = 0.05
"""Seconds in which the terminal writes an item; reading ahead at the same time would hold it up."""


class EntryScreen(PersonalScreen):
    """A screen on which one person judges one thing after another: dead keys while it appears.

    Entries are committed by the app, one at a time; keys are dead while one is saved, too. A subclass
    composes an `AnswerBar`, opens its work in `begin` and reads ahead in `read_ahead`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "Back", show=False, tooltip="Back to where this began"),
    ]

    answer_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys that count only once the item could have been read.

    None that opens a line to type a note on: were it dead, what is typed next would count as keys.
    """

    free_keys: ClassVar[frozenset[str]] = frozenset(
        ("pagedown", "pageup", "ctrl+d", "ctrl+u", "up", "down", "left", "right", "home", "end", "tab")
    )
    """Keys that may be held: they only look, or do nothing here."""

    question = "In whose name do you judge?"

    bar = getters.query_one(AnswerBar)

    @dataclass
    class Painted(Message):
        """An item is on the screen; the time of this message is when."""

        item: int

    def __init__(self) -> None:
        super().__init__()
        self.gate = KeyGate(0.0)
        self._waking: Timer | None = None
        self._begun = False
        self._on_screen: int | None = None
        self._timed: int | None = None

    # What subclasses do

    def can_begin(self) -> bool:
        """Whether anything can be said here at all; where not, say why."""
        return True

    def action_note(self) -> None:
        """Ask for a note on the item."""
        raise NotImplementedError

    def read_ahead(self, item: int) -> None:
        """Find out what comes next, in a worker."""
        raise NotImplementedError

    # What the bar says

    def readiness_changed(self, readiness: Readiness) -> None:
        """Show whether a press would count."""
        self.bar.show_readiness(readiness)

    def tell(self, said: Content) -> None:
        """Show what was stored, or why nothing was."""
        self.bar.said = said

    def show_done(self, done: bool) -> None:
        """Show the page on which nothing is in question, or leave it; of the bar stays what was stored."""
        self.set_class(done, "-done")
        self.bar.set_class(done, "-idle")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is about an item only while there is one."""
        about_item = action in ("skip", "flag", "note")
        return not (about_item and self.has_class("-done")) and super().check_action(action, parameters)

    # Who sits here

    def on_mount(self) -> None:
        """Take the study's minimum time."""
        self.gate = KeyGate(self.app.session.study.settings.minimum_seconds)

    def on_screen_resume(self) -> None:
        """Entries belong to somebody: ask whom, where that is not known."""
        self.gate.forget()  # other keys were pressed meanwhile, on another screen
        if not self.is_current or self._begun or not self.can_begin():
            return
        self._begun = True
        if self.app.session.annotator is None:
            self.ask_name()
        else:
            self.begin()

    async def go_back(self, reason: str = "") -> None:
        """Go back to where this began."""
        await super().go_back(reason)
        self.found_nothing()

    def found_nothing(self) -> None:
        """There is no work: look again whenever somebody comes."""
        self._begun = False

    # When keys count

    def begin_reading(self, item: int | None) -> None:
        """An item was put on screen (None: there is none); its keys come alive once it is painted."""
        self.gate.close()
        self._on_screen = item
        self.readiness_changed(Readiness.READING)
        if self._waking is not None:
            self._waking.stop()
        if item is not None:
            self.call_after_refresh(self._tell_painted, item)

    def stop_reading(self) -> None:
        """The item is done: no key counts for it any more, however long the next one takes to come."""
        self.gate.close()
        self.readiness_changed(Readiness.READING)

    def _tell_painted(self, item: int) -> None:
        self.post_message(self.Painted(item))

    def on_entry_screen_painted(self, message: Painted) -> None:
        """From now on the item can be read; its keys count after the minimum time."""
        if message.item != self._on_screen:
            return
        self.gate.painted(message.time)
        if message.item != self._timed:
            self._timed = message.item
            self.time.start(message.time)
        minimum = self.app.session.study.settings.minimum_seconds
        if minimum:
            self._waking = self.set_timer(minimum, self._wake)
        else:
            self._wake()
        self.set_timer(_WRITTEN, partial(self._begin_reading_ahead, message.item))

    def _begin_reading_ahead(self, item: int) -> None:
        if item == self._on_screen:
            self._read_ahead(item)

    @work(thread=True, exit_on_error=False, group="ahead", name="read ahead")
    def _read_ahead(self, item: int) -> None:
        self.read_ahead(item)

    def _wake(self) -> None:
        if not self._waiting:
            self.readiness_changed(Readiness.READY)

    def on_key(self, event: Key) -> None:
        """Stop a press that comes too early, or whose key is merely held."""
        self.time.alive(event.time)
        if not self.is_active:  # it is for the line to type that is coming up
            return
        if event.key == "n" and self.check_action("note", ()):
            event.stop()
            self.action_note()  # by its binding it would open after the next letters were looked at here
            return
        held = self.gate.held(event.key, event.time)
        of_item = self._on_screen is not None and event.key in self.answer_keys
        if of_item and not self.gate.is_open(event.time):
            event.stop()
        elif held and not self.may_repeat(event.key):
            event.stop()
            self.tell(Content(f"{event.key} is held: let it go, then press again"))

    def may_repeat(self, key: str) -> bool:
        """Whether a key may come again at once."""
        return key in self.free_keys

    # Entries

    def give(self, save: "Callable[[], Entry]") -> None:
        """Have an entry committed; nothing else is taken meanwhile."""
        if not self._waiting:
            self._wait()
            self.post_message(EntryGiven(save))

    def take_back(self, undo: "Callable[[], Entry | None]") -> None:
        """Have the last entry taken back."""
        if not self._waiting:
            self._wait()
            self.post_message(EntryUndoAsked(undo))

    def _wait(self) -> None:
        self._waiting = True
        self.readiness_changed(Readiness.SAVING)

    def done_waiting(self) -> None:
        """The app has answered."""
        self._waiting = False
        self.readiness_changed(Readiness.READY)
        self.give_next_typed()

    def on_entry_refused(self, message: EntryRefused) -> None:
        """Say why nothing was stored; the item stays."""
        self.done_waiting()
        self.tell(refused(message.reason))


def refused(reason: str) -> Content:
    """Why something was not stored."""
    return Content.styled(f"not saved: {' '.join(safe(reason).split())}", "bold $text-error")
