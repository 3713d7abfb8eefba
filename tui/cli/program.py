"""The command line put together."""

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.core import TyperGroup

from tui.cli import PROGRAM
from tui.cli.agreement import agreement
from tui.cli.align import align
from tui.cli.config import config
from tui.cli.demo import demo
from tui.cli.doctor import doctor
from tui.cli.experiment import experiment
from tui.cli.export import export
from tui.cli.extract import extract
from tui.cli.facts import facts
from tui.cli.generate import generate
from tui.cli.importing import import_data
from tui.cli.judge import judge
from tui.cli.label import label
from tui.cli.label_studio import label_studio
from tui.cli.models import models
from tui.cli.new import new
from tui.cli.opening import open_study
from tui.cli.pairs import pairs
from tui.cli.rank import rank
from tui.cli.report import report
from tui.cli.serve import serve
from tui.cli.settings import settings
from tui.cli.start import open_recent
from tui.cli.study import study
from tui.cli.validate import validate
from tui.cli.verify import verify

if TYPE_CHECKING:
    from typer._click.core import Context

COMMANDS: Final = MappingProxyType[str, Callable[..., None] | typer.Typer](
    {
        "demo": demo,
        "new": new,
        "import": import_data,
        "models": models,
        "generate": generate,
        "extract": extract,
        "judge": judge,
        "open": open_study,
        "label": label,
        "serve": serve,
        "pairs": pairs,
        "facts": facts,
        "validate": validate,
        "study": study,
        "label-studio": label_studio,
        "rank": rank,
        "align": align,
        "agreement": agreement,
        "report": report,
        "experiment": experiment,
        "export": export,
        "settings": settings,
        "config": config,
        "doctor": doctor,
        "verify": verify,
    }
)
"""Every command, in the order in which a study needs them."""


class _InOrder(TyperGroup):
    """Lists the commands in the order in which a study needs them."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 - the group's
        return list(COMMANDS)


app = typer.Typer(
    name=PROGRAM,
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # square brackets in a help text are themselves
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    from importlib.metadata import version

    if wanted:
        print(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; may stand anywhere in the line.")
    ] = False,
) -> None:
    """Why is one response preferred to another? Factor-level preferences, live in the terminal.

    Without a command: your recent studies, or the demo when there are none.

    Example: profile-tui demo
    """
    if context.invoked_subcommand is None:
        open_recent()


for _name, _command in COMMANDS.items():
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(_name)(_command)
