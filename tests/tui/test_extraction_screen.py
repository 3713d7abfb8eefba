"""Extraction by a model from the Study screen, against a real loopback server."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from textual.pilot import Pilot

import tui.widgets.extraction_progress
from annotation.models import ModelBook, make_model, own_models_path
from annotation.store import tables
from annotation.study import Study
from profile_engine.taxonomy import TASK_FACTORS, Task
from tests.annotation.drafts import Draft
from tests.faulty_server import FaultyServer
from tests.judge_server import judge_server
from tests.tui.waiting import loaded, opened, settled, until
from tui.app import ProfileApp
from tui.config import Config
from tui.screens.extraction import ExtractionScreen
from tui.screens.facts import FactsScreen
from tui.screens.pairs import PairsScreen
from tui.screens.study import StudyScreen
from tui.session import Role, Session
from tui.widgets.study_parts import FactorValues
from tui.widgets.text_page import TextPage

SOURCES = 2
CALLS = SOURCES * (1 + 2 * 4)
"""Under the plan `fused`: a call a source, four a response, of which each source has two."""


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with judge_server().in_thread() as serving:
        yield serving


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Two sources with two responses each, and nothing known of them."""
    with Study.create(tmp_path / "s.db", task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        for number in range(SOURCES):
            source = draft.source(f"Post {number} is long. It says much.")
            left, right = (draft.response(source, f"{who} {number} is short.") for who in ("One", "Two"))
            draft.pair(source, left, right)
        yield made


def configure(server: FaultyServer, name: str = "judge", **fields: object) -> None:
    ModelBook.of().add(make_model(name, {"base_url": server.base_url, "model": "m-1", **fields}))


def research(study: Study, *, tracebacks: bool = True) -> ProfileApp:
    return ProfileApp(Session(study, Role.RESEARCHER), Config(annotator="nina"), tracebacks=tracebacks)


async def at_study(pilot: Pilot[Any], app: ProfileApp) -> StudyScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, StudyScreen)
    await until(pilot, lambda: screen.summary is not None, "the counts")
    return screen


async def asked(pilot: Pilot[Any], app: ProfileApp) -> ExtractionScreen:
    """Press `x` and wait until the dialog has counted."""
    await pilot.press("x")
    screen = await opened(pilot, app, ExtractionScreen)
    await counted(pilot, screen)
    return screen


async def counted(pilot: Pilot[Any], screen: ExtractionScreen) -> None:
    await pilot.pause()  # what was changed is told

    def is_counted() -> bool:
        told = str(screen.estimate.visual)
        return bool(told) and "counting" not in told

    await until(pilot, is_counted, "the estimate")


def on_screen(screen: StudyScreen, factor: str) -> int:
    """How many values of a factor the Study screen counts."""
    assert screen.summary is not None
    return sum(count.values for count in screen.summary.factors if count.factor == factor)


def values(study: Study) -> dict[str, int]:
    return {count.factor: count.values for count in study.summary().factors}


def replies(study: Study) -> int:
    with study.reading() as connection:
        return connection.execute(select(func.count(tables.replies.c.id))).scalar_one()


async def test_the_dialog_says_what_it_takes_and_nothing_is_sent_before(
    study: Study, server: FaultyServer
) -> None:
    configure(server, price_in=1.0, price_out=2.0)
    app = research(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_study(pilot, app)
        screen = await asked(pilot, app)
        told = str(screen.estimate.visual)
        assert told.startswith(f"Calls: {CALLS}\nTokens: about ")
        assert "Price: about 0.0" in told
        assert "Time: about" in told
        assert f"By judge (m-1), plan fused: {2 * SOURCES} responses" in told
        await pilot.press("escape")
        await opened(pilot, app, StudyScreen)
        await settled(pilot, app)
        assert (server.requests, replies(study), sum(values(study).values())) == (0, 0, 0)


async def test_the_palette_asks_the_same(study: Study, server: FaultyServer) -> None:
    configure(server)
    app = research(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_study(pilot, app)
        await pilot.press("ctrl+p", *"extract")
        await until(pilot, lambda: bool(app.screen.query("CommandList")), "the palette")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await opened(pilot, app, ExtractionScreen)


async def test_values_reach_every_view(study: Study, server: FaultyServer) -> None:
    configure(server)
    app = research(study)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_study(pilot, app)
        await asked(pilot, app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: server.requests == CALLS and not screen.progress.extracting, "the end")
        found = dict.fromkeys(TASK_FACTORS[Task.SUMMARIZATION], 2 * SOURCES) | {"fluency": 0, "coherence": 0}
        assert values(study) == found
        await until(pilot, lambda: on_screen(screen, "hallucination") == 4, "the counts on the screen")
        await settled(pilot, app)
        await pilot.press("p")
        await until(
            pilot,
            lambda: (
                isinstance(app.screen, PairsScreen)
                and any(
                    row.factor.name == "hallucination" and row.left == "0.000"
                    for row in app.screen.table.rows
                )
            ),
            "the values on the desk",
        )
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(app.screen, FactsScreen) and app.screen._known is not None, "the facts"
        )
        assert own_models_path().read_text().count("json_schema") == 1  # the endpoint's ability is remembered


async def test_values_come_while_it_goes_on(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tui.widgets.extraction_progress, "_READ_SECONDS", 0.05)
    monkeypatch.setattr(tui.widgets.extraction_progress, "_TELL_SECONDS", 0.0)
    with judge_server(hold_after=CALLS - 1).in_thread() as server:
        configure(server, price_out=1e6)
        app = research(study)
        async with app.run_test(size=(100, 30)) as pilot:
            screen = await at_study(pilot, app)
            dialog = await asked(pilot, app)
            dialog.query_one("#at-once").value = "1"  # type: ignore[attr-defined]
            await counted(pilot, dialog)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: on_screen(screen, "hallucination") > 0, "a value")
            await until(pilot, lambda: "cost " in screen.progress.render().plain, "how far it is")
            line = screen.progress.render().plain
            assert line.startswith("extracting, model ")
            assert f" of {CALLS} " in line
            assert "/s" in line and "left" in line
            assert screen.progress.done < CALLS
            await pilot.press("escape")
            server.hold_after = None
            await until(pilot, lambda: not screen.progress.extracting, "the end")


