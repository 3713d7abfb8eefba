"""Studies to validate: the sample, and one made by hand."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.study import Study
from annotation.validation.log import ValidationLog
from profile_engine.taxonomy import Task


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    with Study.create(path, task=Task.SUMMARIZATION, name="sample") as study:
        import_data(study, load_card("sample"))
    return path


@pytest.fixture
def sample(sample_file: Path, tmp_path: Path) -> Iterator[Study]:
    """The sample, with the validators anna and ben."""
    with Study.open(shutil.copy(sample_file, tmp_path / "sample.db")) as study:
        for name in ("anna", "ben"):
            ValidationLog(study).register(name)
        yield study
