"""Start to first paint, in a real pseudo-terminal: the demo, a study of 100k pairs, a bare Textual app.

The time is from starting the process until a known word stands on the screen; the memory is what stays
resident once the profile is loaded.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.report import best_of, print_table
from tests.annotation.synthetic import make_study

ROOT: Final = Path(__file__).parent.parent
PROGRAM: Final = "from tui.cli import main; main()"
BARE: Final = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("painted")
Bare().run()
"""
COLUMNS, LINES, RUNS, PAIRS = 120, 40, 5, 100_000
_ESCAPES: Final = re.compile(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[@-Z\\-_]|\].*?(\x07|\x1b\\))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from starting the process to its first painted screen, and its resident memory once settled."""

    seconds: float
    megabytes: float


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo, large = Path(folder) / "demo.db", Path(folder) / "large.db"
        run("demo", "--no-open", "--at", str(demo))
        make_study(large, PAIRS).close()
        cases = (
            ("bare Textual app", ["-c", BARE], "painted"),
            ("the demo", ["-c", PROGRAM, "open", str(demo)], "Study"),
            (f"{PAIRS:,} pairs", ["-c", PROGRAM, "open", str(large)], "Study"),
            (f"{PAIRS:,} pairs, to label", ["-c", PROGRAM, "label", str(large), "-a", "ada"], "better?"),
        )
        starts = {name: measure(arguments, word, folder) for name, arguments, word in cases}
    interpreter = best_of(RUNS, lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    bare = starts[cases[0][0]].seconds
    print_table(
        f"Start to first paint in a terminal (median of {RUNS}; python -c pass: {interpreter:.3f} s)",
        ("", "seconds", "x bare", "MB"),
        [
            (name, f"{start.seconds:.3f}", f"{start.seconds / bare:.2f}", f"{start.megabytes:.0f}")
            for name, start in starts.items()
        ],
    )


def measure(arguments: list[str], word: str, home: str) -> Start:
    """The median of several starts; the first, which compiles and fills caches, is not counted."""
    starts = [time_start(arguments, word, home) for _ in range(RUNS + 1)][1:]
    return Start(median(one.seconds for one in starts), max(one.megabytes for one in starts))


def time_start(arguments: list[str], word: str, home: str) -> Start:
    """Start a program in a pseudo-terminal and wait until a word stands on its screen."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        places = {"XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "XDG_DATA_HOME": home}
        environment = {**os.environ, **places, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execve(sys.executable, [sys.executable, *arguments], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    try:
        seconds = wait_for(terminal, word.encode()) - began
        settle(terminal, 2.5)
        return Start(seconds, resident_megabytes(child))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def wait_for(terminal: int, word: bytes) -> float:
    """When a word has been painted; raises TimeoutError with what was painted instead."""
    painted = b""
    deadline = time.perf_counter() + 30
    while time.perf_counter() < deadline:
        if select.select([terminal], [], [], 0.05)[0]:
            painted += os.read(terminal, 65536)
            arrived = time.perf_counter()
            if word in _ESCAPES.sub(b"", painted):
                return arrived
    raise TimeoutError(f"{word!r} was never painted, only {_ESCAPES.sub(b'', painted)[-500:]!r}")


def settle(terminal: int, seconds: float) -> None:
    """Let the program go on for a while, reading what it paints."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 65536)


def resident_megabytes(process: int) -> float:
    """Resident memory of a process, as `ps` tells it on every Unix."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return int(told.stdout) / 1024


def run(*arguments: str) -> None:
    """Run a command of the program; its messages are shown only where it fails."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"profile-tui {' '.join(arguments)}: {done.stderr}")


if __name__ == "__main__":
    main()
