"""Running the command line in this process, away from the person's own files."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tui.cli import run


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        """The document on standard output."""
        return json.loads(self.out)


Profile = Callable[..., Done]


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("PROFILE_TUI_DEBUG", raising=False)


@pytest.fixture
def profile(capsys: pytest.CaptureFixture[str]) -> Profile:
    """`profile("rank", study)` runs `profile-tui rank STUDY`."""

    def invoke(*arguments: object) -> Done:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return invoke


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo study, made once; copy it to change it."""
    from tui.cli.demo import make_demo

    location = tmp_path_factory.mktemp("demo") / "demo.db"
    make_demo(location)
    return location


@pytest.fixture
def demo(made_demo: Path, tmp_path: Path) -> Path:
    """A demo study of the test's own."""
    copy = tmp_path / "demo.db"
    copy.write_bytes(made_demo.read_bytes())
    return copy
