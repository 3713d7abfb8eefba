"""Writes the pages that are made from the code: commands, keys, factors.

Run it with `make docs` after a change; a test compares.
"""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from textual.app import App
from textual.binding import Binding
from textual.keys import format_key
from textual.screen import Screen
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

import tui
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Factor
from tui.cli import PROGRAM
from tui.cli.program import app

if TYPE_CHECKING:
    from typer._click.core import Context

FOLDER: Final = Path(__file__).parent

_COMMANDS_HEAD: Final = f"""# Commands

Made from the code by `make docs`; `{PROGRAM} COMMAND --help` says the same.

Results go to standard output, everything else to standard error. `STUDY` is a SQLite file or PostgreSQL URL,
such as `postgresql://user@host/name`. Where a command cannot do what it is told, one line says what happened,
where, and what to do. The exit codes:

| code | when |
| --- | --- |
| 0 | done, also where there is nothing to show |
| 1 | could not: the study, a file or its data is not as it has to be, or nothing in it could be used |
| 2 | used wrongly: an option, or the name of an agent, a factor, a setting or a card that is not there |
| 130 | stopped by Ctrl-C |
"""

_KEYS_HEAD: Final = """# Keys

Made from the bindings by `make docs`; `?` shows the same on every screen, but on Validate `F1` does:
there `?` says that one cannot tell.
"""

_HEADINGS: Final = MappingProxyType(
    {
        "ProfileApp": "Everywhere",
        "StartApp": "Choosing a study",
        "StartScreen": "Choosing a study",
        "ResearchScreen": "Study, People, Pairs, Ranking, Alignment and Experiments",
        "ReadingScreen": "Reading, on Pairs, Label and Adjudication",
        "HelpScreen": "Keys, which ? shows",
        "PairFilterScreen": "Filter, on Pairs",
        "AgentPicker": "Choosing an agent, on Ranking and Alignment",
        "LinePrompt": "Typing a line: a note, a search, a name",
        "TakingPartScreen": "Label",
        "ConsentScreen": "Consent, before labelling",
        "WithdrawScreen": "Withdrawing, on Label",
        "TextPage": "A page of text: instructions, training",
        "Mirror": "The factors, on Ranking",
        "TextPane": "A long text that has the focus",
    }
)
"""Where people meet what has keys but no title of its own."""

_FACTORS_HEAD: Final = """# Factors

Made from `profile_engine/taxonomy.py` by `make docs`. The definitions are those of PROFILE, Figure 2; how
scores are made of them is in [the method](method.md). Level 1 is the factor, level 2 its group, level 3
what it relates.
"""


def commands_page() -> str:
    """Every command with its purpose, an example and its options."""
    program: Any = get_command(app)
    context = program.make_context(PROGRAM, [], resilient_parsing=True)
    parts = [_COMMANDS_HEAD, _described(program, context)]
    return "\n".join([*parts, *_sections(program, context, "##")])


def _sections(group: TyperGroup, context: "Context", level: str, before: str = "") -> Iterator[str]:
    """A section for every command of a group, and beneath it for every action of the command."""
    for name in group.list_commands(context):
        command: Any = group.get_command(context, name)
        own = command.make_context(name, [], parent=context, resilient_parsing=True)
        yield f"{level} {before}{name}\n\n{_described(command, own)}"
        if isinstance(command, TyperGroup):
            yield from _sections(command, own, f"{level}#", f"{before}{name} ")


def keys_page() -> str:
    """Every key binding of the app, its screens and their widgets."""
    sections: dict[str, list[str]] = {}
    for kind in bound_classes():
        rows = (f"| {keys} | {what} |" for keys, what in _bindings(kind))
        sections.setdefault(_heading(kind), []).extend(rows)
    parts = (
        "\n".join([f"## {heading}", "", "| key | what it does |", "| --- | --- |", *rows, ""])
        for heading, rows in sections.items()
    )
    return "\n".join([_KEYS_HEAD, *parts])


def factors_page() -> str:
    """The thirteen factors, and which of them each task has."""
    rows = [
        f"| {factor.title} | `{factor.name}` | {factor.definition} | {factor.group} | {factor.relation} "
        f"| {factor.method} | {factor.granularity} | {factor.kind} | {_tasks(factor)} |"
        for factor in FACTORS.values()
    ]
    columns = ("factor", "name", "definition", "level 2", "level 3", "method", "judged", "value", "tasks")
    head = ["| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    return "\n".join([_FACTORS_HEAD, *head, *rows, ""])


def _tasks(factor: Factor) -> str:
    return ", ".join(task for task, names in TASK_FACTORS.items() if factor.name in names)


def bound_classes() -> tuple[type, ...]:
    """The classes of the terminal that bind keys: the app, then screens, then widgets."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and kind.__dict__.get("BINDINGS"):
                found[kind] = None
    return tuple(sorted(found, key=lambda kind: (not issubclass(kind, App), not issubclass(kind, Screen))))


def _described(command: TyperCommand | TyperGroup, context: "Context") -> str:
    text, _, example = inspect.cleandoc(command.help or "").partition("Example: ")
    lines = [text.strip(), "", "```", example.strip(), "```", ""]
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [f"| `{_cell(name)}` | {_cell(what)} |" for name, what in filter(None, records)]
    if rows:
        lines += ["| argument or option | what it is |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _bindings(kind: type) -> Iterator[tuple[str, str]]:
    """Key and purpose; keys that do the same stand in one row."""
    rows: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(kind.__dict__["BINDINGS"]):
        what = binding.description + (f": {binding.tooltip}" if binding.tooltip else "")
        rows.setdefault(what or binding.action, []).append(binding.key_display or format_key(binding.key))
    for what, keys in rows.items():
        yield " ".join(f"`{_cell(key)}`" for key in keys), _cell(what)


def _heading(kind: type) -> str:
    """What people know it by: a screen's title, else where it is met, else what its docstring says first."""
    title: str = getattr(kind, "title_name", "") or _HEADINGS.get(kind.__name__, "")
    return title or re.split("[.:]", inspect.cleandoc(kind.__doc__ or ""))[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: Final = MappingProxyType(
    {"commands.md": commands_page, "keys.md": keys_page, "factors.md": factors_page}
)
"""The generated pages in this folder."""

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
        print(f"wrote docs/{name}")
