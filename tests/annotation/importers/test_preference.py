"""Preference columns: every label that prefers a side comes back, in each of the four shapes."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import ImportFailure
from annotation.exporters.csv_file import export_csv
from annotation.exporters.dpo_file import export_dpo
from annotation.exporters.jsonl_file import export_jsonl
from annotation.exporters.preference_file import export_preference
from annotation.exporters.preference_shape import Shape
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.store import tables
from annotation.study import Study
from profile_engine.errors import UnknownAgentError
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import NAMED, labels_of, row, row_counts, rows_of, write_jsonl
from tests.annotation.importers.elsewhere import DPO, HOSTILE, PREFERENCE, bring, fill, people_answer, said
from tests.annotation.planning.planned import plan

SHAPES = [Shape(conversational, implicit) for conversational in (False, True) for implicit in (False, True)]
USER = {"role": "user", "content": "Why?"}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION) as made:
        yield made


def reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def labels_and_notes(study: Study) -> list[str]:
    """What the format has room for."""
    lost = {"origin": None, "pair_id": None}
    return sorted(repr({**answer, **lost}) for answer in said(study) if answer["kind"] in ("label", "note"))


@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        (Shape(), {"prompt": "Why?", "chosen": "So.", "rejected": "No."}),
        (Shape(implicit=True), {"chosen": "Why?\n\nSo.", "rejected": "Why?\n\nNo."}),
        (
            Shape(conversational=True),
            {"prompt": [USER], "chosen": [reply("So.")], "rejected": [reply("No.")]},
        ),
        (
            Shape(conversational=True, implicit=True),
            {"chosen": [USER, reply("So.")], "rejected": [USER, reply("No.")]},
        ),
    ],
)
def test_the_four_shapes(
    study: Study, other: Study, tmp_path: Path, shape: Shape, columns: dict[str, Any]
) -> None:
    """As TRL's page of dataset formats has them: standard or conversational, prompt explicit or implicit."""
    assert shape.columns("Why?", "So.", "No.") == columns
    place = write_jsonl(tmp_path / "x.jsonl", [columns])
    for one in (study, other):
        assert bring(one, PREFERENCE if one is study else DPO, place).labels.added == 1
        assert [row.text for row in rows_of(one, tables.sources)] == ["Why?"]
        assert [row.text for row in rows_of(one, tables.responses)] == ["So.", "No."]
        assert labels_of(one) == [("unnamed", 1, 1)]
        assert not bring(one, DPO, place).added_anything


@pytest.mark.parametrize("shape", SHAPES)
def test_round_trips_keep_labels_notes_and_times(
    study: Study, other: Study, tmp_path: Path, shape: Shape
) -> None:
    fill(study, HOSTILE, tmp_path)
    people_answer(study, HOSTILE)
    place = tmp_path / "out.jsonl"
    report = export_preference(study, place, shape=shape)
    assert report.written == 2 * len(HOSTILE)
    assert report.left_out == {"skip (no such column)": 4, "flag (no such column)": 4}
    before = row_counts(study)
    assert not bring(study, PREFERENCE, place).added_anything
    assert row_counts(study) == before
    assert bring(other, PREFERENCE, place).labels.added == 2 * len(HOSTILE)
    assert labels_and_notes(other) == labels_and_notes(study)
    assert not bring(other, PREFERENCE, place).added_anything
    if not shape.implicit:  # else a border is guessed, and what is odd about spaces moves
        assert _contents(other) == _contents(study)


def _contents(study: Study) -> set[tuple[object, ...]]:
    texts = {row.id: row.text for row in rows_of(study, tables.responses)}
    names = {row.id: row.name for row in rows_of(study, tables.agents)}
    authors = {row.id: names.get(row.agent_id) for row in rows_of(study, tables.responses)}
    return {
        (row.key, texts[row.left_id], authors[row.left_id], texts[row.right_id], authors[row.right_id])
        for row in rows_of(study, tables.pairs)
    }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6),
    st.sampled_from(SHAPES),
)
def test_the_study_itself_takes_every_shape_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], shape: Shape
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    with Study.create(folder / "a.db", task=Task.SUMMARIZATION) as study:
        fill(study, texts, folder)
        people_answer(study, [f"{text}." for text in texts])
        place = folder / "out.jsonl"
        assert export_preference(study, place, shape=shape).written == 2 * len(texts)
        before = row_counts(study)
        assert not bring(study, PREFERENCE, place).added_anything
        assert row_counts(study) == before


def test_real_labels_go_out_and_in(study: Study, other: Study, shared_data: Path, tmp_path: Path) -> None:
    import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    sides = [choice for _, _, choice in labels_of(study) if choice]
    place = tmp_path / "out.jsonl"
    report = export_preference(study, place)
    assert (report.written, report.left_out) == (len(sides), {"tie": 2_997 - len(sides)})
    assert not bring(study, PREFERENCE, place).added_anything
    taken = bring(other, PREFERENCE, place)
    assert (taken.labels.added, taken.bad_rows) == (len(sides), ())
    wanted = [one for one in labels_and_notes(study) if "'choice': 0" not in one]
    assert labels_and_notes(other) == wanted
    assert _contents(other) <= _contents(study)


