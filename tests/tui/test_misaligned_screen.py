"""Misaligned pairs in the terminal: the order, live with labels and verdicts, tags, the way to the desk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from textual.pilot import Pilot
from textual.widgets import OptionList, Select

from annotation.answers import AnswerLog, NewAnswer
from annotation.extraction import extract_rules
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.misaligned import MisalignedFilter
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.store.model_tables import judgings
from annotation.study import Study
from annotation.tags import PairRemarks
from profile_engine.preferences import Agent, AgentKind, Preference
from profile_engine.taxonomy import Task
from tests.tui.conftest import MakeApp
from tests.tui.crew_study import read_only
from tests.tui.small_study import PAIRS
from tests.tui.waiting import loaded, opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.misaligned import MisalignedScreen
from tui.screens.misaligned_filter import MisalignedFilterScreen
from tui.screens.pairs import PairsScreen
from tui.session import Role, Session
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.text_page import TextPage

LEFT, RIGHT = Preference.LEFT, Preference.RIGHT
JUDGE, WRITER = Agent("gpt-judge", AgentKind.JUDGE), Agent("writer", AgentKind.GENERATOR)


@pytest.fixture
def app(research_app: MakeApp) -> ProfileApp:
    """The judge prefers the left response everywhere, people the right one of pairs 4 and 6."""
    return research_app(Mode.MISALIGNED, Config(annotator="Cy", compare_with="gpt-judge"))


def ids(screen: MisalignedScreen) -> list[int]:
    return [] if screen.found is None else screen.found.ids.tolist()


async def at_list(pilot: Pilot[Any], app: ProfileApp, *pairs: int) -> MisalignedScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, MisalignedScreen)
    await until(pilot, lambda: set(ids(screen)) == set(pairs), f"pairs {pairs}")
    await settled(pilot, app)
    return screen


def under_cursor(screen: MisalignedScreen) -> int | None:
    return None if screen.table.pair is None else screen.table.pair.id


async def typed(pilot: Pilot[Any], app: ProfileApp, key: str, line: str) -> None:
    """Press a key that asks for a line, and give it."""
    await pilot.press(key)
    prompt = await opened(pilot, app, LinePrompt)
    prompt.line.value = line
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(app.screen, LinePrompt), "the prompt closed")


def label(study: Study, annotator: str, pair: int, choice: Preference) -> None:
    AnswerLog(study).save(NewAnswer(pair, annotator, choice=choice))


async def test_the_pairs_and_what_each_adds(app: ProfileApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        await sees(pilot, app, "pair 1 of 2")
        assert screen.model == JUDGE and screen.found is not None
        changes = [pair.change for pair in screen.found if pair.change is not None]
        assert changes == sorted(changes, reverse=True) and len(changes) == 2
        first = screen.found[0]
        await sees(pilot, app, f"Pair {first.id} · ● people prefer ▶ B · ▲ gpt-judge chose ◀ A")
        assert app.snapshot is not None and first.kendall is not None
        before = screen.found.alignment.kendall
        assert before is not None and first.change == pytest.approx(first.kendall - before)
        await pilot.press("j")
        await sees(pilot, app, "pair 2 of 2")


async def test_labels_move_the_list_and_leave_the_cursor_on_its_pair(app: ProfileApp, study: Study) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        while under_cursor(screen) != 6:
            await pilot.press("j")
        label(study, "Ada", 8, RIGHT)
        await at_list(pilot, app, 4, 6, 8)
        assert under_cursor(screen) == 6
        for annotator in ("Ada", "Bo"):
            label(study, annotator, 4, LEFT)
        await at_list(pilot, app, 6, 8)
        assert under_cursor(screen) == 6
        label(study, "Ada", 6, LEFT)  # one against one: no majority
        await at_list(pilot, app, 8)
        await until(pilot, lambda: under_cursor(screen) == 8, "the cursor on what is there")


async def test_new_verdicts_arrive(app: ProfileApp, study: Study) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        await pilot.press("end")
        chosen = under_cursor(screen)
        rows = [
            {"pair_id": pair, "agent_id": 2, "value": value, "created": timestamp()}
            for pair, value in ((1, -1), (5, 0))
        ]
        with study.writing() as connection:
            connection.execute(insert(tables.preferences), rows)
        await at_list(pilot, app, 1, 4, 5, 6)
        assert under_cursor(screen) == chosen


async def test_a_pair_opens_on_the_desk_and_escape_comes_back(app: ProfileApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        await pilot.press("j")
        pair = under_cursor(screen)
        await pilot.press("enter")
        desk = await opened(pilot, app, PairsScreen)
        await until(pilot, lambda: desk._view is not None and desk._view.id == pair, "the pair on the desk")
        await until(pilot, lambda: desk.compared == JUDGE, "compared with the judge")
        await settled(pilot, app)
        await pilot.press("j", "k")
        await pilot.press("escape")
        await opened(pilot, app, MisalignedScreen)
        assert under_cursor(screen) == pair
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")
        await pilot.press("p")  # by its own key the desk leads back to the study
        await opened(pilot, app, PairsScreen)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study again")
        await pilot.press("m")
        await opened(pilot, app, MisalignedScreen)


async def test_tags_notes_and_their_undo(app: ProfileApp, study: Study) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        pair = under_cursor(screen)
        assert pair is not None

        async def stands(remarks: PairRemarks) -> None:
            def drawn() -> bool:
                return screen.table.pair is not None and screen.table.pair.remarks == remarks

            await until(pilot, drawn, f"{remarks} drawn")
            assert study.pair(pair).remarks == remarks

        await typed(pilot, app, "t", "paper")
        await stands(PairRemarks(("paper",)))
        await sees(pilot, app, "#paper")
        await typed(pilot, app, "n", "too [long]")
        await stands(PairRemarks(("paper",), "too [long]"))
        await sees(pilot, app, "too [long]")
        await typed(pilot, app, "t", "paper")
        await stands(PairRemarks((), "too [long]"))
        for remarks in (PairRemarks(("paper",), "too [long]"), PairRemarks(("paper",)), PairRemarks()):
            await pilot.press("u")
            await stands(remarks)
        await typed(pilot, app, "t", "b\u202ed")
        await sees(pilot, app, "not kept: a tag cannot hold letters that are not seen")


async def test_filters(app: ProfileApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        while under_cursor(screen) != 6:
            await pilot.press("j")
        await typed(pilot, app, "t", "paper")
        await until(pilot, lambda: "#paper" in shown(app), "the tag")
        await pilot.press("f")
        asked = await opened(pilot, app, MisalignedFilterScreen)
        asked.query_one("#tag", Select).value = "paper"
        await pilot.press("ctrl+s")
        await at_list(pilot, app, 6)
        await sees(pilot, app, "pair 1 of 1 of 2 · #paper")
        await pilot.press("escape")
        await at_list(pilot, app, 4, 6)
        for wanted, left in ((MisalignedFilter(gap=3), {4, 6}), (MisalignedFilter(gap=4), set[int]())):
            screen.wanted = wanted
            await until(pilot, lambda left=left: set(ids(screen)) == left, f"{left}")  # type: ignore[misc]
        await sees(pilot, app, "No pair is misaligned: scores 4 or more apart.")
        await pilot.press("f")
        await opened(pilot, app, MisalignedFilterScreen)
        await pilot.click("#all")
        await at_list(pilot, app, 4, 6)
        await pilot.press("o")
        await until(pilot, lambda: screen.wanted.source == 2, "only this post")
        await sees(pilot, app, "post “A shy cat”")
        await pilot.press("o")
        await until(pilot, lambda: screen.wanted == MisalignedFilter(), "all posts")


async def test_another_model_and_another_way(app: ProfileApp) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        await pilot.press("b")
        await until(pilot, lambda: screen.model == WRITER, "the generator")
        await sees(pilot, app, "as soon as most people prefer a side that writer did not choose.")
        await pilot.press("c")
        picker = await opened(pilot, app, AgentPicker)
        options = picker.query_one(OptionList)
        assert options.option_count == 2
        options.highlighted = 1
        await pilot.press("enter")
        await at_list(pilot, app, 4, 6)
        assert screen.model == JUDGE


async def test_all_that_was_said(app: ProfileApp, study: Study) -> None:
    with study.writing() as connection:
        told = {"pair_id": 4, "agent_id": 2, "value": 1, "raw": "A", "justification": "It is\nlonger."}
        connection.execute(insert(tables.preferences), {**told, "created": timestamp()})
        asked = {"pair_id": 4, "agent_id": 2, "version": "1", "model": "m", "created": timestamp()}
        orders = [(1, None, None, "failed: x"), (1, 1, "A it is", None), (-1, -1, "B it is", None)]
        for first, choice, why, reason in orders:
            row = {"shown_first": first, "choice": choice, "justification": why, "reason": reason}
            connection.execute(insert(judgings), {**asked, **row})
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_list(pilot, app, 4, 6)
        while under_cursor(screen) != 4:
            await pilot.press("j")
        await pilot.press("w")
        await opened(pilot, app, TextPage)
        for words in ("people: ▶ B, of 2", "Ada: ▶ B", "gpt-judge (judge): ◀ A", "It is longer.", "A it is"):
            await sees(pilot, app, words)
        await sees(pilot, app, "shown A first: ◀ A")
        await sees(pilot, app, "shown B first: ▶ B")
        assert "failed" not in shown(app)  # it was asked again since
        await pilot.press("escape", "enter")
        desk = await opened(pilot, app, PairsScreen)
        await until(pilot, lambda: desk._view is not None and desk._view.id == 4, "the pair on the desk")
        await sees(pilot, app, "gpt-judge ◀ A “It is longer.”")


async def test_a_study_without_models_says_what_belongs_here(tmp_path: Path) -> None:
    with Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION) as study:
        app = ProfileApp(Session(study, Role.RESEARCHER), start=Mode.MISALIGNED, tracebacks=True)
        async with app.run_test(size=(80, 24)) as pilot:
            await loaded(pilot, app)
            await sees(pilot, app, "No model to compare people with yet.")
            lines = [line.strip() for line in shown(app).splitlines()]
            assert "Pairs come here on which most people prefer a side and a model does not." in lines
            assert "judged pairs         profile-tui judge STUDY --model NAME" in lines
            assert "wrote for scores     profile-tui generate STUDY --model NAME" in lines
            assert "rewarded responses   profile-tui reward STUDY --model NAME" in lines
            await pilot.press("j", "enter", "t", "n", "w", "o", "b", "c", "escape")
            await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")


async def test_a_long_name_gives_way_to_the_agreement(app: ProfileApp, study: Study) -> None:
    name = "a-model-of-a-long-name-70b-instruct-v0.3"
    with study.writing() as connection:
        connection.execute(update(tables.agents).where(tables.agents.c.name == JUDGE.name).values(name=name))
    for number in range(7, PAIRS):
        label(study, "Ada", number, RIGHT)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot, app)
        screen = await opened(pilot, app, MisalignedScreen)
        screen.model = Agent(name, AgentKind.JUDGE)
        await sees(pilot, app, "2 of 9, 0.222")
        await sees(pilot, app, "▲ a-model-of-a-long-")
        await pilot.resize_terminal(120, 40)
        await sees(pilot, app, "agrees with ● people in 2 of 9, 0.222")


async def test_two_real_judges(shared_data: Path, tmp_path: Path) -> None:
    """882 - 692 and 894 - 635 pairs."""
    with Study.create(tmp_path / "p.db", task=Task.SUMMARIZATION) as study:
        import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
        extract_rules(study)
        app = ProfileApp(Session(study, Role.RESEARCHER), start=Mode.MISALIGNED, tracebacks=True)
        async with app.run_test(size=(80, 24)) as pilot:
            await loaded(pilot, app)
            screen = await opened(pilot, app, MisalignedScreen)
            for name, count in (("gpt-3.5-turbo", 190), ("pandalm-7b", 259)):
                screen.model = Agent(name, AgentKind.JUDGE)
                await sees(pilot, app, f"pair 1 of {count}")
            await pilot.press("end")
            await sees(pilot, app, "pair 259 of 259")


async def test_a_read_only_study_is_not_tagged(study: Study) -> None:
    app = ProfileApp(Session(read_only(study), Role.RESEARCHER), start=Mode.MISALIGNED, tracebacks=True)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await loaded(pilot, app)
        for key in "tn":
            await pilot.press(key)
            await sees(pilot, app, "this study is read-only: nothing can be tagged or noted")
            app.clear_notifications()


Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_looks(app: ProfileApp, study: Study, snap_compare: Compare, size: tuple[int, int]) -> None:
    for pair in range(7, PAIRS):
        label(study, "Ada", pair, RIGHT)

    async def settle(pilot: Pilot[Any]) -> None:
        screen = await at_list(pilot, app, 4, 6, *range(7, PAIRS))
        await typed(pilot, app, "t", "paper")
        await typed(pilot, app, "n", "Longer without saying more.")
        await until(pilot, lambda: bool(screen.table.pair and screen.table.pair.remarks.note), "the note")
        app.clear_notifications()
        await pilot.press("j")
        await settled(pilot, app)

    assert snap_compare(app, terminal_size=size, run_before=settle)
