"""Studies to test on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.annotation.postgres import Server, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """An empty study in a SQLite file."""
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as made:
        yield made


@pytest.fixture
def draft(study: Study) -> Draft:
    return Draft(study)


@pytest.fixture
def log(study: Study) -> AnswerLog:
    return AnswerLog(study)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A study with four pairs and no answers yet."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(4)
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet: for a file, then for a database on a server."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_server").new_database()
        return url
    return str(tmp_path / "study.db")
