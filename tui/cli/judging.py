"""`profile-tui judge`: the screens on which people judge extracted values and code feedback."""

from enum import StrEnum
from typing import Annotated

import typer

from tui.cli.opening import run_app
from tui.cli.options import StudyArgument


class Judged(StrEnum):
    """What is judged."""

    VALUES = "values"
    FEEDBACK = "feedback"


def judge(
    study: StudyArgument,
    what: Annotated[
        Judged, typer.Argument(help="Extracted values, or the factors that feedback texts mention.")
    ] = Judged.VALUES,
    annotator: Annotated[
        str | None,
        typer.Option(
            "--annotator",
            "-a",
            help="In whose name answers are saved.",
            show_default="the config file's, else it is asked",
        ),
    ] = None,
    only_id: Annotated[
        int | None,
        typer.Option(
            "--id",
            help="Which validation or set of texts, as `validate list` numbers them.",
            show_default="it is asked",
        ),
    ] = None,
) -> None:
    """Judge extracted values, or code feedback: one item after another, one press each.

    `validate new` draws the values and `validate code` takes the feedback texts in; `validate report` and
    `validate coded` say what came out.

    Example: profile-tui judge study.db --annotator ada
    """
    from tui.app import Mode
    from tui.config import load_config
    from tui.session import Role

    start = Mode.VALIDATE if what is Judged.VALUES else Mode.CODING
    person = annotator or load_config().annotator
    run_app(study, Role.RESEARCHER, person, start=start, work_id=only_id)