@pytest.mark.parametrize("shape", SHAPES)
def test_ties_come_back_where_they_are_asked_for(
    study: Study, other: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Shape
) -> None:
    """Labels of every kind with notes that came a day later: nothing of a label is lost."""
    fill(study, ["one", "two", "three"], tmp_path)
    log = AnswerLog(study)
    log.register("ann")
    for pair, choice in enumerate((Preference.TIE, Preference.LEFT, Preference.RIGHT), start=1):
        first = Preference.RIGHT if pair == 1 else Preference.LEFT
        log.save(NewAnswer(pair, "ann", choice=choice, shown_first=first, sure=False, seconds=1.5))
        with monkeypatch.context() as later:
            later.setattr("annotation.store.answer_entries.timestamp", lambda: "2031-01-01T00:00:00Z")
            log.save(NewAnswer(pair, "ann", AnswerKind.NOTE, note=f"on {pair}"))
    place = tmp_path / "out.jsonl"
    lost = export_preference(study, place, shape=shape).left_out
    assert lost == {"tie": 1, "note without a preference": 1}
    report = export_preference(study, place, shape=shape, ties=True)
    assert (report.written, report.left_out) == (3, {})
    assert report.notes == ("ties among them, which a trainer has to leave out (chosen_side is tie): 1",)
    assert not bring(study, PREFERENCE, place).added_anything
    assert bring(other, PREFERENCE, place).labels.added == 3
    assert labels_and_notes(other) == labels_and_notes(study)


def test_what_a_format_loses_is_told_in_one_line(study: Study, tmp_path: Path) -> None:
    import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", [row(1, l="tie"), row(2)])])
    told = {
        export: export(study, io.StringIO()).lines()
        for export in (export_dpo, export_preference, export_csv, export_jsonl)
    }
    assert told[export_dpo] == (
        "1 pair written",
        "1 left out: tie",
        "ties, annotators, times and notes have no place in it: --format preference --ties keeps them, jsonl "
        "all of it",
    )
    assert told[export_preference] == (
        "1 label written",
        "1 left out: tie",
        "to keep what was left out: --ties keeps ties, --format jsonl all of it",
    )
    assert "--format jsonl keeps them" in told[export_csv][1]
    assert told[export_jsonl] == ("2 pairs written",)


def test_ties_and_lone_notes_are_counted(study: Study, tmp_path: Path) -> None:
    rows = [row(1, l="tie"), row(2), row(1, who="bob")]
    import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", rows)])
    stream = io.StringIO()
    report = export_preference(study, stream)
    assert (report.written, report.left_out) == (2, {"tie": 1})
    assert report.lines()[0] == "2 labels written"
    assert export_preference(study, io.StringIO(), "bob").written == 1
    with pytest.raises(UnknownAgentError, match="choose from ann, bob"):
        export_preference(study, io.StringIO(), "human")
    columns = [set(json.loads(line)) for line in stream.getvalue().splitlines()]
    assert columns[0] == columns[1]  # or datasets could not be loaded from it


