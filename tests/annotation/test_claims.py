"""A claim ends with its process, also where that is killed."""

import os
import signal
from pathlib import Path
from typing import Never

import pytest

from annotation.errors import StudyError
from annotation.study import Study


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_a_claim_does_not_outlive_a_killed_process(study: Study, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _claim_until_killed(tmp_path / "study.db", writer)
    os.close(writer)
    try:
        assert os.read(reader, 1) == b"!"
        with pytest.raises(StudyError, match="another process is asking m"), study.claiming("asking m"):
            pass
    finally:
        os.close(reader)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    with study.claiming("asking m"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir() if "claim" in path.name) == []


def _claim_until_killed(path: Path, writer: int) -> Never:
    try:
        with Study.open(path) as study, study.claiming("asking m"):
            os.write(writer, b"!")
            signal.pause()
    finally:
        os._exit(1)
