"""Argilla records: what goes out and comes back, and what people answered there in between."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import ImportFailure
from annotation.exporters.argilla_file import export_argilla
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.people.consent import withdraw
from annotation.planning.plan import Role
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import labels_of, row_counts, rows_of
from tests.annotation.importers.elsewhere import ARGILLA, HOSTILE, bring, fill, people_answer, said
from tests.annotation.planning.planned import plan

Records = list[dict[str, Any]]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION) as made:
        yield made


def exported(study: Study, folder: Path) -> tuple[Path, Records]:
    place = folder / "records.json"
    export_argilla(study, place)
    records: Records = json.loads(place.read_text("utf-8"))
    return place, records


def changed(place: Path, records: Records) -> Path:
    place.write_text(json.dumps(records), encoding="utf-8")
    return place


def answers_in(study: Study) -> list[dict[str, Any]]:
    """The answers by the texts of their pairs: another study may call a pair otherwise."""
    texts = {row.id: row.text for row in rows_of(study, _table("responses"))}
    pairs = {row.id: (texts[row.left_id], texts[row.right_id]) for row in rows_of(study, _table("pairs"))}
    of_study = {"pair_id": None, "origin": None}
    found = [{**answer, "key": pairs[answer["pair_id"]], **of_study} for answer in said(study)]
    return sorted(found, key=repr)


def _table(name: str) -> Any:  # noqa: ANN401
    from annotation.store import tables

    return tables.metadata.tables[name]


def test_a_record_is_as_argilla_has_it(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    people_answer(study, ["first note", "second note"])
    _, records = exported(study, tmp_path)
    assert [set(record) for record in records] == [
        {"id", "fields", "metadata", "suggestions", "responses", "vectors"}
    ] * 2
    for record in records:
        assert set(record["fields"]) == {"source", "response_1", "response_2"}
        assert all(isinstance(value, str) for value in record["metadata"].values())  # Argilla's terms
        assert set(record["responses"]) == {"preference", "note"}
        for response in (*record["responses"]["preference"], *record["responses"]["note"]):
            assert set(response) == {"value", "user_id"}
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", response["user_id"])
    # Ann prefers left then right, bob right twice; of the two pairs the left one is first once.
    for record in records:
        sides = ("first", "second") if record["metadata"]["first"] == "left" else ("second", "first")
        number = record["fields"]["source"][5]
        values = [response["value"] for response in record["responses"]["preference"]]
        assert values == ([sides[0], sides[1]] if number == "0" else [sides[1], sides[1]])
    assert "model x" not in (tmp_path / "records.json").read_text("utf-8")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_round_trips_keep_every_answer(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("trip")
    texts = [*texts, *HOSTILE]
    with (
        Study.create(folder / "a.db", task=Task.SUMMARIZATION) as study,
        Study.create(folder / "b.db", task=Task.SUMMARIZATION) as other,
    ):
        fill(study, texts, folder)
        people_answer(study, [f"{text}." for text in texts])
        place, _records = exported(study, folder)
        report = bring(other, ARGILLA, place)
        assert (report.pairs.added, report.labels.added) == (len(texts), 2 * len(texts))
        assert answers_in(other) == answers_in(study)
        before = row_counts(study)
        assert not bring(study, ARGILLA, place).added_anything
        assert not bring(other, ARGILLA, place).added_anything
        assert row_counts(study) == before


def test_a_users_id_leads_back_without_the_metadata(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    people_answer(study, ["x", "y"])
    place, records = exported(study, tmp_path)
    plan(study, [1, 2], design={"annotators_per_pair": 1})
    report = bring(study, ARGILLA, changed(place, [{**record, "metadata": {}} for record in records]))
    assert not report.added_anything
    assert (report.labels.already, report.others.already) == (4, 4)
    assert report.notes == ("2 pairs with more labels than the 1 planned: 1, 2",)


def test_what_is_answered_on_gold_there_is_no_label(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    plan(study, [1, 2], {2: Role.GOLD})
    place, records = exported(study, tmp_path)
    for record in records:
        record["responses"] = {"preference": [{"value": "tie", "user_id": "somebody"}]}
    bring(study, ARGILLA, changed(place, records))
    assert [answer["kind"] for answer in said(study)] == ["label", "gold"]


def test_what_people_answered_in_argilla_comes_in(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two"], tmp_path)
    place, records = exported(study, tmp_path)
    user = "11111111-2222-3333-4444-555555555555"
    for record in records:
        shorter = min(("response_1", "response_2"), key=lambda name: len(record["fields"][name]))
        value = {"response_1": "first", "response_2": "second"}[shorter]
        record["responses"] = {
            "preference": [
                {"value": value, "user_id": user, "status": "submitted"},
                {"value": "tie", "user_id": "draft", "status": "draft"},
            ],
            "note": [{"value": "short is good", "user_id": user}],
        }
    report = bring(study, ARGILLA, changed(place, records))
    assert (report.labels.added, report.others.added) == (2, 2)
    assert report.left_out == {"responses that were not submitted": 2}
    assert labels_of(study) == [(user, 1, 1), (user, 2, 1)]  # the left one is the shorter
    assert {answer["shown_first"] for answer in said(study) if answer["kind"] == "label"} == {1, -1}


def test_a_plan_says_which_pairs_go_out(study: Study, tmp_path: Path) -> None:
    fill(study, ["one", "two", "three"], tmp_path)
    plan(study, [3, 1, 2], {2: Role.TRAINING})
    _, records = exported(study, tmp_path)
    assert [record["fields"]["source"] for record in records] == ["Post 2: three", "Post 0: one"]


def test_who_withdrew_is_not_in_it(study: Study, tmp_path: Path) -> None:
    fill(study, ["one"], tmp_path)
    people_answer(study, ["a note"])
    withdraw(study, "ann")
    place, records = exported(study, tmp_path)
    assert len(records[0]["responses"]["preference"]) == 1
    assert "ann:" not in place.read_text("utf-8")
    assert list(json.loads(records[0]["metadata"]["annotators"]).values()) == ["bob", "cy"]


def test_answers_to_known_pairs_and_repeats_stay_apart(study: Study, other: Study, tmp_path: Path) -> None:
    fill(study, ["one"], tmp_path)
    log = AnswerLog(study)
    log.register("ann")
    for kind, choice in (
        (AnswerKind.LABEL, Preference.LEFT),
        (AnswerKind.REPEAT, Preference.RIGHT),
        (AnswerKind.GOLD, Preference.RIGHT),
    ):
        log.save(NewAnswer(1, "ann", kind, choice=choice, shown_first=Preference.LEFT))
    place, _ = exported(study, tmp_path)
    report = bring(other, ARGILLA, place)
    assert (report.labels.added, report.others.added) == (1, 2)
    assert answers_in(other) == answers_in(study)
    assert not bring(other, ARGILLA, place).added_anything


def test_real_labels_go_out_and_in(study: Study, other: Study, shared_data: Path, tmp_path: Path) -> None:
    import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
    place, records = exported(study, tmp_path)
    assert len(records) == 999
    before = row_counts(study)
    assert not bring(study, ARGILLA, place).added_anything
    assert row_counts(study) == before
    report = bring(other, ARGILLA, place)
    assert report.bad_rows == ()
    assert (report.pairs.added, report.labels.added) == (999, 2_997)
    assert answers_in(other) == answers_in(study)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["fields"].pop("source"), "field fields.source: expected text, found no such field"),
        (lambda r: r.pop("fields"), "field fields: expected an object, found no such field"),
        (lambda r: r["metadata"].update(first="tie"), "field metadata.first: expected left or right"),
        (lambda r: r["metadata"].update(answers="[{"), "field metadata.answers: expected JSON as"),
        (lambda r: r["metadata"].update(answers='{"a": 1}'), "field metadata.answers: expected JSON as"),
        (lambda r: r["metadata"].update(answers="[1]"), "expected"),
        (
            lambda r: r["responses"].update(preference=[{"value": "left", "user_id": "u"}]),
            "field responses.preference.value: expected one of first, second, tie, found the text 'left'",
        ),
        (
            lambda r: r["responses"].update(preference=[{"value": "first"}]),
            "field responses.preference.user_id: expected a name",
        ),
        (
            lambda r: r["responses"].update(preference=[{"value": "first", "user_id": "human"}]),
            "field responses.preference.user_id: expected one person's name",
        ),
        (lambda r: r["responses"].update(note=["x"]), "field responses.note: expected a list of objects"),
        (lambda r: r["responses"].update(note=3), "field responses.note: expected a list of objects"),
    ],
)
def test_bad_records_are_one_line(
    study: Study, other: Study, tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    fill(study, ["one"], tmp_path)
    place, records = exported(study, tmp_path)
    change(records[0])
    with pytest.raises(ImportFailure, match=re.escape(message)) as caught:
        bring(other, ARGILLA, changed(place, records))
    assert "\n" not in str(caught.value)


def test_a_contradiction_is_told_in_the_words_of_the_record(study: Study, tmp_path: Path) -> None:
    """A record has a first response and a second one, whichever side of the pair they are."""
    fill(study, HOSTILE, tmp_path)
    people_answer(study, HOSTILE)
    place, records = exported(study, tmp_path)
    told = set()
    for record in records:
        response = record["responses"]["preference"][0]
        before = response["value"]
        now = {"first": "second", "second": "first"}[before]
        told.add(before)
        response["value"] = now
        with pytest.raises(ImportFailure, match=rf"expected {before}, as \w+ said of this .*, found {now}"):
            bring(study, ARGILLA, changed(place, [record]))
    assert told == {"first", "second"}
