"""Choosing which pairs to step through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Select

from annotation.pairs import LabelState, PairFilter
from profile_engine.preferences import Agent, AgentKind
from tui.outside import OutsideText

_PEOPLE = (AgentKind.HUMAN, AgentKind.ANNOTATOR)
Value = TypeVar("Value")


class PairFilterScreen(ModalScreen[PairFilter | None]):
    """Asks for an agent, a label state, a factor, and a model that people disagree with."""

    CSS_PATH = "pair_filter.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", tooltip="Leave the filter as it is"),
        Binding("ctrl+s", "show", "Show", tooltip="Show the pairs that pass"),
    ]

    # Without their type arguments: a subscripted class cannot be looked for.
    agent = getters.query_one("#agent", Select)
    state = getters.query_one("#state", Select)
    factor = getters.query_one("#factor", Select)
    misaligned = getters.query_one("#misaligned", Select)

    def __init__(self, wanted: PairFilter, agents: Sequence[Agent], titles: Mapping[str, str]) -> None:
        super().__init__()
        self._wanted = wanted
        self._titles = titles
        self._names = list(dict.fromkeys(agent.name for agent in agents if agent.kind is not AgentKind.HUMAN))
        self._models = list(dict.fromkeys(agent.name for agent in agents if agent.kind not in _PEOPLE))

    def compose(self) -> ComposeResult:
        """Four choices, each of which may be left open."""
        wanted = self._wanted
        with Vertical(classes="frame") as frame:
            frame.border_title = "Which pairs"
            frame.border_subtitle = "ctrl+s shows them · escape leaves"
            with Container(id="choices"):
                yield Label("Written, judged or labelled by")
                yield _select("agent", _named(self._names), wanted.agent, "anybody")
                yield Label("What people said")
                yield _select(
                    "state", [(state.value, state) for state in LabelState], wanted.state, "anything"
                )
                yield Label("The two differ in")
                yield _select(
                    "factor",
                    [(title, name) for name, title in self._titles.items()],
                    wanted.factor,
                    "any factor",
                )
                yield Label("People disagree with")
                yield _select(
                    "misaligned", _named(self._models), wanted.misaligned_with, "nobody in particular"
                )
            with Horizontal(id="buttons"):
                yield Button("Show these", variant="primary", id="show")
                yield Button("All pairs", id="all")

    @on(Button.Pressed, "#show")
    def action_show(self) -> None:
        """Give the filter as it was chosen; a text searched for stays."""
        self.dismiss(
            replace(
                self._wanted,
                agent=_chosen(self.agent),
                state=_chosen(self.state),
                factor=_chosen(self.factor),
                misaligned_with=_chosen(self.misaligned),
            )
        )

    @on(Button.Pressed, "#all")
    def show_all(self) -> None:
        """Give a filter that takes all."""
        self.dismiss(PairFilter())


def _named(names: Iterable[str]) -> list[tuple[Content, str]]:
    return [(OutsideText(name).line(50), name) for name in names]


def _select(
    id: str, options: Sequence[tuple[Content | str, Value]], value: Value | None, prompt: str
) -> Select[Value]:
    # A value that is offered no more (an agent withdrawn since) would be refused.
    selected = value if value is not None and any(option == value for _, option in options) else Select.NULL
    return Select(options, prompt=prompt, value=selected, id=id, compact=True)


def _chosen(select: Select[Value]) -> Value | None:
    return None if select.is_blank() else select.selection
