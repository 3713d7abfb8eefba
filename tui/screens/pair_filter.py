"""Choosing which pairs to step through."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from textual import getters
from textual.content import Content
from textual.widgets import Select

from annotation.pairs import LabelState, PairFilter
from profile_engine.preferences import Agent, AgentKind
from tui.agents import Roster
from tui.screens.filtering import FilterScreen, choice, chosen_value
from tui.wording import PEOPLE, distinct_name

_NAME: Final = 34
"""Cells of a choice: a longer name would lose what tells it from another."""


class PairFilterScreen(FilterScreen[PairFilter]):
    """The filter of Pairs: an agent, a label state, a factor, a model that people disagree with."""

    # Without their type arguments: a subscripted class cannot be looked for.
    agent = getters.query_one("#agent", Select)
    state = getters.query_one("#state", Select)
    factor = getters.query_one("#factor", Select)
    misaligned = getters.query_one("#misaligned", Select)

    def __init__(
        self, wanted: PairFilter, agents: Sequence[Agent], titles: Mapping[str, str], roster: Roster
    ) -> None:
        super().__init__()
        self._wanted = wanted
        self._titles = titles
        self._agents = [_option(agent, roster) for agent in agents if agent.kind is not AgentKind.HUMAN]
        self._models = [_option(agent, roster) for agent in agents if agent.kind not in PEOPLE]

    def choices(self) -> Iterator[tuple[str, Select[Any]]]:
        """Four of them."""
        wanted = self._wanted
        states = [(state.value, state) for state in LabelState]
        factors = [(Content(title), name) for name, title in self._titles.items()]
        yield "Written, judged or labelled by", choice("agent", self._agents, wanted.agent, "anybody")
        yield "What people said", choice("state", states, wanted.state, "anything")
        yield "The two differ in", choice("factor", factors, wanted.factor, "any factor")
        yield (
            "People disagree with",
            choice("misaligned", self._models, wanted.misaligned_with, "nobody in particular"),
        )

    def chosen(self) -> PairFilter:
        """A text searched for stays."""
        return replace(
            self._wanted,
            agent=chosen_value(self.agent),
            state=chosen_value(self.state),
            factor=chosen_value(self.factor),
            misaligned_with=chosen_value(self.misaligned),
        )

    def everything(self) -> PairFilter:
        """All pairs."""
        return PairFilter()


def _option(agent: Agent, roster: Roster) -> tuple[Content, str]:
    return distinct_name(agent, roster, _NAME), agent.address
