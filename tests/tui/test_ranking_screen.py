"""Two rankings side by side: what is drawn, what the keys move, what a label moves."""

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, opened, settled, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.ranking import RankingScreen
from tui.session import Role, Session
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.factor_detail import FactorDetail
from tui.widgets.key_bar import KeyBar
from tui.widgets.last_label import LastLabel
from tui.widgets.rank_lines import RankLines

OPEN_PAIR = LABELLED + 1  # an odd number: its longer response is the left one


def screen_of(app: ProfileApp) -> RankingScreen:
    assert isinstance(app.screen, RankingScreen)
    return app.screen


async def ranking(pilot: Pilot[None], app: ProfileApp) -> RankingScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, RankingScreen)
    await settled(pilot, app)
    return screen


def lines(screen: RankingScreen) -> list[str]:
    return screen.mirror.render().plain.splitlines()


def said(screen: RankingScreen, side: str, part: str) -> str:
    return str(screen.query_one(f"#{side}-{part}", Static).visual)


async def test_both_sides_stand_in_the_order_of_the_left_ranking(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ranking(pilot, app)
        drawn = lines(screen)
    assert all(len(line) == 78 for line in drawn)
    assert "● people evaluation, 4 pairs" in drawn[0]
    assert "▲ writer generation, 12 pairs" in drawn[0]
    # People chose the longer one in all four pairs with a majority, and so did the writer in all twelve.
    length = next(line for line in drawn if "Length" in line)
    assert (length.split()[:2], length.split()[-3:]) == (["1", "+1.00"], ["+1.00", "1", "="])
    assert drawn[2].startswith("▸")
    coherence = next(line for line in drawn if "Coherence" in line)
    assert coherence.split() == ["-", "no", "values", "▏", "Coherence", "▕", "no", "values", "-"]


async def test_the_cursor_chooses_the_factor_that_is_explained(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ranking(pilot, app)
        await pilot.press("end")
        await until(pilot, lambda: screen.factor == screen.mirror.factor == "coherence", "the last factor")
        why = "no value on any pair with a preference."
        await until(pilot, lambda: said(screen, "left", "sentence").endswith(why), "why it has no score")
        second = screen.left_ranking.factors[1].score.factor  # type: ignore[union-attr]
        await pilot.press("home", "j", "j", "k")
        await until(pilot, lambda: screen.factor == second, "the second factor")


async def test_the_chosen_factor_is_told_in_counts_and_words(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ranking(pilot, app)
        screen.mirror.factor = "length"
        counted = "● people  C 4  D 0  T 0  counted 4 of 4"
        await until(pilot, lambda: said(screen, "left", "counts") == counted, "the counts")
        words = "People chose the longer one in 4 of 4 pairs that differ in length."
        await until(pilot, lambda: said(screen, "left", "sentence") == words, "the sentence")
        counted = "▲ writer  C 12  D 0  T 0  counted 12 of 12"
        await until(pilot, lambda: said(screen, "right", "counts") == counted, "the counts on the right")


async def test_what_is_left_out_is_counted_by_reason(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ranking(pilot, app)
        screen.mirror.factor = "number_of_facts"
        await until(pilot, lambda: "1 factor tied" in said(screen, "left", "counts"), "the counts")
        # Every third pair has as many facts on both sides: of the four with a majority pair 6.
        assert "counted 3 of 4" in said(screen, "left", "counts")


async def test_a_label_moves_the_ranking_and_says_what_it_moved(research_app: MakeApp, study: Study) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ranking(pilot, app)
        AnswerLog(study).save(NewAnswer(OPEN_PAIR, "Ada", choice=Preference.RIGHT))
        await until(pilot, lambda: screen.left_ranking.pairs == 5, "the label")  # type: ignore[union-attr]
        await settled(pilot, app)
        # Four of five chosen are the longer ones: (4 - 1) / 5.
        assert screen.query_one(LastLabel).render().plain.count("1.000 → 0.600") >= 2
        assert "Length 1.000 → 0.600, rank 1" in screen.query_one(LastLabel).render().plain
        assert any("+.600" in line and "Length" in line for line in lines(screen))
        assert screen.query_one(LastLabel).border_subtitle == "Ada"


async def test_what_moved_can_be_left_out(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING, Config(what_moved=False))
    async with app.run_test() as pilot:
        screen = await ranking(pilot, app)
        assert not screen.query(LastLabel)


async def test_the_cursor_stays_on_its_factor_while_the_order_changes(
    research_app: MakeApp, study: Study
) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test() as pilot:
        screen = await ranking(pilot, app)
        screen.mirror.factor = "hallucination"
        await until(pilot, lambda: screen.factor == "hallucination", "the factor")
        AnswerLog(study).save(NewAnswer(OPEN_PAIR, "Ada", choice=Preference.RIGHT))
        await until(pilot, lambda: screen.left_ranking.pairs == 5, "the label")  # type: ignore[union-attr]
        await settled(pilot, app)
        assert screen.factor == "hallucination"


async def test_agents_are_stepped_through_swapped_and_chosen(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test() as pilot:
        screen = await ranking(pilot, app)

        def agents() -> tuple[str, str]:
            assert screen.left is not None
            assert screen.right is not None
            return screen.left.name, screen.right.name

        assert agents() == ("human", "writer")
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: agents() == ("human", "gpt-judge"), "the next on the right")
        await pilot.press("x")
        await until(pilot, lambda: agents() == ("gpt-judge", "human"), "the sides changed")
        await pilot.press("1")
        await opened(pilot, app, AgentPicker)
        assert app.screen.query_one(OptionList).option_count == 3
        await pilot.press("home", "down", "enter")
        await until(pilot, lambda: app.screen is screen and agents() == ("writer", "human"), "the chosen one")


async def test_annotators_are_offered_when_asked_for(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test() as pilot:
        await ranking(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: screen_of(app).annotators, "the annotators offered")
        await pilot.press("2")
        await opened(pilot, app, AgentPicker)
        prompts = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
    assert prompts[3:] == ["● Ada  evaluation, 6 pairs", "● Bo  evaluation, 6 pairs"]


async def test_the_config_names_who_is_compared(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING, Config(reference="writer", compare_with="gpt-judge"))
    async with app.run_test() as pilot:
        screen = await ranking(pilot, app)
        assert screen.left is not None
        assert screen.right is not None
        assert (screen.left.name, screen.right.name) == ("writer", "gpt-judge")


async def test_lines_lead_from_rank_to_rank(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ranking(pilot, app)
        widget = screen.query_one(RankLines)
        assert widget.display
        drawn = widget.render().plain.splitlines()
        assert len(drawn) == 11  # six factors have a score on both sides, two lines each
        assert drawn[0].split()[0] == "Novel"
        assert drawn[-1].strip().startswith("Fluency")


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((120, 40), True), ((200, 60), True)])
async def test_nothing_is_cut_at_any_size(research_app: MakeApp, size: tuple[int, int], shown: bool) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=size) as pilot:
        screen = await ranking(pilot, app)
        assert screen.query_one("#lines").display is shown
        for widget in (screen.mirror, screen.query_one(FactorDetail), screen.query_one(LastLabel)):
            assert screen.region.contains_region(widget.region)
            assert widget.region.height


async def test_an_empty_study_says_what_brings_a_ranking(tmp_path_factory: pytest.TempPathFactory) -> None:
    from profile_engine.taxonomy import Task

    with Study.create(tmp_path_factory.mktemp("empty") / "e.db", task=Task.SUMMARIZATION) as empty:
        app = ProfileApp(Session(empty, Role.RESEARCHER), start=Mode.RANKING, tracebacks=True)
        async with app.run_test() as pilot:
            screen = await ranking(pilot, app)
            await pilot.press("right_square_bracket", "x", "down")
            await until(pilot, lambda: screen.query_one("#nothing").display, "the words")
            assert not screen.query_one("#table").display


async def test_the_key_bar_has_the_lesser_keys_where_there_is_room(research_app: MakeApp) -> None:
    for width, room in ((80, False), (120, True)):
        app = research_app(Mode.RANKING)
        async with app.run_test(size=(width, 40)) as pilot:
            await loaded(pilot, app)
            await settled(pilot, app)
            bar = app.screen.query_one(KeyBar).render().plain
            assert all(f"{key} " in bar for key in ("1", "2", "]", "s", "p", "l", "a", "?"))
            assert all(word in bar for word in ("[ Before", "x Swap", "n Annotators")) is room
