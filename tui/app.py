"""The composition root: one app, its screens, and the one way round of a label.

A screen posts `AnswerGiven` -> the app commits it in a worker -> the live profile follows -> `snapshot`
changes -> `data_bind` carries it down to the widgets. Screens never reach into one another.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from functools import partial
from typing import ClassVar, Final

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerFailed, WorkerState

from annotation.errors import StudyError
from profile_engine.live import ProfileSnapshot
from tui.config import Config
from tui.messages import (
    AnswerGiven,
    AnswerRefused,
    AnswerSaved,
    EntryGiven,
    EntryRefused,
    EntrySaved,
    EntryUndoAsked,
    EntryUndone,
    LabelAsked,
    PairChosen,
    ProfileOutdated,
    UndoAsked,
    UndoDone,
    UndoRefused,
    ValuesAsked,
)
from tui.outside import safe
from tui.session import Role, Session
from tui.themes import add_themes, theme_variables

POLL_SECONDS: Final = 0.5
"""How often other processes' answers are looked for."""


class Mode(StrEnum):
    """The screens one can be at; each keeps its state while another is shown."""

    STUDY = "study"
    PAIRS = "pairs"
    LABEL = "label"
    RANKING = "ranking"
    ALIGNMENT = "alignment"
    VALIDATE = "validate"
    CODING = "coding"


_OF_A_PERSON: Final = (Mode.LABEL, Mode.VALIDATE, Mode.CODING)
"""Where what is said is somebody's, and from where one goes back to where one came from."""

MODE_HELP: Final = {
    Mode.STUDY: "What is in the study, what is done, what to do next",
    Mode.PAIRS: "Step through the pairs with factors, labels and verdicts",
    Mode.LABEL: "Answer blind, one pair after another",
    Mode.RANKING: "Two agents' factor rankings side by side",
    Mode.ALIGNMENT: "All agents against a reference",
    Mode.VALIDATE: "Judge extracted values, one after another",
    Mode.CODING: "Tick the factors that feedback texts mention",
}


