"""Where things lie: rooms, sizes, licences, and what the wheel carries."""

import contextlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import hatchling.build
import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

PACKAGES = ("tui", "annotation", "profile_engine")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "profile"}
LONGEST_FILE = 420  # "about 400"
LONGEST_TEST = 500


def sources(*folders: str) -> Iterator[Path]:
    """Python files of the checkout."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_data_folder_holds_no_python() -> None:
    assert list(sources("datasets")) == []


def test_modules_say_what_they_hold() -> None:
    assert [path for path in sources(*PACKAGES) if path.stem in NAMELESS] == []


@pytest.mark.parametrize("folder", [*PACKAGES, "tests", "bench", "docs"])
def test_files_are_short(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in sources(folder)
    }
    longest = LONGEST_TEST if folder == "tests" else LONGEST_FILE
    assert {path: length for path, length in lengths.items() if length > longest} == {}


def test_every_screen_has_its_styles_beside_it() -> None:
    styles = [path for path in (ROOT / "tui").rglob("*.tcss") if path.with_suffix(".py").is_file() is False]
    assert styles == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    with contextlib.chdir(ROOT):
        return folder / hatchling.build.build_wheel(str(folder))


def test_wheel_carries_what_the_program_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    wanted = [
        *sources(*PACKAGES),
        *(ROOT / "tui").rglob("*.tcss"),
        *(ROOT / "annotation" / "store" / "migrations").rglob("*.py"),
        *(ROOT / "annotation" / "reporting").glob("page.*"),
    ]
    assert {str(path.relative_to(ROOT)) for path in wanted} <= names
    data = [path for path in (ROOT / "datasets").rglob("*") if path.is_file()]
    assert {f"annotation/{path.relative_to(ROOT)}" for path in data} <= names
    assert {"annotation/datasets/sample/card.toml", "annotation/datasets/pandalm/card.toml"} <= names


def test_wheel_makes_the_demo_by_itself(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    script = "import tui.cli; print(tui.__file__); tui.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "demo", "--no-open", "--at", "demo.db"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(tmp_path / "installed" / "tui" / "__init__.py"), "demo.db"]


def test_no_core_dependency_is_gpl() -> None:
    licences = {name: licence_of(name) for name in core_closure()}
    assert {"textual", "numpy", "regex", "mako"} <= licences.keys()  # the walk goes beyond the direct ones
    assert {name: licence for name, licence in licences.items() if "GPL" in licence} == {}


def core_closure() -> set[str]:
    """Installed packages that the core dependencies bring, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: set[str] = set()
    waiting = [Requirement(text) for text in project["dependencies"]]
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            waiting += [Requirement(text) for text in distribution(name).requires or ()]
        except PackageNotFoundError:
            continue
        found.add(name)
    return found


def licence_of(name: str) -> str:
    """What a package's metadata say of its licence; a long text counts by its first line."""
    metadata = distribution(name).metadata
    classifiers = [text for text in metadata.get_all("Classifier") or [] if text.startswith("License")]
    said = metadata.get_all("License-Expression") or classifiers or metadata.get_all("License") or [""]
    return " ".join(text.strip().partition("\n")[0] for text in said)
