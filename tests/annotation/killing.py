"""Work in a process of its own that is killed at some moment."""

import os
import signal
import time
from collections.abc import Callable
from typing import Never

import pytest

needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="processes are forked, which this system cannot"
)


def run_and_kill(prepare: Callable[[], object], work: Callable[[], object], seconds: float) -> bool:
    """Whether it was still at work; the clock starts when what needs no killing is prepared."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _work(prepare, work, writer)
    os.close(writer)
    assert os.read(reader, 1) == b"!"
    os.close(reader)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def import_openai() -> None:
    """It takes a second, in which nothing would be killed."""
    import openai  # noqa: F401


def _work(prepare: Callable[[], object], work: Callable[[], object], writer: int) -> Never:
    try:
        prepare()
        os.write(writer, b"!")
        work()
    finally:
        os._exit(0)
