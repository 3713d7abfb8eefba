"""The facts of a pair: opened from a factor, lit in the texts, with verdicts and reasons."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from textual.pilot import Pilot

from annotation.extraction.run import ExtractionRun, ExtractionSetup, Wanted
from annotation.store.tables import factor_values
from annotation.study import Study
from profile_engine.backends.scripted import ScriptedChat
from profile_engine.ports import ChatRequest
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.profile_engine.fake_chat import fake_chat, sections
from tests.tui.waiting import loaded, opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.outside import MarkStyle
from tui.screens.facts import FactsScreen
from tui.screens.pairs import PairsScreen
from tui.session import Role, Session
from tui.widgets.text_pane import TextPane

CREATED = "2026-01-02T03:04:05Z"
PAIR = 4
"""Of the demo: a response with twelve facts, the ninth unsupported, beside one with a single fact."""


@pytest.fixture(scope="module")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo study, made long ago."""
    from tui.cli.demo import make_demo

    location = tmp_path_factory.mktemp("demo") / "demo.db"
    make_demo(location)
    with Study.open(location) as study, study.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER factor_values_no_UPDATE")
        connection.execute(update(factor_values).values(created=CREATED))
    return location


@pytest.fixture
def demo(made_demo: Path) -> Iterator[Study]:
    with Study.open(made_demo) as study:
        yield study


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Study]:
    """A pair that a model judged: it gives a reason for every verdict, and is hostile in one."""

    def decide(key: str, statement: str) -> str | None:
        return "no" if key == "supported" and "green" in statement else None

    with Study.create(tmp_path / "judged.db", task=Task.SUMMARIZATION) as study:
        draft = Draft(study)
        source = draft.source("My key broke in the lock. The bike is blue.")
        left, right = (draft.response(source, text) for text in ("A key broke. The bike is green.", "A key."))
        draft.pair(source, left, right)
        wanted = Wanted.of(study.factors)
        chat = fake_chat(decide)
        ExtractionRun(study, ExtractionSetup(wanted=Wanted(judged=wanted.judged), chat=chat)).run()
        yield study


def open_desk(study: Study) -> ProfileApp:
    config = Config(annotator="nina")
    return ProfileApp(Session(study, Role.RESEARCHER), config, start=Mode.PAIRS, tracebacks=True)


async def at_desk(pilot: Pilot[Any], app: ProfileApp, pair: int, factor: str) -> PairsScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, PairsScreen)
    for number in range(1, pair + 1):
        await until(pilot, lambda: screen._view is not None and screen._view.id == number, "the pair")  # noqa: B023
        await pilot.press(*(["j"] if number < pair else []))
    screen.factor = factor
    await settled(pilot, app)
    return screen


async def at_facts(pilot: Pilot[Any], app: ProfileApp) -> FactsScreen:
    await pilot.press("enter")
    screen = await opened(pilot, app, FactsScreen)
    await until(pilot, lambda: screen._known is not None, "the evidence")
    await settled(pilot, app)
    return screen


def lit(pane: TextPane, style: MarkStyle = MarkStyle.CHOSEN) -> list[str]:
    return [pane._text.plain[span.start : span.end] for span in pane._spans if span.style == style.value]


def reason(screen: FactsScreen) -> str:
    from textual.widgets import Static

    return str(screen.reasons.query_one(Static).visual)


async def test_the_desk_marks_the_facts_behind_the_chosen_factor(demo: Study) -> None:
    app = open_desk(demo)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_desk(pilot, app, PAIR, "hallucination")
        unsupported = MarkStyle.UNSUPPORTED
        await until(
            pilot, lambda: lit(screen.texts.first, unsupported) == ["police have been informed"], "marks"
        )
        await sees(pilot, app, "¹Somebody's key broke")
        marked = "✓ᴬᴮkey snapped clean off in the lock"
        await until(pilot, lambda: marked in " ".join(shown(app).split()), "the marks in the post")
        screen.factor = "length"
        await until(pilot, lambda: "¹" not in shown(app), "the texts as they are")


