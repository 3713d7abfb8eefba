"""`profile-tui label`: answer blind, one pair after another."""

from typing import Annotated

import typer

from profile_engine.preferences import annotator_fault
from tui.cli.opening import run_app
from tui.cli.options import StudyArgument
from tui.errors import UsageError


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
    from tui.labelling import login_name
    from tui.session import Role

    name = (load_config().annotator or login_name()) if annotator is None else annotator
    if fault := annotator_fault(name):
        raise UsageError(f"--annotator {name}: {fault}")
    run_app(study, Role.ANNOTATOR, name)
