"""Agents against a reference: the numbers, the order, the lines."""

import pytest
from scipy import stats
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import OptionList

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.alignment import Alignment, ResponseAgreement
from profile_engine.preferences import Preference
from profile_engine.ranking import FactorRanking
from profile_engine.taxonomy import Task
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, opened, settled, until
from tui.app import Mode, ProfileApp
from tui.screens.alignment import AlignmentScreen
from tui.session import Comparison, Role, Session
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.alignment_table import AlignmentTable
from tui.widgets.bars import points_around
from tui.widgets.rank_lines import RankLines


async def alignment(pilot: Pilot[None], app: ProfileApp, agents: int = 2) -> AlignmentScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, AlignmentScreen)
    await until(pilot, lambda: len(screen.comparisons) == agents, "the numbers")
    await settled(pilot, app)
    return screen


def rows(screen: AlignmentScreen) -> list[list[str]]:
    return [[str(cell) for cell in screen.table.get_row_at(row)] for row in range(screen.table.row_count)]


def scores(ranking: FactorRanking) -> dict[str, float]:
    return {each.score.factor: each.score.score for each in ranking.factors if each.score.score is not None}


async def test_the_numbers_are_those_of_scipy(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await alignment(pilot, app)
        assert app.snapshot is not None
        people, judge = scores(app.snapshot.people), scores(app.snapshot.of("gpt-judge"))
        pairs = [(people[factor], judge[factor]) for factor in people if factor in judge]
        x, y = zip(*pairs, strict=True)
        [row] = [row for row in rows(screen) if "gpt-judge" in row[0]]
        assert float(row[2]) == pytest.approx(stats.kendalltau(x, y).statistic, abs=5e-4)
        assert float(row[3]) == pytest.approx(stats.spearmanr(x, y).statistic, abs=5e-4)
        assert float(row[4]) == pytest.approx(stats.pearsonr(x, y).statistic, abs=5e-4)
        # Pairs 1, 4, 5 and 6 have a majority; the judge prefers the left side, which people do in 1 and 5.
        assert row[5:8] == ["2 of 4", "0.500", str(len(pairs))]
        (strip,) = row[8:]
        for letter, shown in zip("τr", (row[2], row[4]), strict=True):
            place = 2 * strip.index(letter) / (len(strip) - 1) - 1
            assert place == pytest.approx(float(shown), abs=1 / (len(strip) - 1))


async def test_the_strip_is_there_where_it_has_room(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await alignment(pilot, app)
        assert {len(row) for row in rows(screen)} == {8}
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: {len(row) for row in rows(screen)} == {9}, "the strip")
        assert all("│" in row[8] or "τ" in row[8] for row in rows(screen))
        await pilot.press("o")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: {len(row) for row in rows(screen)} == {8}, "no strip")


def test_letters_stand_at_their_values() -> None:
    assert points_around({"a": -1.0, "b": 0.5, "c": 1.0, "d": None}, 5) == "a┄│bc"
    assert points_around({"a": 0.0, "b": 0.01}, 5) == "┄┄a┄┄"
    assert points_around({}, 5) == "┄┄│┄┄"


async def test_annotators_are_aligned_when_asked_for(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test() as pilot:
        screen = await alignment(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: len(screen.comparisons) == 4, "all four")
        everybody = {"▲ writer", "▲ gpt-judge", "● Ada", "● Bo"}
        await until(pilot, lambda: {row[0] for row in rows(screen)} == everybody, "all four in the table")


async def test_sorting_goes_from_column_to_column(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test() as pilot:
        screen = await alignment(pilot, app)

        def marked() -> str:
            return next(
                str(column.label) for column in screen.table.ordered_columns if "▾" in str(column.label)
            )

        seen = [marked()]
        assert [row[0] for row in rows(screen)] == ["▲ writer", "▲ gpt-judge"]
        for _ in range(6):
            await pilot.press("o")
            await until(pilot, lambda: marked() != seen[-1], "another column")
            seen.append(marked())
        assert seen == ["τ_b ▾", "ρ ▾", "r ▾", "rate ▾", "factors ▾", "Agent ▾", "τ_b ▾"]
        await pilot.press("o", "o", "o", "o", "o")
        by_name = ["▲ gpt-judge", "▲ writer"]
        await until(pilot, lambda: [row[0] for row in rows(screen)] == by_name, "the rows by name")


async def test_the_agent_under_the_cursor_is_joined_to_the_reference(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await alignment(pilot, app)
        lines = screen.query_one(RankLines)

        async def joined(name: str) -> None:
            await until(pilot, lambda: lines.right is not None and lines.right.agent.name == name, name)

        await joined("writer")
        await pilot.press("down")
        await joined("gpt-judge")
        title = Content.from_markup(str(screen.query_one("#lines").border_title))
        assert title.plain == "Ranks ● people and ▲ gpt-judge"


async def test_a_label_changes_the_numbers_and_leaves_the_cursor(research_app: MakeApp, study: Study) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test() as pilot:
        screen = await alignment(pilot, app)
        await pilot.press("down")
        await until(
            pilot, lambda: screen.chosen is not None and screen.chosen.name == "gpt-judge", "the judge"
        )
        AnswerLog(study).save(NewAnswer(LABELLED + 1, "Ada", choice=Preference.LEFT))
        await until(pilot, lambda: any("3 of 5" in row for row in rows(screen)), "the judge's new agreement")
        await settled(pilot, app)
        assert screen.chosen is not None
        assert screen.chosen.name == "gpt-judge"
        assert "gpt-judge" in rows(screen)[screen.table.cursor_row][0]


async def test_another_reference_is_chosen_from_a_list(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test() as pilot:
        screen = await alignment(pilot, app)
        await pilot.press("f")
        await opened(pilot, app, AgentPicker)
        assert app.screen.query_one(OptionList).option_count == 5
        await pilot.press("down", "enter")
        await until(
            pilot, lambda: "▲ writer" not in {row[0] for row in rows(screen)}, "the writer as reference"
        )
        assert screen.reference is not None
        assert screen.reference.name == "writer"
        assert {row[0] for row in rows(screen)} == {"● people", "▲ gpt-judge"}


async def test_without_anybody_it_says_what_is_needed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Study.create(tmp_path_factory.mktemp("empty") / "e.db", task=Task.SUMMARIZATION) as empty:
        app = ProfileApp(Session(empty, Role.RESEARCHER), start=Mode.ALIGNMENT, tracebacks=True)
        async with app.run_test() as pilot:
            screen = await alignment(pilot, app, agents=0)
            await until(pilot, lambda: screen.has_class("-empty"), "the words")
            assert screen.query_one("#nothing").display


async def test_a_reason_is_read_as_words_and_not_as_markup(research_app: MakeApp) -> None:
    app = research_app(Mode.ALIGNMENT)
    async with app.run_test() as pilot:
        screen = await alignment(pilot, app)
        undefined = Alignment(1, None, None, None, "[/b] \x1b]0;owned\x07 has no scores")
        agent = screen.comparisons[0].agent
        comparison = Comparison(agent, undefined, ResponseAgreement(0, 0))
        screen.post_message(AlignmentTable.AgentChosen(comparison))
        lines = screen.query_one("#lines")
        await until(pilot, lambda: "owned" in str(lines.border_subtitle), "the reason")
        subtitle = Content.from_markup(str(lines.border_subtitle))
        assert subtitle.plain == "[/b] ␛]0;owned␇ has no scores"
