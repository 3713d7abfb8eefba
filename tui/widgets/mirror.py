"""Two agents' factor scores, mirrored around the factors' names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from profile_engine.ranking import FactorRanking, RankedFactor
from tui.session import Session
from tui.widgets.bars import bar_left, bar_right, scale_for
from tui.wording import agent_label, score_word

_RANK: Final = 2
_SCORE: Final = 10
_CHANGE: Final = 4
_FIXED: Final = 2 * (_RANK + _SCORE) + _CHANGE + 4
"""Cells of everything but bars and titles: also the cursor, two sides of the axis, a space before the bar."""
_LONGEST_BAR: Final = 50
_HEADS: Final = 2


@dataclass(frozen=True, slots=True)
class _Columns:
    """Cells of the parts that stretch."""

    bar: int
    title: int


class Mirror(Widget, can_focus=True):
    """One line a factor in the order of the left ranking; the cursor chooses one.

    The last column says how much higher (↑) or lower (↓) the right ranking puts the factor.
    """

    DEFAULT_CSS = """
    Mirror {
        height: auto;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Factor up", show=False),
        Binding("down,j", "step(1)", "Factor down", show=False),
        Binding("home", "step(-999)", "First factor", show=False),
        Binding("end", "step(999)", "Last factor", show=False),
    ]

    left: reactive[FactorRanking | None] = reactive(None, layout=True)
    right: reactive[FactorRanking | None] = reactive(None, layout=True)
    factor: reactive[str | None] = reactive(None)
    """The factor under the cursor."""

    @dataclass
    class FactorChosen(Message):
        """The cursor came to a factor."""

        factor: str

    def __init__(self, titles: Mapping[str, str], session: Session) -> None:
        super().__init__()
        self._titles = titles
        self._session = session

    def render(self) -> Content:
        """Who, what, and every factor of the left ranking."""
        if self.left is None:
            return Content()
        columns = self._columns()
        others = {ranked.score.factor: ranked for ranked in self.right.factors} if self.right else {}
        scale = scale_for(*(ranked.score.score for ranked in [*self.left.factors, *others.values()]))
        return Content("\n").join(
            [
                self._who(),
                _heads(columns, scale),
                *(
                    self._line(ranked, others.get(ranked.score.factor), columns, scale)
                    for ranked in self.left.factors
                ),
            ]
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line a factor, below the heads."""
        return len(self.left.factors) + _HEADS if self.left is not None else 0

    def watch_left(self, left: FactorRanking | None) -> None:
        """The cursor stays on its factor while the factors move."""
        if left is None or not left.factors:
            self.factor = None
        elif self.factor not in {ranked.score.factor for ranked in left.factors}:
            self.factor = left.factors[0].score.factor

    def watch_factor(self, factor: str | None) -> None:
        """Tell which factor is chosen and bring it into view."""
        if factor is not None:
            self.post_message(self.FactorChosen(factor))
            self.call_after_refresh(self._show_cursor)

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        if self.left is None or not self.left.factors:
            return
        at = min(max(self._cursor() + by, 0), len(self.left.factors) - 1)
        self.factor = self.left.factors[at].score.factor

    def on_click(self, event: events.Click) -> None:
        """Choose the factor under the mouse."""
        line = event.y - _HEADS
        if self.left is not None and 0 <= line < len(self.left.factors):
            self.factor = self.left.factors[line].score.factor

    def _cursor(self) -> int:
        factors = self.left.factors if self.left is not None else ()
        names = [ranked.score.factor for ranked in factors]
        return names.index(self.factor) if self.factor in names else 0

    def _show_cursor(self) -> None:
        at = self._cursor()
        line = Region(0, at + _HEADS, self.size.width, 1) if at else Region(0, 0, self.size.width, _HEADS + 1)
        if isinstance(self.parent, Widget):
            self.parent.scroll_to_region(line, animate=False)

    def _columns(self) -> _Columns:
        title = max((len(title) for title in self._titles.values()), default=0)
        spare = self.size.width - _FIXED
        title = min(title, max(spare // 2, 8))
        bar = min(max((spare - title) // 2, 1), _LONGEST_BAR)
        return _Columns(bar=bar, title=max(title, spare - 2 * bar))

    def _who(self) -> Content:
        half = self.size.width // 2 - 1
        left = self._agent(self.left, "◀", half)
        right = self._agent(self.right, "▶", half)
        return Content.assemble(left, " " * (self.size.width - left.cell_length - right.cell_length), right)

    def _agent(self, ranking: FactorRanking | None, arrow: str, width: int) -> Content:
        if ranking is None:
            return Content.styled("nobody to compare with", "$quiet")
        about = f" {ranking.agent.setting}, {ranking.pairs:,} pairs"
        label = agent_label(ranking.agent, self._session.roster, max(width - len(about) - 2, 8))
        if arrow == "◀":
            return Content.assemble((f"{arrow} ", "bold"), label, (about, "$quiet"))
        return Content.assemble(label, (about, "$quiet"), (f" {arrow}", "bold"))

    def _line(
        self, left: RankedFactor, right: RankedFactor | None, columns: _Columns, scale: float
    ) -> Content:
        chosen = left.score.factor == self.factor
        title = self._titles.get(left.score.factor, left.score.factor)
        middle = _centred(Content(title).truncate(columns.title, ellipsis=True), columns.title)
        line = Content.assemble(
            ("▸" if chosen else " ", "bold $primary"),
            _outer(left, leftmost=True),
            bar_left(left.score.score, columns.bar, scale),
            ("▏", "$bar-track"),
            middle.stylize("bold" if chosen else ""),
            ("▕", "$bar-track"),
            bar_right(right.score.score if right else None, columns.bar, scale),
            _outer(right, leftmost=False) if right else " " * (_RANK + _SCORE),
            _change(left, right),
        )
        return line.stylize_before("on $panel") if chosen else line


def _heads(columns: _Columns, scale: float) -> Content:
    longest = f"{scale:g}"
    left = f"{'#':>{_RANK + 1}}{'score':>{_SCORE}} {longest:<{columns.bar}}"
    right = f"{longest:>{columns.bar}} {'score':<{_SCORE - 1}}{'#':>{_RANK}}{'±#':>{_CHANGE}}"
    return Content.styled(f"{left} {'factor':^{columns.title}} {right}", "$quiet")


def _centred(content: Content, width: int) -> Content:
    spare = width - content.cell_length
    return Content.assemble(" " * (spare // 2), content, " " * (spare - spare // 2))


def _outer(ranked: RankedFactor, *, leftmost: bool) -> Content:
    """Rank and score at the outer end of a bar."""
    rank = str(ranked.rank) if ranked.rank is not None else "-"
    score = score_word(ranked.score)
    hue = "$quiet" if ranked.score.score is None else ""
    if leftmost:
        return Content.assemble((rank.rjust(_RANK), "bold"), (score.rjust(_SCORE), hue), " ")
    return Content.assemble(" ", (score.ljust(_SCORE - 1), hue), (rank.rjust(_RANK), "bold"))


def _change(left: RankedFactor, right: RankedFactor | None) -> Content:
    if right is None or left.rank is None or right.rank is None:
        return Content(" " * _CHANGE)
    by = left.rank - right.rank
    word, hue = ("=", "$quiet") if not by else (f"↑{by}", "$risen") if by > 0 else (f"↓{-by}", "$fallen")
    return Content.styled(word.rjust(_CHANGE), hue)
