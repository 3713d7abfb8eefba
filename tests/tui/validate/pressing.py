"""Keys pressed as a person presses them, and what is on the screen then."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tui.app import ProfileApp
from tui.screens.coding import CodingScreen
from tui.screens.validate import ValidateScreen
from tui.widgets.choice_bar import Readiness


def the_screen(app: ProfileApp) -> ValidateScreen | CodingScreen:
    found = [one for one in app.screen_stack if isinstance(one, ValidateScreen | CodingScreen)]
    return found[0]


def validate_screen(app: ProfileApp) -> ValidateScreen:
    screen = the_screen(app)
    assert isinstance(screen, ValidateScreen)
    return screen


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.01)
    pytest.fail(f"never happened: {what}")


async def ready(pilot: Pilot[None], app: ProfileApp) -> None:
    """Wait until a press would count, or all is done."""

    def settled() -> bool:
        found = [one for one in app.screen_stack if isinstance(one, ValidateScreen | CodingScreen)]
        if not found:
            return False
        return found[0].has_class("-done") or found[0].bar.readiness is Readiness.READY

    await until(pilot, settled, "keys alive")


async def press(pilot: Pilot[None], app: ProfileApp, *keys: str) -> None:
    """Press keys one after another, each once and some time after the one before."""
    for key in keys:
        await pilot.pause(0.16)
        await pilot.press(key)
        await pilot.pause(0.03)
        await ready(pilot, app)


async def write(pilot: Pilot[None], app: ProfileApp, text: str) -> None:
    """Type a line into the prompt and give it."""
    await pilot.press(*text, "enter")
    await pilot.pause(0.05)
    await ready(pilot, app)


def shown(app: ProfileApp) -> str:
    """Everything on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
