"""One agent's ranking as a column: ranks, bars and scores, alignment, what the last label moved."""

import asyncio
from collections.abc import Mapping
from typing import Final

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static
from textual.worker import Worker

from profile_engine.live import FactorMove, ProfileSnapshot
from profile_engine.ranking import FactorRanking, RankedFactor
from tui.agents import named, reference_agent
from tui.flow import StudyApp
from tui.session import Comparison
from tui.widgets.bars import bar_around, scale_for
from tui.widgets.last_label import LastLabel
from tui.wording import agent_label, agreement_words, factor_titles, number, why_undefined

_RANK: Final = 2
_MOVE: Final = 3
_SCORE: Final = 6
_SHORTEST_BAR: Final = 8


class RankingPanel(VerticalScroll, can_focus=False):
    """The ranking beside the desk.

    Mount it with `RankingPanel(agent="human", against=None).data_bind(snapshot=PairsScreen.snapshot)`: every
    `BaseScreen` has that reactive. It draws itself, and aligns `agent` with `against` in a thread of its own.
    Needs 34 columns; give it any height, it scrolls.
    """

    DEFAULT_CSS = """
    RankingPanel {
        width: 36;

        #ranks, #against {
            height: auto;
        }
    }
    """

    app = getters.app(StudyApp)
    ranks = getters.query_one("#ranks", Static)
    alignment = getters.query_one("#against", Static)

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True)
    agent: reactive[str] = reactive("human")
    """The name of the agent whose ranking is shown."""
    against: reactive[str | None] = reactive(None)
    """The name of the agent it is aligned with; None: nobody."""
    shown_factor: reactive[str | None] = reactive(None)
    """The factor to point at, for instance the one under the desk's cursor."""

    def __init__(
        self,
        agent: str = "human",
        against: str | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(RankingPanel.agent, agent)
        self.set_reactive(RankingPanel.against, against)

    def compose(self) -> ComposeResult:
        """Ranks, alignment, last label."""
        yield Static(id="ranks", classes="frame")
        yield Static(id="against", classes="frame")
        if self.app.config.what_moved:
            titles = factor_titles(self.app.session.study.factors)
            yield LastLabel(titles).data_bind(RankingPanel.snapshot)

    def on_resize(self) -> None:
        """Draw the bars to the new width."""
        self._draw_ranks()

    def watch_snapshot(self) -> None:
        """Follow every label."""
        self._draw_ranks()
        self._align()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The panel's worker fails as the app's do: in one line."""
        self.app.on_worker_state_changed(event)

    def watch_agent(self) -> None:
        """Show another agent."""
        self.watch_snapshot()

    def watch_against(self) -> None:
        """Align with another agent."""
        self._align()

    def watch_shown_factor(self) -> None:
        """Point at a factor."""
        self._draw_ranks()

    def _draw_ranks(self) -> None:
        if not self.is_mounted:
            return
        if self.snapshot is None:
            self.ranks.update("reading …")
            return
        agent = reference_agent(self.snapshot, self.agent)
        ranking = self.snapshot.rankings[agent]
        self.ranks.border_title = agent_label(agent, self.app.session.simulated, width=20)
        self.ranks.border_subtitle = f"n = {ranking.pairs:,}"
        change = self.snapshot.change if agent == self.snapshot.people.agent else None
        moves = {move.factor: move for move in change.moves} if change else {}
        self.ranks.update(self._table(ranking, moves))

    def _table(self, ranking: FactorRanking, moves: Mapping[str, FactorMove]) -> Content:
        titles = factor_titles(self.app.session.study.factors)
        scores = [ranked.score.score for ranked in ranking.factors]
        room = self.ranks.content_size.width - _RANK - _MOVE - _SCORE - 1
        title = max(min(max((len(text) for text in titles.values()), default=0), room - _SHORTEST_BAR), 4)
        bars = _Bars(scores, max(room - title, 2))
        return Content("\n").join(
            self._line(ranked, titles, title, bars, moves.get(ranked.score.factor))
            for ranked in ranking.factors
        )

    def _line(
        self,
        ranked: RankedFactor,
        titles: Mapping[str, str],
        width: int,
        bars: "_Bars",
        move: FactorMove | None,
    ) -> Content:
        factor, score = ranked.score.factor, ranked.score.score
        rank = str(ranked.rank) if ranked.rank is not None else "-"
        title = Content(titles.get(factor, factor)).truncate(width, ellipsis=True)
        line = Content.assemble(
            (rank.rjust(_RANK), "bold"),
            " ",
            title,
            " " * (width - title.cell_length),
            _rank_move(move),
            bars.draw(score)
            if score is not None
            else Content.styled(f" {why_undefined(ranked.score)}", "$quiet"),
            (number(score, 2).rjust(_SCORE), "") if score is not None else "",
        )
        return line.stylize_before("on $panel") if factor == self.shown_factor else line

    @work(exclusive=True, group="align", exit_on_error=False, name="align")
    async def _align(self) -> None:
        """Correlations are computed off the UI thread: their library takes half a second to load."""
        other = named(self.snapshot, self.against) if self.snapshot is not None else None
        self.alignment.display = other is not None
        if self.snapshot is None or other is None:
            return
        reference = reference_agent(self.snapshot, self.agent)
        self.alignment.border_title = Content.assemble(
            "against ", agent_label(other, self.app.session.simulated, width=18)
        )
        for comparison in await asyncio.to_thread(self.app.session.compare, reference, [other]):
            self.alignment.update(_correlations(comparison))


class _Bars:
    """The cells on either side of the axis, as many as the scores need."""

    def __init__(self, scores: list[float | None], cells: int) -> None:
        known = [score for score in scores if score is not None]
        lowest, highest = min([0.0, *known]), max([0.0, *known])
        span = highest - lowest or 1.0
        self._left = round((cells - 1) * -lowest / span)
        self._left = min(max(self._left, int(lowest < 0)), cells - 2)
        self._right = cells - 1 - self._left
        self._scale = scale_for(*known)

    def draw(self, score: float) -> Content:
        """One bar around the axis."""
        return bar_around(score, self._left, self._right, self._scale)


def _rank_move(move: FactorMove | None) -> Content:
    if move is None or move.rank_before is None or move.rank_after is None:
        return Content(" " * _MOVE)
    by = move.rank_before - move.rank_after
    word, hue = (f"↑{by}", "$risen") if by > 0 else (f"↓{-by}", "$fallen") if by else ("·", "$quiet")
    return Content.styled(word.center(_MOVE), hue)


def _correlations(comparison: Comparison) -> Content:
    found = comparison.alignment
    if found.reason is not None:
        said = Content.styled(found.reason, "$quiet")
    else:
        said = Content(
            f"τ {number(found.kendall, 3)}  ρ {number(found.spearman, 3)}  r {number(found.pearson, 3)}"
        )
    return Content.assemble(said, f"\nagreement {agreement_words(comparison.agreement)}")
