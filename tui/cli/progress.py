"""Long work in sight: a bar with rate and time left, and a Ctrl-C that lets the present portion finish."""

import signal
import sys
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from tui.cli.output import console_on

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text


class OnStop(Protocol):
    """Told of each Ctrl-C."""

    def __call__(self, *, again: bool) -> str | None:
        """Give what is to be said at once, if anything; of a second one None where the work goes on."""
        ...


class Watch:
    """Told how far long work is: draws it on a terminal, and answers whether to go on.

    The first Ctrl-C asks the work to stop at its next safe point and says so, the second breaks it off, by
    a KeyboardInterrupt where the work does not end by itself.

    Args:
        doing: the work in a word.
        unit: what is counted; `bytes` are shown as kB, MB, ...

    Attributes:
        stopped: whether Ctrl-C was pressed.
    """

    def __init__(self, doing: str, unit: str, on_stop: "OnStop | None" = None) -> None:
        """`on_stop` is called by each Ctrl-C."""
        self.stopped = False
        self._on_stop = on_stop
        self._bar = _bar(unit)
        self._task = self._bar.add_task(doing, total=None)

    def __call__(self, done: int, of: int) -> bool:
        """Take note of `done` out of `of`; False asks to stop."""
        self._bar.update(self._task, completed=done, total=of)
        return not self.stopped

    def describe(self, doing: str) -> None:
        """Say something else before the bar."""
        self._bar.update(self._task, description=doing)

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._stop)
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        signal.signal(signal.SIGINT, self._before)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        again, self.stopped = self.stopped, True
        words = None if self._on_stop is None else self._on_stop(again=again)
        if again and words is None:
            raise KeyboardInterrupt
        if words:
            self._bar.console.print(words)


def _bar(unit: str) -> "Progress":
    from rich.filesize import decimal
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """How many a second."""

        def render(self, task: "Task") -> "Text":
            if not task.speed:
                return Text("")
            many = decimal(int(task.speed)) if unit == "bytes" else f"{task.speed:,.0f} {unit}"
            return Text(f"{many}/s", justify="right")

    console = console_on(sys.stderr)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        RateColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
