"""The real program as a person runs it: commands that print, and its screens in a pseudo-terminal."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.conftest import ROOT
from tests.tui.terminal import Terminal

_MAIN: Final = (sys.executable, "-c", "from tui.cli import main; main()")
_SAVED: Final = re.compile(r"saved: (?:item|text) (\d+) (.+?) {2,}")
_PLACE: Final = re.compile(r"(\d+) of (\d+) ▐")
_CLAIM: Final = re.compile(r"hand-written says {2}(.+?) {2,}")
_CHOICE: Final = re.compile(r"(\d) (\S.*?)(?= +\d |\s*$)")


class ProgramEndedError(Exception):
    """The program ended while somebody waited for it."""


@dataclass(frozen=True, slots=True)
class Program:
    """The program, with settings and caches of its own in `home`."""

    home: Path

    def run(self, *arguments: object) -> str:
        """What a command prints."""
        command = [*_MAIN, *map(str, arguments)]
        environment = {**os.environ, **self._environment}
        done = subprocess.run(
            command, env=environment, cwd=self.home, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def document(self, *arguments: object) -> Any:  # noqa: ANN401
        """What a command prints as JSON."""
        return json.loads(self.run(*arguments, "--format", "json"))

    def open(self, *arguments: object, columns: int = 120, lines: int = 40) -> Terminal:
        """A command that opens a screen."""
        command = [*_MAIN, *map(str, arguments)]
        return Terminal(command, columns=columns, lines=lines, env=self._environment, cwd=self.home)

    @property
    def _environment(self) -> dict[str, str]:
        home = str(self.home)
        config = str(self.home / "config.toml")
        return {
            "PYTHONPATH": str(ROOT),
            "PROFILE_TUI_CONFIG": config,
            "XDG_STATE_HOME": home,
            "XDG_DATA_HOME": home,
        }


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who presses keys and knows nothing but what stands on the display."""

    terminal: Terminal

    def see(self, seen: Callable[[str], bool], what: str, timeout: float = 30.0) -> str:
        """The display, once it shows what was waited for."""
        until = time.monotonic() + timeout
        while not seen(display := self.terminal.wait_quiet(quiet=0.02, timeout=1.0)):
            if not self.terminal.running:
                raise ProgramEndedError(what)
            assert time.monotonic() < until, f"{what} did not come:\n{display}"
        return display

    def press(self, *keys: str) -> None:
        """Press keys anew: another key before each tells it from one that is held."""
        try:
            for key in keys:
                self.terminal.press(key, before="pageup", quiet=0.02)
        except OSError as error:
            raise ProgramEndedError(str(keys)) from error

    def ready(self, done: int, of: int) -> str:
        """The display, once so many are done and keys count for the next one, or all are done."""

        def is_ready(display: str) -> bool:
            place = _PLACE.search(display)
            if place is None or (int(place[1]), int(place[2])) != (done, of):
                return False
            return "All done" in display if done == of else " choose " in display

        return self.see(is_ready, f"{done} of {of}, ready")

    @property
    def saved(self) -> tuple[int, str] | None:
        """What was acknowledged last: the number of the item or text, and what was said of it."""
        found = _SAVED.search(self.terminal.display)
        return None if found is None else (int(found[1]), found[2])

    @property
    def claim(self) -> str:
        """The class that was extracted."""
        found = _CLAIM.search(self.terminal.display)
        assert found is not None, self.terminal.display
        return found[1]

    @property
    def choices(self) -> dict[str, str]:
        """The digit of each class that can be right."""
        line = next(
            line
            for line in self.terminal.display.splitlines()
            if re.search(r"x wrong →|which is right\?", line)
        )
        return {label: digit for digit, label in _CHOICE.findall(re.sub(r".*(→|\?)", "", line))}

    def pane(self, title: str) -> str:
        """The words of a pane."""
        rows = self.terminal.display.splitlines()
        top = next(place for place, row in enumerate(rows) if f"╭─ {title} ─" in row)
        left = rows[top].index(f"╭─ {title} ─")
        right = rows[top].index("╮", left)
        bottom = next(place for place in range(top, len(rows)) if rows[place][left] == "╰")
        return " ".join(" ".join(row[left + 1 : right] for row in rows[top + 1 : bottom]).split())


def squeeze(text: str) -> str:
    """A text without white space, which a pane breaks as it likes."""
    return "".join(text.split())
