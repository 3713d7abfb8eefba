"""Studies to export."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.study import Study
from profile_engine.taxonomy import Task


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as made:
        yield made
