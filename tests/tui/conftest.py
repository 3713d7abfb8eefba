"""Studies and apps for the tests of the terminal."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotation.study import Study
from tests.tui.desk_study import make_study
from tests.tui.label_task import AT_ONCE
from tests.tui.small_study import make_small_study
from tests.tui.waiting import quiet
from tui.app import Mode, ProfileApp
from tui.config import Config
from tui.session import Role, Session

MakeApp = Callable[..., ProfileApp]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the config, the models and the recent studies of whoever runs it."""
    monkeypatch.setenv("PROFILE_TUI_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("PROFILE_TUI_MODELS", str(tmp_path / "models.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def patient_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot goes on once its key was taken and is drawn, however little time the machine gives."""
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", quiet)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """The small study with six of its twelve pairs labelled by two people."""
    study = make_small_study(tmp_path / "small.db")
    yield study
    study.close()


@pytest.fixture
def unlabelled_study(tmp_path: Path) -> Iterator[Study]:
    """The small study before anybody labelled."""
    study = make_small_study(tmp_path / "unlabelled.db", labels=False)
    yield study
    study.close()


@pytest.fixture
def research_app(study: Study) -> MakeApp:
    """Makes a researcher's app on the small study: `research_app(Mode.RANKING)`."""

    def make(start: Mode = Mode.STUDY, config: Config | None = None, tracebacks: bool = True) -> ProfileApp:
        session = Session(study, Role.RESEARCHER)
        return ProfileApp(session, config or Config(annotator="Cy"), start=start, tracebacks=tracebacks)

    return make


@pytest.fixture
def annotator_app(study: Study) -> MakeApp:
    """Makes an annotator's app on the small study."""

    def make(annotator: str = "Cy", config: Config | None = None) -> ProfileApp:
        return ProfileApp(Session(study, Role.ANNOTATOR, annotator), config, tracebacks=True)

    return make


@pytest.fixture
def fast_study(tmp_path: Path) -> Iterator[Study]:
    """The desk's four pairs, where keys count at once."""
    study = make_study(tmp_path / "desk.db", settings=AT_ONCE)
    yield study
    study.close()
