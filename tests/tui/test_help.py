"""The page of keys is made from the bindings."""

import pytest
from textual.widgets import Static

from tests.tui.conftest import MakeApp
from tests.tui.waiting import loaded, opened, until
from tui.app import Mode
from tui.screens.help import HelpScreen


@pytest.mark.parametrize("mode", list(Mode))
async def test_every_key_of_the_key_bar_is_on_the_page(research_app: MakeApp, mode: Mode) -> None:
    app = research_app(mode)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        shown = [
            (app.get_key_display(active.binding), active.binding.description)
            for active in app.screen.active_bindings.values()
            if active.binding.show
        ]
        assert shown
        await app.action_show_keys()
        await opened(pilot, app, HelpScreen)
        page = str(app.screen.query_one(Static).visual)
        for key, description in shown:
            assert any(key in line.split() and description in line for line in page.splitlines()), key


async def test_what_textual_binds_itself_stands_last(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        await pilot.press("question_mark")
        await opened(pilot, app, HelpScreen)
        page = str(app.screen.query_one(Static).visual)
        here, places, everywhere, textual = (
            page.index(title) for title in ("Here", "Go to", "Everywhere", "Scrolling and focus")
        )
        assert here < page.index("Swap") < places < page.index("Alignment") < everywhere < textual
        assert page.index("↑ k") < places
        assert page.index("Focus Next") > textual
        assert "Copy selected text" not in page
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen), "the page closed")


async def test_what_a_key_does_hangs_beside_it_where_it_takes_two_lines(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(50, 24)) as pilot:
        await loaded(pilot, app)
        await pilot.press("question_mark")
        await opened(pilot, app, HelpScreen)
        lines = str(app.screen.query_one(Static).visual).splitlines()
        at = next(number for number, line in enumerate(lines) if "Annotators:" in line)
        assert lines[at + 1].strip() and lines[at].index("Annotators:") == len(lines[at + 1]) - len(
            lines[at + 1].lstrip()
        )
        assert all(len(line) <= 41 for line in lines)  # 96 % of 50, less frame and scroll bar
