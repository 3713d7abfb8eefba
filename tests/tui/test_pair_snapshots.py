"""What the desk and the blind task look like; after a wanted change `--snapshot-update`, then look."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.desk_study import POSTS, label, make_study
from tests.tui.label_task import label_screen, ready
from tests.tui.waiting import opened, settled, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.pairs import PairsScreen
from tui.session import Role, Session

SMALL, LARGE = (80, 24), (120, 40)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
SETTINGS = StudySettings(minimum_seconds=0, question="Which summary is better?")

Compare = Callable[..., bool]
RunBefore = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Study]:
    """The desk's posts, the first too long for the screen; three people labelled three pairs."""
    posts = [replace(POSTS[0], text=" ".join([POSTS[0].text] * 6)), *POSTS[1:]]
    study = make_study(tmp_path / "desk.db", posts=posts, settings=SETTINGS, name="tldr-pilot")
    for person, turn in (("ada", 1), ("bo", 1), ("cy", -1)):
        label(study, {pair: Preference(turn * (1 if pair % 2 else -1)) for pair in (1, 2, 3)}, person)
    yield study
    study.close()


def pairs_app(study: Study) -> ProfileApp:
    config = Config(annotator="ada", compare_with="judge-model")
    return ProfileApp(Session(study, Role.RESEARCHER), config, start=Mode.PAIRS, tracebacks=True)


def label_app(study: Study) -> ProfileApp:
    return ProfileApp(Session(study, Role.ANNOTATOR, "annotator 2"), tracebacks=True)


def on_the_desk(app: ProfileApp, *keys: str) -> RunBefore:
    async def settle(pilot: Pilot[Any]) -> None:
        screen = await opened(pilot, app, PairsScreen)
        await until(pilot, lambda: screen.compared is not None and screen.factor is not None, "the profile")
        await until(pilot, lambda: app.reading is None, "reading ended")
        await until(pilot, lambda: bool(screen.texts.first._spans), "novel words lit")
        await settled(pilot, app)
        await pilot.press(*keys)
        await settled(pilot, app)

    return settle


def in_the_task(app: ProfileApp, *keys: str) -> RunBefore:
    async def settle(pilot: Pilot[Any]) -> None:
        for key in keys:
            await ready(pilot, app)
            await pilot.press(key)
        screen = label_screen(app)
        await until(pilot, lambda: screen.has_class("-done") or not screen._waiting, "all saved")
        if screen.is_current and not screen.has_class("-done"):
            await ready(pilot, app)
        await settled(pilot, app)

    return settle


@SIZES
def test_pairs(desk: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = pairs_app(desk)
    assert snap_compare(app, terminal_size=size, run_before=on_the_desk(app, "j"))


def test_pairs_with_the_post_open(desk: Study, snap_compare: Compare) -> None:
    app = pairs_app(desk)
    assert snap_compare(app, terminal_size=SMALL, run_before=on_the_desk(app, "p"))


def test_pair_filter(desk: Study, snap_compare: Compare) -> None:
    app = pairs_app(desk)
    assert snap_compare(app, terminal_size=SMALL, run_before=on_the_desk(app, "f"))


@SIZES
def test_label(desk: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = label_app(desk)
    assert snap_compare(app, terminal_size=size, run_before=in_the_task(app, "1", "f", "d"))


def test_label_note(desk: Study, snap_compare: Compare) -> None:
    app = label_app(desk)
    assert snap_compare(app, terminal_size=SMALL, run_before=in_the_task(app, "n"))


def test_label_done(desk: Study, snap_compare: Compare) -> None:
    app = label_app(desk)
    assert snap_compare(app, terminal_size=SMALL, run_before=in_the_task(app, "1", "2", "f", "a", "b"))
