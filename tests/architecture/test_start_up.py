"""What starting loads, and what it must not: heavy packages are imported where they are used."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

HEAVY = {
    "alembic",
    "huggingface_hub",
    "label_studio_sdk",
    "matplotlib",
    "nltk",
    "openai",
    "pandas",
    "pyarrow",
    "scipy",
    "torch",
    "transformers",
}
SCREENS = {"numpy", "pydantic", "rich", "sqlalchemy", "textual"}

EVERY_MODULE = """
import importlib, pkgutil
import tui
for module in pkgutil.walk_packages(tui.__path__, "tui."):
    importlib.import_module(module.name)
"""

FIRST_PAINT = """
import asyncio
from annotation.study import Study
from tui.app import ProfileApp
from tui.session import Role, Session

async def start():
    app = ProfileApp(Session(Study.open({location!r}), Role.RESEARCHER))
    async with app.run_test() as pilot:
        while app.reading or app.snapshot is None:
            await pilot.pause(0.02)

asyncio.run(start())
"""


def loaded(script: str) -> set[str]:
    """The top packages in `sys.modules` of a fresh interpreter after a script."""
    report = "import sys; print(*{name.partition('.')[0] for name in sys.modules}, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{report}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_every_module_of_the_terminal_imports_lightly() -> None:
    assert loaded(EVERY_MODULE) & HEAVY == set()


def test_opening_a_study_loads_nothing_heavy(tmp_path: Path) -> None:
    location = str(tmp_path / "demo.db")
    made = subprocess.run(
        [sys.executable, "-c", "from tui.cli import main; main()", "demo", "--no-open", "--at", location],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert loaded(FIRST_PAINT.format(location=location)) & HEAVY == set()


def test_the_command_line_itself_loads_no_screen_and_no_store() -> None:
    assert loaded("import tui.cli.program") & (HEAVY | SCREENS) == set()
