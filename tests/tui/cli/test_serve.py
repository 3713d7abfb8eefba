"""`profile-tui serve` as a program: what it says, refuses, and leaves behind."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.tui.small_study import make_small_study

COMMAND = [sys.executable, "-c", "from tui.cli import main; main()", "serve"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    make_small_study(tmp_path / "small.db").close()
    return tmp_path / "small.db"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        yield port


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


def refused(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


def test_it_refuses_in_one_line(small: Path, taken: int) -> None:
    for arguments, code, words in (
        ((small, "--port", taken), 1, "in use; choose another --port"),
        ((small, "--host", "192.0.2.1"), 1, "192.0.2.1:8000: "),
        ((small, "--url", "label.example.org"), 2, "begin it with https://"),
        ((small, "--port", 0), 2, "--port"),
        ((small, "--most", 0), 2, "--most"),
        ((small.with_name("gone.db"),), 1, "gone.db"),
    ):
        done = refused(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert words in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_it_says_where_it_is_and_ends_at_a_word(small: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, str(small), "--port", str(port), "--host", "0.0.0.0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Serving small at http://0.0.0.0:{port} (Ctrl+C ends it)\n"
        process.terminate()
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert out.endswith("stopped; every answer is saved\n")
    assert "warning: 0.0.0.0 can be reached from other machines" in err
    assert "warning: nobody has an access code yet" in err


def test_it_names_what_to_install(small: Path) -> None:
    without = "import sys; sys.modules['textual_serve'] = None; from tui.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "serve", str(small)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install '.[serve]'" in done.stderr
