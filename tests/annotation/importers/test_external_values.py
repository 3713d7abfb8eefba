"""Factor values that come with the data."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from annotation.errors import ImportFailure
from annotation.exporters.jsonl_file import export_jsonl
from annotation.importers.importing import ImportChoices, import_data
from annotation.importers.mapping import FactorMapping, PairMapping, parse_map
from annotation.importers.report import Count
from annotation.profiles import load_profile
from annotation.store import tables
from annotation.store.database import Database
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import (
    UNNAMED,
    row,
    row_counts,
    rows_of,
    write_jsonl,
)


def scores(name: str = "factuality") -> PairMapping:
    """UNNAMED with an external factor in the fields x and y."""
    factor = FactorMapping(name=name, left="x", right="y")
    return UNNAMED.model_copy(update={"factors": (factor,)})


def test_a_table_with_numbers_imports_like_json(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('s,a,b,l,x,y\npost,"one, two",,0,0.5,true\npost,three,four,,,1\n', encoding="utf-8")
    mapping = parse_map(
        ["source=s", "left=a", "right=b", "label=l"], labels="0=left,1=right", factors=["Own score=x,y"]
    )
    report = import_data(study, mapping, [path])
    assert (report.pairs.added, report.unlabelled_pairs, report.empty_responses) == (2, 1, 1)
    found = [(value.value, value.reason) for value in rows_of(study, tables.factor_values)]
    assert found == [(0.5, None), (1.0, None), (None, "the data has no value"), (1.0, None)]


def test_an_external_factor_is_a_factor_of_the_study(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=True), row(2, x=None, y=-1)])
    report = import_data(study, scores(), [path])
    assert report.values == Count(4, 0)
    assert study.factors[-1].name == "factuality"
    with Study.open(study.location) as opened:
        assert opened.factors == study.factors
        values = opened.pair(1).left.values["factuality"]
        assert (values.value, values.method) == (0.5, "external")
    assert not import_data(study, scores(), [path]).added_anything


def test_values_and_their_factor_come_in_one_transaction(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one could fail when the first is committed already."""
    begun: list[Database] = []
    writing = Database.writing

    def counted(database: Database) -> AbstractContextManager[Connection]:
        begun.append(database)
        return writing(database)

    monkeypatch.setattr(Database, "writing", counted)
    import_data(study, scores(), [write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=True)])])
    assert len(begun) == 1
    assert study.factors[-1].name == "factuality"


def test_a_factor_of_the_paper_comes_with_its_own_classes(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1, x="partially aligned", y="Aligned"), row(2, x=0, y=1.0)])
    import_data(study, scores("formality_alignment"), [path])
    found = [(value.value, value.label) for value in rows_of(study, tables.factor_values)]
    aligned, partly, not_aligned = (1.0, "Aligned"), (0.5, "Partially Aligned"), (0.0, "Not Aligned")
    assert found == [partly, aligned, not_aligned, aligned]
    wrong = write_jsonl(tmp_path / "y.jsonl", [row(3, x="nice", y="Aligned")])
    with pytest.raises(ImportFailure, match="field x: expected one of Aligned, Partially Aligned, Not"):
        import_data(study, scores("formality_alignment"), [wrong])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [row(1, x=1, y=2), row(1, b="other", x=3, y=2)],
            "line 2, field factor factuality: expected 1.0, as",
        ),
        ([row(1, x="high", y=2)], "field x: expected a number, found the text 'high'"),
        ([row(1, x=1)], "field y: expected a value or null, found no such field among"),
        ([row(1, x=1, y=[])], "field y: expected a number, found a list"),
    ],
)
def test_wrong_factor_values_are_bad_rows(
    study: Study, tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ImportFailure, match=message):
        import_data(study, scores(), [write_jsonl(tmp_path / "x.jsonl", rows)])
    assert set(row_counts(study).values()) == {0}
    assert "factuality" not in {factor.name for factor in study.factors}


REPLACE = ImportChoices(replace_values=True)


def own_values(study: Study) -> list[tuple[float | None, str]]:
    return [(value.value, value.version) for value in rows_of(study, tables.factor_values)]


def test_a_changed_value_is_a_bad_row_that_says_what_to_do(study: Study, tmp_path: Path) -> None:
    import_data(study, scores(), [write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=1)])])
    changed = write_jsonl(tmp_path / "y.jsonl", [row(1, x=0.7, y=1)])
    message = "expected 0.5, as this response had before .--replace-values lets the new one stand., found 0.7"
    with pytest.raises(ImportFailure, match=message):
        import_data(study, scores(), [changed])


def test_a_value_is_replaced_when_asked_and_the_one_before_is_kept(study: Study, tmp_path: Path) -> None:
    first = write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=1), row(2, x=None, y=3)])
    changed = write_jsonl(tmp_path / "y.jsonl", [row(1, x=2, y=1), row(2, x=4, y=3)])
    import_data(study, scores(), [first])
    assert load_profile(study).manifestations[:, -1].tolist() == [-1, -128]
    report = import_data(study, scores(), [changed], choices=REPLACE)
    assert (report.values, report.replaced_values) == (Count(2, 2), 2)
    assert own_values(study)[4:] == [(2.0, "1, replaced 1"), (4.0, "1, replaced 1")]
    assert load_profile(study).manifestations[:, -1].tolist() == [1, 1]
    assert study.pair(2).left.values["factuality"].value == 4.0


def test_a_replacing_file_twice_adds_nothing_and_a_return_is_a_replacement(
    study: Study, tmp_path: Path
) -> None:
    first = write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=1)])
    changed = write_jsonl(tmp_path / "y.jsonl", [row(1, x=2, y=1)])
    import_data(study, scores(), [first])
    import_data(study, scores(), [changed], choices=REPLACE)
    for known in (first, changed):
        assert not import_data(study, scores(), [known]).added_anything
    assert not import_data(study, scores(), [changed], choices=REPLACE).added_anything
    assert import_data(study, scores(), [first], choices=REPLACE).replaced_values == 1
    assert own_values(study)[-1] == (0.5, "1, replaced 2")


def test_files_that_contradict_themselves_replace_nothing(study: Study, tmp_path: Path) -> None:
    rows = [row(1, x=1, y=2), row(1, b="other", x=3, y=2)]
    path = write_jsonl(tmp_path / "x.jsonl", rows)
    with pytest.raises(ImportFailure, match=r"line 2, field factor factuality: expected 1.0, as these files"):
        import_data(study, scores(), [path], choices=REPLACE)


def test_replaced_values_go_out_and_in(study: Study, tmp_path: Path) -> None:
    import_data(study, scores(), [write_jsonl(tmp_path / "x.jsonl", [row(1, x=0.5, y=1)])])
    changed = write_jsonl(tmp_path / "y.jsonl", [row(1, x=2, y=1)])
    import_data(study, scores(), [changed], choices=REPLACE)
    export_jsonl(study, tmp_path / "out.jsonl")
    assert not import_data(study, None, [tmp_path / "out.jsonl"]).added_anything
    with Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION) as other:
        import_data(other, None, [tmp_path / "out.jsonl"])
        assert sorted(own_values(other)) == sorted(own_values(study))  # a row is a response's values together
        assert not import_data(other, scores(), [changed]).added_anything
