"""The Label screen as tests drive it: open, wait until keys count, press, and look at the log."""

from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from annotation.answers import AnswerKind, AnswerLog
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.waiting import is_busy, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.label import LabelScreen
from tui.session import Role, Session
from tui.widgets.choice_bar import Readiness

WHO = "nina"
AT_ONCE = StudySettings(minimum_seconds=0.0, question="Which one?", instructions="Take the [b]shorter[/b].")


def annotate(study: Study, role: Role = Role.ANNOTATOR, **config: object) -> ProfileApp:
    settings = Config.model_validate(config)
    return ProfileApp(Session(study, role, WHO), settings, start=Mode.LABEL, tracebacks=True)


def label_screen(app: ProfileApp) -> LabelScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, LabelScreen))


async def ready(pilot: Pilot[Any], app: ProfileApp) -> LabelScreen:
    """Wait until a key counts, with nothing that was said before still under way."""
    await until(pilot, lambda: any(isinstance(s, LabelScreen) for s in app.screen_stack), "the Label screen")
    screen = label_screen(app)

    def alive() -> bool:
        under_way = screen._waiting or is_busy(app, "item")
        return screen.is_current and screen.choices.readiness is Readiness.READY and not under_way

    await until(pilot, alive, "keys alive")
    await pilot.pause()
    return screen


async def press(pilot: Pilot[Any], app: ProfileApp, key: str) -> LabelScreen:
    """Press a key as a person would: anew, which another key before it tells from holding it."""
    await pilot.press("pageup", key)
    return await ready(pilot, app)


async def press_early(pilot: Pilot[Any], screen: LabelScreen, *keys: str) -> None:
    """Press keys just before they would count, by the clock of the keys however late they are taken."""
    await until(pilot, lambda: screen._gate._opens is not None, "the item painted")
    assert screen._gate._opens is not None
    for key in keys:
        pressed = Key(key, key)
        pressed.time = screen._gate._opens - 0.001
        screen.app.post_message(pressed)
    await until(pilot, lambda: screen._pressed_at == pressed.time, "the keys taken")
    await pilot.pause()


def entries(study: Study) -> list[tuple[int, AnswerKind, Preference | None]]:
    return [(a.pair_id, a.kind, a.choice) for a in AnswerLog(study).since(0)]
