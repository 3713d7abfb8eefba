"""What the researcher's screens look like. After a wanted change: `pytest --snapshot-update`, then look."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, settled, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.recent import RecentStudy
from tui.screens.alignment import AlignmentScreen
from tui.screens.start import StartApp
from tui.screens.study import StudyScreen
from tui.themes import MONO_THEME

SMALL, LARGE = (80, 24), (120, 40)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])

Compare = Callable[..., bool]
RunBefore = Callable[[Pilot[Any]], Awaitable[None]]


def after(app: ProfileApp, *keys: str) -> RunBefore:
    """Wait until everything is drawn, then press the keys."""

    async def settle(pilot: Pilot[Any]) -> None:
        await loaded(pilot, app)
        screen = app.screen
        if isinstance(screen, StudyScreen):
            await until(pilot, lambda: screen.summary is not None, "the counts")
        if isinstance(screen, AlignmentScreen):
            await until(pilot, lambda: bool(screen.comparisons), "the numbers")
        await settled(pilot, app)
        await pilot.press(*keys)
        await settled(pilot, app)

    return settle


@SIZES
@pytest.mark.parametrize("mode", [Mode.STUDY, Mode.RANKING, Mode.ALIGNMENT])
def test_screen(research_app: MakeApp, snap_compare: Compare, mode: Mode, size: tuple[int, int]) -> None:
    app = research_app(mode)
    assert snap_compare(app, terminal_size=size, run_before=after(app, "down"))


def test_without_colour(
    research_app: MakeApp, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = research_app(Mode.RANKING)
    assert app.theme == MONO_THEME
    assert snap_compare(app, terminal_size=SMALL, run_before=after(app))


@pytest.mark.parametrize("theme", ["profile-light", "colour-blind-safe"])
def test_theme(research_app: MakeApp, snap_compare: Compare, theme: str) -> None:
    app = research_app(Mode.RANKING, Config(theme=theme))
    assert snap_compare(app, terminal_size=LARGE, run_before=after(app))


def test_what_a_label_moved(research_app: MakeApp, snap_compare: Compare, study: Study) -> None:
    app = research_app(Mode.RANKING)

    async def label(pilot: Pilot[Any]) -> None:
        await loaded(pilot, app)
        AnswerLog(study).save(NewAnswer(LABELLED + 1, "Ada", choice=Preference.RIGHT))
        await until(pilot, lambda: app.snapshot is not None and app.snapshot.labels == 13, "the label")
        await settled(pilot, app)

    assert snap_compare(app, terminal_size=LARGE, run_before=label)


def test_keys(research_app: MakeApp, snap_compare: Compare) -> None:
    app = research_app(Mode.RANKING)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, "question_mark"))


def test_start(snap_compare: Compare) -> None:
    studies = [
        RecentStudy("/studies/tldr.db", "tldr pilot", ""),
        RecentStudy("postgresql://host/qa", "qa", ""),
    ]
    assert snap_compare(StartApp(studies), terminal_size=SMALL, press=["down"])
