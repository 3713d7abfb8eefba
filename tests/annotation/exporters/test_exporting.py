"""What is written, that it can be read again, and that a file is whole or not there."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from annotation.answers import CHOICES, AnswerKind, AnswerLog, NewAnswer
from annotation.errors import ImportFailure, StudyError
from annotation.exporters import blinded, pair_table, rows
from annotation.exporters.argilla_file import export_argilla
from annotation.exporters.csv_file import export_csv
from annotation.exporters.dpo_file import export_dpo
from annotation.exporters.guard import guarded
from annotation.exporters.jsonl_file import export_jsonl
from annotation.exporters.pair_table import pair_frame
from annotation.exporters.preference_file import export_preference
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target
from annotation.extraction import extract_rules
from annotation.extraction.values import NewValue, Origin, store_values
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.people.consent import withdraw
from annotation.people.participation import leave_out, take_in
from annotation.store import tables
from annotation.study import Study
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Method, Task
from tests.annotation.importers.contents import row_counts, write_jsonl

CHOSEN_LEFT = {"s": "p1", "a": "A1", "b": "B1"}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION) as made:
        yield made


def fill(study: Study, tmp_path: Path) -> None:
    """Five pairs: people prefer left, right, neither, are not of one mind, have said nothing."""
    votes = [("left", "left"), ("right", "right"), ("tie", "tie"), ("left", "right"), (None, None)]
    content = [
        {"s": f"p{n}", "a": f"A{n}", "b": f"B{n}", "m": "=model", "l": choice, "who": who, "x": n, "y": -n}
        for n, (one, two) in enumerate(votes, start=1)
        for who, choice in (("ann", one), ("bob", two))
    ]
    mapping = parse_map(
        ["source=s", "left=a", "right=b", "left_agent=m", "label=l", "annotator=who", "left_score=x"],
        factors=["own=x,y"],
    )
    import_data(study, mapping, [write_jsonl(tmp_path / "fill.jsonl", content)])


def answered(study: Study) -> set[tuple[Any, ...]]:
    """What stands of people's answers, whichever way it came in."""
    entries: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    columns = (
        *(tables.pairs.c.key, tables.agents.c.name, tables.agents.c.simulated, tables.answers.c.kind),
        *(tables.answers.c[name] for name in ("choice", "shown_first", "shown_choice", "sure", "set")),
        *(tables.answers.c[name] for name in ("note", "seconds", "created")),
    )
    joined = select(*columns).join_from(tables.answers, tables.pairs).join(tables.agents)
    with study.reading() as connection:
        for row in connection.execute(joined.order_by(tables.answers.c.id)):
            entries[row.key, row.name, row.kind] = tuple(row)
    return {entry for entry in entries.values() if any(value not in (None, False) for value in entry[4:10])}


def everything(study: Study) -> dict[str, set[str]]:
    """The rest of the study, by keys instead of ids."""
    c = {table.name: table.c for table in tables.metadata.sorted_tables}
    wanted = {
        "sources": select(
            *(c["sources"][name] for name in ("key", "external_id", "title", "text", "evidence"))
        ),
        "responses": select(
            *(c["responses"][name] for name in ("key", "score", "external_id", "text")),
            c["agents"].name,
            c["agents"].simulated,
        ).outerjoin_from(tables.responses, tables.agents),
        "pairs": select(c["pairs"].key, c["pairs"].external_id),
        "values": select(
            c["responses"].key, *(column for column in c["factor_values"] if "id" not in column.name)
        ).join_from(tables.factor_values, tables.responses),
        "verdicts": select(
            *(c["preferences"][name] for name in ("value", "raw", "justification", "created")),
            c["pairs"].key,
            c["agents"].name,
            c["agents"].kind,
        )
        .join_from(tables.preferences, tables.pairs)
        .join(tables.agents, c["preferences"].agent_id == c["agents"].id),
    }
    with study.reading() as connection:
        return {
            name: {repr(tuple(row)) for row in connection.execute(statement)}
            for name, statement in wanted.items()
        }


def test_an_export_can_be_imported_again(study: Study, other: Study, tmp_path: Path) -> None:
    import_data(study, load_card("sample"))
    fill(study, tmp_path)
    extract_rules(study)
    log = AnswerLog(study)
    log.register("zoe")
    log.save(
        NewAnswer(1, "zoe", choice=Preference.RIGHT, shown_first=Preference.RIGHT, sure=True, seconds=2.5)
    )
    log.save(NewAnswer(1, "zoe", kind=AnswerKind.NOTE, note="=odd “quotes”\nand lines"))
    log.save(NewAnswer(2, "zoe", kind=AnswerKind.FLAG, set=True))
    log.save(NewAnswer(2, "zoe", kind=AnswerKind.SKIP, set=True))
    log.save(NewAnswer(3, "zoe", choice=Preference.TIE, shown_first=Preference.LEFT))
    log.save(NewAnswer(3, "zoe", choice=Preference.LEFT, shown_first=Preference.LEFT))
    log.save(NewAnswer(4, "zoe", choice=Preference.LEFT))
    log.undo("zoe")  # what does not stand is not exported
    path = tmp_path / "out.jsonl"
    written = export_jsonl(study, path).written
    report = import_data(other, None, [path])
    assert report.pairs.added == written == row_counts(study)["pairs"]
    assert report.bad_rows == ()
    assert answered(other) == answered(study)
    assert everything(other) == everything(study)
    assert {factor.name for factor in other.factors} == {factor.name for factor in study.factors}
    again = tmp_path / "again.jsonl"
    export_jsonl(other, again)
    assert again.read_text("utf-8") == path.read_text("utf-8")


