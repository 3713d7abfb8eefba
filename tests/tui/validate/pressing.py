"""Keys pressed as a person presses them, and what is on the screen then."""

from textual.pilot import Pilot

from tests.tui.waiting import until
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


async def ready(pilot: Pilot[None], app: ProfileApp) -> None:
    """Wait until a press would count, or all is done."""

    def settled() -> bool:
        found = [one for one in app.screen_stack if isinstance(one, ValidateScreen | CodingScreen)]
        if not found:
            return False
        return found[0].has_class("-done") or found[0].bar.readiness is Readiness.READY

    await until(pilot, settled, "keys alive")


async def press(pilot: Pilot[None], app: ProfileApp, *keys: str) -> None:
    """Press keys as a person would: each anew, which another key before it tells from holding it."""
    for key in keys:
        anew = ("pageup",) if isinstance(app.screen, ValidateScreen | CodingScreen) else ()
        await pilot.press(*anew, key)
        await pilot.pause(0.03)
        await ready(pilot, app)


async def write(pilot: Pilot[None], app: ProfileApp, text: str) -> None:
    """Type a line into the prompt and give it."""
    await pilot.press(*text, "enter")
    await pilot.pause(0.05)
    await ready(pilot, app)
