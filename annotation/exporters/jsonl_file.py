"""JSON Lines: a pair a line with all that counts of it, to be imported again."""

import json

from annotation.exporters.report import ExportReport
from annotation.exporters.rows import exported_rows
from annotation.exporters.target import Target, opened
from annotation.study import Study


def export_jsonl(study: Study, target: Target) -> ExportReport:
    """Write every pair with its texts, factor values, verdicts, and what stands of the people who count."""
    written = 0
    with opened(target) as stream:
        for row in exported_rows(study):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    return ExportReport(written)
