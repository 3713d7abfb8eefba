"""Writes the pages that are made from the code: `docs/commands.md` and `docs/keys.md`.

Run it with `make docs` after a change to commands or key bindings; a test compares.
"""

import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
from textual.app import App
from textual.binding import Binding
from textual.keys import format_key
from textual.screen import Screen
from textual.widget import Widget
from typer.core import TyperCommand
from typer.main import get_command

import tui
from tui.cli import PROGRAM
from tui.cli.program import app

FOLDER: Final = Path(__file__).parent

_COMMANDS_HEAD: Final = f"""# Commands

Made from the code by `make docs`; `{PROGRAM} COMMAND --help` says the same.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 could not (one line
says what happened, where, and what to do), 2 used wrongly, 130 stopped by Ctrl-C. `STUDY` is a file, or a
SQLAlchemy URL such as `postgresql://user@host/name`.
"""

_KEYS_HEAD: Final = """# Keys

Made from the bindings by `make docs`; `?` shows the same on every screen.
"""


def commands_page() -> str:
    """Every command with its purpose, an example and its options."""
    program: Any = get_command(app)
    parts = [_COMMANDS_HEAD, _described(program, PROGRAM)]
    for name, command in program.commands.items():
        parts.append(f"## {name}\n\n{_described(command, f'{PROGRAM} {name}')}")
    return "\n".join(parts)


def keys_page() -> str:
    """Every key binding of the app, its screens and their widgets."""
    parts = [_KEYS_HEAD]
    for kind in bound_classes():
        rows = [f"| {keys} | {what} |" for keys, what in _bindings(kind)]
        parts.append(
            "\n".join([f"## {_heading(kind)}", "", "| key | what it does |", "| --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def bound_classes() -> tuple[type, ...]:
    """The classes of the terminal that bind keys: the app, then screens, then widgets."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        for _, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and kind.__dict__.get("BINDINGS"):
                found[kind] = None
    return tuple(sorted(found, key=lambda kind: (not issubclass(kind, App), not issubclass(kind, Screen))))


def _described(command: TyperCommand, path: str) -> str:
    text, _, example = inspect.cleandoc(command.help or "").partition("Example: ")
    lines = [text.strip(), "", "```", example.strip() or path, "```", ""]
    context = command.make_context(path, [], resilient_parsing=True)
    rows = list(_parameters(command, context))
    if rows:
        lines += ["| argument or option | what it is |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _parameters(command: TyperCommand, context: typer.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield f"| `{_cell(record[0])}` | {_cell(record[1])} |"


def _bindings(kind: type) -> Iterator[tuple[str, str]]:
    """Key and purpose; keys that do the same stand in one row."""
    rows: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(kind.__dict__["BINDINGS"]):
        what = binding.description + (f": {binding.tooltip}" if binding.tooltip else "")
        rows.setdefault(what or binding.action, []).append(binding.key_display or format_key(binding.key))
    for what, keys in rows.items():
        yield " ".join(f"`{_cell(key)}`" for key in keys), _cell(what)


def _heading(kind: type) -> str:
    if issubclass(kind, App):
        return "Everywhere"
    title = getattr(kind, "title_name", "") or _first_sentence(kind)
    return title if issubclass(kind, Screen) or not issubclass(kind, Widget) else f"In a widget: {title}"


def _first_sentence(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or kind.__name__).splitlines()[0].rstrip(".")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def pages() -> Iterable[tuple[Path, str]]:
    """Each generated page and what it should hold."""
    return ((FOLDER / "commands.md", commands_page()), (FOLDER / "keys.md", keys_page()))


if __name__ == "__main__":
    for page, content in pages():
        page.write_text(content, "utf-8")
        print(f"wrote {page.name}")
