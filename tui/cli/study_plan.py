"""`profile-tui study plan` and `study show`: what people are to label, and what it takes."""

from tui.cli.options import StudyArgument
from tui.errors import TuiError


def plan(study: StudyArgument) -> None:
    """Plan who labels what.

    Example: profile-tui study plan study.db --pairs-per-source 3
    """
    raise TuiError(f"{study}: not yet")


def show(study: StudyArgument) -> None:
    """Show the plan that stands, and how far it is.

    Example: profile-tui study show study.db
    """
    raise TuiError(f"{study}: not yet")
