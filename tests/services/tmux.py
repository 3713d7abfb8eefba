"""A terminal in tmux, as somebody has it who works over SSH."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.services.program import PROGRAM

WIDTH: Final = 160
HEIGHT: Final = 50


@dataclass(frozen=True, slots=True)
class Tmux:
    """One session of a server of its own."""

    socket: Path

    def __call__(self, *arguments: str) -> str:
        ran = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return ran.stdout

    def press(self, key: str) -> None:
        """Press a key, by tmux's name of it."""
        self("send-keys", key)

    def lines(self) -> list[str]:
        """What the screen shows."""
        return self("capture-pane", "-p").splitlines()

    def sees(self, seen: Callable[[list[str]], bool], what: str, seconds: float = 60) -> list[str]:
        """Wait for something on the screen; the screen then."""
        ends = time.monotonic() + seconds
        while not seen(lines := self.lines()):
            assert time.monotonic() < ends, f"never seen: {what}, but\n" + "\n".join(lines)
            time.sleep(0.1)
        return lines


@contextmanager
def running_tmux(folder: Path, *arguments: str) -> Iterator[Tmux]:
    """Run the program in a session, and end it with all that is in it."""
    if shutil.which("tmux") is None:
        pytest.fail("no tmux here: install it (Debian's package has this name)")
    tmux = Tmux(folder / "tmux")
    size = ("-x", str(WIDTH), "-y", str(HEIGHT))
    without = ("env", "-u", "COLUMNS", "-u", "LINES")  # else they would be believed, not the terminal
    tmux("new-session", "-d", *size, *without, f"XDG_STATE_HOME={folder}", str(PROGRAM), *arguments)
    try:
        yield tmux
    finally:
        subprocess.run(["tmux", "-S", str(tmux.socket), "kill-server"], check=False, capture_output=True)
