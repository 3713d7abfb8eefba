"""A study as a table: a pair a line; columns for each annotator's label, model's verdict, factor's values."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select

from annotation.exporters.rows import ExportRow, exported_rows
from annotation.store.tables import agents, answers, preferences
from annotation.study import Study

if TYPE_CHECKING:
    import pandas as pd

_SIDES: Final = ("left", "right")


def pair_frame(study: Study) -> "pd.DataFrame":
    """The study as a data frame, for a notebook: one row a pair, indexed by its key.

    Choices are `left`, `right`, `tie`; what is missing is NA.
    """
    import pandas as pd

    frame = pd.DataFrame.from_records(list(pair_cells(study)), columns=pair_columns(study))
    return frame.set_index("key").convert_dtypes()


def pair_cells(study: Study) -> Iterator[Mapping[str, Any]]:
    """The cells of every pair by column, in the order of the pairs; what is missing is left out."""
    return map(_cells, exported_rows(study))


def pair_columns(study: Study) -> list[str]:
    """Names of the columns, in order."""
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
