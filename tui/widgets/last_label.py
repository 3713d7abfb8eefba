"""What the last label moved in the ranking of the people together."""

from collections.abc import Mapping
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from profile_engine.live import FactorMove, ProfileSnapshot
from tui.outside import OutsideText
from tui.wording import moved, safe_name

_MOST: Final = 5


class LastLabel(Widget):
    """One line a factor that moved, the largest move first; what does not fit is counted."""

    DEFAULT_CSS = """
    LastLabel {
        height: auto;
        max-height: 8;
    }
    """

    snapshot: reactive[ProfileSnapshot | None] = reactive(None, always_update=True, layout=True)

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__(classes="frame")
        self._titles = titles
        self._moves: list[str] | None = None
        self.border_title = "Last label"

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Keep what the last label did until the next one."""
        if snapshot is None or snapshot.change is None:
            return
        self.border_subtitle = OutsideText(safe_name(snapshot.change.annotator)).line(30)
        moves = sorted(snapshot.change.moves, key=_size, reverse=True)
        self._moves = [moved(move, self._titles) for move in moves]

    def render(self) -> Content:
        """The last moves, or what will stand here."""
        if self._moves is None:
            return Content.styled("Each label says here what it moved.", "$quiet")
        if not self._moves:
            return Content("The last label changed no score.")
        if self.screen.has_class("-short"):
            return Content.assemble(("Last label  ", "$quiet"), " · ".join(self._moves))
        shown = self._moves[:_MOST]
        more = f"and {len(self._moves) - _MOST} more" if len(self._moves) > _MOST else ""
        return Content("\n").join([*map(Content, shown), *([Content.styled(more, "$quiet")] if more else [])])


def _size(move: FactorMove) -> float:
    return abs((move.score_after or 0.0) - (move.score_before or 0.0))