async def test_the_cursor_lights_a_fact_in_response_and_source(demo: Study) -> None:
    app = open_desk(demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_desk(pilot, app, PAIR, "off_focus")
        screen = await at_facts(pilot, app)
        await sees(pilot, app, "◀ A ~0.250 · 3 of 12 facts off focus")
        await sees(pilot, app, "▶ B ~0.000 · 0 of 1 fact off focus")
        await pilot.press("down", "j", "down")
        await until(pilot, lambda: lit(screen.left_text) == ["green ten-speed"] == lit(screen.post), "a fact")
        assert lit(screen.right_text) == []
        await sees(pilot, app, "✗ Off Focus  off focus")
        await sees(pilot, app, "~ by hand · version 1 · 2026-01-02 03:04:05 UTC")
        await pilot.press(*["down"] * 5)
        await until(pilot, lambda: lit(screen.left_text) == ["police have been informed"], "the ninth fact")
        assert lit(screen.post) == []  # it is not in the post
        await pilot.press("right")
        other = ["Somebody's key broke in their bike lock"]
        await until(pilot, lambda: lit(screen.right_text) == other, "the other's fact")
        assert lit(screen.left_text) == []
        await pilot.press("escape")
        await opened(pilot, app, PairsScreen)


async def test_source_coverage_steps_through_the_facts_of_the_source(demo: Study) -> None:
    app = open_desk(demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_desk(pilot, app, PAIR, "source_coverage")
        screen = await at_facts(pilot, app)
        await sees(pilot, app, "◀ A ~0.900 · 9 of 10 source facts covered")
        await pilot.press("down", "down", "right")
        await until(pilot, lambda: screen.right_facts.highlighted == 2, "the third fact, by B")
        await until(
            pilot, lambda: lit(screen.left_text) == lit(screen.post) == ["green ten-speed"], "the fact"
        )
        await sees(pilot, app, "✗ Source Coverage  not covered")  # by B


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_verdict_shows_its_reason_model_prompts_and_time(
    judged: Study, size: tuple[int, int]
) -> None:
    app = open_desk(judged)
    async with app.run_test(size=size) as pilot:
        await at_desk(pilot, app, 1, "hallucination")
        screen = await at_facts(pilot, app)
        await pilot.press("down")
        await sees(pilot, app, "✗ Hallucination  not supported")
        await sees(pilot, app, "supported: no")
        await sees(pilot, app, "▲ scripted · fused facts-")
        await until(pilot, lambda: lit(screen.left_text) == ["bike is green"], "the fact")
        await pilot.press("tab")
        while screen.factor != "intent_alignment":
            before = screen.factor
            await pilot.press("tab")
            await until(pilot, lambda: screen.factor != before, "another factor")  # noqa: B023
        await until(
            pilot, lambda: "Intent Alignment" in str(screen.reasons.border_title), "the verdict's name"
        )
        await until(pilot, lambda: "intent_alignment: " in reason(screen), "the reason")


async def test_missing_facts_say_why(tmp_path: Path) -> None:
    with Study.create(tmp_path / "bare.db", task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(1)
        app = open_desk(study)
        async with app.run_test(size=(80, 24)) as pilot:
            await at_desk(pilot, app, 1, "length")
            await at_facts(pilot, app)
            await sees(pilot, app, "no facts yet: x on the Study screen finds them")
            await pilot.press("down", "tab", "right", "space", "enter")


@pytest.fixture
def failed(tmp_path: Path) -> Iterator[Study]:
    """A pair that a model would not judge, though it found the facts of the second response."""

    def answer(request: ChatRequest) -> str:
        found = sections(request).get("text") == "Right 1."
        return '{"facts": ["Right."]}' if found else "I'd rather [/] talk.\x1b[2J"

    chat = ScriptedChat(answer)
    with Study.create(tmp_path / "failed.db", task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(1)
        wanted = Wanted(judged=("hallucination", "intent_alignment", "number_of_facts"))
        ExtractionRun(study, ExtractionSetup(wanted=wanted, chat=chat)).run()
        yield study


async def test_an_answer_that_could_not_be_used_is_shown_as_it_came(failed: Study) -> None:
    """Where the facts failed nobody knows how many there are; and the words of a model cannot draw."""
    app, said = open_desk(failed), "It answered:\nI'd rather [/] talk.␛[2J"
    async with app.run_test(size=(100, 30)) as pilot:
        await at_desk(pilot, app, 1, "hallucination")
        screen = await at_facts(pilot, app)
        assert "fact" not in str(screen.left_facts.border_title)
        assert said in reason(screen)
        assert "Hallucination" in str(screen.reasons.border_title)
        await pilot.press("down")
        assert "Intent Alignment" in str(screen.reasons.border_title)
        assert said in reason(screen)
        await pilot.press("right")
        assert "1 fact" in str(screen.right_facts.border_title)
        assert "Hallucination" in str(screen.reasons.border_title)
        assert said in reason(screen)


RunBefore = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("factor", ["hallucination", "source_coverage"])
def test_looks(demo: Study, snap_compare: Callable[..., bool], factor: str, size: tuple[int, int]) -> None:
    app = open_desk(demo)

    async def go(pilot: Pilot[Any]) -> None:
        await at_desk(pilot, app, PAIR, factor)
        await at_facts(pilot, app)
        await pilot.press(*["down"] * 8)
        await settled(pilot, app)

    assert snap_compare(app, terminal_size=size, run_before=go)


def test_the_marked_desk_looks(demo: Study, snap_compare: Callable[..., bool]) -> None:
    app = open_desk(demo)

    async def go(pilot: Pilot[Any]) -> None:
        await at_desk(pilot, app, PAIR, "hallucination")
        await until(pilot, lambda: "✓ᴬᴮ" in shown(app), "the marks")
        await settled(pilot, app)

    assert snap_compare(app, terminal_size=(120, 40), run_before=go)
