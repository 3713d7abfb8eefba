"""One model in two settings is two agents on every screen: one may be chosen, and is told from the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from textual.widgets import OptionList

from annotation.pairs import PairFilter
from annotation.store.tables import agents
from annotation.study import Study
from profile_engine.preferences import Agent, AgentKind, Preference
from tests.tui.desk_study import label, make_study
from tests.tui.waiting import loaded, opened, sees, settled, shown, until
from tui.agents import Roster
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.alignment import AlignmentScreen
from tui.screens.pair_filter import PairFilterScreen
from tui.screens.pairs import PairsScreen
from tui.screens.ranking import RankingScreen
from tui.session import Role, Session
from tui.widgets.agent_picker import AgentPicker

NAME = "gpt-4o-of-the-sixth-of-august"
WRITING, JUDGING = Agent(NAME, AgentKind.GENERATOR), Agent(NAME, AgentKind.JUDGE)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """The judge prefers the longer of the first pair, the shorter of none; the writer differs in pair 3."""
    study = make_study(tmp_path / "one.db")
    with study.writing() as connection:
        connection.execute(update(agents).values(name=NAME))
        connection.execute(update(agents).where(agents.c.kind == AgentKind.JUDGE).values(simulated=True))
    label(study, {1: Preference.LEFT, 2: Preference.RIGHT, 3: Preference.LEFT}, NAME)
    yield study
    study.close()


def open_app(study: Study, start: Mode, **config: str) -> ProfileApp:
    settings = Config.model_validate({"annotator": "nina", **config})
    return ProfileApp(Session(study, Role.RESEARCHER), settings, start=start, tracebacks=True)


def test_the_roster_tells_which_of_them_is_simulated(study: Study) -> None:
    roster = Roster.of(study.summary())
    assert roster.shared == {NAME}
    assert [roster.is_simulated(agent) for agent in (WRITING, JUDGING)] == [False, True]
    assert not roster.is_simulated(Agent(NAME, AgentKind.ANNOTATOR))


async def test_the_desk_compares_with_each_by_itself(study: Study) -> None:
    app = open_app(study, Mode.PAIRS)
    async with app.run_test(size=(130, 40)) as pilot:
        await loaded(pilot, app)
        screen = app.screen
        assert isinstance(screen, PairsScreen)
        await until(pilot, lambda: screen.compared == WRITING, "the writer")
        await until(pilot, lambda: "▲ genera" in shown(app) and ":generator" in shown(app), "its kind")
        await sees(pilot, app, ":judge")  # who preferred what
        await pilot.press("m")
        await until(pilot, lambda: screen._pair_id == 3, "where people and the writer disagree")
        await settled(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: screen.panel.against == JUDGING, "the judge")
        await until(pilot, lambda: "▲ judge" in shown(app) and "~▲" in shown(app), "its kind")


async def test_the_filter_offers_each_by_itself(study: Study) -> None:
    app = open_app(study, Mode.PAIRS)
    async with app.run_test(size=(130, 40)) as pilot:
        await loaded(pilot, app)
        screen = app.screen
        assert isinstance(screen, PairsScreen)
        await until(pilot, lambda: screen._pair_id == 1, "a pair")
        await settled(pilot, app)
        await pilot.press("f")
        form = await opened(pilot, app, PairFilterScreen)
        form.misaligned.value = WRITING.address
        await pilot.pause()
        await sees(pilot, app, f"{NAME[:23]}…:generator")
        await pilot.press("ctrl+s")
        wanted = PairFilter(misaligned_with=WRITING.address)
        await until(pilot, lambda: screen._walk is not None and screen._walk.wanted == wanted, "the pair")
        assert screen._walk is not None and screen._walk.ids.tolist() == [3]


async def test_ranking_and_alignment_show_both(study: Study) -> None:
    app = open_app(study, Mode.RANKING, compare_with=JUDGING.address)
    async with app.run_test(size=(130, 40)) as pilot:
        await loaded(pilot, app)
        ranking = app.screen
        assert isinstance(ranking, RankingScreen)
        assert (ranking.left and ranking.left.kind, ranking.right) == (AgentKind.HUMAN, JUDGING)
        await pilot.press("1")
        await opened(pilot, app, AgentPicker)
        assert app.screen.query_one(OptionList).option_count == 3
        await sees(pilot, app, ":generator")
        await sees(pilot, app, ":judge")
        await pilot.press("down", "enter")
        await until(pilot, lambda: ranking.left == WRITING, "the writer on the left")
        await opened(pilot, app, RankingScreen)
        await pilot.press("a")
        alignment = await opened(pilot, app, AlignmentScreen)
        await until(pilot, lambda: len(alignment.comparisons) == 2, "both")
        await until(pilot, lambda: "generator" in shown(app) and ":judge" in shown(app), "both kinds")


async def test_a_name_of_several_in_the_config_is_the_first_of_them(study: Study) -> None:
    app = open_app(study, Mode.RANKING, compare_with=NAME)
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        assert isinstance(app.screen, RankingScreen) and app.screen.right == WRITING
