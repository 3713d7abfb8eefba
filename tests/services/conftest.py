"""The servers that these tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.label_studio_server import KEY, LabelStudio, running_label_studio
from tests.services.llm_server import CountingProxy, running_model
from tests.services.program import Program


@pytest.fixture(scope="session")
def llm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real small model, started once."""
    with running_model(tmp_path_factory.mktemp("llm")) as port:
        yield port


@pytest.fixture
def counted(llm_server: int) -> Iterator[CountingProxy]:
    """What counts the requests of one test on their way to the model."""
    with CountingProxy(llm_server) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def _label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    with running_label_studio(tmp_path_factory.mktemp("label-studio")) as server:
        yield server


@pytest.fixture
def label_studio(_label_studio: LabelStudio, monkeypatch: pytest.MonkeyPatch) -> LabelStudio:
    """A real server, started once, and the owner's key in the environment."""
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", KEY)
    return _label_studio


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program, with a configuration of the test's own."""
    return Program(tmp_path)
