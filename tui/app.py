"""The composition root: the app with its screens, and the ways between them.

Screens never reach into one another.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from typing import ClassVar, Final

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus, Key
from textual.message import Message
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from tui.config import Config, config_path
from tui.flow import StudyApp
from tui.messages import LabelAsked, PairChosen
from tui.outside import safe
from tui.session import Session
from tui.themes import add_themes, theme_variables
from tui.widgets.line_prompt import SAFE_LETTERS, LinePrompt


class Mode(StrEnum):
    """The screens one can be at; each keeps its state while another is shown."""

    STUDY = "study"
    PAIRS = "pairs"
    LABEL = "label"
    RANKING = "ranking"
    ALIGNMENT = "alignment"
    VALIDATE = "validate"
    CODING = "coding"
    PEOPLE = "people"
    ADJUDICATION = "adjudication"
    EXPERIMENTS = "experiments"


_OF_A_PERSON: Final = (Mode.LABEL, Mode.VALIDATE, Mode.CODING, Mode.ADJUDICATION)
"""Where what is said is somebody's, and from where one goes back to where one came from."""

MODE_HELP: Final = {
    Mode.STUDY: "What is in the study, what is done, what to do next",
    Mode.PAIRS: "Step through the pairs with factors, labels and verdicts",
    Mode.LABEL: "Answer blind, one pair after another",
    Mode.RANKING: "Two agents' factor rankings side by side",
    Mode.ALIGNMENT: "All agents against a reference",
    Mode.VALIDATE: "Judge extracted values, one after another",
    Mode.CODING: "Tick the factors that feedback texts mention",
    Mode.PEOPLE: "Who is working, how well, and how far the plan is",
    Mode.ADJUDICATION: "Settle the pairs on which people found no majority",
    Mode.EXPERIMENTS: "The paper's experiments: what each takes, and what it came to",
}


class ProfileApp(StudyApp):
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

    def __init__(
        self,
        session: Session,
        config: Config | None = None,
        *,
        start: Mode = Mode.STUDY,
        tracebacks: bool = False,
    ) -> None:
        super().__init__(session, config, tracebacks=tracebacks)
        self._start = start if self.researcher else Mode.LABEL
        self._came_from = Mode.STUDY
        for mode, make in _SCREENS.items():
            if self.researcher or mode is Mode.LABEL:
                self.add_mode(mode, make)
        add_themes(self, self.config.theme)
        self._own_theme = self.theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for Textual's own themes."""
        return theme_variables()

    async def on_mount(self) -> None:
        """Paint first; the profile is read behind the painted screen."""
        if self._start in _OF_A_PERSON:
            await self._name_annotator()
        self.theme_changed_signal.subscribe(self, self._tell_theme)
        await self.switch_mode(self._start)
        # What start-up made stays: to look through it for garbage would hold up a key press by 40 ms.
        self.call_after_refresh(gc.freeze)
        if self.researcher:
            self.call_after_refresh(self.begin_reading)

    # Going places

    async def action_go(self, mode: str) -> None:
        """Show another screen."""
        if not self.researcher or mode == self.current_mode:
            return
        if mode in _OF_A_PERSON:
            if self.current_mode not in _OF_A_PERSON:
                self._came_from = Mode(self.current_mode)
            await self._name_annotator()
        self.clear_notifications()
        await self.switch_mode(mode)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A screen does not offer the way to itself, and none leads an annotator away."""
        if action == "back":
            return self.researcher
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
        if self.researcher:
            await self.action_go(mode)
            self.screen.post_message(message.stop())  # stopped beforehand: it must not bubble back up here

    async def _name_annotator(self) -> None:
        # Whom the config does not name, the screen asks; where nothing can be written, it says so.
        if self.session.study.read_only:
            return
        if self.session.annotator is None and self.config.annotator is not None:
            await asyncio.to_thread(self.session.label_as, self.config.annotator)

    # Keys, palette, failures

    async def action_show_keys(self) -> None:
        """Show every key of the present screen."""
        from tui.screens.help import HelpScreen

        await self.push_screen(HelpScreen(self.screen.active_bindings))

    def on_key(self, event: Key) -> None:
        """Lose no letter that was typed while a line to type came up."""
        if isinstance(self.screen, LinePrompt) and self.screen.lead(event):
            event.prevent_default()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The palette's line, like every other, draws what is pasted into it as text from outside."""
        if isinstance(event.widget, Input):
            event.widget.highlighter = SAFE_LETTERS

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: nothing that leads an annotator out of labelling."""
        from tui.screens.base import BaseScreen

        if isinstance(screen, BaseScreen):
            yield from screen.palette()
        if self.researcher:
            for mode in Mode:
                yield SystemCommand(mode.title(), MODE_HELP[mode], self._goer(mode))
        yield SystemCommand("Keys", "Every key of this screen", self.action_show_keys)
        yield SystemCommand("Theme", "Other colours, or none", self.action_change_theme)
        yield SystemCommand("Quit", "Leave; every acknowledged answer is saved", self.action_quit)

    def _tell_theme(self, theme: Theme) -> None:
        if theme.name == self._own_theme:
            return
        words = f'This theme stays with theme = "{theme.name}" in {config_path()}'
        self.notify(safe(words), markup=False, timeout=2 * self.NOTIFICATION_TIMEOUT)

    def _goer(self, mode: Mode) -> Callable[[], Awaitable[None]]:
        async def go() -> None:
            await self.action_go(mode)

        return go


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


def _people_screen() -> Screen[None]:
    from tui.screens.people import PeopleScreen

    return PeopleScreen()


def _adjudication_screen() -> Screen[None]:
    from tui.screens.adjudication import AdjudicationScreen

    return AdjudicationScreen()


def _experiments_screen() -> Screen[None]:
    from tui.screens.experiments import ExperimentsScreen

    return ExperimentsScreen()


# Functions, so that a screen is imported when it is first opened.
_SCREENS: Final[dict[Mode, Callable[[], Screen[None]]]] = {
    Mode.STUDY: _study_screen,
    Mode.PAIRS: _pairs_screen,
    Mode.LABEL: _label_screen,
    Mode.RANKING: _ranking_screen,
    Mode.ALIGNMENT: _alignment_screen,
    Mode.VALIDATE: _validate_screen,
    Mode.CODING: _coding_screen,
    Mode.PEOPLE: _people_screen,
    Mode.ADJUDICATION: _adjudication_screen,
    Mode.EXPERIMENTS: _experiments_screen,
}
