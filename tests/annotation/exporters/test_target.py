"""Where an export goes when that is no file of its own."""

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from annotation.errors import StudyError
from annotation.exporters.target import opened


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As a device does: to replace /dev/null by a file would break the machine."""
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_text("utf-8")))
    reader.start()
    with opened(pipe) as stream:
        stream.write("line\n")
    reader.join(10)
    assert read == ["line\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be written"), opened(tmp_path) as stream:
        stream.write("line\n")
    assert tmp_path.is_dir()