async def test_escape_stops_and_what_was_paid_is_not_asked_again(study: Study) -> None:
    with judge_server(hold_after=4).in_thread() as server:
        configure(server)
        app = research(study)
        told: list[str] = []
        async with app.run_test(size=(100, 30)) as pilot:
            app.notify = lambda message, **_: told.append(message)  # type: ignore[method-assign]
            screen = await at_study(pilot, app)
            dialog = await asked(pilot, app)
            dialog.query_one("#at-once").value = "2"  # type: ignore[attr-defined]
            await counted(pilot, dialog)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: server.requests == 6, "two calls under way")
            await pilot.press("x")
            await pilot.pause()
            assert isinstance(app.screen, StudyScreen)  # one run at a time
            await pilot.press("escape")
            await until(pilot, lambda: "stopping" in screen.progress.render().plain, "the stopping")
            server.hold_after = None
            await until(pilot, lambda: not screen.progress.extracting, "the end")
            assert replies(study) == server.requests == 6
            await until(pilot, lambda: len(told) == 1, "the words")
            assert told[0].startswith("Stopped; kept ") and told[0].endswith("x goes on.")
            dialog = await asked(pilot, app)
            assert f"Calls: {CALLS - server.requests}\n" in str(dialog.estimate.visual)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: len(told) == 2, "the second end")
        assert {tally.requests for tally in server.tallies.values()} == {1}
        assert server.requests == CALLS


async def test_leaving_does_not_wait_for_the_whole_run(study: Study) -> None:
    with judge_server(latency=1.0).in_thread() as server:
        configure(server)
        app = research(study)
        async with app.run_test() as pilot:
            screen = await at_study(pilot, app)
            await asked(pilot, app)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: server.requests > 0, "a call")
            run = screen.progress._extraction
        assert run is not None and run.run._stopping


async def test_what_failed_is_listed_with_its_reason(study: Study) -> None:
    with FaultyServer(answer=lambda body: "I would rather [/] talk.\x1b[2J").in_thread() as server:
        configure(server)
        app = research(study)
        async with app.run_test(size=(100, 30)) as pilot:
            await at_study(pilot, app)
            await asked(pilot, app)
            await pilot.press("ctrl+s")
            page = await opened(pilot, app, TextPage)
            await until(pilot, lambda: "no JSON" in page.pane._text.plain, "what failed")
            told = page.pane._text.plain
            assert "Failed, and why; x can ask again:" in told
            await pilot.press("escape")
            screen = await opened(pilot, app, StudyScreen)
            line = "Hallucination llm 0 0 4 0"
            drawn = screen.query_one(FactorValues)
            await until(pilot, lambda: line in " ".join(drawn.render().plain.split()), "the counts")
            dialog = await asked(pilot, app)
            said = str(dialog.estimate.visual).splitlines()
            assert said[0] == "Calls: 0"
            assert (
                "24 values failed before and are left out; What failed, find it again, asks for them" in said
            )
            dialog.retry.value = True
            await counted(pilot, dialog)
            assert "left out" not in str(dialog.estimate.visual)


async def test_what_cannot_be_run_says_why(study: Study, server: FaultyServer) -> None:
    configure(server)
    app = research(study)
    async with app.run_test(size=(100, 30)) as pilot:
        await at_study(pilot, app)
        screen = await asked(pilot, app)
        screen.query_one("#max-cost").value = "1"  # type: ignore[attr-defined]
        await counted(pilot, screen)
        assert "what judge costs is not known" in str(screen.estimate.visual)
        screen.factors.deselect_all()
        await counted(pilot, screen)
        assert str(screen.estimate.visual) == "choose a factor"
        await pilot.press("ctrl+s")
        assert app.screen is screen
        screen.factors.select("length")
        await counted(pilot, screen)
        assert "Calls" not in str(screen.estimate.visual)
        assert "By rules: 4 values (length)" in str(screen.estimate.visual)
    assert server.requests == 0


async def test_models_that_cannot_be_read_are_told_in_a_line(study: Study) -> None:
    own_models_path().write_text("[judge")
    app = research(study, tracebacks=False)
    told: list[str] = []
    async with app.run_test() as pilot:
        app.notify = lambda message, **_: told.append(message)  # type: ignore[method-assign]
        await at_study(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: bool(told), "the words")
    assert "cannot be read as TOML" in told[0]


RunBefore = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_looks(
    study: Study, server: FaultyServer, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    configure(server, price_in=2.5, price_out=10.0)
    app = research(study)

    async def go(pilot: Pilot[Any]) -> None:
        await at_study(pilot, app)
        await asked(pilot, app)
        await settled(pilot, app)

    assert snap_compare(app, terminal_size=size, run_before=go)
