"""A real Label Studio server with people on it; `make services` installs it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.conftest import ROOT
from tests.services.llm_server import free_port

ENVIRONMENT: Final = ROOT / ".venv-label-studio"
KEY: Final = "0123456789abcdef0123456789abcdef01234567"
STARTS_WITHIN: Final = 300.0
PASSWORD: Final = "words of a test"
OWNER: Final = "owner@example.org"


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """A running server, asked as its owner."""

    url: str

    @property
    def client(self) -> Any:  # noqa: ANN401
        return _client(self.url, KEY)

    def tasks(self, project: int) -> list[Any]:
        """The tasks of a project with all that belongs to them."""
        return list(self.client.tasks.list(project=project))

    def join(self, email: str) -> "Annotator":
        """Sign somebody up as the page does; they have a key of their own."""
        import httpx

        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60) as page:
            page.get("/user/signup/").raise_for_status()
            form = {
                "email": email,
                "password": PASSWORD,
                "csrfmiddlewaretoken": page.cookies["csrftoken"],
            }
            page.post("/user/signup/", data=form, headers={"Referer": self.url}).raise_for_status()
            key = page.get("/api/current-user/token").raise_for_status().json()["token"]
        return Annotator(self.url, email, key)


@dataclass(frozen=True, slots=True)
class Annotator:
    """Somebody with an account, asking with their own key."""

    url: str
    email: str
    key: str

    @property
    def client(self) -> Any:  # noqa: ANN401
        return _client(self.url, self.key)

    def next(self, project: int) -> dict[str, Any] | None:
        """The task that "Label All Tasks" shows them now; None when there is none left for them."""
        import httpx

        asked = httpx.get(
            f"{self.url}/api/projects/{project}/next",
            headers={"Authorization": f"Token {self.key}"},
            timeout=60,
        )
        if asked.status_code == HTTPStatus.NOT_FOUND:
            return None
        task: dict[str, Any] = asked.raise_for_status().json()
        return task

    def annotate(self, task: int, *regions: Mapping[str, Any], seconds: float, skip: bool = False) -> int:
        """Say something of a task; the annotation's id."""
        made = self.client.annotations.create(
            id=task, result=list(regions), lead_time=seconds, was_cancelled=skip
        )
        id_: int = made.id
        return id_

    def change(self, annotation: int, *regions: Mapping[str, Any]) -> None:
        """Say something else."""
        self.client.annotations.update(id=annotation, result=list(regions))


def _client(url: str, key: str) -> Any:  # noqa: ANN401
    from label_studio_sdk.client import LabelStudio as Client

    return Client(base_url=url, api_key=key)


def preferred(side: str) -> dict[str, Any]:
    """What the page sends after a click on a side."""
    return {
        "from_name": "preference",
        "to_name": "preference",
        "type": "pairwise",
        "value": {"selected": side},
    }


def tied() -> dict[str, Any]:
    """What it sends after a click on the tie."""
    return {"from_name": "tie", "to_name": "source", "type": "choices", "value": {"choices": ["tie"]}}


def noted(text: str) -> dict[str, Any]:
    """What it sends of a note."""
    return {"from_name": "note", "to_name": "source", "type": "textarea", "value": {"text": [text]}}


@contextmanager
def running_label_studio(folder: Path) -> Iterator[LabelStudio]:
    """Start one with a database of its own and end it. Fails, rather than skips, where it is not there."""
    command = ENVIRONMENT / "bin" / "label-studio"
    if not command.exists():
        pytest.fail(f"Label Studio is not installed in {ENVIRONMENT.name}: make services")
    port = free_port()
    log = folder / "label-studio.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "start", "--internal-host", "127.0.0.1", "--port", str(port), "--no-browser"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | _settings(folder),
            start_new_session=True,  # ended as a whole, with what it has started
        )
    try:
        _wait_for(process, port, log)
        yield LabelStudio(f"http://127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _settings(folder: Path) -> dict[str, str]:
    return {
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_USERNAME": OWNER,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": KEY,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"),
        "HOME": str(folder),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    told = log.read_text("utf-8", "replace")[-2000:]
    pytest.fail(f"Label Studio did not start within {STARTS_WITHIN:.0f} seconds:\n{told}")
