"""What People and Adjudication look like. After a wanted change: `pytest --snapshot-update`, then look."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from annotation.people.participation import leave_out
from annotation.planning.seats import utc_now
from annotation.store.tables import participation
from annotation.study import Study
from tests.tui.crew_study import make_crew, people, press, ready, research
from tests.tui.test_snapshots import LARGE, SIZES, SMALL, Compare, RunBefore
from tests.tui.waiting import settled, until
from tui.app import Mode, ProfileApp


@pytest.fixture
def crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """The crew, cleo left out, as seen three hours later."""
    study = make_crew(tmp_path / "crew.db")
    monkeypatch.setattr("annotation.store.decisions.timestamp", lambda: "2030-01-02T03:04:05Z")
    leave_out(study, "cleo", "presses [b]the first[/b] side only")
    monkeypatch.setattr("tui.screens.people.utc_now", lambda: utc_now() + timedelta(hours=3, minutes=1))
    with study.reading() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {participation.name}").scalar() == 1
    yield study
    study.close()


def of_people(app: ProfileApp, *keys: str) -> RunBefore:
    async def settle(pilot: Pilot[None]) -> None:
        screen = await people(pilot, app)
        await until(pilot, lambda: app.snapshot is not None and app.reading is None, "the profile")
        await pilot.press(*keys)
        await until(pilot, lambda: screen.query_one("#person").size.height > 0, "the person")
        await settled(pilot, app)

    return settle


def of_disputes(app: ProfileApp, *keys: str) -> RunBefore:
    async def settle(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.snapshot is not None and app.reading is None, "the profile")
        await ready(pilot, app)
        await press(pilot, app, *keys)
        await settled(pilot, app)

    return settle


@SIZES
def test_people(crew: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = research(crew)
    assert snap_compare(app, terminal_size=size, run_before=of_people(app, "down", "down"))


def test_leaving_out(crew: Study, snap_compare: Compare) -> None:
    app = research(crew)

    async def ask(pilot: Pilot[None]) -> None:
        await of_people(app, "down")(pilot)
        await pilot.press("o", "t", "o", "o")

    assert snap_compare(app, terminal_size=SMALL, run_before=ask)


@SIZES
def test_adjudication(crew: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = research(crew, Mode.ADJUDICATION)
    assert snap_compare(app, terminal_size=size, run_before=of_disputes(app, "w", "d"))


def test_what_people_said(crew: Study, snap_compare: Compare) -> None:
    app = research(crew, Mode.ADJUDICATION)
    assert snap_compare(app, terminal_size=SMALL, run_before=of_disputes(app, "w", "1", "v"))


def test_nothing_left_to_settle(crew: Study, snap_compare: Compare) -> None:
    app = research(crew, Mode.ADJUDICATION)
    assert snap_compare(app, terminal_size=LARGE, run_before=of_disputes(app, "w", "1", "2"))
