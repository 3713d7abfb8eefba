"""The formats of data files: which reader reads which."""

import zlib
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Final

from annotation.errors import ImportFailure
from annotation.importers import csv_file, json_file, jsonl_file, parquet_file
from annotation.importers.rows import DataSource, Rows

READERS: Final = MappingProxyType(
    {
        ".json": json_file.read,
        ".jsonl": jsonl_file.read,
        ".ndjson": jsonl_file.read,
        ".csv": csv_file.read,
        ".tsv": csv_file.read,
        ".parquet": parquet_file.read,
    }
)
"""The reader of each ending, `.gz` behind it or not."""


def open_source(path: Path) -> DataSource:
    """A file ready to be read; raises ImportFailure where there is none or its format is unknown."""
    if not path.is_file():
        raise ImportFailure(f"{path}: there is no such file; check the path")
    _reader_of(path)
    return DataSource(path)


def read_rows(source: DataSource) -> Rows:
    """Every row of a file.

    Raises:
        ImportFailure: the file as a whole cannot be read.
    """
    try:
        yield from _reader_of(source.path)(source)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportFailure(f"{source.path}: cannot be read: {error}") from error
    source.tell_share(1.0)


def _reader_of(path: Path) -> Callable[[DataSource], Rows]:
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    reader = READERS.get(endings[-1]) if endings else None
    if reader is None:
        known = ", ".join(READERS)
        raise ImportFailure(f"{path}: unknown format; known endings are {known} (.gz behind them too)")
    return reader
