"""`profile-tui study`: a human study from its plan to its results, an action a file."""

import typer

from tui.cli.study_copy import copy
from tui.cli.study_people import annotators, withdraw
from tui.cli.study_plan import plan, show
from tui.cli.study_results import adjudicate, leave_out, quality, report, take_in

study = typer.Typer(
    help="Run a small human study, from its plan to its results.\n\n"
    "Example: profile-tui study plan study.db --pairs-per-source 3",
    rich_markup_mode=None,
)

for _name, _action in (
    ("plan", plan),
    ("show", show),
    ("annotators", annotators),
    ("quality", quality),
    ("leave-out", leave_out),
    ("take-in", take_in),
    ("withdraw", withdraw),
    ("adjudicate", adjudicate),
    ("report", report),
    ("copy", copy),
):
    study.command(_name)(_action)
