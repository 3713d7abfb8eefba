"""Stored experiments as tables, whatever an experiment stores."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from sqlalchemy import select

from annotation.store.model_tables import experiments
from annotation.study import Study

Value = str | int | float | None
MOST_ROWS: Final = 200
"""Rows of one table that a report shows; the study has all."""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table found in a result; `left_out` rows are beyond `MOST_ROWS`."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """The last of those experiments that have the same name and design."""

    id: int
    name: str
    created: str
    design: tuple[tuple[str, str], ...]
    tables: tuple[StoredTable, ...]


def read_experiments(study: Study) -> tuple[StoredExperiment, ...]:
    """Every experiment that stands, in the order of names."""
    with study.reading() as connection:
        rows = connection.execute(select(experiments).order_by(experiments.c.id)).all()
    standing = {(row.name, repr(_choices(row.design))): row for row in rows}
    return tuple(
        StoredExperiment(
            row.id,
            row.name,
            row.created,
            tuple((key, _said(value)) for key, value in _singles(_choices(row.design))),
            tuple(table for table in find_tables(row.result) if table.heads and table.rows),
        )
        for row in sorted(standing.values(), key=lambda row: (row.name, row.id))
    )


def _choices(design: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a person chose, where the design tells it apart from the state of the study."""
    chosen = design.get("choices")
    return chosen if isinstance(chosen, Mapping) else design


def find_tables(result: Any, title: str = "") -> Iterator[StoredTable]:  # noqa: ANN401 - JSON
    """The tables in a JSON document: what has columns and rows, single values, lists of objects, matrices."""
    if isinstance(result, Mapping) and not _is_table(result) and (singles := tuple(_singles(result))):
        yield _table(title, ("", "value"), singles)
    yield from _tables_in(result, title)


def _tables_in(result: Any, title: str, labels: Sequence[list[str]] = ()) -> Iterator[StoredTable]:  # noqa: ANN401
    """Without the single values, which stand in the row or table of what holds them.

    `labels` are lists of names beside the result: of them one that is as long as a row names its columns.
    """
    if isinstance(result, Mapping):
        if _is_table(result):
            heads = tuple(map(_head, result["columns"]))
            rows = [_row(row, heads) for row in result["rows"]]
            yield _table(str(result.get("title", title)), heads, rows)
            return
        beside = [value for value in result.values() if _is_words(value)]
        for key, value in result.items():
            if not _is_words(value):
                yield from _tables_in(value, _under(title, str(key)), beside)
    elif isinstance(result, list) and result:
        yield from _list_tables(result, title, labels)


def _list_tables(items: list[Any], title: str, labels: Sequence[list[str]]) -> Iterator[StoredTable]:
    if all(isinstance(item, list) for item in items):
        width = max(len(item) for item in items)
        named = next((words for words in labels if len(words) == width), None)
        heads = tuple(named or (str(place + 1) for place in range(width)))
        yield _table(title, heads, [_row(item, heads) for item in items])
        return
    objects = [item for item in items if isinstance(item, Mapping)]
    if len(objects) < len(items):
        yield _table(title, ("value",), [(_value(item),) for item in items])
        return
    flat = [dict(_singles(item)) for item in objects if not _is_table(item)]
    heads = tuple(dict.fromkeys(key for item in flat for key in item))
    if heads:
        yield _table(title, heads, [tuple(item.get(head) for head in heads) for item in flat])
    for place, item in enumerate(objects):
        name = next((value for value in item.values() if isinstance(value, str)), str(place + 1))
        yield from _tables_in(item, _under(title, name))


def _singles(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in document.items():
        name = f"{prefix}{key}".replace("_", " ")
        if _is_words(value):
            yield name, ", ".join(value)
        elif isinstance(value, Mapping) and not _is_table(value):
            yield from _singles(value, f"{name} ")
        elif not isinstance(value, Mapping | list):
            yield name, _value(value)


def _is_table(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("columns"), list) and isinstance(document.get("rows"), list)


def _is_words(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[Value, ...]]) -> StoredTable:
    return StoredTable(title, heads, tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _head(column: Any) -> str:  # noqa: ANN401
    if isinstance(column, Mapping):
        return str(column.get("title") or column.get("key") or "")
    return str(column)


def _row(row: Any, heads: tuple[str, ...]) -> tuple[Value, ...]:  # noqa: ANN401
    """As many cells as there are heads."""
    cells = list(row.values()) if isinstance(row, Mapping) else list(row) if isinstance(row, list) else [row]
    shown = [_value(cell) for cell in cells[: len(heads)]]
    return (*shown, *[None] * (len(heads) - len(shown)))


def _value(value: Any) -> Value:  # noqa: ANN401
    if isinstance(value, Mapping) and "value" in value:  # with what it was computed from
        return _value(value["value"])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value)


def _said(value: Value) -> str:
    return "none" if value is None else str(value)


def _under(title: str, key: str) -> str:
    words = key.replace("_", " ")
    return f"{title}: {words}" if title else words
