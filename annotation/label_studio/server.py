"""A Label Studio server, asked through its own library; what goes wrong is one line."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from annotation.errors import StudyError

_PAGE: Final = 100
_SECONDS: Final = 120
_NOT_LET_IN: Final = (401, 403)
_SHOWN: Final = 300

Told = Callable[[int, int], bool]
"""Told (done, of) now and then; False asks to stop."""


class LabelStudioError(StudyError):
    """The server is not there, does not let in, or refuses; or a project is not this study's."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the server.

    Attributes:
        settings: all of it, by the names of the API.
    """

    id: int
    title: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A task with what was said of it.

    Attributes:
        item: what the pair is called there; empty for a task that is not of a push.
        annotations: as the API gives them.
        models: whose predictions it has.
    """

    id: int
    item: str
    annotations: Sequence[Mapping[str, Any]]
    models: frozenset[str]


class Server:
    """A server.

    Args:
        url: where it is, as people open it.
        key_env: the environment variable that holds the key; the key is kept nowhere and never shown.

    Raises:
        LabelStudioError: no library, no key, no server, or the key is not accepted.
    """

    def __init__(self, url: str, key_env: str) -> None:
        self.url = url.rstrip("/")
        self._key_env = key_env
        if not self.url.startswith(("http://", "https://")):
            raise LabelStudioError(f"{url}: a server's address begins with http:// or https://")
        key = os.environ.get(key_env, "").strip()
        if not key:
            raise LabelStudioError(
                f"no key in {key_env}: set it to an access token of {self.url} (Account & Settings there)"
            )
        try:
            from label_studio_sdk.client import LabelStudio
        except ModuleNotFoundError as error:
            raise LabelStudioError(
                f"Label Studio needs {error.name}: pip install '.[label-studio]'"
            ) from error
        with self._clear():
            self._client = LabelStudio(base_url=self.url, api_key=key, timeout=_SECONDS)
            self._client.users.whoami()

    def projects(self) -> list[Project]:
        """Those that the key's user can see."""
        with self._clear():
            return [_project(found) for found in self._client.projects.list(page_size=_PAGE)]

    def make_project(self, settings: Mapping[str, Any]) -> Project:
        """Make one."""
        with self._clear():
            return _project(self._client.projects.create(**settings))

    def change_project(self, project: Project, settings: Mapping[str, Any]) -> None:
        """Change settings of one."""
        with self._clear(f"project {project.id} cannot be changed to what the study now is: "):
            self._client.projects.update(id=project.id, **settings)

    def tasks(self, project: Project, told: Told) -> Iterator[Task]:
        """All of a project's tasks, in their order, read page by page."""
        done, page = 0, 1
        with self._clear():
            of = self._client.projects.get(id=project.id).task_number or 0
            while done < of:
                found = self._client.tasks.list(project=project.id, page=page, page_size=_PAGE).items or []
                for one in found:
                    yield _task(one)
                done, page = done + len(found), page + 1
                _go_on(told, done, max(of, done))
                if not found:
                    return

    def add_tasks(self, project: Project, tasks: Sequence[Mapping[str, Any]], told: Told) -> None:
        """Add tasks, with their predictions, in portions."""
        for start in range(0, len(tasks), _PAGE):
            _go_on(told, start, len(tasks))
            with self._clear():
                self._client.projects.import_tasks(id=project.id, request=tasks[start : start + _PAGE])
        _go_on(told, len(tasks), len(tasks))

    def add_predictions(self, predictions: Sequence[Mapping[str, Any]], told: Told) -> None:
        """Add predictions to tasks that are there."""
        for number, prediction in enumerate(predictions):
            _go_on(told, number, len(predictions))
            with self._clear():
                self._client.predictions.create(**prediction)

    def emails(self) -> dict[int, str]:
        """E-mail addresses of the users, by id."""
        with self._clear():
            return {user.id: user.email for user in self._client.users.list() if user.email}

    @contextmanager
    def _clear(self, doing: str = "") -> Iterator[None]:
        """Turn what the library raises into one line."""
        from httpx import HTTPError, InvalidURL
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            if error.status_code in _NOT_LET_IN:
                raise LabelStudioError(
                    f"{self.url} does not accept the key in {self._key_env}: {_reason(error.body)}; "
                    "take an access token from Account & Settings there"
                ) from None
            if not isinstance(error.body, Mapping):
                raise self._not_there(f"it answers HTTP {error.status_code} without a reason") from None
            raise LabelStudioError(f"{self.url}: {doing}{_reason(error.body)}") from None
        except (HTTPError, InvalidURL, ValueError) as error:
            raise self._not_there(str(error) or type(error).__name__) from None

    def _not_there(self, why: str) -> LabelStudioError:
        return LabelStudioError(f"no Label Studio at {self.url}: {why}; start it, or correct --url")


def _go_on(told: Told, done: int, of: int) -> None:
    if not told(done, of):
        raise LabelStudioError("stopped; the same command goes on from here")


def _project(found: Any) -> Project:  # noqa: ANN401 (the library's own kinds differ by edition)
    return Project(found.id, found.title or "", found.model_dump())


def _task(found: Any) -> Task:  # noqa: ANN401
    said = found.annotations or ()
    annotations = [one if isinstance(one, dict) else one.model_dump(mode="json") for one in said]
    models = frozenset(str(one.model_version) for one in found.predictions or ())
    return Task(found.id, str((found.data or {}).get("item") or ""), annotations, models)


def _reason(body: object) -> str:
    """What the server said, in one line."""
    if not isinstance(body, Mapping):
        return "it gives no reason"
    faults = body.get("validation_errors") or {}
    told = (
        "; ".join(f"{name}: {' '.join(map(str, what))}" for name, what in faults.items())
        if isinstance(faults, Mapping)
        else str(faults)
    )
    return " ".join((told or str(body.get("detail") or "it gives no reason")).split())[:_SHOWN]
