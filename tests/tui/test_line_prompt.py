"""A line to type takes every letter, however fast they come."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from annotation.answers import AnswerLog
from annotation.settings import StudySettings
from annotation.study import Study
from tests.tui.desk_study import make_study
from tests.tui.label_task import WHO, annotate, entries, ready
from tests.tui.waiting import opened, settled, until
from tui.screens.label import LabelScreen
from tui.widgets.line_prompt import LinePrompt

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


async def test_a_note_on_what_has_only_just_come_becomes_no_answer(tmp_path: Path) -> None:
    study = make_study(tmp_path / "slow.db", settings=StudySettings(minimum_seconds=60.0))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, LabelScreen)
        await until(pilot, lambda: screen.item is not None, "an item")
        for key in keys("nso bad\r"):
            app.post_message(key)
        await until(pilot, lambda: len(entries(study)) == 1, "the note")
        assert list(AnswerLog(study).standing(WHO).notes.values()) == ["so bad"]


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
