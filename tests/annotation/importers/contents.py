"""What a study's tables hold."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from annotation.store import tables
from annotation.study import Study

FILLED: tuple[Table, ...] = (
    tables.imports,
    tables.sources,
    tables.agents,
    tables.responses,
    tables.pairs,
    tables.factor_values,
    tables.preferences,
    tables.answers,
)


def row_counts(study: Study) -> dict[str, int]:
    """Rows a table, of those that an import fills."""
    with study.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in FILLED
        }


def rows_of(study: Study, table: Table) -> list[Any]:
    """All rows of a table in the order of their ids."""
    with study.reading() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def labels_of(study: Study) -> list[tuple[str, int, int | None]]:
    """Annotator, pair and choice of every label in the log."""
    statement = (
        select(tables.agents.c.name, tables.answers.c.pair_id, tables.answers.c.choice)
        .join(tables.agents)
        .where(tables.answers.c.kind == "label")
        .order_by(tables.answers.c.id)
    )
    with study.reading() as connection:
        return [(name, pair, choice) for name, pair, choice in connection.execute(statement)]


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A JSON Lines file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
