"""`profile-tui study`: a human study from its plan to its results, an action a file."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import typer

from tui.cli.study_people import annotators, withdraw
from tui.cli.study_plan import plan, show
from tui.cli.study_results import adjudicate, leave_out, quality, report, take_in

ACTIONS: Final = MappingProxyType[str, Callable[..., None]](
    {
        "plan": plan,
        "show": show,
        "annotators": annotators,
        "quality": quality,
        "leave-out": leave_out,
        "take-in": take_in,
        "withdraw": withdraw,
        "adjudicate": adjudicate,
        "report": report,
    }
)
"""Every action, in the order in which a human study needs them."""

study = typer.Typer(
    name="study",
    help="Run a small human study: who labels what, and what comes out.\n\n"
    "Example: profile-tui study plan study.db --pairs-per-source 3",
    rich_markup_mode=None,
)

for _name, _action in ACTIONS.items():
    study.command(_name)(_action)
