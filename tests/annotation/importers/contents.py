"""What a study's tables hold."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from annotation.importers.importing import ImportChoices
from annotation.importers.mapping import parse_map
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


NAMED = parse_map(["source=s", "left=a", "right=b", "label=l", "annotator=who"])
UNNAMED = parse_map(["source=s", "left=a", "right=b", "label=l"])
SKIP = ImportChoices(skip_bad=True)


def row(number: int = 1, **changes: object) -> dict[str, Any]:
    return {"s": f"post {number}", "a": f"A{number}", "b": f"B{number}", "l": "left", "who": "ann"} | changes


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


def card_folder(tmp_path: Path, judges: str, *, files: str = "") -> Path:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    card = f"""
        title = "Mine"
        source = "somewhere"
        licence = "mine"
        task = "summarization"
        files = [{{role = "pairs", names = ["x.jsonl"]}}{files}]
        [mapping]
        layout = "pairs"
        source = "s"
        id = "id"
        left = "a"
        right = "b"
        {judges}
    """
    (folder / "card.toml").write_text(card, encoding="utf-8")
    return folder
