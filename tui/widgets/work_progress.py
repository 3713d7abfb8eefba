"""How far a long work is: bar, counts, rate, time left."""

from time import monotonic
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.widgets.bars import share_bar

_FAST: Final = 10
"""So many a second are told without a fraction."""


class WorkProgress(Widget):
    """Shown while something runs; `begin`, then `done` and `of` as they become known."""

    DEFAULT_CSS = """
    WorkProgress {
        height: 1;
        display: none;

        &.-running {
            display: block;
        }
    }
    """

    done: reactive[int] = reactive(0)
    of: reactive[int] = reactive(0)
    also: reactive[str] = reactive("")
    """What else is to be said, such as how many failed."""
    hint: reactive[str] = reactive("")

    _started = 0.0
    _what = ""

    def begin(self, what: str) -> None:
        """Show that the work has begun."""
        self._what, self._started = what, monotonic()
        self.done = self.of = 0
        self.also, self.hint = "", "escape stops"
        self.add_class("-running")

    def end(self) -> None:
        """The work is over."""
        self.remove_class("-running")

    def render(self) -> Content:
        """One line."""
        if not self.of:
            return Content.assemble(self._what, (f" …  {self.hint}", "$quiet"))
        said = f" {self.done:,} of {self.of:,} {_pace(self.done, self.of, monotonic() - self._started)}"
        said += f"  {self.also}" if self.also else ""
        stops = f"  {self.hint}"
        bar = max(self.content_size.width - len(self._what) - len(said) - len(stops) - 1, 4)
        return Content.assemble(
            f"{self._what} ", share_bar(self.done, self.of, bar, "$primary"), said, (stops, "$quiet")
        )


def _pace(done: int, of: int, seconds: float) -> str:
    if not done or seconds <= 0:
        return ""
    rate = done / seconds
    return f" {rate:,.{0 if rate >= _FAST else 1}f}/s  {_time((of - done) / rate)} left"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
