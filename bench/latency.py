"""Key press to the next thing painted, in a real pseudo-terminal on a study of 100k pairs.

Labelling: from the press until the next item stands on the screen, the answer committed in between; beside
it, in the same run and on the same disk, what a commit alone takes. Stepping: from `j` to the next pair.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final, Self

from annotation.answers import AnswerLog, NewAnswer
from annotation.settings import StudySettings
from annotation.study import Study
from bench.report import print_table
from bench.startup import PROGRAM, ROOT
from profile_engine.preferences import Preference
from tests.annotation.synthetic import make_study

PAIRS, PRESSES, COLUMNS, LINES = 100_000, 250, 120, 40
WARM_UP: Final = 10
WORDS: Final = 30
"""Of a response: short enough to be on the screen to its end."""
BETWEEN_PRESSES: Final = 0.1
_ESCAPES: Final = re.compile(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[@-Z\\-_]|\].*?(\x07|\x1b\\))", re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.db"
        study = make_study(path, PAIRS, labels_each=PAIRS // 10, words=WORDS)
        study.change_settings(StudySettings(minimum_seconds=0.0))
        (Path(folder) / "config.toml").write_text('annotator = "nina"\n')
        annotator = label(["label", str(path), "--annotator", "ada"], folder)
        commits = time_commits(study, "olga")
        researcher = label(["open", str(path)], folder, to_the_task="l")
        stepping = step(["open", str(path)], folder)
        study.close()
    bare = quantiles(commits, n=100)
    rows = [
        row("a commit alone", commits, bare),
        row("annotator: key to next item, commit included", annotator, bare),
        row("researcher: the same, the ranking follows", researcher, bare),
        row("desk: j to the next pair", stepping, bare),
    ]
    print_table(
        f"Key press to paint, {PAIRS:,} pairs, {PRESSES} presses each (milliseconds)",
        ("", "p50", "p99", "most", "p50 / commit", "p99 / commit"),
        rows,
    )


def row(name: str, seconds: Sequence[float], bare: Sequence[float]) -> tuple[str, ...]:
    cuts = quantiles(seconds, n=100)
    times = (median(seconds), cuts[98], max(seconds))
    shown = tuple(f"{1000 * one:.1f}" for one in times)
    return name, *shown, f"{median(seconds) / bare[49]:.1f}", f"{cuts[98] / bare[98]:.1f}"


def label(arguments: list[str], home: str, *, to_the_task: str = "", pairs: int = PAIRS) -> list[float]:
    """Answer item after item, as fast as a person who never hesitates."""
    with Terminal(arguments, home) as terminal:
        if to_the_task:
            terminal.settle(4)  # the profile of 100k pairs is read meanwhile
            terminal.press(to_the_task)
        terminal.wait_for(item(0, pairs))
        terminal.settle(1)
        # In turn, since one key twice in quick succession counts as held.
        times = [terminal.time_press("12"[n % 2], item(n + 1, pairs)) for n in range(WARM_UP + PRESSES)]
    return times[WARM_UP:]


def step(arguments: list[str], home: str) -> list[float]:
    """Step from pair to pair on the researcher's desk."""
    with Terminal(arguments, home) as terminal:
        terminal.settle(4)
        terminal.press("p")
        terminal.wait_for(item(0))
        terminal.settle(1)
        times = [terminal.time_press("j", item(n + 1)) for n in range(WARM_UP + PRESSES)]
    return times[WARM_UP:]


def item(number: int, pairs: int = PAIRS) -> tuple[bytes, ...]:
    """What stands on the screen once a pair is painted: synthetic responses end in their number."""
    place = rf"(?<![\d,]){number + 1:,} of {pairs:,}".encode()
    return place, rb"(?<!\d)%d\." % (2 * number), rb"(?<!\d)%d\." % (2 * number + 1)


def time_commits(study: Study, annotator: str) -> list[float]:
    log = AnswerLog(study)
    log.register(annotator)
    times = []
    for number in range(WARM_UP + PRESSES):
        answer = NewAnswer(number + 1, annotator, choice=Preference.LEFT, shown_first=Preference.RIGHT)
        began = time.perf_counter()
        log.save(answer)
        times.append(time.perf_counter() - began)
        time.sleep(BETWEEN_PRESSES / 10)
    return times[WARM_UP:]


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the output had reached a size."""

    at: float
    size: int


def shows(painted: bytes, expected: Sequence[bytes]) -> bool:
    """Whether all that is expected is in the output."""
    shown = _ESCAPES.sub(b"", painted)
    return all(re.search(pattern, shown) for pattern in expected)


class Terminal:
    """The program in a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], home: str) -> None:
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(ROOT)
            config = {"PROFILE_TUI_CONFIG": f"{home}/config.toml", "XDG_STATE_HOME": home}
            environment = {**os.environ, **config, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-c", PROGRAM, *arguments], environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        os.close(self._terminal)

    def press(self, key: str) -> None:
        """Send a key."""
        os.write(self._terminal, key.encode())

    def time_press(self, key: str, expected: Sequence[bytes]) -> float:
        """Seconds from a press until all that is expected has been painted."""
        began = time.perf_counter()
        self.press(key)
        return self.wait_for(expected) - began

    def wait_for(self, expected: Sequence[bytes]) -> float:
        """When the last of the expected patterns arrived, told once nothing more comes; or TimeoutError."""
        painted, arrivals = b"", []
        deadline = time.perf_counter() + 30
        while time.perf_counter() < deadline:
            if select.select([self._terminal], [], [], BETWEEN_PRESSES)[0]:
                painted += os.read(self._terminal, 1 << 20)
                arrivals.append(Arrival(time.perf_counter(), len(painted)))
            elif shows(painted, expected):
                # Only now, so that looking through the output does not hold up reading it.
                return next(one.at for one in arrivals if shows(painted[: one.size], expected))
        raise TimeoutError(f"{expected!r} not painted, only {_ESCAPES.sub(b'', painted)[-800:]!r}")

    def settle(self, seconds: float) -> None:
        """Let the program go on for a while, reading what it paints."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                os.read(self._terminal, 1 << 20)


if __name__ == "__main__":
    main()
