"""What every screen of a study has: title line, key bar, and the way to the other screens."""

from collections.abc import Iterable
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

from profile_engine.live import ProfileSnapshot
from tui.flow import StudyApp
from tui.widgets.key_bar import PLACES, KeyBar
from tui.widgets.title_line import LEAST, TitleLine


class BaseScreen(Screen[None]):
    """A screen with a title line on top and a key bar at the bottom; `compose_body` makes what is between.

    Set `far` to say how far the person is; `title_name` names the screen.
    """

    app = getters.app(StudyApp)
    title_line = getters.query_one(TitleLine)

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 as Textual declares it

    title_name: ClassVar[str] = ""

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True)
    """The app's snapshot; None for an annotator."""

    def compose(self) -> ComposeResult:
        """Title line, body, key bar."""
        yield TitleLine(self.app.session.study.name, self.title_name)
        yield from self.compose_body()
        yield KeyBar()

    def palette(self) -> Iterable[SystemCommand]:
        """What this screen offers in the palette, before what the app does."""
        return ()

    def compose_body(self) -> Iterable[Widget]:
        """What stands between the title line and the key bar."""
        return ()

    def on_mount(self) -> None:
        """Follow the app; a screen is made outside any compose, where `data_bind` does not reach."""
        self.watch(self.app, "snapshot", self._take_snapshot)
        self.watch(self.app, "reading", self._take_reading)

    def on_resize(self) -> None:
        """Say when the terminal is too small, or no longer."""
        self.title_line.small = self.size.width < LEAST.width or self.size.height < LEAST.height

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A screen's workers fail as the app's do: in one line."""
        self.app.on_worker_state_changed(event)

    def _take_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        self.snapshot = snapshot

    def _take_reading(self, reading: str | None) -> None:
        self.title_line.reading = reading


class ResearchScreen(BaseScreen):
    """A screen for researchers: the other screens are one key away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "app.go('study')", "Study", group=PLACES, tooltip="What is in, what is done, what next"),
        Binding("p", "app.go('pairs')", "Pairs", group=PLACES, tooltip="Step through the pairs"),
        Binding("l", "app.go('label')", "Label", group=PLACES, tooltip="Answer blind, pair after pair"),
        Binding(
            "r", "app.go('ranking')", "Ranking", group=PLACES, tooltip="Two agents' factors side by side"
        ),
        Binding("a", "app.go('alignment')", "Alignment", group=PLACES, tooltip="All agents on one reference"),
        Binding("v", "app.go('validate')", "Validate", group=PLACES, tooltip="Judge extracted values"),
        Binding("e", "app.go('experiments')", "Experiments", show=False, tooltip="The paper's experiments"),
        Binding("escape", "app.back", "Back", show=False, tooltip="Back to the study"),
        Binding("q", "app.quit", "Quit", show=False, tooltip="Leave; every acknowledged answer is saved"),
    ]
