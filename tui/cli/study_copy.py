"""`profile-tui study copy`: a copy of a study to keep."""

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say


def copy(
    study: StudyArgument,
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="The file to make.", show_default=False)
    ],
) -> None:
    """Copy a study to keep it safe, also while people work on it.

    All that is saved at one moment is in the copy, with the notes beside it (DEST.log). Nothing is
    overwritten. A study in PostgreSQL is copied with pg_dump.

    Example: profile-tui study copy study.db study-2025-03-01.db
    """
    from annotation.copying import copy_study
    from annotation.study import Study

    with Study.open(study) as opened:
        made = copy_study(opened, destination)
    notes = f", with the notes in {made.notes}" if made.notes is not None else ""
    say(f"{made.path}: a copy of {opened.location} ({made.size:,} bytes){notes}.")
