"""Rows of a data file, whatever its format."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from annotation.errors import ImportFailure
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

    def rows(self) -> Rows:
        """Every row of the file.

        Raises:
            ImportFailure: the file as a whole cannot be read.
        """
        reader = reader_of(self.path)
        try:
            yield from reader(self)
        except (OSError, EOFError, zlib.error) as error:
            raise ImportFailure(f"{self.path}: cannot be read: {error}") from error
        self._share = 1.0


class _Unpacked(gzip.GzipFile):
    """A gzip stream over an open file, which it closes with itself."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._packed = raw

    def close(self) -> None:
        super().close()
        self._packed.close()


def open_source(path: Path) -> DataSource:
    """A file ready to be read; raises ImportFailure where there is none or its format is unknown."""
    if not path.is_file():
        raise ImportFailure(f"{path}: there is no such file; check the path")
    reader_of(path)
    return DataSource(path)


def reader_of(path: Path) -> Callable[[DataSource], Rows]:
    """The reader of a file's format, by its ending; raises ImportFailure for an unknown one."""
    from annotation.importers import csv_file, json_file, jsonl_file, parquet_file

    readers: Final = {
        ".json": json_file.read,
        ".jsonl": jsonl_file.read,
        ".ndjson": jsonl_file.read,
        ".csv": csv_file.read,
        ".tsv": csv_file.read,
        ".parquet": parquet_file.read,
    }
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    reader = readers.get(endings[-1]) if endings else None
    if reader is None:
        known = ", ".join(readers)
        raise ImportFailure(f"{path}: unknown format; known endings are {known} (.gz behind them too)")
    return reader
