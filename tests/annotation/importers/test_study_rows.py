"""Rows that `export` wrote, or something else did: only what a study can hold gets in."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.errors import ImportFailure
from annotation.importers.importing import import_data
from annotation.store import tables
from annotation.study import Study
from tests.annotation.importers.contents import (
    SKIP,
    row_counts,
    rows_of,
    write_jsonl,
)


def exported(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A row of the program's own layout; `left__text` changes the text of `left`."""
    value = {"factor": "own", "value": 1.0, "method": "external", "version": "1", "created": "2024"}
    answer = {"annotator": "ann", "kind": "label", "choice": "left", "created": "2024"}
    verdict = {"agent": "gpt", "kind": "judge", "choice": "right", "created": "2024"}
    made: dict[str, Any] = {
        "profile_tui": 1,
        "key": "k",
        "source": {"text": "p"},
        "left": {"text": "A", "agent": "m", "score": 1.0, "values": [value]},
        "right": {"text": "B"},
        "answers": [answer],
        "verdicts": [verdict],
    }
    for path, new in changes.items():
        *way, last = (int(step) if step.isdecimal() else step for step in path.split("__"))
        place: Any = made
        for step in way:
            place = place[step]
        place[last] = new
    return made


STRINGS = (
    *("key", "id", "source__title", "source__id", "left__id", "left__agent"),
    *(f"left__values__0__{name}" for name in ("label", "reason", "method", "version")),
    *("answers__0__annotator", "answers__0__note"),
    *(f"verdicts__0__{name}" for name in ("agent", "raw", "justification")),
)


@pytest.mark.parametrize("field", STRINGS)
def test_half_a_surrogate_anywhere_is_repaired_and_counted(study: Study, tmp_path: Path, field: str) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [exported(**{field: "odd \ud800 and \x00"})])
    assert import_data(study, None, [path]).repaired_texts == 1
    stored = [str(rows_of(study, table)) for table in tables.metadata.sorted_tables if "id" in table.c]
    assert "odd \ufffd and \ufffd" in "".join(stored)


def test_half_a_surrogate_in_evidence_is_repaired(study: Study, tmp_path: Path) -> None:
    evidence = {"why \ud800": ["\udfff"]}
    path = write_jsonl(tmp_path / "x.jsonl", [exported(left__values__0__evidence=evidence)])
    assert import_data(study, None, [path]).repaired_texts == 2
    assert rows_of(study, tables.factor_values)[0].evidence == {"why \ufffd": ["\ufffd"]}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize(
    "field", ["left.score", "left.values.0.value", "left.values.0.evidence.x", "answers.0.seconds"]
)
def test_what_is_no_finite_number_is_a_bad_row(study: Study, tmp_path: Path, field: str, number: str) -> None:
    change = {field.replace(".", "__").removesuffix("__x"): {"x": 7.25} if field.endswith("x") else 7.25}
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(exported(**change)).replace("7.25", number) + "\n", "utf-8")
    with pytest.raises(ImportFailure, match=f"x.jsonl, line 1, field {field}: expected a finite number"):
        import_data(study, None, [path])
    report = import_data(study, None, [path], choices=SKIP)
    assert (len(report.bad_rows), report.pairs.added) == (1, 0)


NAMES = (
    *("key", "left__agent", "answers__0__annotator", "verdicts__0__agent"),
    *(f"left__values__0__{name}" for name in ("factor", "method", "version", "created")),
)


@pytest.mark.parametrize("field", NAMES)
@pytest.mark.parametrize("blank", ["", " \t"])
def test_a_blank_name_is_a_bad_row(study: Study, tmp_path: Path, field: str, blank: str) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [exported(**{field: blank})])
    with pytest.raises(ImportFailure, match=f"field {field.replace('__', '.')}: expected a name, found"):
        import_data(study, None, [path])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"left__values__0__value": None},
            "left.values.0: expected a value, or the reason why",
        ),
        ({"left__values__0__method": "m" * 41}, "left.values.0.method"),
        ({"left__values__0__value": 10**400}, "left.values.0.value: expected a valid number"),
        ({"verdicts__0__kind": "human"}, "verdicts.0.kind: expected a kind of model"),
    ],
)
def test_what_no_study_holds_is_a_bad_row(
    study: Study, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ImportFailure, match=f"field {message}"):
        import_data(study, None, [write_jsonl(tmp_path / "x.jsonl", [exported(**change)])])
    assert set(row_counts(study).values()) == {0}
