"""The studies opened lately, for starting without naming one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static

from tui.outside import OutsideText
from tui.recent import RecentStudy
from tui.themes import add_themes, theme_variables
from tui.widgets.key_bar import KeyBar
from tui.widgets.title_line import TitleLine

_NONE = (
    "No study was opened lately.\n\n"
    "  profile-tui demo                                a small study to look around in\n"
    "  profile-tui new study.db --task summarization   an empty study of your own\n"
    "  profile-tui open study.db                       a study that is there"
)


class StartScreen(Screen[None]):
    """A list to choose from; enter opens."""

    CSS_PATH = "start.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "app.simulate_key('down')", "Down", show=False),
        Binding("k", "app.simulate_key('up')", "Up", show=False),
    ]

    def __init__(self, studies: Sequence[RecentStudy]) -> None:
        super().__init__()
        self._studies = studies

    def compose(self) -> ComposeResult:
        """The studies, newest first."""
        yield TitleLine("profile-tui", "Studies")
        if self._studies:
            options = OptionList(*(_option(study) for study in self._studies), classes="frame")
            options.border_title = "Opened lately"
            options.border_subtitle = "enter opens"
            yield options
        else:
            yield Static(_NONE, markup=False)
        yield KeyBar()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leave with the study's location."""
        self.app.exit(self._studies[event.option_index].location)


class StartApp(App[str]):
    """Choose a study: `StartApp(recent_studies(), config.theme).run()` gives its location, or None."""

    CSS_PATH = "../app.tcss"
    TITLE = "profile-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "show_keys", "Keys", key_display="?", tooltip="Every key of this screen"),
        Binding("q", "quit", "Quit", tooltip="Open nothing"),
        Binding("escape,ctrl+q", "quit", "Quit", show=False, tooltip="Open nothing"),
    ]

    def __init__(self, studies: Sequence[RecentStudy], theme: str | None = None) -> None:
        super().__init__()
        self._studies = studies
        add_themes(self, theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for Textual's own themes."""
        return theme_variables()

    async def on_mount(self) -> None:
        """Show the list."""
        await self.push_screen(StartScreen(self._studies))

    async def action_show_keys(self) -> None:
        """Show every key."""
        from tui.screens.help import HelpScreen

        await self.push_screen(HelpScreen(self.screen.active_bindings))


def _option(study: RecentStudy) -> Content:
    return Content.assemble(
        OutsideText(study.name).line(40).stylize("bold"),
        (f"  {_ago(study.opened)}\n", "$quiet"),
        OutsideText(study.location).line().stylize("$quiet"),
    )


def _ago(opened: str) -> str:
    try:
        days = (datetime.now(UTC) - datetime.fromisoformat(opened)).days
    except (ValueError, TypeError):  # the list may have been edited by hand
        return ""
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
