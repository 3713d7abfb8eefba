"""A line to type takes every letter, however fast they come."""

import pytest
from textual.events import Key
from textual.widgets import Input

from annotation.answers import AnswerLog
from annotation.study import Study
from tests.tui.label_task import WHO, annotate, entries, ready
from tests.tui.waiting import opened, settled, until
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