def test_answers_on_known_pairs_are_kept_and_are_no_labels(
    study: Study, other: Study, tmp_path: Path
) -> None:
    fill(study, tmp_path)
    log = AnswerLog(study)
    log.register("zoe")
    for kind in CHOICES:
        choice = Preference.LEFT if kind is AnswerKind.LABEL else Preference.RIGHT
        log.save(NewAnswer(1, "zoe", kind, choice=choice, shown_first=Preference.RIGHT, seconds=1.5))
    export_jsonl(study, tmp_path / "out.jsonl")
    report = import_data(other, None, [tmp_path / "out.jsonl"])
    assert (report.labels.added, report.others.added) == (9, 3)
    assert "3 other answers added" in report.lines()
    assert answered(other) == answered(study)
    for one in (study, other):
        assert not import_data(one, None, [tmp_path / "out.jsonl"]).added_anything


def test_who_does_not_count_is_in_no_export(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    leave_out(study, "ann", "too fast")
    withdraw(study, "bob")
    stream = io.StringIO()
    export_jsonl(study, stream)
    pairs = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(pair["answers"], pair.get("human")) for pair in pairs] == [([], None)] * 5
    table = io.StringIO()
    export_csv(study, table)
    assert "label" not in table.getvalue().splitlines()[0]
    take_in(study, "ann")
    export_jsonl(study, stream)
    assert "ann" in stream.getvalue()


def test_an_export_adds_nothing_to_its_own_study(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    log = AnswerLog(study)
    log.register("zoe")
    log.save(NewAnswer(1, "zoe", choice=Preference.RIGHT, shown_first=Preference.RIGHT))
    log.save(NewAnswer(1, "zoe", kind=AnswerKind.NOTE, note="odd"))
    export_jsonl(study, tmp_path / "out.jsonl")
    before = row_counts(study)
    assert not import_data(study, None, [tmp_path / "out.jsonl"]).added_anything
    assert row_counts(study) == before


def test_a_value_that_failed_first_is_exported_as_it_stands(
    study: Study, other: Study, tmp_path: Path
) -> None:
    fill(study, tmp_path)
    extract_rules(study)
    versions: dict[str, list[float | None]] = {"1": [None, 0.25], "2": [0.75], "3": [None]}
    for version, found in versions.items():
        for value in found:
            reason = "failed: no answer" if value is None else None
            new = NewValue(1, "hallucination", value, reason=reason)
            store_values(study, {"hallucination": Origin(Method.LLM, version, "m")}, [new], retry=True)
    path = tmp_path / "out.jsonl"
    export_jsonl(study, path)
    before = row_counts(study)
    assert not import_data(study, None, [path]).added_anything
    assert row_counts(study) == before
    import_data(other, None, [path])
    c = tables.factor_values.c
    wanted = select(c.version, c.value).where(c.factor == "hallucination").order_by(c.id)
    with other.reading() as connection:
        assert list(map(tuple, connection.execute(wanted))) == [("1", 0.25), ("2", 0.75), ("3", None)]
    pair = json.loads(path.read_text("utf-8").splitlines()[0])
    pair["left"]["values"].insert(0, {**pair["left"]["values"][-1], "value": 0.5})
    path.write_text(json.dumps(pair), "utf-8")
    told = r"expected 0\.5, as these files say .*, found no value"
    third = Study.create(tmp_path / "third.db", task=Task.SUMMARIZATION)
    with third, pytest.raises(ImportFailure, match=told):
        import_data(third, None, [path])


def test_real_pairs_go_out_and_in(study: Study, other: Study, shared_data: Path, tmp_path: Path) -> None:
    import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    export_jsonl(study, tmp_path / "out.jsonl")
    report = import_data(other, None, [tmp_path / "out.jsonl"])
    assert (report.pairs.added, report.labels.added, report.verdicts.added) == (999, 2997, 1998)
    assert report.no_preference == {"garbage": 25}
    assert answered(other) == answered(study)
    assert everything(other) == everything(study)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"prompt": "x"}, "field profile_tui: expected 1, as `export` writes it"),
        ({"profile_tui": 2}, "field profile_tui: expected 1"),
        ({"profile_tui": 1, "key": "k", "source": {"text": 5}}, "field source.text: expected a valid string"),
        ({"profile_tui": 1, "source": {"text": ""}}, "field key: expected a value, found nothing"),
    ],
)
def test_other_rows_are_no_export(study: Study, tmp_path: Path, line: dict[str, Any], message: str) -> None:
    with pytest.raises(ImportFailure, match=message):
        import_data(study, None, [write_jsonl(tmp_path / "x.jsonl", [line])])


