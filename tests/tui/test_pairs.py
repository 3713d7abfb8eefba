"""The desk: stepping, filters, search, marks, scores that follow labels."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from annotation.answers import AnswerLog, NewAnswer
from annotation.extraction import extract_rules
from annotation.pairs import LabelState, PairFilter
from annotation.study import Study
from profile_engine.preferences import Agent, AgentKind, Preference
from profile_engine.taxonomy import Task
from tests.tui.desk_study import POSTS, label, make_study
from tests.tui.waiting import opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.factor_rows import LOADING
from tui.messages import PairChosen
from tui.screens.label import LabelScreen
from tui.screens.pair_filter import PairFilterScreen
from tui.screens.pairs import PairsScreen
from tui.session import Role, Session
from tui.widgets.line_prompt import LinePrompt

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Study]:
    """People chose the longer text of pair 1, as the judge did, the shorter of 2, and neither of 3."""
    study = make_study(tmp_path / "desk.db")
    label(study, {1: LEFT, 2: LEFT, 3: TIE})
    yield study
    study.close()


def open_desk(study: Study, **config: object) -> ProfileApp:
    settings = Config.model_validate({"annotator": "nina", "compare_with": "judge-model", **config})
    return ProfileApp(Session(study, Role.RESEARCHER), settings, start=Mode.PAIRS, tracebacks=True)


async def at_pair(pilot: Pilot[None], app: ProfileApp, pair_id: int) -> PairsScreen:
    """Wait until this pair is on the desk and the profile is read."""
    screen = await opened(pilot, app, PairsScreen)
    await until(pilot, lambda: screen._view is not None and screen._view.id == pair_id, f"pair {pair_id}")
    await until(pilot, lambda: app.snapshot is not None and screen.compared is not None, "the profile")
    await settled(pilot, app)
    return screen


async def test_keys_step_through_the_pairs_and_stop_at_the_ends(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        await sees(pilot, app, "pair 1 of 4")
        for key, pair_id in (
            ("j", 2),
            ("down", 3),
            ("j", 4),
            ("j", 4),
            ("k", 3),
            ("up", 2),
            ("k", 1),
            ("k", 1),
        ):
            await pilot.press(key)
            screen = await at_pair(pilot, app, pair_id)
        assert screen._view is not None and screen._view.id == 1
        await sees(pilot, app, "Keys lost at the market")
        await sees(pilot, app, "Lost my keys again")


async def test_the_desk_shows_values_scores_votes_and_authors(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(130, 40)) as pilot:
        await at_pair(pilot, app, 1)
        await pilot.press("j")
        await at_pair(pilot, app, 2)
        seen = " ".join(shown(app).split())
        # Pair 2 has 6 words by hand against 19; people chose the shorter one, the judge the longer one.
        assert "Length ~6 ~19 ▶ B" in seen
        assert "Novel Words ~0.600 ~0.100 ◀ A" in seen
        assert "Fluency not yet not yet not yet" in seen
        assert "◀ A ● 1 of 1 · score 1, writer-model" in seen
        assert "▶ B ▲▲ · score 5, writer-model" in seen
        assert "● people ◀ A 1 of 1" in seen
        assert "▲ judge-model ▶ B" in seen
        # The judge prefers the longer one wherever values differ; people's one such label says the opposite.
        assert "-1.0 +1.0 ● A ▲ B" in seen


async def test_scores_follow_labels_given_elsewhere(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(130, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        await pilot.press("j")
        await at_pair(pilot, app, 2)
        log = AnswerLog(desk)  # as another process would
        log.register("olga")
        log.register("pia")
        for person in ("olga", "pia"):
            log.save(NewAnswer(2, person, choice=RIGHT))
        await until(pilot, lambda: "2 of 3" in shown(app), "the new majority")

        def score() -> str:
            (length,) = [row for row in screen.table.rows if row.factor.name == "length"]
            return length.people.score

        await until(pilot, lambda: score() == "+1.0", "the new score")
        await sees(pilot, app, "▶ B ● 2 of 3 ▲▲")


async def test_before_the_profile_is_read_the_desk_works(
    desk: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(self: ProfileApp) -> None:
        """The profile is never read."""

    monkeypatch.setattr(ProfileApp, "begin_reading", never)
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app, PairsScreen)
        await until(pilot, lambda: screen._view is not None, "a pair")
        await pilot.press("j")
        await sees(pilot, app, "pair 2 of 4")
        assert screen.table.rows[0].people.score == LOADING
        await sees(pilot, app, "~19")
        await sees(pilot, app, "…")


async def test_a_desk_opened_after_the_profile_was_read_compares_at_once(desk: Study) -> None:
    app = open_desk(desk)
    app._start = Mode.STUDY
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.snapshot is not None, "the profile")
        await pilot.press("p")
        screen = await at_pair(pilot, app, 1)
        assert screen.table.compared == "judge-model"
        assert LOADING not in {row.model.score for row in screen.table.rows}


async def test_m_goes_to_the_next_pair_where_people_and_the_model_disagree(desk: Study) -> None:
    label(desk, {4: LEFT})
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_pair(pilot, app, 1)
        for pair_id in (2, 4, 2):  # 3 is people's tie; behind the last, from the start
            await pilot.press("m")
            await at_pair(pilot, app, pair_id)


async def test_search_filters_and_escape_takes_the_filter_away(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_pair(pilot, app, 1)
        await pilot.press("slash")
        await opened(pilot, app, LinePrompt)
        await pilot.press(*"TRUMPET", "enter")
        screen = await at_pair(pilot, app, 3)
        await until(pilot, lambda: bool(screen.texts.source._spans), "the found word lit")
        await sees(pilot, app, "match 1 of 2 · pair 3 of 4 · “TRUMPET”")
        await pilot.press("k")  # nothing before it passes
        await at_pair(pilot, app, 3)
        await pilot.press("escape")
        await until(pilot, lambda: "match" not in shown(app).splitlines()[0], "no filter")
        await pilot.press("k")
        await at_pair(pilot, app, 2)


async def test_a_search_that_finds_nothing_says_so_and_changes_nothing(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await at_pair(pilot, app, 1)
        await pilot.press("slash")
        await opened(pilot, app, LinePrompt)
        await pilot.press(*"[/xyz", "enter")
        await until(pilot, lambda: "No pair passes: “[/xyz”" in shown(app), "the word of it")
        assert screen._walk is not None and screen._walk.wanted == PairFilter()


def has_filter(screen: PairsScreen, wanted: PairFilter) -> bool:
    return screen._walk is not None and screen._walk.wanted == wanted


async def test_leaving_the_search_leaves_the_filter_and_an_empty_line_takes_the_text_away(
    desk: Study,
) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        for keys, wanted in (
            ([*"trumpet", "enter"], PairFilter(text="trumpet")),
            (["x", "escape"], PairFilter(text="trumpet")),
            (["ctrl+u", "enter"], PairFilter()),
        ):
            await pilot.press("slash")
            await opened(pilot, app, LinePrompt)
            await sees(pilot, app, "enter searches · escape leaves")
            assert ("an empty line" in shown(app)) is (keys[0] != "t")
            await pilot.press(*keys)
            await opened(pilot, app, PairsScreen)
            await until(pilot, lambda: has_filter(screen, wanted), "the filter")  # noqa: B023
            await settled(pilot, app)
            assert has_filter(screen, wanted)


@pytest.mark.parametrize(
    ("chosen", "first", "count"),
    [
        (PairFilter(state=LabelState.UNLABELLED), 4, 1),
        (PairFilter(agent="judge-model:judge"), 1, 4),
        (PairFilter(factor="length"), 2, 2),
        (PairFilter(misaligned_with="judge-model:judge"), 2, 1),
    ],
)
async def test_filters(desk: Study, chosen: PairFilter, first: int, count: int) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        await pilot.press("f")
        form = await opened(pilot, app, PairFilterScreen)
        for select, value in (
            (form.agent, chosen.agent),
            (form.state, chosen.state),
            (form.factor, chosen.factor),
            (form.misaligned, chosen.misaligned_with),
        ):
            if value is not None:
                select.value = value
        await pilot.press("ctrl+s")
        await until(pilot, lambda: has_filter(screen, chosen), "the filter")
        await at_pair(pilot, app, first)
        assert screen._walk is not None
        assert (screen._walk.wanted, len(screen._walk)) == (chosen, count)


async def test_go_to_a_number_and_what_is_not_there(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await at_pair(pilot, app, 1)
        for typed, pair_id in (("3", 3), ("#2", 2), ("77", 2)):
            await pilot.press("g")
            prompt = await opened(pilot, app, LinePrompt)
            prompt.line.value = typed
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, LinePrompt), "the prompt closed")
            await at_pair(pilot, app, pair_id)
        await until(pilot, lambda: "No pair 77 here" in shown(app), "the word of it")


async def test_a_pair_chosen_elsewhere_comes_to_the_desk_even_past_a_filter(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        screen._find(PairFilter(text="trumpet"))
        await at_pair(pilot, app, 3)
        app.post_message(PairChosen(2))
        await at_pair(pilot, app, 2)
        await until(pilot, lambda: has_filter(screen, PairFilter()), "no filter")


async def test_tab_moves_the_factor_and_novel_words_light_up(tmp_path: Path) -> None:
    bare = [
        replace(post, pairs=[(replace(a, values={}), replace(b, values={})) for a, b in post.pairs])
        for post in POSTS
    ]
    study = make_study(tmp_path / "rules.db", posts=bare)
    extract_rules(study)
    app = open_desk(study)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        assert screen.factor == "novel_words"  # the first factor in which the two differ
        await pilot.press("tab")
        await until(pilot, lambda: screen.factor == "off_focus", "the next factor")
        await pilot.press("shift+tab")
        await until(pilot, lambda: screen.factor == "novel_words", "the factor before")
        # Of "Keys lost at the market, found by a stall keeper." the post has all words but two.
        await until(pilot, lambda: bool(screen.texts.first._spans), "novel words lit")
        text = screen.texts.first._text.plain
        spans = screen.texts.first._spans
        assert {text[span.start : span.end] for span in spans} == {"by", "a"}
        await pilot.press("shift+tab")
        await until(pilot, lambda: not screen.texts.first._spans, "no other factor has words")


async def test_c_compares_with_the_next_model(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(130, 40)) as pilot:
        screen = await at_pair(pilot, app, 1)
        assert screen.table.compared == "judge-model"
        assert screen.panel.against == Agent("judge-model", AgentKind.JUDGE)
        await pilot.press("c")
        await until(pilot, lambda: screen.table.compared == "writer-model", "the next model")
        assert screen.panel.against == Agent("writer-model", AgentKind.GENERATOR)
        await pilot.press("c")
        await until(pilot, lambda: screen.table.compared == "judge-model", "the first again")


async def test_l_labels_from_this_pair_and_escape_comes_back(desk: Study) -> None:
    app = open_desk(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_pair(pilot, app, 1)
        for pair_id in (2, 3):
            await pilot.press("j")
            await at_pair(pilot, app, pair_id)
        await pilot.press("l")
        labelling = await opened(pilot, app, LabelScreen)
        await until(pilot, lambda: labelling.item is not None and labelling.item.pair_id == 3, "this pair")
        await pilot.press("escape")
        await at_pair(pilot, app, 3)


async def test_a_small_screen_folds_the_desk_and_p_opens_the_post(tmp_path: Path) -> None:
    long = [replace(POSTS[0], text="A line of the post. " * 200), POSTS[1]]
    study = make_study(tmp_path / "long.db", posts=long)
    app = open_desk(study)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_pair(pilot, app, 1)
        texts = screen.texts
        await until(pilot, lambda: texts.source.region.height == 4, "laid out")
        first, second = texts.first.region, texts.second.region
        assert (first.x, first.width) == (second.x, second.width) and first.bottom <= second.y  # A above B
        await sees(pilot, app, "▾")  # the post goes on
        await sees(pilot, app, " more: tab")
        lines = shown(app).splitlines()
        assert all(len(line) == 80 for line in lines)
        await pilot.press("p")
        await until(pilot, lambda: texts.source.region.height > 15, "the post open")
        await pilot.press("p")
        await until(pilot, lambda: texts.source.region.height == 4, "the post closed")


async def test_an_empty_study_says_what_belongs_there(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION)
    app = open_desk(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.has_class("-empty"), "the empty desk")
        await sees(pilot, app, "profile-tui import")
        await pilot.press("j", "m", "tab", "c", "l")


async def test_people_are_not_compared_with_one_of_themselves(tmp_path: Path) -> None:
    study = make_study(tmp_path / "people.db", models=False)
    label(study, {1: LEFT})
    app = open_desk(study)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "no model" in shown(app), "the word of it")
        for key in ("c", "m"):
            await pilot.press(key)
            await until(pilot, lambda: "No model in this study" in shown(app), f"the word of it at {key}")
            app.clear_notifications()
            await until(pilot, lambda: "No model in" not in shown(app), "the word gone")
        assert isinstance(app.screen, PairsScreen) and app.screen.compared is None
