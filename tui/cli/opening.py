"""`profile-tui open`: a study on the screen."""

import gc
import sys
from typing import TYPE_CHECKING

import typer

from tui.cli import debugging
from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import TuiError

if TYPE_CHECKING:
    from tui.app import Mode
    from tui.session import Role


def open_study(study: StudyArgument) -> None:
    """Open a study on screen: pairs, labels, rankings, alignment.

    Example: profile-tui open study.db
    """
    from tui.session import Role

    run_app(study, Role.RESEARCHER)


def run_app(
    location: str,
    role: "Role",
    annotator: str | None = None,
    start: "Mode | None" = None,
    work_id: int | None = None,
) -> None:
    """Open a study on the screen until the person leaves.

    Args:
        location: of the study.
        role: who sits there.
        annotator: in whose name answers are saved.
        start: the screen to open first.
        work_id: the validation or the set of feedback texts to open on it.
    """
    need_terminal()
    gc.disable()  # starting makes next to no garbage; looking for it would take a tenth of the time
    from annotation.study import Study
    from tui.app import Mode, ProfileApp
    from tui.config import load_config
    from tui.recent import remember
    from tui.session import Session

    config = load_config()
    with Study.open(location) as study:
        remember(study.location, study.name)
        session = Session(study, role, annotator)
        session.validation_id = work_id if start is Mode.VALIDATE else None
        session.coding_id = work_id if start is Mode.CODING else None
        app = ProfileApp(session, config, start=start or Mode.STUDY, tracebacks=debugging())
        gc.enable()
        app.run()
    if app.parting is not None:
        say(app.parting.words)
    if app.return_code:
        raise typer.Exit(app.return_code)


def need_terminal() -> None:
    """Refuse where no screen can be drawn."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise TuiError(
            "the screens need a terminal: start this in one, or print results with profile-tui rank"
        )
