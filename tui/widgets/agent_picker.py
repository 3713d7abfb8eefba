"""Choosing one agent of many."""

from collections.abc import Container, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList

from profile_engine.preferences import Agent
from profile_engine.ranking import FactorRanking
from tui.wording import agent_label


class AgentPicker(ModalScreen[Agent | None]):
    """A list of agents; gives the chosen one, or None."""

    DEFAULT_CSS = """
    AgentPicker {
        align: center middle;
        background: $background 60%;

        OptionList {
            width: 64;
            max-width: 96%;
            height: auto;
            max-height: 80%;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close")]

    def __init__(
        self, title: str, rankings: Sequence[FactorRanking], simulated: Container[str], chosen: Agent | None
    ) -> None:
        super().__init__()
        self._title = title
        self._rankings = rankings
        self._simulated = simulated
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """One option an agent."""
        options = OptionList(*(self._option(ranking) for ranking in self._rankings), classes="frame")
        options.border_title = self._title
        options.border_subtitle = "enter chooses · escape closes"
        agents = [ranking.agent for ranking in self._rankings]
        options.highlighted = agents.index(self._chosen) if self._chosen in agents else 0
        yield options

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the agent back."""
        self.dismiss(self._rankings[event.option_index].agent)

    def _option(self, ranking: FactorRanking) -> Content:
        label = agent_label(ranking.agent, self._simulated, width=32)
        about = f"  {ranking.agent.setting}, {ranking.pairs:,} pairs"
        return Content.assemble(label, (about, "$quiet"))
