"""Each floor imports only what stands below it, and the engine touches no file and no database."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILE_CALLS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "fopen",
    "memmap",
    "loadtxt",
    "fromfile",
}
STORES = {"sqlite3", "sqlalchemy", "alembic", "shelve", "dbm", "pathlib", "tempfile", "shutil"}


def test_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "module", sorted((ROOT / "profile_engine").rglob("*.py")), ids=lambda path: path.stem
)
def test_engine_opens_nothing(module: Path) -> None:
    assert touched(module.read_text("utf-8")) == []


def test_what_would_open_something_is_seen() -> None:
    assert touched("from pathlib import Path\nPath('x').read_text()\nopen('y')\nimport sqlite3") == [
        "line 1: pathlib",
        "line 2: read_text",
        "line 3: open",
        "line 4: sqlite3",
    ]


def touched(source: str) -> list[str]:
    """Calls that reach a file and imports that lead to one, with their lines."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found += [(node.lineno, name)] if name in FILE_CALLS else []
        elif isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] in STORES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in STORES:
            found.append((node.lineno, node.module or ""))
    return [f"line {line}: {name}" for line, name in sorted(found)]
