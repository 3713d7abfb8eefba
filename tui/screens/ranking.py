"""The factor rankings of two agents side by side, live."""

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from annotation.validation.choices import Values
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent
from profile_engine.ranking import FactorRanking
from tui.agents import offered, other_agent, reference_agent
from tui.messages import ValuesAsked
from tui.screens.base import ResearchScreen
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.factor_detail import FactorDetail
from tui.widgets.key_bar import EXTRAS
from tui.widgets.last_label import LastLabel
from tui.widgets.mirror import Mirror
from tui.widgets.rank_lines import RankLines
from tui.wording import factor_titles, revalued

_NOTHING = (
    "Nothing to rank yet.\n\n"
    "A ranking needs pairs with factor values, and somebody who prefers one response to another:\n"
    "  profile-tui import STUDY ...   brings pairs, people's labels and models' verdicts\n"
    "  x on the Study screen          computes the rule-based factors\n"
    "  l                              labels the pairs yourself"
)


class RankingScreen(ResearchScreen):
    """Mirrored bars, the chosen factor in numbers and words, ranks with lines between them, what moved."""

    CSS_PATH = "ranking.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "choose('left')", "Left", tooltip="Choose the agent on the left"),
        Binding("2", "choose('right')", "Right", tooltip="Choose the agent on the right"),
        Binding(
            "left_square_bracket",
            "step(-1)",
            "Before",
            key_display="[",
            group=EXTRAS,
            tooltip="Put the agent before on the right",
        ),
        Binding(
            "right_square_bracket",
            "step(1)",
            "Next",
            key_display="]",
            tooltip="Put the next agent on the right",
        ),
        Binding("pageup", "scroll_detail(-1)", "Detail up", show=False),
        Binding("pagedown", "scroll_detail(1)", "Detail down", show=False),
        Binding("x", "swap", "Swap", group=EXTRAS, tooltip="Change the sides"),
        Binding(
            "n", "annotators", "Annotators", group=EXTRAS, tooltip="Offer each annotator as an agent, or not"
        ),
        Binding(
            "c",
            "values",
            "Corrected",
            group=EXTRAS,
            tooltip="Let corrected values count, or values as extracted",
        ),
    ]
    title_name = "Ranking"

    mirror = getters.query_one(Mirror)

    left: reactive[Agent | None] = reactive(None)
    right: reactive[Agent | None] = reactive(None)
    left_ranking: reactive[FactorRanking | None] = reactive(None)
    right_ranking: reactive[FactorRanking | None] = reactive(None)
    factor: reactive[str | None] = reactive(None)
    annotators: reactive[bool] = reactive(False)

    def compose_body(self) -> Iterable[Widget]:
        """Bars above; detail, lines and what moved below, as far as there is room."""
        titles = factor_titles(self.app.session.study.factors)
        bind = {"left": RankingScreen.left_ranking, "right": RankingScreen.right_ranking}
        factor = {"factor": RankingScreen.factor}
        yield Static(_NOTHING, id="nothing", markup=False)
        with VerticalScroll(id="table", can_focus=False):
            yield Mirror(titles, self.app.session).data_bind(**bind)
        with Container(id="below"):
            with Vertical(id="said"):
                yield FactorDetail(self.app.session).data_bind(**bind, **factor)
                if self.app.config.what_moved:
                    yield LastLabel(titles).data_bind(RankingScreen.snapshot)
            with VerticalScroll(id="lines", classes="frame", can_focus=False) as lines:
                lines.border_title = "Ranks"
                yield RankLines(titles).data_bind(**bind, **factor)

    def on_resize(self) -> None:
        """Give the lines between the ranks as much room as there is."""
        self.call_after_refresh(self._space_lines)

    def _space_lines(self) -> None:
        self.query_one(RankLines).fit(self.query_one("#below").size.height - 2)

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Rankings follow every label; the agents stay who they are."""
        self.set_class(
            snapshot is not None and not any(r.pairs for r in snapshot.rankings.values()), "-empty"
        )
        if snapshot is None:
            return
        self.left = self.left or reference_agent(snapshot, self.app.config.reference)
        self.right = self.right or other_agent(snapshot, self.app.config.compare_with, self.left)
        self._draw()
        if snapshot.revaluation is not None and self.is_current:
            titles = factor_titles(self.app.session.study.factors)
            said = revalued(snapshot.revaluation, titles, self.app.session.values)
            self.notify(said, title="What moved", timeout=10, markup=False)

    def watch_left(self) -> None:
        """Show the agent chosen for the left."""
        self._draw()

    def watch_right(self) -> None:
        """Show the agent chosen for the right."""
        self._draw()

    def _draw(self) -> None:
        if self.snapshot is None:
            return
        rankings = self.snapshot.rankings
        self.left_ranking = rankings.get(self.left) if self.left else None
        self.right_ranking = rankings.get(self.right) if self.right else None
        self._space_lines()
        labels = self.snapshot.labels
        corrected = "corrected values · " if self.app.session.values is Values.CORRECTED else ""
        self.title_line.far = Content(f"{corrected}{labels:,} {'label' if labels == 1 else 'labels'}")

    def on_mirror_factor_chosen(self, message: Mirror.FactorChosen) -> None:
        """Say more about the factor under the cursor."""
        self.factor = message.factor

    @work
    async def action_choose(self, side: str) -> None:
        """Choose an agent from a list."""
        if self.snapshot is None:
            return
        agents = offered(self.snapshot, annotators=self.annotators)
        rankings = [self.snapshot.rankings[agent] for agent in agents]
        roster, chosen = self.app.session.roster, getattr(self, side)
        picker = AgentPicker(f"Agent on the {side}", rankings, roster, chosen)
        if (agent := await self.app.push_screen_wait(picker)) is not None:
            setattr(self, side, agent)

    def action_step(self, by: int) -> None:
        """Put another agent on the right."""
        if self.snapshot is None:
            return
        agents = [a for a in offered(self.snapshot, annotators=self.annotators) if a != self.left]
        if agents:
            at = agents.index(self.right) + by if self.right in agents else 0
            self.right = agents[at % len(agents)]

    def action_swap(self) -> None:
        """Change the sides."""
        if self.right is not None:
            self.left, self.right = self.right, self.left

    def action_scroll_detail(self, by: int) -> None:
        """Read what is said of the factor where it does not fit."""
        self.query_one(FactorDetail).scroll_relative(y=3 * by, animate=False)

    def action_annotators(self) -> None:
        """Offer each annotator as an agent, or not."""
        self.annotators = not self.annotators
        self.notify(f"Annotators are {'offered' if self.annotators else 'not offered'} as agents.", timeout=2)

    def action_values(self) -> None:
        """Let corrected values count, or values as extracted."""
        corrected = self.app.session.values is Values.CORRECTED
        self.post_message(ValuesAsked(Values.RAW if corrected else Values.CORRECTED))
