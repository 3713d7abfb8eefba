"""Parts of a report put together: figures drawn, tables written, all on one page."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from annotation.reporting.drawing import draw
from annotation.reporting.figures import Figure, Matrix, Points, ScoreBars, Shares
from annotation.reporting.page import PageTable, Picture, Section, Shown, write_page
from tui.cli.output import Cell, Column, ResultTable, as_latex, cell_text, write_csv
from tui.outside import safe

PAGE: Final = "report.html"
_LONGEST: Final = 48
_FIGURES: Final = (ScoreBars, Points, Shares, Matrix)


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table and what its files are called."""

    name: str
    table: ResultTable


Part = str | Figure | NamedTable
"""What a section is made of; a `str` is a paragraph."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A section before it is drawn."""

    anchor: str
    title: str
    parts: tuple[Part, ...]


def figures_of(drafts: Sequence[Draft]) -> int:
    """How many figures are to be drawn."""
    return sum(isinstance(part, _FIGURES) for draft in drafts for part in draft.parts)


def assemble(
    title: str, lead: str, drafts: Sequence[Draft], go_on: Callable[[int, int], bool]
) -> dict[str, bytes]:
    """Every file by its path in the folder, the page last.

    Raises:
        KeyboardInterrupt: `go_on`, told how many figures of how many are drawn, said no.
    """
    made: dict[str, bytes] = {}
    total, drawn = figures_of(drafts), 0
    sections: list[Section] = []
    for draft in drafts:
        parts: list[str | PageTable | Picture] = []
        for part in draft.parts:
            if isinstance(part, str):
                parts.append(safe(part))
            elif isinstance(part, NamedTable):
                made |= _table_files(part)
                parts.append(_page_table(part))
            else:
                files = draw(part)
                made |= {f"figures/{part.name}.{ending}": content for ending, content in files.items()}
                parts.append(Picture(part.name, safe(part.title), safe(part.caption), files["svg"]))
                drawn += 1
                if not go_on(drawn, total):
                    raise KeyboardInterrupt
        sections.append(Section(draft.anchor, draft.title, tuple(parts)))
    page = write_page(safe(title), safe(lead), tuple(sections))
    return {**made, PAGE: page.encode()}


def file_names() -> Callable[[str], str]:
    """Makes names of files out of titles, each once: letters, digits and hyphens; cut between words."""
    taken: set[str] = set()

    def name(title: str) -> str:
        plain = _cut(re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")) or "table"
        chosen = next(one for one in _numbered(plain) if one not in taken)
        taken.add(chosen)
        return chosen

    return name


def _cut(plain: str) -> str:
    """Whole words as far as there is room; of a first word that is too long, its beginning."""
    if len(plain) <= _LONGEST:
        return plain
    return plain[: _LONGEST + 1].rpartition("-")[0] or plain[:_LONGEST]


def _numbered(plain: str) -> Iterator[str]:
    yield plain
    number = 2
    while True:
        yield f"{plain}-{number}"
        number += 1


def _table_files(part: NamedTable) -> dict[str, bytes]:
    stream = io.StringIO()
    write_csv(part.table, stream)
    return {
        f"tables/{part.name}.csv": stream.getvalue().encode("utf-8", "replace"),
        f"tables/{part.name}.tex": f"{as_latex(part.table)}\n".encode(),
    }


def _page_table(part: NamedTable) -> PageTable:
    table = part.table
    return PageTable(
        part.name,
        safe(table.title),
        tuple(safe(column.title) for column in table.columns),
        tuple(_is_numeric(table, index) for index in range(len(table.columns))),
        tuple(tuple(map(_shown, row, table.columns)) for row in table.rows),
        tuple(safe(note) for note in table.notes),
    )


def _is_numeric(table: ResultTable, index: int) -> bool:
    """Also of a column that would hold numbers if it held anything."""
    nothing = all(row[index] is None for row in table.rows)
    return table.is_numeric(index) or (nothing and table.columns[index].digits is not None)


def _shown(cell: Cell, column: Column) -> Shown:
    return Shown(safe(cell_text(cell, column)), safe(cell) if isinstance(cell, str) else cell)
