"""JSON Lines: everything of a pair in one line, to be imported again."""

import json

from annotation.exporters.report import ExportReport
from annotation.exporters.rows import exported_rows
from annotation.exporters.target import Target, opened
from annotation.study import Study


def export_jsonl(study: Study, target: Target) -> ExportReport:
    """Write every pair with its texts, factor values, verdicts, and what stands of people's answers."""
    written = 0
    with opened(target) as stream:
        for row in exported_rows(study):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    return ExportReport(written)
