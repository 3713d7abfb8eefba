"""CSV: a pair a line, for a spreadsheet or a data frame."""

import csv
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import exists, select

from annotation.exporters.guard import guarded
from annotation.exporters.report import ExportReport
from annotation.exporters.rows import ExportRow, exported_rows
from annotation.exporters.target import Target, opened
from annotation.store.tables import agents, answers, preferences
from annotation.study import Study

_SIDES: Final = ("left", "right")


def export_csv(study: Study, target: Target) -> ExportReport:
    """Write a line a pair; columns for each annotator's label, each model's verdict, each factor's values.

    Cells that a spreadsheet would compute get an apostrophe before them.
    """
    columns = _columns(study)
    written = 0
    with opened(target) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(guarded, columns))
        for row in exported_rows(study):
            cells = _cells(row)
            writer.writerow(_guarded_cells(cells.get(column) for column in columns))
            written += 1
    return ExportReport(written)


def _columns(study: Study) -> list[str]:
    with study.reading() as connection:
        people = select(agents.c.name).where(exists().where(answers.c.annotator_id == agents.c.id))
        models = select(agents.c.name).where(exists().where(preferences.c.agent_id == agents.c.id))
        annotators, judges = (
            connection.execute(wanted.order_by(agents.c.id)).scalars().all() for wanted in (people, models)
        )
    texts = [f"{side}{part}" for side in _SIDES for part in ("", "_agent", "_score")]
    values = [f"{side} {factor.name}" for factor in study.factors for side in _SIDES]
    labels = [f"label {name}" for name in annotators] + [f"note {name}" for name in annotators]
    verdicts = [f"verdict {name}" for name in judges]
    return ["key", "id", "title", "source", *texts, "human", *labels, *verdicts, *values]


def _cells(row: ExportRow) -> Mapping[str, Any]:
    source = row["source"]
    cells = {"key": row["key"], "id": row.get("id"), "human": row.get("human")}
    cells |= {"title": source.get("title"), "source": source["text"]}
    for side in _SIDES:
        response = row[side]
        cells |= {side: response["text"]}
        cells |= {f"{side}_agent": response.get("agent"), f"{side}_score": response.get("score")}
        # The last value of a factor is the one that stands.
        cells |= {f"{side} {value['factor']}": value["value"] for value in response.get("values", ())}
    for answer in row["answers"]:
        if answer["kind"] == "label":
            cells[f"label {answer['annotator']}"] = answer["choice"]
        elif answer["kind"] == "note":
            cells[f"note {answer['annotator']}"] = answer["note"]
    cells |= {f"verdict {verdict['agent']}": verdict.get("choice") for verdict in row["verdicts"]}
    return cells


def _guarded_cells(cells: Iterable[object]) -> list[object]:
    return [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
