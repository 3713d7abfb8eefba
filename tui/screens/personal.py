"""A screen on which somebody works in their own name."""

from textual import work

from annotation.errors import StudyError
from tui.labelling import login_name
from tui.outside import safe
from tui.screens.reading import ReadingScreen
from tui.widgets.line_prompt import LinePrompt


class PersonalScreen(ReadingScreen):
    """Asks whose work it is where nobody is named yet; `begin` is called once that is known."""

    naming = False
    """Whether the question is on the screen."""

    def begin(self) -> None:
        """Open the work of whoever sits here."""
        raise NotImplementedError

    def ask_name(self) -> None:
        """Ask in whose name to work; without an answer, leave."""
        self.naming = True
        self.app.push_screen(
            LinePrompt("In whose name do you label?", login_name(), offered=True), self._take_name
        )

    def _take_name(self, name: str | None) -> None:
        if name:
            self._register(name)
        else:
            self.call_later(self._go_back)

    @work(thread=True, exit_on_error=False, name="begin labelling")
    def _register(self, name: str) -> None:
        try:
            self.app.session.label_as(name)
        except StudyError as error:
            self.app.call_from_thread(self._refuse_name, str(error))
        else:
            self.app.call_from_thread(self.begin)

    def _refuse_name(self, reason: str) -> None:
        self.call_later(self._go_back, reason)

    async def _go_back(self, reason: str = "") -> None:
        await self.app.action_back()
        self.naming = False
        if reason:  # said where the person then is: what was said before goes with its screen
            self.app.notify(safe(reason), severity="error", markup=False)