def test_dpo_comes_back_to_its_pairs(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    people_answer(study, ["n", "n"])
    place = tmp_path / "dpo.jsonl"
    export_dpo(study, place, "ann", Shape(conversational=True))
    report = bring(study, replace(DPO, annotator="ann"), place)
    assert (report.pairs.added, report.labels.added, report.labels.already) == (0, 0, 2)
    report = bring(study, replace(DPO, annotator="editor"), place)
    assert (report.pairs.added, report.labels.added) == (0, 2)
    assert [label for label in labels_of(study) if label[0] == "editor"] == [
        ("editor", 1, 1),
        ("editor", 2, -1),
    ]


def test_nobodys_labels_are_not_put_to_those_they_may_be(study: Study, tmp_path: Path) -> None:
    """What the majority says goes out without a name: it must not come back as another person's labels."""
    fill(study, ["one", "two", "three"], tmp_path)
    place = tmp_path / "dpo.jsonl"
    people_answer(study, ["x", "y"])  # they agree on the second pair, and say nothing of the third
    export_dpo(study, place)
    before = said(study)
    lone = {"prompt": "Post 2: three", "chosen": "three 2", "rejected": "three 2 longer"}
    place.write_text(f"{place.read_text('utf-8')}{json.dumps(lone)}\n", "utf-8")
    for added in (1, 0):
        report = bring(study, DPO, place)
        assert (report.labels.added, report.labels.already) == (added, 1 - added)
        why = "nobody's labels of pairs that people have labelled here (--annotator NAME says whose they are)"
        assert report.left_out == {why: 1}
    assert said(study)[:-1] == before
    named = replace(DPO, annotator="editor")
    assert bring(study, named, place).labels.added == 2
    assert not bring(study, named, place).added_anything
    assert {answer["name"] for answer in said(study)} == {"ann", "bob", "cy", "unnamed", "editor"}


def test_pairs_with_more_labels_than_planned_are_told(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    people_answer(study, ["x", "y"])
    place = tmp_path / "dpo.jsonl"
    export_dpo(study, place)
    plan(study, [1, 2], design={"annotators_per_pair": 2})
    report = bring(study, replace(DPO, annotator="editor"), place)
    assert report.notes == ("1 pair with more labels than the 2 planned: 2",)


def test_two_words_of_one_person_have_advice_that_can_be_followed(study: Study, tmp_path: Path) -> None:
    texts = {"prompt": "Why?", "chosen": "So.", "rejected": "No.", "annotator": "ann"}
    turned = {**texts, "chosen": "No.", "rejected": "So."}
    with pytest.raises(ImportFailure, match="say who in a column `annotator`, or file by"):
        bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", [texts, turned]))


def test_two_pairs_of_the_same_texts_need_their_key(study: Study, tmp_path: Path) -> None:
    pairs = [{"prompt": "p", "chosen": "a", "rejected": "b", "pair": key} for key in ("k1", "k2")]
    bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", pairs))
    bare = [{"prompt": "p", "chosen": "b", "rejected": "a"}]
    with pytest.raises(ImportFailure, match="2 with these texts; give the pair's key in a column `pair`"):
        bring(study, DPO, write_jsonl(tmp_path / "y.jsonl", bare))


def test_conversations_of_several_turns(study: Study, tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be kind."}, USER]
    rows = [{"chosen": [*turns, reply("So.")], "rejected": [*turns, reply("No."), USER, reply("Go.")]}]
    bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", rows))
    assert [row.text for row in rows_of(study, tables.sources)] == ["system: Be kind.\n\nuser: Why?"]
    texts = [row.text for row in rows_of(study, tables.responses)]
    assert texts == ["So.", "assistant: No.\n\nuser: Why?\n\nassistant: Go."]


def test_a_prompt_without_a_blank_line_ends_at_a_space(study: Study, tmp_path: Path) -> None:
    rows = [{"chosen": "The sky is blue.", "rejected": "The sky is blank."}]
    bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", rows))
    assert [row.text for row in rows_of(study, tables.sources)] == ["The sky is "]
    assert [row.text for row in rows_of(study, tables.responses)] == ["blue.", "blank."]


def test_tables_and_parquet_are_read_too(study: Study, other: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    people_answer(study, ["n", "n"])
    export_preference(study, tmp_path / "out.jsonl", shape=Shape(conversational=True))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    packed = [
        {name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
        for row in rows
    ]
    pd.DataFrame(packed).to_csv(tmp_path / "out.csv", index=False)
    assert bring(other, PREFERENCE, tmp_path / "out.csv").labels.added == 4
    assert labels_and_notes(other) == labels_and_notes(study)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "out.parquet")
    before = row_counts(other)
    assert not bring(other, PREFERENCE, tmp_path / "out.parquet").added_anything
    assert row_counts(other) == before


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"prompt": "p", "chosen": "a"}, "field rejected: expected text or messages, found no such field"),
        ({"prompt": "p", "chosen": None, "rejected": "b"}, "field chosen: expected text or messages"),
        ({"prompt": "p", "chosen": [1], "rejected": "b"}, "field chosen: expected text or messages"),
        ({"chosen": "a", "rejected": "b"}, "field chosen: expected a text that begins as `rejected` does"),
        ({"chosen": [reply("a")], "rejected": [reply("b")]}, "field chosen: expected messages that begin as"),
        ({"chosen": [USER, USER], "rejected": [USER, USER]}, "field chosen: expected messages that begin as"),
        (
            {"prompt": [{"role": "user", "content": [{"image": 1}]}], "chosen": "a", "rejected": "b"},
            "field prompt.content: expected text",
        ),
        ({"annotator": "human"}, "field annotator: expected one person's name"),
        ({"chosen_side": "up"}, "field chosen_side: expected one of left, right"),
        ({"sure": "maybe"}, "field sure: expected true or false"),
        ({"created": "yesterday"}, "field created: expected a time such as 2025-01-31T12:00:00Z"),
        ({"seconds": "long"}, "field seconds: expected a number"),
    ],
)
def test_bad_rows_are_one_line(study: Study, tmp_path: Path, record: dict[str, Any], message: str) -> None:
    whole = record if "chosen" in record else {"prompt": "p", "chosen": "a", "rejected": "b", **record}
    with pytest.raises(ImportFailure, match=re.escape(message)) as caught:
        bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", [whole]))
    assert "\n" not in str(caught.value)


def test_a_key_with_other_texts_is_refused(study: Study, tmp_path: Path) -> None:
    good = {"prompt": "p", "chosen": "a", "rejected": "b", "pair": "k"}
    bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", [good]))
    with pytest.raises(ImportFailure, match="field pair: expected the texts that the study has for this"):
        bring(study, PREFERENCE, write_jsonl(tmp_path / "x.jsonl", [{**good, "rejected": "c"}]))
