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
