"""Stored experiments, whatever their results hold."""

from typing import Any

from sqlalchemy import insert

from annotation.reporting.experiments import MOST_ROWS, StoredTable, find_tables, read_experiments
from annotation.store.model_tables import experiments
from annotation.study import Study


def tables(result: dict[str, Any]) -> dict[str, StoredTable]:
    return {table.title: table for table in find_tables(result)}


def test_single_values_stand_in_one_table() -> None:
    found = tables(
        {
            "tau": 0.2,
            "significant": True,
            "reason": None,
            "r": float("nan"),
            "human": {"pairs": 3},
            "names": ["a", "b"],
        }
    )
    assert found[""].rows == (
        ("tau", 0.2),
        ("significant", "yes"),
        ("reason", None),
        ("r", None),
        ("human pairs", 3),
        ("names", "a, b"),
    )


def test_a_list_of_objects_is_a_table_of_all_their_fields() -> None:
    found = tables({"agents": [{"agent": "x", "agreement": {"of": 3}}, {"agent": "y", "tau_b": 0.1}]})
    assert found["agents"].heads == ("agent", "agreement of", "tau b")
    assert found["agents"].rows == (("x", 3, None), ("y", None, 0.1))


def test_lists_within_objects_are_tables_of_their_own() -> None:
    found = tables({"agents": [{"agent": "x", "factors": [{"factor": "length", "score": 1}]}]})
    assert found["agents: x: factors"].rows == (("length", 1),)


def test_a_matrix_takes_its_heads_from_beside_it() -> None:
    found = tables({"factors": ["a", "b"], "r": [[1, 0.5], [0.5, 1]], "odd": [[1], [2, 3, 4]]})
    assert (found["r"].heads, found["r"].rows) == (("a", "b"), ((1, 0.5), (0.5, 1)))
    assert tables({"r": [[{"value": 0.5, "n": 3}]]})["r"].rows == ((0.5,),)
    assert (found["odd"].heads, found["odd"].rows) == (("1", "2", "3"), ((1, None, None), (2, 3, 4)))


def test_what_is_a_table_already_stays_one() -> None:
    table = {
        "title": "Table 2",
        "columns": [{"title": "Model", "key": "model"}, "n"],
        "rows": [["x", 1], ["y"]],
    }
    assert tables({"tables": [table], "nested": {"columns": ["a"], "rows": [{"a": 1}]}}) == {
        "Table 2": StoredTable("Table 2", ("Model", "n"), (("x", 1), ("y", None))),
        "nested": StoredTable("nested", ("a",), ((1,),)),
    }


def test_long_tables_say_how_much_is_left_out() -> None:
    (found,) = find_tables({"pairs": [{"pair": number} for number in range(MOST_ROWS + 5)]})
    assert (len(found.rows), found.left_out) == (MOST_ROWS, 5)


def test_anything_of_json_is_read() -> None:
    odds: tuple[Any, ...] = (
        None,
        3,
        "x",
        [],
        {},
        [[]],
        [[], [1]],
        [{}],
        [1, {"a": 1}],
        {"a": [{"b": {"c": []}}]},
    )
    for odd in odds:
        assert all(len(row) == len(table.heads) for table in find_tables(odd) for row in table.rows), odd


def test_of_one_design_the_last_result_stands(study: Study) -> None:
    rows = [
        ("guidance", {"model": "m"}, {"rate": 0.1}),
        ("alignment", {}, {"tau": 1}),
        ("guidance", {"model": "n"}, {"rate": 0.3}),
        ("guidance", {"choices": {"model": "m"}, "pairs": 7}, {"rate": 0.2}),
    ]
    with study.writing() as connection:
        for name, design, result in rows:
            connection.execute(
                insert(experiments).values(
                    name=name, design=design, result=result, created="2026-01-02T03:04:05+00:00"
                )
            )
    found = read_experiments(study)
    assert [(one.name, one.design, one.tables[0].rows) for one in found] == [
        ("alignment", (), (("tau", 1),)),
        ("guidance", (("model", "n"),), (("rate", 0.3),)),
        ("guidance", (("model", "m"),), (("rate", 0.2),)),
    ]