def test_portions_do_not_show(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(study, tmp_path)
    whole, portioned = io.StringIO(), io.StringIO()
    export_jsonl(study, whole)
    monkeypatch.setattr(rows, "_PORTION", 2)
    assert export_jsonl(study, portioned) == ExportReport(5)
    assert portioned.getvalue() == whole.getvalue()


def test_dpo_follows_the_majority_and_counts_the_rest(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    stream = io.StringIO()
    report = export_dpo(study, stream)
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"prompt": "p1", "chosen": "A1", "rejected": "B1"},
        {"prompt": "p2", "chosen": "B2", "rejected": "A2"},
    ]
    assert (report.written, report.left_out) == (2, {"tie": 1, "no majority": 1, "no label": 1})
    assert report.lines()[0] == "2 pairs written"


def test_dpo_follows_one_person_or_one_model(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    report = export_dpo(study, io.StringIO(), "ann")
    assert (report.written, report.left_out) == (3, {"tie": 1, "no preference": 1})
    known = "no agent 'nobody' here: choose from human, =model, ann, bob"
    with pytest.raises(UnknownAgentError, match=known):
        export_dpo(study, io.StringIO(), "nobody")


def test_dpo_follows_a_models_own_scores(study: Study) -> None:
    card = load_card("sample")
    import_data(study, card)
    stream = io.StringIO()
    report = export_dpo(study, stream, "expander")
    lines = (card.folder / "responses.jsonl").read_text("utf-8").splitlines()
    score = {row["summary"]: row["score"] for row in map(json.loads, lines)}
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    # Twelve posts, all ten pairs of five scores; the other model's pairs are no preference of this one.
    assert (report.written, report.left_out) == (120, {"no preference": 120})
    assert all(score[pair["chosen"]] > score[pair["rejected"]] for pair in found)


def test_csv_has_a_column_for_everybody(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    stream = io.StringIO()
    assert export_csv(study, stream).written == 5
    table = list(csv.DictReader(io.StringIO(stream.getvalue())))
    first = table[0]
    assert (first["source"], first["left"], first["right"], first["human"]) == ("p1", "A1", "B1", "left")
    assert (first["label ann"], first["label bob"], table[4]["label ann"]) == ("left", "left", "")
    assert (first["left own"], first["right own"]) == ("1.0", "-1.0")  # numbers are no formulas
    assert first["left_agent"] == "'=model"


def test_the_frame_is_the_table(study: Study, tmp_path: Path) -> None:
    fill(study, tmp_path)
    stream = io.StringIO()
    export_csv(study, stream)
    frame = pair_frame(study)
    table = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [frame.index.name, *frame.columns] == list(table[0])
    assert list(frame.index) == [line["key"] for line in table]
    for number in ("left own", "right own"):
        assert frame[number].dropna().tolist() == [float(line[number]) for line in table if line[number]]
    for word in ("human", "label ann"):
        assert frame[word].dropna().tolist() == [line[word] for line in table if line[word]]


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")


EXPORTS: list[Callable[[Study, Target], ExportReport]] = [
    export_jsonl,
    export_csv,
    export_dpo,
    export_preference,
    export_argilla,
]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_file_is_whole_or_not_there(
    study: Study,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    export: Callable[[Study, Target], ExportReport],
) -> None:
    fill(study, tmp_path)
    place = tmp_path / "out" / "pairs.txt"
    place.parent.mkdir()
    place.write_text("older", encoding="utf-8")
    broken = rows.exported_rows

    def interrupted(study: Study, only: object = None) -> Iterator[rows.ExportRow]:
        yield next(broken(study))
        raise KeyboardInterrupt

    readers: dict[Callable[[Study, Target], ExportReport], ModuleType] = {
        export_csv: pair_table,
        export_argilla: blinded,
    }
    reader = readers.get(export, sys.modules[export.__module__])
    with monkeypatch.context() as patched:
        patched.setattr(reader, "exported_rows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            export(study, place)
    assert {path.name: path.read_text("utf-8") for path in place.parent.iterdir()} == {"pairs.txt": "older"}
    stream: TextIO = io.StringIO()
    export(study, stream)
    export(study, place)
    assert isinstance(stream, io.StringIO)
    assert place.read_text("utf-8") == stream.getvalue()
    assert [path.name for path in place.parent.iterdir()] == ["pairs.txt"]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_place_that_cannot_be_written_is_one_line(
    study: Study, tmp_path: Path, export: Callable[[Study, Target], ExportReport]
) -> None:
    with pytest.raises(StudyError, match=r"cannot be written: No such file or directory"):
        export(study, tmp_path / "nowhere" / "pairs.txt")
