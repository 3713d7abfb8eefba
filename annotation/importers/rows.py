"""What a reader of a format takes and gives: an open file, rows."""

import gzip
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from annotation.importers.faults import NO_SUCH_FIELD, BadRow, BadValue


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file and the line it begins on."""

    file: str
    line: int
    record: dict[str, Any]

    def bad(self, error: BadValue) -> BadRow:
        """A value's error with its place; a field that is missing brings along those that are there."""
        found = error.found
        if found == NO_SUCH_FIELD:
            found = f"{found} among {', '.join(map(str, self.record))}"[:200]
        return BadRow(self.file, self.line, error.field, error.expected, found)


Rows = Iterator[Row | BadRow]
"""A row, or what is wrong where a row should be."""


class DataSource:
    """An open file that knows how much of it was read.

    Attributes:
        path: as given.
        size: bytes on disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._raw: IO[bytes] | None = None
        self._share = 0.0

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.path.name

    @property
    def done(self) -> int:
        """Bytes read so far."""
        if self._raw is not None and not self._raw.closed:
            return self._raw.tell()
        return round(self._share * self.size)

    def tell_share(self, share: float) -> None:
        """For formats that are not read from front to back: the share that was read."""
        self._share = share

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """The content as bytes, unpacked where it is packed."""
        self._raw = self.path.open("rb")
        if self.path.suffix.lower() == ".gz":
            return cast(IO[bytes], _Unpacked(self._raw))
        return self._raw


class _Unpacked(gzip.GzipFile):
    """A gzip stream over an open file, which it closes with itself."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._packed = raw

    def close(self) -> None:
        super().close()
        self._packed.close()
