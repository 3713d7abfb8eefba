"""Choosing what a list shows: a few choices, each of which may be left open."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Select

Wanted = TypeVar("Wanted")
Value = TypeVar("Value")


class FilterScreen(ModalScreen[Wanted | None], Generic[Wanted]):
    """Gives a filter, or None where it stays as it was."""

    CSS_PATH = "filtering.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", tooltip="Leave the filter as it is"),
        Binding("ctrl+s", "show", "Show", tooltip="Show the pairs that pass"),
    ]

    def choices(self) -> "Iterator[tuple[str, Select[object]]]":
        """What each choice is called, and the choice."""
        raise NotImplementedError

    def chosen(self) -> Wanted:
        """The filter as it was chosen."""
        raise NotImplementedError

    def everything(self) -> Wanted:
        """The filter that takes all."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """A line a choice."""
        with Vertical(classes="frame") as frame:
            frame.border_title = "Which pairs"
            frame.border_subtitle = "ctrl+s shows them · escape leaves"
            with Container(id="choices"):
                for name, select in self.choices():
                    yield Label(name)
                    yield select
            with Horizontal(id="buttons"):
                yield Button("Show these", variant="primary", id="show")
                yield Button("All pairs", id="all")

    @on(Button.Pressed, "#show")
    def action_show(self) -> None:
        """Give the filter as it was chosen."""
        self.dismiss(self.chosen())

    @on(Button.Pressed, "#all")
    def show_all(self) -> None:
        """Give a filter that takes all."""
        self.dismiss(self.everything())


def choice(
    id: str, options: Sequence[tuple[Content | str, Value]], value: Value | None, prompt: str
) -> "Select[Value]":
    """A choice that may be left open; a value that is offered no more, as an agent withdrawn since, is."""
    selected = value if value is not None and any(option == value for _, option in options) else Select.NULL
    return Select(options, prompt=prompt, value=selected, id=id, compact=True)


def chosen_value(select: "Select[Value]") -> Value | None:
    """What was chosen; None: left open."""
    return None if select.is_blank() else select.selection
