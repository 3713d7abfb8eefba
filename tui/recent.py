"""The studies opened lately, for starting without naming one."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from platformdirs import user_state_path

MOST: Final = 20
"""How many studies are remembered."""


@dataclass(frozen=True, slots=True)
class RecentStudy:
    """A study opened lately.

    Attributes:
        location: absolute path, or URL without password.
        opened: when last, ISO 8601 in UTC.
    """

    location: str
    name: str
    opened: str


def recent_path() -> Path:
    """Where the list is kept."""
    return user_state_path("profile-tui") / "recent.json"


def recent_studies(path: Path | None = None) -> tuple[RecentStudy, ...]:
    """The studies opened lately and still there, newest first; a damaged list counts as empty."""
    try:
        entries = json.loads((path or recent_path()).read_text("utf-8"))
        studies = [RecentStudy(entry["location"], entry["name"], entry["opened"]) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError):
        return ()
    return tuple(study for study in studies if _is_there(study.location))


def remember(location: str, name: str, path: Path | None = None) -> None:
    """Put a study on top of the list; a list that cannot be written is no reason to stop."""
    path = path or recent_path()
    if "://" not in location:
        location = str(Path(location).absolute())
    newest = RecentStudy(location, name, datetime.now(UTC).isoformat(timespec="seconds"))
    others = [study for study in recent_studies(path) if study.location != location]
    try:
        _replace(path, json.dumps([asdict(study) for study in [newest, *others][:MOST]], indent=1))
    except OSError:
        return


def _is_there(location: str) -> bool:
    return "://" in location or Path(location).is_file()


def _replace(path: Path, text: str) -> None:
    """Write a file so that another process sees the old text or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as new:
        new.write(text)
    os.replace(new.name, path)  # noqa: PTH105 Path.replace would read as renaming the wrong way round
