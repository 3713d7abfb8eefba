"""`profile-tui label`: answer blind, one pair after another."""

from getpass import getuser
from typing import Annotated

import typer

from tui.cli.opening import run_app
from tui.cli.options import StudyArgument


def label(
    study: StudyArgument,
    annotator: Annotated[
        str | None,
        typer.Option(
            "--annotator",
            "-a",
            help="In whose name answers are saved.",
            show_default="the config file's, else your login name",
        ),
    ] = None,
) -> None:
    """Label pairs blind: no model names, no scores, no ranking.

    Example: profile-tui label study.db --annotator ada
    """
    from tui.config import load_config
    from tui.session import Role

    run_app(study, Role.ANNOTATOR, annotator or load_config().annotator or getuser())
