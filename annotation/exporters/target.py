"""Where an export goes: a stream, or a file that is there as a whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from annotation.errors import StudyError

Target = Path | TextIO
"""A file, or a stream such as standard output."""


@contextmanager
def opened(target: Target) -> Iterator[TextIO]:
    """A stream to write to; a file takes its place, and that of an older one, when the block ends well.

    Raises:
        StudyError: the file cannot be written.
    """
    if not isinstance(target, Path):
        yield target
        return
    place = target.expanduser().resolve()
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        if place.exists() and not place.is_file():  # a device or a pipe is written to, and never replaced
            with place.open("w", encoding="utf-8", newline="") as stream:
                yield stream
            return
        # In the same folder, because a file can take another's place at once only on one disk.
        with beside.open("x", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(place)
    except OSError as error:
        raise StudyError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
