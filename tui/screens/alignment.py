"""How close each agent comes to a reference: in factor scores, and in choices."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from annotation.validation.choices import Values
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent
from profile_engine.ranking import FactorRanking
from tui.agents import offered, reference_agent
from tui.outside import OutsideText
from tui.screens.base import ResearchScreen
from tui.session import Comparison
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.alignment_table import AlignmentTable
from tui.widgets.key_bar import EXTRAS
from tui.widgets.rank_lines import RankLines
from tui.wording import agent_label, factor_titles

_NOTHING = (
    "Nobody to align yet.\n\n"
    "An alignment compares the factor rankings of two agents. It needs at least two of:\n"
    "  people       l labels pairs; profile-tui import STUDY ... brings labels\n"
    "  models       profile-tui import STUDY ... brings verdicts, or responses with scores\n"
    "  annotators   n shows each annotator as an agent"
)


class AlignmentScreen(ResearchScreen):
    """Agents against the reference, sortable; the chosen one's ranking joined to the reference's by lines."""

    CSS_PATH = "alignment.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f", "choose_reference", "Reference", tooltip="Choose the agent that others are aligned with"
        ),
        Binding("o", "sort", "Sort", tooltip="Sort by the next column"),
        Binding("m", "app.go('misaligned')", "Misaligned", tooltip="Pairs on which people and models part"),
        Binding(
            "n", "annotators", "Annotators", group=EXTRAS, tooltip="Show each annotator as an agent, or not"
        ),
    ]
    title_name = "Alignment"

    table = getters.query_one(AlignmentTable)

    reference: reactive[Agent | None] = reactive(None)
    chosen: reactive[Agent | None] = reactive(None)
    annotators: reactive[bool] = reactive(False)
    comparisons: reactive[tuple[Comparison, ...]] = reactive(())
    left_ranking: reactive[FactorRanking | None] = reactive(None)
    right_ranking: reactive[FactorRanking | None] = reactive(None)

    def compose_body(self) -> Iterable[Widget]:
        """The table, and below or beside it the lines."""
        titles = factor_titles(self.app.session.study.factors)
        bind = {"left": AlignmentScreen.left_ranking, "right": AlignmentScreen.right_ranking}
        yield Static(_NOTHING, id="nothing", markup=False)
        yield Static(id="reference")
        yield AlignmentTable(self.app.session).data_bind(AlignmentScreen.comparisons)
        with VerticalScroll(id="lines", classes="frame", can_focus=False):
            yield RankLines(titles).data_bind(**bind)

    def on_resize(self) -> None:
        """Give the lines between the ranks as much room as there is."""
        self.call_after_refresh(self._space_lines)

    def _space_lines(self) -> None:
        self.query_one(RankLines).fit(self.size.height - len(self.comparisons) - 10)

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Every label may change every number."""
        if snapshot is None:
            return
        if self.reference is None or self.reference not in snapshot.rankings:
            self.reference = reference_agent(snapshot, self.app.config.reference)
        self._compare()

    def watch_reference(self) -> None:
        """Align with another agent."""
        self._compare()

    def watch_annotators(self) -> None:
        """Show more agents, or fewer."""
        self._compare()

    @work(exclusive=True, group="compare", exit_on_error=False, name="align")
    async def _compare(self) -> None:
        """Correlations are computed off the UI thread: their library takes half a second to load."""
        snapshot, reference = self.snapshot, self.reference
        if snapshot is None or reference is None:
            return
        others = [agent for agent in offered(snapshot, annotators=self.annotators) if agent != reference]
        others = [agent for agent in others if snapshot.rankings[agent].pairs]
        self.set_class(not others or not snapshot.rankings[reference].pairs, "-empty")
        self.comparisons = await asyncio.to_thread(self.app.session.compare, reference, others)
        self._draw()

    def _draw(self) -> None:
        if self.snapshot is None or self.reference is None:
            return
        rankings = self.snapshot.rankings
        self.left_ranking = rankings.get(self.reference)
        self.right_ranking = rankings.get(self.chosen) if self.chosen else None
        self._space_lines()
        corrected = "corrected values · " if self.app.session.values is Values.CORRECTED else ""
        self.title_line.far = Content(f"{corrected}{len(self.comparisons):,} agents")
        roster = self.app.session.roster
        label = agent_label(self.reference, roster)
        if self.chosen is not None:
            other = agent_label(self.chosen, roster)
            self.query_one("#lines").border_title = Content.assemble("Ranks ", label, " and ", other)
        pairs = f" {self.reference.setting}, {rankings[self.reference].pairs:,} pairs"
        self.query_one("#reference", Static).update(
            Content.assemble(("reference  ", "$quiet"), label, (pairs, "$quiet"))
        )

    def on_alignment_table_agent_chosen(self, message: AlignmentTable.AgentChosen) -> None:
        """Show the lines to the agent under the cursor."""
        self.chosen = message.comparison.agent
        reason = OutsideText(message.comparison.alignment.reason or "").line()
        self.query_one("#lines").border_subtitle = reason
        self._draw()

    @work
    async def action_choose_reference(self) -> None:
        """Choose the reference from a list."""
        if self.snapshot is None:
            return
        agents = offered(self.snapshot, annotators=True)
        rankings = [self.snapshot.rankings[agent] for agent in agents]
        picker = AgentPicker("Reference", rankings, self.app.session.roster, self.reference)
        if (agent := await self.app.push_screen_wait(picker)) is not None:
            self.reference = agent

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.sort_by_next()

    def action_annotators(self) -> None:
        """Show each annotator as an agent, or not."""
        self.annotators = not self.annotators
