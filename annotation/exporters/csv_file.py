"""CSV: a pair a line, for a spreadsheet."""

import csv
from collections.abc import Iterable
from typing import Final

from annotation.exporters.guard import guarded
from annotation.exporters.pair_table import pair_cells, pair_columns
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target, opened
from annotation.study import Study

_LOST: Final = "times, sides shown first, skips and flags have no columns: --format jsonl keeps them"


def export_csv(study: Study, target: Target) -> ExportReport:
    """Write a line a pair, with the columns of `pair_columns`.

    Cells that a spreadsheet would compute get an apostrophe before them.
    """
    columns = pair_columns(study)
    written = 0
    with opened(target) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(guarded, columns))
        for cells in pair_cells(study):
            writer.writerow(_guarded_cells(cells.get(column) for column in columns))
            written += 1
    return ExportReport(written, notes=(_LOST,))


def _guarded_cells(cells: Iterable[object]) -> list[object]:
    return [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