class ProfileApp(App[None]):
    """profile-tui on a study.

    Args:
        session: the open study and who works on it.
        config: the person's own settings.
        start: the screen to open first; an annotator is always at the Label screen.
        tracebacks: whether a crash shows its traceback instead of one line.
    """

    CSS_PATH = "app.tcss"
    TITLE = "profile-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "show_keys", "Keys", key_display="?", tooltip="Every key of this screen"),
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="Leave; every acknowledged answer is saved"),
    ]

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True)
    """Every agent's ranking now; None while the profile loads, always None for an annotator."""

    reading: reactive[str | None] = reactive(None)
    """What is being read at the moment, for people to see; None when nothing is."""

    def __init__(
        self,
        session: Session,
        config: Config | None = None,
        *,
        start: Mode = Mode.STUDY,
        tracebacks: bool = False,
    ) -> None:
        super().__init__()
        self.session = session
        self.config = config or Config()
        self._start = start if self.researcher else Mode.LABEL
        self._came_from = Mode.STUDY
        self._tracebacks = tracebacks
        self._writing = asyncio.Lock()
        self._following = asyncio.Lock()
        for mode, make in _SCREENS.items():
            if self.researcher or mode is Mode.LABEL:
                self.add_mode(mode, make)
        add_themes(self, self.config.theme)

    @property
    def researcher(self) -> bool:
        """Whether a researcher sits here."""
        return self.session.role is Role.RESEARCHER

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for Textual's own themes."""
        return theme_variables()

    async def on_mount(self) -> None:
        """Paint first; the profile is read behind the painted screen."""
        if self._start in _OF_A_PERSON:
            await self._name_annotator()
        await self.switch_mode(self._start)
        if self.researcher:
            self.call_after_refresh(self._begin_reading)

    # Going places

    async def action_go(self, mode: str) -> None:
        """Show another screen."""
        if not self.researcher or mode == self.current_mode:
            return
        if mode in _OF_A_PERSON:
            if self.current_mode not in _OF_A_PERSON:
                self._came_from = Mode(self.current_mode)
            await self._name_annotator()
        await self.switch_mode(mode)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A screen does not offer the way to itself."""
        return not (action == "go" and parameters == (self.current_mode,))

    async def action_back(self) -> None:
        """Leave labelling or judging for where it was begun, any other screen for the study."""
        await self.action_go(self._came_from if self.current_mode in _OF_A_PERSON else Mode.STUDY)

    async def on_pair_chosen(self, message: PairChosen) -> None:
        """Bring the desk to a pair."""
        await self._hand_on(Mode.PAIRS, PairChosen(message.pair_id))

    async def on_label_asked(self, message: LabelAsked) -> None:
        """Begin labelling at a pair."""
        await self._hand_on(Mode.LABEL, LabelAsked(message.pair_id))

    async def _hand_on(self, mode: Mode, message: Message) -> None:
        # The message is made anew by the app, so that it does not bubble back up here.
        if self.researcher:
            await self.action_go(mode)
            self.screen.post_message(message)

    async def _name_annotator(self) -> None:
        # Whom the config does not name, the Label screen asks.
        if self.session.annotator is None and self.config.annotator is not None:
            await asyncio.to_thread(self.session.label_as, self.config.annotator)

    # Answers: committed one after another in the order they were given

    def on_answer_given(self, message: AnswerGiven) -> None:
        """Commit an answer."""
        answer = message.answer
        self._commit(message, lambda: AnswerSaved(self.session.save(answer)), partial(AnswerRefused, answer))

    def on_undo_asked(self, message: UndoAsked) -> None:
        """Take back the last entry."""
        self._commit(message, lambda: UndoDone(self.session.undo()), UndoRefused)

    def on_entry_given(self, message: EntryGiven) -> None:
        """Commit what was said of an item."""
        self._commit(message, lambda: EntrySaved(message.save()), EntryRefused)

    def on_entry_undo_asked(self, message: EntryUndoAsked) -> None:
        """Take back what was said last."""
        self._commit(message, lambda: EntryUndone(message.undo()), EntryRefused)

    def _commit(self, asked: Message, write: Callable[[], Message], refuse: Callable[[str], Message]) -> None:
        self.run_worker(self._write(asked, write, refuse), name="save", exit_on_error=False)

    async def _write(
        self, asked: Message, write: Callable[[], Message], refuse: Callable[[str], Message]
    ) -> None:
        screen = _screen_of(asked, self.screen)
        try:
            async with self._writing:
                done = await asyncio.to_thread(write)
        except Exception as error:  # noqa: BLE001 whatever went wrong, the person is told and nothing moves on
            screen.post_message(refuse(_one_line(error)))
            return
        screen.post_message(done)
        await self.follow()

    async def action_quit(self) -> None:
        """Leave once everything that was answered is on disk."""
        async with self._writing:
            self.exit()

    # The profile: read once, then followed

    def on_profile_outdated(self, _message: ProfileOutdated) -> None:
        """Read the profile again."""
        self._begin_reading()

    async def on_values_asked(self, message: ValuesAsked) -> None:
        """Let raw or corrected values count."""
        async with self._following:
            snapshot = await asyncio.to_thread(self.session.show_values, message.values)
            if snapshot is not None:
                self.snapshot = snapshot

    def _begin_reading(self) -> None:
        self.reading = "reading the study"
        self.run_worker(
            self._read(), name="read the study", group="read", exclusive=True, exit_on_error=False
        )

    async def _read(self) -> None:
        try:
            pairs = (await asyncio.to_thread(self.session.survey)).pairs
            self.reading = f"reading {pairs:,} pairs"
            async with self._following:
                self.snapshot = await asyncio.to_thread(self.session.load_profile)
        finally:
            self.reading = None
        self._watch_answers()

    def _watch_answers(self) -> None:
        self.run_worker(self._poll(), name="poll", group="poll", exclusive=True, exit_on_error=False)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self.follow()

    async def follow(self) -> None:
        """Enter what was answered here and elsewhere since; snapshots never overtake one another."""
        async with self._following:
            snapshot = await asyncio.to_thread(self.session.follow)
            if snapshot is not None:
                self.snapshot = snapshot
        if self.session.outdated and self.reading is None:
            self._begin_reading()

    # Keys, palette, failures

    async def action_show_keys(self) -> None:
        """Show every key of the present screen."""
        from tui.screens.help import HelpScreen

        await self.push_screen(HelpScreen(self.screen.active_bindings))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """What the palette offers: nothing that leads an annotator out of labelling."""
        if self.researcher:
            for mode in Mode:
                yield SystemCommand(mode.title(), MODE_HELP[mode], self._goer(mode))
        yield SystemCommand("Keys", "Every key of this screen", self.action_show_keys)
        yield SystemCommand("Theme", "Other colours, or none", self.action_change_theme)
        yield SystemCommand("Quit", "Leave; every acknowledged answer is saved", self.action_quit)

    def _goer(self, mode: Mode) -> Callable[[], Awaitable[None]]:
        async def go() -> None:
            await self.action_go(mode)

        return go

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed is told in one line; the app goes on."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if self._tracebacks:
            self._handle_exception(WorkerFailed(error))
        else:
            self.notify(safe(f"{event.worker.name}: {_one_line(error)}"), severity="error", markup=False)
            if event.worker.group == "poll":
                self.set_timer(POLL_SECONDS * 4, self._watch_answers)

    def _fatal_error(self) -> None:
        if self._tracebacks or self._exception is None:
            super()._fatal_error()
        else:
            self.panic(
                Text(
                    safe(f"profile-tui stopped: {_one_line(self._exception)}. ")
                    + "Every acknowledged answer is saved; --debug shows where it happened."
                )
            )


def _screen_of(message: Message, present: Screen[object]) -> Screen[object]:
    """The screen a message came from; its person may have gone to another one since."""
    sender = message._sender
    return sender if isinstance(sender, Screen) else getattr(sender, "screen", present)


def _one_line(error: BaseException) -> str:
    """What went wrong, for a person: our own errors say it themselves, others are named."""
    text = " ".join(str(error).split())
    return text if isinstance(error, StudyError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def _study_screen() -> Screen[None]:
    from tui.screens.study import StudyScreen

    return StudyScreen()


def _pairs_screen() -> Screen[None]:
    from tui.screens.pairs import PairsScreen

    return PairsScreen()


def _label_screen() -> Screen[None]:
    from tui.screens.label import LabelScreen

    return LabelScreen()


def _ranking_screen() -> Screen[None]:
    from tui.screens.ranking import RankingScreen

    return RankingScreen()


def _alignment_screen() -> Screen[None]:
    from tui.screens.alignment import AlignmentScreen

    return AlignmentScreen()


def _validate_screen() -> Screen[None]:
    from tui.screens.validate import ValidateScreen

    return ValidateScreen()


def _coding_screen() -> Screen[None]:
    from tui.screens.coding import CodingScreen

    return CodingScreen()


# Functions, so that a screen is imported when it is first opened.
_SCREENS: Final[dict[Mode, Callable[[], Screen[None]]]] = {
    Mode.STUDY: _study_screen,
    Mode.PAIRS: _pairs_screen,
    Mode.LABEL: _label_screen,
    Mode.RANKING: _ranking_screen,
    Mode.ALIGNMENT: _alignment_screen,
    Mode.VALIDATE: _validate_screen,
    Mode.CODING: _coding_screen,
}
