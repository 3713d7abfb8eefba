"""The layout in which a row is a response: what is wrong is told where it stands, and alone left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.errors import ImportFailure
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.importers.report import Count
from annotation.study import Study
from tests.annotation.importers.contents import (
    SKIP,
    labels_of,
    write_jsonl,
)

CARD = """
title = "Mine"
source = "somewhere"
licence = "mine"
task = "summarization"
files = [
    { role = "responses", names = ["responses.jsonl"] },
    { role = "labels", names = ["labels*.jsonl"], optional = true },
]
[mapping]
layout = "responses"
source = "s"
id = "id"
text = "t"
values = "v"
[mapping.label_file]
left = "one"
right = "other"
annotator = "who"
choice = "says"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "card.toml").write_text(CARD, "utf-8")
    written = [{"s": "p", "id": name, "t": f"text {name}", "v": {"length": 2}} for name in "abc"]
    write_jsonl(tmp_path / "responses.jsonl", written)
    return tmp_path


def labels(*said: tuple[str, str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(("one", "other", "who", "says"), label, strict=True)) for label in said]


def test_a_label_that_contradicts_is_told_where_it_stands_and_alone_left_out(
    study: Study, folder: Path
) -> None:
    said = labels(("a", "b", "ann", "left"), ("a", "c", "ann", "left"), ("b", "a", "ann", "left"))
    write_jsonl(folder / "labels.jsonl", [*said, *labels(("a", "b", "bob", "tie"))])
    message = "labels.jsonl, line 3, field says: expected left, as ann said of this pair before, found right"
    with pytest.raises(ImportFailure, match=message):
        import_data(study, load_card(folder))
    report = import_data(study, load_card(folder), choices=SKIP)
    assert [str(bad) for bad in report.bad_rows] == [message]
    assert (report.pairs.added, report.labels.added) == (3, 3)
    assert sorted(labels_of(study)) == [("ann", 1, 1), ("ann", 2, 1), ("bob", 1, 0)]


def test_another_value_in_a_second_row_of_a_response_is_a_bad_row(study: Study, folder: Path) -> None:
    written = rows_in(folder / "responses.jsonl")
    again = written[0] | {"v": {"length": 3}}
    write_jsonl(folder / "responses.jsonl", [*written, again])
    message = "responses.jsonl, line 4, field factor length: expected 2.0, as this response had before, found"
    with pytest.raises(ImportFailure, match=message):
        import_data(study, load_card(folder))
    report = import_data(study, load_card(folder), choices=SKIP)
    assert (len(report.bad_rows), report.pairs.added, report.values.added) == (1, 3, 3)


def test_another_factor_in_a_second_row_of_a_response_is_one_more_value(study: Study, folder: Path) -> None:
    written = rows_in(folder / "responses.jsonl")
    write_jsonl(folder / "responses.jsonl", [*written, written[0] | {"v": {"fluency": 0.5}}])
    assert import_data(study, load_card(folder)).values.added == 4
    values = study.pair(1).left.values
    assert {name: value.value for name, value in values.items()} == {"length": 2.0, "fluency": 0.5}


def test_a_value_that_contradicts_an_earlier_import_is_alone_left_out(study: Study, folder: Path) -> None:
    import_data(study, load_card(folder))
    written = rows_in(folder / "responses.jsonl")
    written[1] |= {"v": {"length": 5, "fluency": 1}}
    write_jsonl(folder / "responses.jsonl", [*written, {"s": "p", "id": "d", "t": "text d", "v": {}}])
    report = import_data(study, load_card(folder), choices=SKIP)
    assert [(bad.file, bad.line, bad.found) for bad in report.bad_rows] == [("responses.jsonl", 2, "5.0")]
    assert (report.pairs, report.values.added) == (Count(3, 3), 1)


def test_ties_of_labels_in_their_own_file_are_left_out_where_the_card_says_so(
    study: Study, folder: Path
) -> None:
    (folder / "card.toml").write_text(f"exclude_human_ties = true\n{CARD}", "utf-8")
    write_jsonl(folder / "labels.jsonl", labels(("a", "b", "ann", "tie"), ("a", "b", "bob", "left")))
    report = import_data(study, load_card(folder))
    assert (report.human_ties_excluded, labels_of(study)) == (1, [("bob", 1, 1)])


def test_a_label_of_nobody_is_a_bad_row(study: Study, folder: Path) -> None:
    write_jsonl(folder / "labels.jsonl", labels(("a", "b", "  ", "left")))
    with pytest.raises(ImportFailure, match=r"labels.jsonl, line 1, field who: expected a name, found"):
        import_data(study, load_card(folder))


def rows_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
