"""The Label screen as tests drive it: open, wait until keys count, press, and look at the log."""

from textual.pilot import Pilot

from annotation.answers import AnswerKind, AnswerLog
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.waiting import until
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


async def ready(pilot: Pilot[None], app: ProfileApp) -> LabelScreen:
    await until(pilot, lambda: any(isinstance(s, LabelScreen) for s in app.screen_stack), "the Label screen")
    screen = label_screen(app)
    await until(pilot, lambda: screen.choices.readiness is Readiness.READY, "keys alive")
    return screen


async def press(pilot: Pilot[None], app: ProfileApp, key: str) -> LabelScreen:
    """Press a key as a person would: anew, which another key before it tells from holding it."""
    await pilot.press("pageup", key)
    await pilot.pause(0.05)
    return await ready(pilot, app)


def entries(study: Study) -> list[tuple[int, AnswerKind, Preference | None]]:
    return [(a.pair_id, a.kind, a.choice) for a in AnswerLog(study).since(0)]
