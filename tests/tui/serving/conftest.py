"""A served study, in this process; the screens are real processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from annotation.people.accounts import add_all
from annotation.settings import StudySettings
from annotation.study import Study
from tests.tui.desk_study import make_study
from tests.tui.serving.browsing import Browser, Tab
from tui.serving.door import Door
from tui.serving.server import Server, Service

PEOPLE = ("anna", "ben")
SECRETS = {"OPENAI_API_KEY": "k", "HF_TOKEN": "t", "PGPASSWORD": "p", "PROFILE_TUI_CONFIG": "/c", "X": "x"}


@dataclass
class Served:
    """A study that is served, and what was told of it."""

    server: Server
    codes: Mapping[str, str]
    stack: AsyncExitStack
    told: list[str]
    address: str = ""
    browsers: list[Browser] = field(default_factory=list)

    async def browser(self, origin: str | None = None) -> Browser:
        return await self.stack.enter_async_context(Browser(self.address, origin))

    async def visit(self, name: str) -> Browser:
        browser = await self.browser()
        response = await browser.enter(name, self.codes[name])
        assert response.status == 200, await response.text()
        return browser

    async def sit(self, name: str) -> Tab:
        return await (await self.visit(name)).open_tab()

    async def stop(self) -> None:
        await self.stack.aclose()


@pytest.fixture
def served_study(tmp_path: Path) -> Iterator[Study]:
    """Four pairs; keys count at once."""
    settings = StudySettings(minimum_seconds=0.0, question="Which one?")
    study = make_study(tmp_path / "desk.db", settings=settings)
    yield study
    study.close()


@pytest.fixture
def environment() -> dict[str, str]:
    """Ours, with secrets in it."""
    import os

    return {**os.environ, **SECRETS}


@pytest.fixture
async def served(served_study: Study, environment: dict[str, str]) -> AsyncIterator[Served]:
    """Served as by default."""
    async with serving(served_study, environment) as served:
        yield served


@asynccontextmanager
async def serving(
    study: Study, environment: Mapping[str, str], grace: float = 60.0, most: int = 16
) -> AsyncIterator[Served]:
    """Serve a study in this process."""
    codes = await asyncio.to_thread(add_all, study, PEOPLE)
    told: list[str] = []
    service = Service(study.location, grace=grace, most=most)
    server = Server(service, Door(study), told.append, environment)
    async with AsyncExitStack() as stack:
        running = TestServer(server.app())
        await running.start_server()
        stack.push_async_callback(running.close)
        served = Served(server, codes, stack, told, str(running.make_url("/")).rstrip("/"))
        yield served
        assert not any(code in line for code in codes.values() for line in told)


async def until(condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait until something holds."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"never happened: {what}")
