"""A study as a table: a pair a line; columns for each annotator's label, model's verdict, factor's values."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select

from annotation.agents import read_agents
from annotation.exporters.rows import ExportRow, exported_rows
from annotation.store.standing import counts
from annotation.store.tables import answers, preferences
from annotation.study import Study
from profile_engine.preferences import Agent, short_names

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
    verdicts = {(agent.name, agent.kind.value): name for agent, name in _judges(study).items()}
    return (_cells(row, verdicts) for row in exported_rows(study))


def pair_columns(study: Study) -> list[str]:
    """Names of the columns, in order."""
    annotators = [agent.name for agent in _named_in(study, select(answers.c.annotator_id).where(counts()))]
    texts = [f"{side}{part}" for side in _SIDES for part in ("", "_agent", "_score")]
    values = [f"{side} {factor.name}" for factor in study.factors for side in _SIDES]
    labels = [f"label {name}" for name in annotators] + [f"note {name}" for name in annotators]
    verdicts = [f"verdict {name}" for name in _judges(study).values()]
    return ["key", "id", "title", "source", *texts, "human", *labels, *verdicts, *values]


def _judges(study: Study) -> dict[Agent, str]:
    """The agents with verdicts, and what their columns are called: by name, else by `name:kind`."""
    return short_names(_named_in(study, select(preferences.c.agent_id)))


def _named_in(study: Study, ids: Select[int]) -> list[Agent]:
    """The agents with these ids, in the order in which they came."""
    with study.reading() as connection:
        named = set(connection.execute(ids.distinct()).scalars())
        return [agent for id_, agent in read_agents(connection, {}).items() if id_ in named]


def _cells(row: ExportRow, verdicts: Mapping[tuple[str, str], str]) -> Mapping[str, Any]:
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
    for verdict in row["verdicts"]:
        if (name := verdicts.get((verdict["agent"], verdict["kind"]))) is not None:  # else it is newer
            cells[f"verdict {name}"] = verdict.get("choice")
    return cells
