"""What Experiments looks like. After a wanted change: `pytest --snapshot-update`, then look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from annotation.study import Study
from tests.annotation.experiments.study import make_tried_study
from tests.tui.test_experiments_screen import experiments, research
from tests.tui.test_snapshots import SIZES, SMALL, Compare, RunBefore
from tests.tui.waiting import settled, until
from tui.app import ProfileApp


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setattr("annotation.experiments.log.timestamp", lambda: "2030-01-02T03:04:05Z")
    study = make_tried_study(tmp_path / "tried.db")
    yield study
    study.close()


def after(app: ProfileApp, *keys: str) -> RunBefore:
    async def settle(pilot: Pilot[None]) -> None:
        screen = await experiments(pilot, app)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: screen.running is None, "its end")
        await settled(pilot, app)
        app.clear_notifications()
        await settled(pilot, app)

    return settle


@SIZES
def test_bars(tried: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = research(tried)
    assert snap_compare(app, terminal_size=size, run_before=after(app, "x"))


@SIZES
def test_matrix(tried: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = research(tried)
    assert snap_compare(app, terminal_size=size, run_before=after(app, "end", "x"))


def test_not_run_yet(tried: Study, snap_compare: Compare) -> None:
    app = research(tried)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, "down"))
