"""CSV and TSV with a header line."""

import csv
import io
import re
from collections.abc import Iterator

from annotation.errors import ImportFailure
from annotation.importers.faults import BadRow
from annotation.importers.rows import DataSource, Row, Rows

_LONGEST_CELL = 2**31 - 1
_UNDECODED = re.compile("[\udc80-\udcff]")


def read(source: DataSource) -> Rows:
    """The rows of a table; every cell is text. A row with more or fewer cells than the header is bad."""
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = "\t" if ".tsv" in (suffix.lower() for suffix in source.path.suffixes) else ","
    with (
        source.open() as stream,
        # Bytes that are not UTF-8 become half surrogates, so that the row can be named.
        io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        table = csv.reader(text, delimiter=delimiter, strict=True)
        header = _header(table, source.name)
        line = table.line_num + 1
        while True:
            try:
                cells = next(table, None)
            except csv.Error as error:
                raise ImportFailure(f"{source.name}, line {line}: broken table: {error}") from error
            if cells is None:
                return
            if cells:
                yield _row(header, cells, source.name, line)
            line = table.line_num + 1


def _header(table: Iterator[list[str]], file: str) -> list[str]:
    try:
        header = next(table, None)
    except csv.Error as error:
        raise ImportFailure(f"{file}, line 1: broken header: {error}") from error
    if not header:
        raise ImportFailure(f"{file}: the file is empty; expected a line with the names of the columns")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ImportFailure(f"{file}, line 1: the column {twice[0]!r} is there twice")
    return header


def _row(header: list[str], cells: list[str], file: str, line: int) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(file, line, "(the row)", f"{len(header)} cells", str(len(cells)))
    for name, cell in zip(header, cells, strict=True):
        if not cell.isascii() and _UNDECODED.search(cell):
            return BadRow(file, line, name, "UTF-8", "other bytes")
    return Row(file, line, dict(zip(header, cells, strict=True)))
