"""The Adjudication screen: blind, one press a pair, saved at once, taken back in the log."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog, NewAnswer
from annotation.results.adjudication import Adjudications
from annotation.store.tables import adjudications
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.drafts import LEFT, RIGHT, TIE
from tests.conftest import ROOT
from tests.tui.crew_study import labelling, make_crew, press, read_only, ready, research
from tests.tui.desk_study import GENERATOR, JUDGE, label, make_study
from tests.tui.label_task import AT_ONCE
from tests.tui.terminal import Terminal
from tests.tui.waiting import opened, sees, shown, until
from tui.app import Mode, ProfileApp
from tui.screens.adjudication import AdjudicationScreen
from tui.screens.help import HelpScreen
from tui.widgets.line_prompt import LinePrompt

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])
HIDDEN = "What people said stays hidden until you choose, not to lead you · v shows it"


@pytest.fixture
def disputed(tmp_path: Path) -> Iterator[Study]:
    """Four pairs, no plan: on 1, 2 and 4 anna and ben differ, on 3 they agree."""
    study = make_study(tmp_path / "disputed.db", settings=AT_ONCE)
    label(study, {1: LEFT, 2: RIGHT, 3: LEFT, 4: TIE}, "anna")
    label(study, {1: RIGHT, 2: LEFT, 3: LEFT, 4: RIGHT}, "ben")
    yield study
    study.close()


def adjudicate(study: Study, name: str | None = "dora") -> ProfileApp:
    return research(study, Mode.ADJUDICATION, name)


def entries(study: Study) -> list[tuple[int, int | None, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(adjudications).order_by(adjudications.c.id))
        return [(row.pair_id, row.choice, row.note) for row in rows]


def settled(study: Study) -> dict[int, Preference]:
    return {one.pair_id: one.settled.choice for one in Adjudications(study).disputes() if one.settled}


@SIZES
async def test_one_press_settles_and_the_next_pair_comes(disputed: Study, size: tuple[int, int]) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot, app)
        for words in (
            "· Adjudication · dora",
            "0 of 3",
            "Which one?",
            "◀ 1 better",
            HIDDEN,
            "v What they said",
        ):
            await sees(pilot, app, words)
        drawn = shown(app)
        assert all(name not in drawn for name in ("anna", "ben", GENERATOR, JUDGE))
        first = screen._first
        await press(pilot, app, "1")
        assert settled(disputed) == {1: first}
        # Only now it is said who said what: anna the left one, ben the right one.
        sides = {first: "◀ 1", Preference(-first): "▶ 2"}
        await sees(pilot, app, f"saved: 1 ◀ 1 better · they: anna {sides[LEFT]} · ben {sides[RIGHT]}")
        await sees(pilot, app, "1 of 3")
        await sees(pilot, app, HIDDEN)  # of the pair that is there now
        await press(pilot, app, "2", "0")
        await sees(pilot, app, "Nothing left to settle")
        await sees(pilot, app, "3 of 3 pairs without a majority are settled")
        assert set(settled(disputed)) == {1, 2, 4}
        assert settled(disputed)[4] is TIE


@pytest.mark.parametrize(
    ("keys", "pressed"), [("1 a left", LEFT), ("2 b right", RIGHT), ("0 t down", TIE)], ids=["1", "2", "tie"]
)
async def test_the_keys_are_those_of_label(disputed: Study, keys: str, pressed: Preference) -> None:
    app = adjudicate(disputed)
    async with app.run_test() as pilot:
        for pair, key in zip((1, 2, 4), keys.split(), strict=True):
            screen = await ready(pilot, app)
            wanted = Preference(pressed * screen._first)
            await press(pilot, app, key)
            assert settled(disputed)[pair] is wanted


async def test_what_people_said_is_shown_on_a_key_and_hidden_for_the_next_pair(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot, app)
        sides = {screen._first: "◀ 1", Preference(-screen._first): "▶ 2"}
        await press(pilot, app, "v")
        await sees(pilot, app, f"anna {sides[LEFT]} · ben {sides[RIGHT]}")
        await press(pilot, app, "v")
        await sees(pilot, app, HIDDEN)
        await press(pilot, app, "v", "s")
        await sees(pilot, app, HIDDEN)
        assert "anna" not in shown(app)
        assert entries(disputed) == []


async def test_a_note_goes_with_the_choice(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("n")
        await opened(pilot, app, LinePrompt)
        await sees(pilot, app, "Note on pair 1")
        await pilot.press(*"[/]why", "enter")
        await ready(pilot, app)
        await sees(pilot, app, "saved: 1 with a note")
        await sees(pilot, app, "✎ note")
        assert entries(disputed) == [(1, None, "[/]why")]  # it is there before anything is chosen
        screen = await press(pilot, app, "1")
        chosen = settled(disputed)[1]
        assert entries(disputed)[1:] == [(1, chosen, "[/]why")]
        assert "✎" not in shown(app)
        await pilot.press("n")
        await opened(pilot, app, LinePrompt)
        await pilot.press("escape")
        await ready(pilot, app)
        assert screen._item is not None
        assert (screen._item.pair_id, len(entries(disputed))) == (2, 2)


async def test_undo_goes_back_step_by_step_and_removes_nothing(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = await press(pilot, app, "1", "s", "2")  # 1 settled, 2 skipped, 4 settled
        assert set(settled(disputed)) == {1, 4}
        for pair, words in (
            (4, "taken back: 3 is open again"),
            (2, "taken back: 2 is no longer skipped"),
            (1, "taken back: 1 is open again"),
        ):
            await press(pilot, app, "u")
            await sees(pilot, app, words)
            assert screen._item is not None
            assert screen._item.pair_id == pair
        await press(pilot, app, "u")
        await sees(pilot, app, "nothing left to take back")
        assert settled(disputed) == {}
        assert [(pair, choice is None) for pair, choice, _ in entries(disputed)] == [
            (1, False),
            (4, False),
            (4, True),
            (1, True),
        ]


async def test_undo_leads_back_from_the_last_page(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1", "1", "1")
        await sees(pilot, app, "Nothing left to settle")
        screen = await press(pilot, app, "u")
        assert not screen.has_class("-done")
        await sees(pilot, app, "2 of 3")
    app = adjudicate(disputed)  # and what was settled before the screen was opened
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "u")
        assert set(settled(disputed)) == {1}


async def test_skipped_pairs_come_last(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        seen = []
        for key in ("s", "1", "1"):
            assert screen._item is not None
            seen.append(screen._item.pair_id)
            await press(pilot, app, key)
        assert screen._item is not None
        assert [*seen, screen._item.pair_id] == [1, 2, 4, 1]


async def test_no_tie_where_the_study_has_none(disputed: Study) -> None:
    disputed.change_settings(disputed.settings.model_copy(update={"allow_ties": False}))
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        assert "0 tie" not in shown(app)
        await press(pilot, app, "t")
        await sees(pilot, app, "ties are not allowed in this study")
        assert entries(disputed) == []
        await pilot.press("question_mark")
        await opened(pilot, app, HelpScreen)
        await sees(pilot, app, "The first is better")
        assert "Neither is better" not in shown(app)


async def test_differences_and_pages(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "d")
        await sees(pilot, app, "differences on")
        await pilot.press("pagedown", "space", "backspace", "up", "equals_sign")
        await sees(pilot, app, "The wheel moves one of the two")
        await press(pilot, app, "d")
        assert "differences on" not in shown(app)
        assert entries(disputed) == []


async def test_a_held_key_settles_one_pair(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await pilot.press("1")
        await sees(pilot, app, "1 is held")
        assert set(settled(disputed)) == {1}


async def test_whoever_settled_it_meanwhile_keeps_it(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot, app)
        Adjudications(disputed).settle(1, TIE, "ezra")
        await press(pilot, app, "1")
        await sees(pilot, app, "not saved: pair 1 was settled by ezra meanwhile")
        assert screen._item is not None
        assert (screen._item.pair_id, settled(disputed)) == (2, {1: TIE})
        AnswerLog(disputed).register("cleo")
        AnswerLog(disputed).save(NewAnswer(2, "cleo", choice=LEFT))
        await press(pilot, app, "1")
        await sees(pilot, app, "not saved: pair 2 has a majority")
        assert screen._item.pair_id == 4
        await sees(pilot, app, "1 of 2")


async def test_a_dispute_from_another_process_comes_by_itself(disputed: Study) -> None:
    app = adjudicate(disputed)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = await press(pilot, app, "1", "1", "1")
        await sees(pilot, app, "Nothing left to settle")
        process = await asyncio.create_subprocess_exec(
            *labelling(disputed, "ben", 3, RIGHT), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        _, error = await process.communicate()
        assert process.returncode == 0, error
        await until(pilot, lambda: screen._item is not None, "pair 3")
        await sees(pilot, app, "3 of 4")
        assert screen._item is not None
        assert screen._item.pair_id == 3


async def test_pairs_that_wait_for_labels_are_taken_up_on_a_key(tmp_path: Path) -> None:
    study = make_crew(tmp_path / "crew.db")  # 1-1-1 on pair 1; one against one of three on pair 4
    app = adjudicate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await sees(pilot, app, "0 of 1")
        screen = await press(pilot, app, "0")
        await sees(pilot, app, "1 more")
        await press(pilot, app, "w")
        await sees(pilot, app, "1 of 2")
        assert screen._item is not None
        assert screen._item.pair_id == 4
        await press(pilot, app, "w")
        await sees(pilot, app, "Nothing left to settle")
    study.close()


async def test_without_disputes_there_is_nothing_to_do(tmp_path: Path) -> None:
    study = make_study(tmp_path / "s.db", settings=AT_ONCE)
    app = adjudicate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await sees(pilot, app, "No pair is without a majority")
        await press(pilot, app, "1", "s", "n", "v", "u")
        assert entries(study) == []
    study.close()


async def test_it_is_asked_who_adjudicates(disputed: Study) -> None:
    app = adjudicate(disputed, None)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, LinePrompt)
        await sees(pilot, app, "In whose name do you adjudicate?")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")
        await pilot.press("d")
        await opened(pilot, app, LinePrompt)
        await pilot.press(*"ezra", "enter")
        await ready(pilot, app)
        await press(pilot, app, "1")
    found = Adjudications(disputed).disputes()[0].settled
    assert found is not None
    assert found.by == "ezra"


async def test_a_name_that_people_would_take_for_anothers_is_refused(disputed: Study) -> None:
    app = adjudicate(disputed, None)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app, LinePrompt)
        await pilot.press("ctrl+u", *"ANNA", "enter")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")
        await sees(pilot, app, "'ANNA' differs")
        await pilot.press("d")
        await opened(pilot, app, LinePrompt)


@pytest.mark.parametrize("name", ["dora", None])
async def test_a_read_only_study_says_so(disputed: Study, name: str | None) -> None:
    study = read_only(disputed)
    app = adjudicate(study, name)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, AdjudicationScreen)
        await sees(pilot, app, "This study is read-only: nothing can be settled in it")
        await pilot.press("1", "s", "n", "u", "w", "v")
        assert isinstance(app.screen, AdjudicationScreen)
    study.close()


async def test_texts_and_names_from_outside_are_harmless(tmp_path: Path) -> None:
    study = make_study(tmp_path / "s.db", settings=AT_ONCE)
    label(study, {1: LEFT}, "eve\x1b[2J\u202e[/]")
    label(study, {1: RIGHT}, "mal\x1b]52;c;aGk=\x07")
    app = adjudicate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "v")
        await sees(pilot, app, "eve")
        assert not set("\x1b\x07\u202e") & set(shown(app))
        await press(pilot, app, "1")
        await sees(pilot, app, "they: eve")
        assert not set("\x1b\x07\u202e") & set(shown(app))
    study.close()


def at_a_terminal(study: Study, home: Path, *options: str) -> Terminal:
    command = [sys.executable, "-c", "from tui.cli import main; main()", "study", "adjudicate"]
    env = {"PYTHONPATH": str(ROOT), "PROFILE_TUI_CONFIG": str(home / "c"), "XDG_STATE_HOME": str(home)}
    return Terminal([*command, study.location, *options], env=env, cwd=ROOT)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--list",), "Pairs without a majority: 3; 0 settled, 3 to settle"),
        (("--format", "json"), '"open": 3'),
        (("--by", "human"), "--by human: "),
    ],
    ids=["list", "json", "name"],
)
def test_no_screen_opens_where_it_is_not_wanted(
    disputed: Study, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    with at_a_terminal(disputed, tmp_path, *options) as terminal:
        terminal.wait_for(says)
        terminal.wait_end()
        assert terminal.foreign == []
    assert entries(disputed) == []


def test_what_the_terminal_says_is_saved_outlives_a_kill(disputed: Study, tmp_path: Path) -> None:
    for number, done in ((1, 0), (2, 1)):
        with at_a_terminal(disputed, tmp_path, "--by", "dora") as terminal:
            terminal.wait_for(f"{done} of 3")
            terminal.wait_for("choose")
            terminal.press("1", quiet=0)
            terminal.wait_for(f"saved: {number}")
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.wait_end() == -signal.SIGKILL
        assert len(entries(disputed)) == done + 1
    assert set(settled(disputed)) == {1, 2}
