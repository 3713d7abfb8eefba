"""The installed program, run as a person runs it, with a configuration of the test's own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROGRAM: Final = Path(sys.executable).with_name("profile-tui")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        """The document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Program:
    """`program("rank", study)` runs `profile-tui rank STUDY`; `folder` holds all its configuration."""

    folder: Path

    def __call__(self, *arguments: object, seconds: float = 300) -> Ran:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return Ran(process.returncode, out, err)

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Run it without waiting for its end."""
        own = {"PROFILE_TUI_MODELS": str(self.folder / "models.toml"), "HF_HUB_OFFLINE": "1"}
        folders = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
        return subprocess.Popen(
            [str(PROGRAM), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | own | {name: str(self.folder / name.lower()) for name in folders},
        )
