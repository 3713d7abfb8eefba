"""A line to type takes every letter, however fast they come."""

from pathlib import Path
from threading import Event

import pytest
from textual.events import Key
from textual.widgets import Input

from annotation.answers import Answer, AnswerKind, AnswerLog, NewAnswer
from annotation.results.adjudication import Adjudications
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.crew_study import research
from tests.tui.desk_study import label, make_study
from tests.tui.label_task import WHO, annotate, entries, ready
from tests.tui.waiting import opened, sees, settled, until
from tui.app import Mode
from tui.screens.adjudication import AdjudicationScreen
from tui.screens.label import LabelScreen
from tui.widgets.line_prompt import LinePrompt

SLOW = StudySettings(minimum_seconds=60.0)
_NAMES = {" ": "space", "\b": "backspace", "\r": "enter"}


def keys(typed: str) -> list[Key]:
    """As a terminal sends what arrives in one go."""
    return [Key(_NAMES.get(letter, letter), letter) for letter in typed]


async def test_a_note_typed_in_one_go_is_whole(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        for key in keys("nhalf a noo\bte\r"):
            app.post_message(key)
        await until(pilot, lambda: len(entries(fast_study)) == 1, "the note")
        assert AnswerLog(fast_study).standing(WHO).notes == {1: "half a note"}


async def test_a_note_on_what_has_only_just_come_is_no_answer(tmp_path: Path) -> None:
    study = make_study(tmp_path / "slow.db", settings=SLOW)
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, LabelScreen)
        await until(pilot, lambda: screen._item is not None, "an item")
        for key in keys("nbad, as if unsaid\r"):
            app.post_message(key)
        await until(pilot, lambda: len(entries(study)) == 1, "the note")
        assert AnswerLog(study).standing(WHO).notes == {1: "bad, as if unsaid"}


async def test_a_note_on_a_dispute_that_has_only_just_come_settles_nothing(tmp_path: Path) -> None:
    study = make_study(tmp_path / "disputed.db", settings=SLOW)
    label(study, {1: Preference.LEFT}, "anna")
    label(study, {1: Preference.RIGHT}, "ben")
    app = research(study, Mode.ADJUDICATION, "dora")
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, AdjudicationScreen)
        await until(pilot, lambda: screen._item is not None, "a dispute")
        for key in keys("na bad one\r"):
            app.post_message(key)
        await sees(pilot, app, "saved: 1")
        assert screen._desk is not None and screen._desk.note(1) == "a bad one"
        assert [one.settled for one in Adjudications(study).disputes()] == [None]


async def test_a_note_written_while_an_answer_is_being_saved_is_kept(
    fast_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, goes_on = annotate(fast_study), Event()
    save = app.session.save

    def wait(answer: NewAnswer) -> Answer:
        assert goes_on.wait(30)
        return save(answer)

    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        monkeypatch.setattr(app.session, "save", wait)
        await pilot.press("1")
        for key in keys("nslow\r"):
            app.post_message(key)
        await until(pilot, lambda: bool(screen._typed), "the note given")
        goes_on.set()
        await until(pilot, lambda: len(entries(fast_study)) == 2, "both")
        assert [kind for _, kind, _ in entries(fast_study)] == [AnswerKind.LABEL, AnswerKind.NOTE]
        assert AnswerLog(fast_study).standing(WHO).notes == {1: "slow"}


@pytest.mark.parametrize(("offered", "line"), [(True, "ben"), (False, "annaben")])
async def test_what_is_offered_is_typed_over(fast_study: Study, offered: bool, line: str) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        app.push_screen(LinePrompt("Who?", "anna", offered=offered))
        for key in keys("be"):
            app.post_message(key)
        prompt = await opened(pilot, app, LinePrompt)
        await settled(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: prompt.query_one(Input).value == line, "the line")
