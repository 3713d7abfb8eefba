"""What a command prints: results to standard output in four formats, everything else to standard error."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | float | None
"""A value of a result table; None where there is none."""

_NO_VALUE: Final = "–"
_WIDER_THAN_ANY_TABLE: Final = 100_000
_READABLE: Final = 100
"""Columns that a table with texts to read takes where nobody looks at a screen."""


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    LATEX = "latex"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result table.

    Attributes:
        title: as people read it.
        key: as CSV names it.
        digits: decimals that people see; CSV keeps the full number.
        counts: whether a whole number is a count, whose thousands people see apart; an id is none.
        wraps: whether this is text to read, which gives way so that no other column is broken.
    """

    title: str
    key: str
    digits: int | None = None
    counts: bool = True
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table of results, the same for people, spreadsheets and papers.

    Attributes:
        title: what the numbers are of.
        notes: said beneath the table, such as why a score is undefined.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def is_numeric(self, index: int) -> bool:
        """Whether a column holds numbers, which stand right-aligned."""
        values = [row[index] for row in self.rows if row[index] is not None]
        return bool(values) and not any(isinstance(value, str) for value in values)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to read, under a heading."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found, ready for every format.

    Attributes:
        document: for JSON.
        tables: for people and LaTeX.
        flat: for CSV; None where the first table serves.
        passages: texts that people read before the tables.
    """

    document: Mapping[str, Any]
    tables: tuple[ResultTable, ...]
    flat: ResultTable | None = None
    passages: tuple[Passage, ...] = ()


def publish(result: Result, wanted: Format) -> None:
    """Print a result to standard output."""
    if wanted is Format.JSON:
        print(as_json(result.document))
    elif wanted is Format.CSV:
        # A program reads what JSON says, too.
        write_csv(result.flat or result.tables[0], sys.stdout, _safe if sys.stdout.isatty() else str)
    elif wanted is Format.LATEX:
        print("\n\n".join(as_latex(table) for table in result.tables))
    else:
        _print_for_people(result)


def say(message: str) -> None:
    """Tell the person something that is not a result."""
    print(_safe(message), file=sys.stderr)


def as_json(document: Mapping[str, Any]) -> str:
    """JSON in printable ASCII, so that no control byte of anybody's text reaches the terminal."""
    return json.dumps(document, indent=2, allow_nan=False).replace("\x7f", "\\u007f")


def as_latex(table: ResultTable) -> str:
    """A LaTeX `tabular` with the rules of the package `booktabs`."""
    aligned = "".join("r" if table.is_numeric(index) else "l" for index in range(len(table.columns)))
    rows = [
        [_latex_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    return "\n".join(
        [
            f"% {_one_line(table.title)}",
            rf"\begin{{tabular}}{{{aligned}}}",
            r"\toprule",
            _latex_row([_latex_text(column.title) for column in table.columns]),
            r"\midrule",
            *map(_latex_row, rows),
            r"\bottomrule",
            r"\end{tabular}",
            *(f"% {_one_line(note)}" for note in table.notes),
        ]
    )


def _print_for_people(result: Result) -> None:
    from rich.text import Text

    console = console_on(sys.stdout)
    for passage in result.passages:
        console.print(Text(_safe(passage.heading), style="bold"))
        console.print(Text(_safe(passage.text)), soft_wrap=not console.is_terminal)
        console.print()
    for number, table in enumerate(result.tables):
        if number:
            console.print()
        _print_table(console, table)


def _print_table(console: "Console", table: ResultTable) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold"
    )
    drawn.show_header = any(column.title for column in table.columns)
    wraps = any(column.wraps for column in table.columns)
    width = console.width if console.is_terminal or not wraps else _READABLE
    shown = [
        [_safe(cell_text(cell, column)) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    for index, column in enumerate(table.columns):
        longest = max((len(cells[index]) for cells in shown), default=0)
        whole = wraps and not column.wraps and longest <= width // 2  # longer ones have to be folded
        justify: Literal["left", "right"] = "right" if table.is_numeric(index) else "left"
        drawn.add_column(column.title, justify=justify, overflow="fold", no_wrap=whole)
    for cells in shown:
        drawn.add_row(*map(Text, cells))
    console.print(Text(_safe(table.title), style="bold"))
    console.print(drawn, width=width)
    for note in table.notes:
        console.print(Text(_safe(note), style="dim"))


def console_on(stream: TextIO) -> "Console":
    """A console that reads no markup, and where nobody looks at a screen never wraps or cuts."""
    from rich.console import Console

    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDER_THAN_ANY_TABLE
    return console


def write_csv(table: ResultTable, stream: TextIO, written: Callable[[str], str] = str) -> None:
    """Write a table as CSV, `written` being how its texts are."""
    from annotation.exporters.guard import guarded

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    for row in table.rows:
        writer.writerow(guarded(written(cell)) if isinstance(cell, str) else cell for cell in row)


def cell_text(cell: Cell, column: Column) -> str:
    """A cell as people read it."""
    if cell is None:
        return _NO_VALUE
    if isinstance(cell, float) and column.digits is not None:
        return f"{cell:.{column.digits}f}"
    return f"{cell:,}" if isinstance(cell, int) and column.counts else str(cell)


def _latex_cell(cell: Cell, column: Column) -> str:
    if isinstance(cell, str):
        return _latex_text(cell)
    shown = "--" if cell is None else cell_text(cell, column)
    return f"${shown}$" if shown.startswith("-") and cell is not None else shown


def _latex_text(text: str) -> str:
    return _one_line(text).translate(_LATEX)


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _one_line(text: str) -> str:
    return " ".join(_safe(text).split())


def _safe(text: str) -> str:
    from tui.outside import safe

    return safe(text)


_LATEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "τ": r"$\tau$",
        "Δ": r"$\Delta$",
        "ρ": r"$\rho$",
        "κ": r"$\kappa$",
        "α": r"$\alpha$",
    }
)
"""What LaTeX reads as something else than itself, and the Greek letters of the paper."""
