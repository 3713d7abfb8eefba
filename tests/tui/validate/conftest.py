"""The sample study, whose values are hand-written, and the screens on it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.taxonomy import Task
from tui.app import Mode, ProfileApp
from tui.session import Role, Session

WHO = "nina"

Open = Callable[..., ProfileApp]


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    with Study.create(path, task=Task.SUMMARIZATION, name="sample") as study:
        study.change_settings(StudySettings(minimum_seconds=0.0))
        import_data(study, load_card("sample"))
    return path


@pytest.fixture
def sample(sample_file: Path, tmp_path: Path) -> Iterator[Study]:
    """The sample; keys count at once."""
    with Study.open(shutil.copy(sample_file, tmp_path / "sample.db")) as study:
        yield study


@pytest.fixture
def judge(sample: Study) -> Open:
    """Makes an app that begins at a screen where a person judges."""

    def make(start: Mode = Mode.VALIDATE, who: str | None = WHO) -> ProfileApp:
        return ProfileApp(Session(sample, Role.RESEARCHER, who), start=start, tracebacks=True)

    return make
