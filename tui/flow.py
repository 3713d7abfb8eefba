"""The one way round of a label.

A screen posts `AnswerGiven` -> the app commits it in a worker -> the live profile follows -> `snapshot`
changes -> the screens and, by `data_bind`, their widgets draw it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from rich.text import Text
from textual import work
from textual.app import App
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerFailed, WorkerState

from annotation.answers import Answer, NewAnswer
from annotation.errors import StudyError
from profile_engine.errors import EngineError
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
    ProfileOutdated,
    UndoAsked,
    UndoDone,
    UndoRefused,
    ValuesAsked,
)
from tui.outside import safe
from tui.parting import Parting
from tui.session import Role, Session

_PAINTED: Final = 0.05
"""Seconds in which the screen paints what comes next; following at the same time would hold it up."""
SETTLE_SECONDS: Final = 5.0
"""How often what is in the WAL is brought into the study's file."""
POLL_SECONDS: Final = 0.5
"""How often other processes' answers are looked for."""

POLLS_TO_A_LOOK: Final = 4
"""How often they are until pairs, values and verdicts that were added are looked for."""


class StudyApp(App[None]):
    """An app on a study: commits answers, reads the profile and follows it. Knows no screen by name.

    Args:
        session: the open study and who works on it.
        config: the person's own settings.
        tracebacks: whether a crash shows its traceback instead of one line.

    Attributes:
        last_words: the line a crash left, None without one.
        parting: why somebody takes part no more; None for whoever merely leaves.
    """

    NOTIFICATION_TIMEOUT: ClassVar[float] = 3

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True)
    """Every agent's ranking now; None while the profile loads, always None for an annotator."""

    reading: reactive[str | None] = reactive(None)
    """What is being read at the moment, for people to see; None when nothing is."""

    def __init__(self, session: Session, config: Config | None = None, *, tracebacks: bool = False) -> None:
        super().__init__()
        self.session = session
        self.config = config or Config()
        self.last_words: str | None = None
        self.parting: Parting | None = None
        self._tracebacks = tracebacks
        self._writing = asyncio.Lock()
        self._following = asyncio.Lock()

    @property
    def researcher(self) -> bool:
        """Whether a researcher sits here."""
        return self.session.role is Role.RESEARCHER

    # The file: a copy of it alone has to have all but what was said just now

    async def on_mount(self) -> None:
        """Leave nothing in the WAL for long."""
        self.set_interval(SETTLE_SECONDS, self._settle)

    @work(name="settle", group="settle", exclusive=True, exit_on_error=False)
    async def _settle(self) -> None:
        with suppress(StudyError):  # it is saved all the same
            await asyncio.to_thread(self.session.study.database.settle)

    # Answers: committed one after another in the order they were given

    def on_answer_given(self, message: AnswerGiven) -> None:
        """Commit an answer."""
        answer = message.answer
        self._commit(message, lambda: self._saved(answer), partial(AnswerRefused, answer))

    def on_undo_asked(self, message: UndoAsked) -> None:
        """Take back the last entry."""
        self._commit(message, lambda: UndoDone(self.session.undo()), UndoRefused)

    def on_entry_given(self, message: EntryGiven) -> None:
        """Commit what was said of an item."""
        self._commit(message, lambda: EntrySaved(message.save()), EntryRefused)

    def on_entry_undo_asked(self, message: EntryUndoAsked) -> None:
        """Take back what was said last."""
        self._commit(message, lambda: EntryUndone(message.undo()), EntryRefused)

    def _saved(self, answer: NewAnswer) -> AnswerSaved:
        saved = self.session.save(answer)
        elsewhere: tuple[Answer, ...] = ()
        with suppress(StudyError):  # the answer is on disk, whatever else cannot be read
            elsewhere = self.session.elsewhere(saved)
        return AnswerSaved(saved, elsewhere)

    @work(name="save", exit_on_error=False)
    async def _commit(
        self, asked: Message, write: Callable[[], Message], refuse: Callable[[str], Message]
    ) -> None:
        screen = _screen_of(asked, self.screen)
        try:
            async with self._writing:
                done = await asyncio.to_thread(write)
        except Exception as error:  # noqa: BLE001 whatever went wrong, the person is told and nothing moves on
            screen.post_message(refuse(_one_line(error)))
            self._let_fail(error)
            return
        screen.post_message(done)
        await asyncio.sleep(_PAINTED)
        await self.follow()

    async def action_quit(self) -> None:
        """Leave once everything that was answered is on disk."""
        async with self._writing:
            self.exit()

    # The profile: read once, then followed

    def on_profile_outdated(self, _message: ProfileOutdated) -> None:
        """Read the profile again."""
        self.begin_reading()

    async def on_values_asked(self, message: ValuesAsked) -> None:
        """Let raw or corrected values count."""
        async with self._following:
            snapshot = await asyncio.to_thread(self.session.show_values, message.values)
            if snapshot is not None:
                self.snapshot = snapshot

    def begin_reading(self) -> None:
        """Read the profile in a worker; what is read shows in `reading`."""
        self.reading = "reading the study"
        self._read()

    @work(name="read the study", group="read", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            pairs = (await asyncio.to_thread(self.session.survey)).pairs
            self.reading = f"reading {pairs:,} pairs"
            async with self._following:
                self.snapshot = await asyncio.to_thread(self.session.load_profile)
        finally:
            self.reading = None
        self._watch_answers()

    @work(name="poll", group="poll", exclusive=True, exit_on_error=False)
    async def _watch_answers(self) -> None:
        while True:
            for _ in range(POLLS_TO_A_LOOK):
                await asyncio.sleep(POLL_SECONDS)
                await self.follow()
            await asyncio.to_thread(self.session.look)

    async def follow(self) -> None:
        """Enter what was answered here and elsewhere since; snapshots never overtake one another."""
        async with self._following:
            snapshot = await asyncio.to_thread(self.session.follow)
            if snapshot is not None:
                self.snapshot = snapshot
        if self.session.outdated and self.reading is None:
            self.begin_reading()

    # Failures

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed is told in one line; the app goes on."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if self._tracebacks:
            self._show_traceback(error)
        else:
            self.notify(safe(f"{event.worker.name}: {_one_line(error)}"), severity="error", markup=False)
            if event.worker.group == "poll":
                self.set_timer(POLL_SECONDS * 4, self._watch_answers)

    def _show_traceback(self, error: BaseException) -> None:
        try:
            raise WorkerFailed(error) from error
        except WorkerFailed as failed:  # Textual prints what is being handled
            self._handle_exception(failed)

    def _let_fail(self, error: Exception) -> None:
        """Raise again what should never have happened, for whoever asked for tracebacks."""
        if self._tracebacks and not isinstance(error, StudyError):
            raise error

    def _fatal_error(self) -> None:
        if self._tracebacks or self._exception is None:
            super()._fatal_error()
            return
        self.last_words = (
            f"profile-tui stopped: {safe(_one_line(self._exception))}. "
            "Every acknowledged answer is saved; --debug shows where it happened."
        )
        self.panic(Text(self.last_words))


def _screen_of(message: Message, present: Screen[object]) -> Screen[object]:
    """The screen a message came from; its person may have gone to another one since."""
    sender = message._sender
    return sender if isinstance(sender, Screen) else getattr(sender, "screen", present)


def _one_line(error: BaseException) -> str:
    """What went wrong, for a person: our own errors say it themselves, others are named."""
    text = " ".join(str(error).split())
    return (
        text
        if isinstance(error, StudyError | EngineError)
        else f"{type(error).__name__}: {text}".removesuffix(": ")
    )
