"""The desk's four pairs, planned for three labels each, with a crew at work; counted by hand.

Pair 1 is settled by nobody (1-1-1 with a tie), 2 by two of three, 3 has two labels that agree, 4 has one
against one and waits for a third. Ten of twelve labels; dan has come and holds pairs 3 and 4. Of what most of
the others say anna and ben find one of two, cleo none of one.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from annotation.answers import AnswerLog, NewAnswer
from annotation.planning.seats import utc_now
from annotation.settings import StudySettings
from annotation.store.database import Database, Place
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.drafts import LEFT, RIGHT, TIE
from tests.annotation.planning.planned import Person, plan
from tests.tui.desk_study import make_study
from tests.tui.label_task import AT_ONCE
from tests.tui.waiting import is_busy, until
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.screens.adjudication import AdjudicationScreen
from tui.screens.people import PeopleScreen
from tui.session import Role, Session
from tui.widgets.choice_bar import Readiness

VOTES: Final[Mapping[str, Mapping[int, Preference]]] = {
    "anna": {1: LEFT, 2: LEFT, 3: LEFT, 4: LEFT},
    "ben": {1: TIE, 2: LEFT, 3: LEFT, 4: RIGHT},
    "cleo": {1: RIGHT, 2: RIGHT},
}


def make_crew(path: Path, settings: StudySettings = AT_ONCE, **design: object) -> Study:
    """Make it; all labels took 12.5 seconds."""
    study = make_study(path, settings=settings)
    plan(study, (1, 2, 3, 4), design={"annotators_per_pair": 3, **design})
    log = AnswerLog(study)
    for name, choices in VOTES.items():
        log.register(name)
        for pair, choice in choices.items():
            log.save(NewAnswer(pair, name, choice=choice, shown_first=LEFT, seconds=12.5))
    Person(study, "dan", utc_now).next()
    return study


def read_only(study: Study) -> Study:
    """The same study, opened where nothing can be written."""
    return Study(Database(Place.of(study.location), read_only=True))


def research(study: Study, start: Mode = Mode.PEOPLE, name: str | None = "dora") -> ProfileApp:
    """A researcher's app on it."""
    config = Config() if name is None else Config(annotator=name)
    return ProfileApp(Session(study, Role.RESEARCHER), config, start=start, tracebacks=True)


async def people(pilot: Pilot[Any], app: ProfileApp) -> PeopleScreen:
    """Wait until everybody is counted."""

    def counted() -> bool:
        return isinstance(app.screen, PeopleScreen) and app.screen.people is not None

    await until(pilot, counted, "the people")
    await pilot.pause()
    assert isinstance(app.screen, PeopleScreen)
    return app.screen


def adjudication_screen(app: ProfileApp) -> AdjudicationScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, AdjudicationScreen))


async def ready(pilot: Pilot[Any], app: ProfileApp) -> AdjudicationScreen:
    """Wait until a press would count, or nothing is left."""

    def alive() -> bool:
        found = [one for one in app.screen_stack if isinstance(one, AdjudicationScreen)]
        if not found or not found[0].is_current or found[0]._waiting or is_busy(app, "item"):
            return False
        return found[0].has_class("-done") or found[0].choices.readiness is Readiness.READY

    await until(pilot, alive, "keys alive")
    await pilot.pause()
    return adjudication_screen(app)


async def press(pilot: Pilot[Any], app: ProfileApp, *keys: str) -> AdjudicationScreen:
    """Press keys as a person would: each anew, which another key before it tells from holding it."""
    for key in keys:
        await pilot.press("pageup", key)
        await ready(pilot, app)
    return adjudication_screen(app)


def labelling(study: Study, name: str, pair: int, choice: Preference) -> list[str]:
    """The command of a process of its own in which somebody labels one pair."""
    code = (
        "import sys; from annotation.answers import AnswerLog, NewAnswer; "
        "from annotation.study import Study; from profile_engine.preferences import Preference; "
        "study = Study.open(sys.argv[1]); log = AnswerLog(study); log.register(sys.argv[2]); "
        "log.save(NewAnswer(int(sys.argv[3]), sys.argv[2], choice=Preference(int(sys.argv[4])), "
        "shown_first=Preference.LEFT, seconds=7.5)); study.close()"
    )
    return [sys.executable, "-c", code, study.location, name, str(pair), str(int(choice))]
