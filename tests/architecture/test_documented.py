"""Nothing that a person can use is undocumented."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.settings import StudySettings
from docs.reference import PAGES, bound_classes
from tests.conftest import ROOT
from tui.cli.program import app
from tui.config import Config

DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_up_to_date(page: str) -> None:
    assert (DOCS / page).read_text("utf-8") == PAGES[page](), "run `make docs`"


def test_every_command_teaches() -> None:
    for name, command in _commands():
        purpose, _, example = (command.help or "").partition("Example: ")
        assert purpose.strip().endswith("."), name
        assert example.startswith(f"profile-tui {name}"), name


def test_every_option_has_a_help_text() -> None:
    for name, command in _commands():
        silent = [parameter.name for parameter in command.params if not getattr(parameter, "help", None)]
        assert silent == [], name


def _commands() -> Iterator[tuple[str, Any]]:
    """Every command and every action of one, by the words that call it."""
    from typer.main import get_command

    program: Any = get_command(app)
    for name, command in program.commands.items():
        yield name, command
        for action, one in getattr(command, "commands", {}).items():
            yield f"{name} {action}", one


def test_every_key_has_a_description() -> None:
    from textual.binding import Binding

    for kind in bound_classes():
        silent = [
            binding.key
            for binding in Binding.make_bindings(vars(kind)["BINDINGS"])
            if not binding.description
        ]
        assert silent == [], kind


def test_every_setting_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    assert [key for key in (*Config.model_fields, *StudySettings.model_fields) if f"`{key}" not in text] == []


def test_every_field_of_a_card_is_documented() -> None:
    from pydantic import BaseModel

    from annotation.importers import card, mapping

    text = (DOCS / "data-formats.md").read_text("utf-8")
    models = {
        kind
        for module in (card, mapping)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__
    }
    fields = {name for model in models for name, field in model.model_fields.items() if not field.exclude}
    assert sorted(name for name in fields if f"`{name}`" not in text) == []


def test_the_rooms_are_there() -> None:
    rooms = re.findall(r"^\| (`.*?) \|", (DOCS / "architecture.md").read_text("utf-8"), re.MULTILINE)
    missing = []
    for room in rooms:
        folder = ROOT
        for name in re.findall("`(.*?)`", room):
            path = ROOT / name if "/" in name else folder / name
            folder = path.parent
            missing += [] if path.exists() else [name]
    assert len(rooms) > 15
    assert missing == []


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_readme_is_short_and_shows_the_screen() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) < 120
    (picture,) = re.findall(r"!\[.+?\]\((.+?\.svg)\)", text)
    shown = (ROOT / picture).read_text("utf-8")
    assert "url(" not in re.sub(r"url\(#", "", shown)  # nothing is fetched from elsewhere
