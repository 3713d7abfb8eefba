"""A screen on which somebody works in their own name."""

from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp

from annotation.errors import StudyError
from tui.labelling import login_name
from tui.outside import safe
from tui.screens.base import BaseScreen
from tui.widgets.line_prompt import LinePrompt
from tui.working_time import WorkingTime


class PersonalScreen(BaseScreen):
    """Asks whose work it is where nobody is named yet; `begin` is called once that is known.

    Attributes:
        time: of the item on screen, without idle time.
    """

    question: ClassVar[str] = "In whose name do you label?"
    naming = False
    """Whether the question is on the screen."""
    _waiting = False
    """For the app to commit something."""

    def __init__(self) -> None:
        super().__init__()
        self.time = WorkingTime()
        self._typed: list[Callable[[], None]] = []  # what waits for what is being saved

    def begin(self) -> None:
        """Open the work of whoever sits here."""
        raise NotImplementedError

    def ask_name(self) -> None:
        """Ask in whose name to work; without an answer, leave."""
        self.naming = True
        self.app.push_screen(LinePrompt(self.question, login_name(), offered=True), self._take_name)

    def _take_name(self, name: str | None) -> None:
        if name:
            self._register(name)
        else:
            self.call_later(self.go_back)

    @work(thread=True, exit_on_error=False, name="begin labelling")
    def _register(self, name: str) -> None:
        try:
            self.app.session.label_as(name)
        except StudyError as error:
            self.app.call_from_thread(self._refuse_name, str(error))
        else:
            self.app.call_from_thread(self.begin)

    def _refuse_name(self, reason: str) -> None:
        self.call_later(self.go_back, reason)

    async def go_back(self, reason: str = "") -> None:
        """Go back to where this began, and say there why, if need be."""
        await self.app.action_back()
        self.naming = False
        if reason:  # said where the person then is: what was said before goes with its screen
            self.app.notify(safe(reason), severity="error", markup=False)

    def give_typed(self, give: Callable[[], None]) -> None:
        """Give what was typed, if need be after what is being saved: no note is lost."""
        self._typed.append(give)
        self.give_next_typed()

    def give_next_typed(self) -> None:
        """Give what waits, unless something is being saved."""
        if self._typed and not self._waiting:
            self._typed.pop(0)()

    # Time: whoever moves the mouse is not idle

    def on_mouse_move(self, event: MouseMove) -> None:
        """A sign of life."""
        self.time.alive(event.time)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Another."""
        self.time.alive(event.time)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Up as down."""
        self.time.alive(event.time)
