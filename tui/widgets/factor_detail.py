"""One factor for two agents: counts, what was left out and why, and a sentence that says what it means."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from profile_engine.errors import UnknownFactorError
from profile_engine.ranking import FactorRanking
from profile_engine.scoring import FactorScore
from tui.outside import OutsideText
from tui.session import Session
from tui.wording import agent_label, counts, factor_titles, left_out, sentence


class FactorDetail(VerticalScroll, can_focus=False):
    """What stands behind the two scores of the chosen factor."""

    DEFAULT_CSS = """
    FactorDetail {
        height: auto;
        max-height: 1fr;

        .definition {
            color: $quiet;
        }

        .sentence {
            padding-left: 2;
        }
    }
    """

    left: reactive[FactorRanking | None] = reactive(None)
    right: reactive[FactorRanking | None] = reactive(None)
    factor: reactive[str | None] = reactive(None)

    def __init__(self, session: Session) -> None:
        super().__init__(classes="frame")
        self._session = session
        self._definitions = {
            factor.name: OutsideText(factor.definition).content() for factor in session.study.factors
        }
        self._titles = factor_titles(session.study.factors)

    def compose(self) -> ComposeResult:
        """The definition, and for each side its counts and a sentence."""
        yield Static(classes="definition")
        for side in ("left", "right"):
            yield Static(id=f"{side}-counts")
            yield Static(id=f"{side}-sentence", classes="sentence")

    def on_resize(self) -> None:
        """Break lines where the new width asks for it."""
        self._say()

    def watch_left(self) -> None:
        """Say it anew."""
        self._say()

    def watch_right(self) -> None:
        """Say it anew."""
        self._say()

    def watch_factor(self) -> None:
        """Say it anew."""
        self._say()

    def _say(self) -> None:
        if self.factor is None or not self.is_mounted:
            return
        self.border_title = OutsideText(self._titles.get(self.factor, self.factor)).line(40)
        self.query_one(".definition", Static).update(self._definitions.get(self.factor, Content()))
        self._say_of("left", self.left)
        self._say_of("right", self.right)

    def _say_of(self, side: str, ranking: FactorRanking | None) -> None:
        score = _score(ranking, self.factor)
        counted, said = Content(), Content()
        if ranking is not None and score is not None:
            counted = self._counts(ranking, score)
            title = self._titles.get(score.factor, score.factor)
            said = Content(
                score.reason.capitalize() + "." if score.reason else sentence(ranking.agent, score, title)
            )
        for part, content in (("counts", counted), ("sentence", said)):
            static = self.query_one(f"#{side}-{part}", Static)
            static.update(content)
            static.display = bool(content)

    def _counts(self, ranking: FactorRanking, score: FactorScore) -> Content:
        label = agent_label(ranking.agent, self._session.simulated)
        counted = f"  {counts(score)}  counted {score.counted:,} of {ranking.pairs:,}"
        excluded = left_out(score.excluded)
        if not excluded:
            return label + counted
        fits = label.cell_length + len(counted) + len(excluded) + 2 <= self.content_size.width
        apart = "; " if fits else "\n  "
        return Content.assemble(label, counted, (f"{apart}{excluded}", "$quiet"))


def _score(ranking: FactorRanking | None, factor: str | None) -> FactorScore | None:
    if ranking is None or factor is None:
        return None
    try:
        return ranking.of(factor).score
    except UnknownFactorError:
        return None
