"""Results of MTurk's batches: sides turned back, workers under other names, nothing twice."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from annotation.errors import ImportFailure
from annotation.exporters.blinded import blinded_pairs
from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from annotation.importers.mturk_row import in_utc
from annotation.integrity import check
from annotation.people.accounts import accounts
from annotation.people.consent import Consent, withdraw
from annotation.people.erasure import erase
from annotation.planning.plan import Role
from annotation.pseudonyms import Pseudonyms
from annotation.settings import StudySettings
from annotation.store.chain import check_chain
from annotation.store.tables import participation
from annotation.study import Study
from annotation.verification import verify
from profile_engine.preferences import Preference
from tests.annotation.importers.contents import SKIP, row_counts
from tests.annotation.importers.elsewhere import (
    HOSTILE,
    MTURK,
    assignments,
    batch_of,
    bring,
    fill,
    results,
    said,
)
from tests.annotation.planning.planned import overlap, plan

HASHED = re.compile("worker [0-9a-f]{16}")
PLAIN = Elsewhere(ElsewhereFormat.MTURK, plain_worker_ids=True)


def packed(row: Mapping[str, str], answer: object) -> dict[str, str]:
    """The same result with the answers as JSON in one cell."""
    rest = {name: value for name, value in row.items() if not name.startswith("Answer.")}
    return {**rest, "Answer.taskAnswers": json.dumps(answer)}


def test_labels_come_back_to_their_sides(study: Study, tmp_path: Path) -> None:
    fill(study, HOSTILE, tmp_path)
    work = assignments(batch_of(study, tmp_path), ["A1WORKER", "A2WORKER", "A3WORKER"])
    report = bring(study, MTURK, results(tmp_path, work))
    assert (report.rows, report.labels.added, report.pairs.added, report.pairs.already) == (24, 24, 0, 8)
    answers = said(study)
    assert {answer["choice"] for answer in answers} == {Preference.RIGHT}  # the longer one
    assert {answer["shown_first"] for answer in answers} == {1, -1}
    assert all(answer["shown_choice"] == answer["choice"] * answer["shown_first"] for answer in answers)
    assert {(answer["seconds"], answer["created"]) for answer in answers} == {(60, "2018-11-26T22:53:02Z")}
    assert overlap(study) == dict.fromkeys(range(1, 9), 3)
    names = {answer["name"] for answer in answers}
    assert len(names) == 3
    assert all(HASHED.fullmatch(name) for name in names)
    assert b"A1WORKER" not in Path(study.location).read_bytes()
    with study.reading() as connection:
        assert check_chain(connection) == ()


def test_the_same_results_again_add_nothing(study: Study, tmp_path: Path) -> None:
    fill(study, HOSTILE, tmp_path)
    batch = batch_of(study, tmp_path)
    half = results(tmp_path, assignments(batch[:4], ["A1", "A2"]), "half.csv")
    whole = results(tmp_path, assignments(batch, ["A1", "A2"]), "whole.csv")
    assert bring(study, MTURK, half).labels.added == 8
    report = bring(study, MTURK, whole)
    assert (report.labels.added, report.labels.already) == (8, 8)
    before = row_counts(study)
    assert not bring(study, MTURK, whole).added_anything
    assert row_counts(study) == before


def test_other_studies_call_a_worker_otherwise(study: Study, tmp_path: Path) -> None:
    with Study.create(tmp_path / "second.db", task=study.task) as second:
        for one in (study, second):
            fill(one, ["text"], tmp_path)
            bring(one, MTURK, results(tmp_path, assignments(batch_of(one, tmp_path))))
        assert said(study)[0]["name"] != said(second)[0]["name"]
        foreign = results(tmp_path, assignments(batch_of(second, tmp_path)))
        with pytest.raises(
            ImportFailure, match="that `export --format mturk` of this study wrote, found the text"
        ):
            bring(study, MTURK, foreign)


def test_plain_ids_only_if_asked_and_never_both(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other"], tmp_path)
    batch = batch_of(study, tmp_path)
    place = results(tmp_path, assignments(batch))
    bring(study, PLAIN, place)
    assert {answer["name"] for answer in said(study)} == {"A1WORKER"}
    with pytest.raises(ImportFailure, match="came into this study plain before; give --plain-worker-ids"):
        bring(study, MTURK, place)
    other = results(tmp_path, assignments(batch, ["A2"]), "other.csv")
    bring(study, MTURK, other)
    with pytest.raises(
        ImportFailure, match="came into this study hashed before; leave out --plain-worker-ids"
    ):
        bring(study, PLAIN, other)


def test_rejected_work_is_left_out_and_counted(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other", "third"], tmp_path)
    work = assignments(batch_of(study, tmp_path))
    later = results(tmp_path, work, "first.csv")
    work[0]["AssignmentStatus"] = "Rejected"
    work[1]["Reject"] = "no effort"  # how a requester marks it in the file
    work[2]["AssignmentStatus"] = "Approved"
    report = bring(study, MTURK, results(tmp_path, work))
    assert (report.labels.added, report.left_out) == (1, {"rejected": 2})
    assert "2 left out: rejected" in report.lines()
    assert bring(study, MTURK, later).labels.added == 2
    told = bring(study, MTURK, results(tmp_path, work)).lines()[-1]
    assert told.startswith("2 labels of rejected work came in before it was rejected, and stay")


def test_all_rejected_is_said(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    work = [{**row, "AssignmentStatus": "Rejected"} for row in assignments(batch_of(study, tmp_path))]
    assert (
        bring(study, MTURK, results(tmp_path, work)).why_nothing == "of 1 row none could be used: 1 rejected"
    )


def test_labels_beyond_the_plan_are_told(study: Study, tmp_path: Path) -> None:
    fill(study, [f"text {n}" for n in range(3)], tmp_path)
    plan(study, [1, 2, 3], design={"annotators_per_pair": 2})
    batch = batch_of(study, tmp_path)
    report = bring(study, MTURK, results(tmp_path, assignments(batch, ["A1", "A2"])))
    assert report.notes == ()
    more = results(tmp_path, assignments(batch[:2], ["A3"]))
    assert bring(study, MTURK, more).lines()[-1] == "2 pairs with more labels than the 2 planned: 1, 2"


def test_known_answers_are_no_labels(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "gold"], tmp_path)
    plan(study, [1, 2], {2: Role.GOLD})
    place = results(tmp_path, assignments(batch_of(study, tmp_path)))
    report = bring(study, MTURK, place)
    assert (report.labels.added, report.others.added) == (1, 1)
    assert [answer["kind"] for answer in said(study)] == ["label", "gold"]
    assert not bring(study, MTURK, place).added_anything
    assert overlap(study) == {1: 1}


def test_another_plan_does_not_make_labels_of_known_answers(study: Study, tmp_path: Path) -> None:
    """A choice is what its pair was shown as: gold stays gold, and work stays work."""
    fill(study, ["text", "gold"], tmp_path)
    plan(study, [1, 2], {2: Role.GOLD})
    batch = batch_of(study, tmp_path)
    one = results(tmp_path, assignments(batch), "one.csv")
    bring(study, MTURK, one)
    before = said(study)
    for roles in ({}, {1: Role.GOLD}):
        plan(study, [1, 2], roles)
        assert not bring(study, MTURK, one).added_anything
        assert said(study) == before
    late = bring(study, MTURK, results(tmp_path, assignments(batch, ["A2LATE"]), "late.csv"))
    assert (late.labels.added, late.others.added) == (1, 1)
    assert overlap(study) == {1: 2}


def test_the_same_worker_on_a_pair_that_is_gold_by_now_says_a_second_thing(
    study: Study, tmp_path: Path
) -> None:
    fill(study, ["text"], tmp_path)
    plan(study, [1])
    bring(study, MTURK, results(tmp_path, assignments(batch_of(study, tmp_path))))
    plan(study, [1], {1: Role.GOLD})
    (row,) = assignments(batch_of(study, tmp_path))
    row["Answer.choice"] = {"first": "second", "second": "first"}[row["Answer.choice"]]
    assert bring(study, MTURK, results(tmp_path, [row])).others.added == 1
    assert [(answer["kind"], answer["choice"]) for answer in said(study)] == [("label", -1), ("gold", 1)]


def test_ids_that_do_not_tell_are_what_the_study_has_of_them(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    plan(study, [1], {1: Role.GOLD})
    (row,) = assignments(batch_of(study, tmp_path))
    place = results(tmp_path, [{**row, "Input.item": next(blinded_pairs(study, None)).id}])
    assert bring(study, MTURK, place).others.added == 1
    plan(study, [1])
    assert not bring(study, MTURK, place).added_anything


@pytest.mark.parametrize(
    "answer",
    [
        {"choice": "second"},
        [{"choice": "second", "note": " "}],
        [{"choice": {"first": False, "second": True, "tie": False}}],
    ],
)
def test_answers_in_one_cell(study: Study, tmp_path: Path, answer: object) -> None:
    fill(study, ["text"], tmp_path)
    work = [packed(row, answer) for row in assignments(batch_of(study, tmp_path))]
    bring(study, MTURK, results(tmp_path, work))
    assert [one["shown_choice"] for one in said(study)] == [-1]


def test_answers_of_amazons_elements(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    (row,) = assignments(batch_of(study, tmp_path))
    del row["Answer.choice"]
    row |= {"Answer.choice.first": "false", "Answer.choice.second": "false", "Answer.choice.tie": "true"}
    bring(study, MTURK, results(tmp_path, [row]))
    assert [one["choice"] for one in said(study)] == [0]


def test_the_pages_own_id_serves_where_the_input_is_missing(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    (row,) = assignments(batch_of(study, tmp_path))
    item = row.pop("Input.item")
    assert bring(study, MTURK, results(tmp_path, [{**row, "Answer.item": item}])).labels.added == 1


def test_notes_come_along_whatever_is_in_them(study: Study, tmp_path: Path) -> None:
    fill(study, HOSTILE, tmp_path)
    work = assignments(batch_of(study, tmp_path))
    for row, text in zip(work, HOSTILE, strict=True):
        row["Answer.note"] = text
    place = results(tmp_path, work)
    bring(study, MTURK, place)
    notes = [answer["note"] for answer in said(study) if answer["kind"] == "note"]
    assert notes == [text.replace("\x00", "\ufffd") for text in HOSTILE]
    assert not bring(study, MTURK, place).added_anything


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Input.item": "p123"}, "field Input.item: expected the id of a pair"),
        ({"Input.item": ""}, "field Input.item: expected the id of a pair, found no such field"),
        ({"WorkerId": " "}, "field WorkerId: expected a name"),
        ({"Answer.choice": ""}, "field Answer.choice: expected first, second or tie, found nothing"),
        ({"Answer.choice": "=left"}, "field Answer.choice: expected first, second or tie, found the text"),
        (
            {"AssignmentStatus": "Lost"},
            "field AssignmentStatus: expected one of Submitted, Approved, Rejected",
        ),
        ({"WorkTimeInSeconds": "soon"}, "field WorkTimeInSeconds: expected a number"),
        ({"WorkTimeInSeconds": "-1"}, "field WorkTimeInSeconds: expected seconds from 0 up"),
        ({"Answer.taskAnswers": "[{"}, "field Answer.taskAnswers: expected JSON"),
        ({"Answer.taskAnswers": "[1]"}, "field Answer.taskAnswers: expected an object, or a list with one"),
        ({"Answer.taskAnswers": "[" * 100_000}, "field Answer.taskAnswers: expected JSON"),
    ],
)
def test_bad_results_are_one_line_each(
    study: Study, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    fill(study, ["text", "other"], tmp_path)
    good, bad = assignments(batch_of(study, tmp_path))
    place = results(tmp_path, [{**row, "Answer.taskAnswers": ""} for row in (good, bad)])
    assert bring(study, MTURK, place).labels.added == 2
    place = results(
        tmp_path, [{"Answer.taskAnswers": "", **good}, {"Answer.taskAnswers": "", **bad, **changes}]
    )
    before = row_counts(study)
    with pytest.raises(ImportFailure, match=re.escape(message)) as caught:
        bring(study, MTURK, place)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    report = bring(study, MTURK, place, SKIP)
    assert [(row.line, str(row)) for row in report.bad_rows] == [(3, str(report.bad_rows[0]))]
    assert message in str(report.bad_rows[0])
    assert row_counts(study) == before


def test_times_that_cannot_be_read_are_told(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other"], tmp_path)
    one, other = assignments(batch_of(study, tmp_path))
    report = bring(study, MTURK, results(tmp_path, [{**one, "SubmitTime": "gestern"}, other]))
    assert report.labels.added == 2
    assert report.notes == (
        "1 SubmitTime that cannot be read, such as the text 'gestern': what is new of these rows has the "
        "time of the import",
    )
    assert said(study)[0]["created"] > said(study)[1]["created"]


def test_a_worker_who_contradicts_themselves_is_a_bad_row(study: Study, tmp_path: Path) -> None:
    """Told in the file's own words, whichever side of the pair was shown first."""
    fill(study, HOSTILE, tmp_path)
    work = assignments(batch_of(study, tmp_path))
    bring(study, MTURK, results(tmp_path, work))
    assert {row["Answer.choice"] for row in work} == {"first", "second"}  # all are the right one of the pair
    for row in work:
        before = row["Answer.choice"]
        for now in {"first", "second", "tie"} - {before}:
            words = rf"field Answer\.choice: expected {before}, as worker [0-9a-f]{{16}} said of this pair"
            with pytest.raises(ImportFailure, match=f"{words} before, found {now}; a worker has one choice"):
                bring(study, MTURK, results(tmp_path, [{**row, "Answer.choice": now}]))


def test_no_ties_where_the_study_has_none(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    study.change_settings(StudySettings(allow_ties=False))
    work = assignments(batch_of(study, tmp_path), choose=lambda _: "tie")
    with pytest.raises(
        ImportFailure, match="expected first or second; this study has no ties, found the text 'tie'"
    ):
        bring(study, MTURK, results(tmp_path, work))


def test_ties_from_before_there_were_none_are_there_already(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other"], tmp_path)
    work = assignments(batch_of(study, tmp_path), choose=lambda _: "tie")
    bring(study, MTURK, results(tmp_path, work[:1]))
    study.change_settings(StudySettings(allow_ties=False))
    report = bring(study, MTURK, results(tmp_path, work), SKIP)
    assert (report.labels.added, report.labels.already, len(report.bad_rows)) == (0, 1, 1)


def test_ties_of_who_was_erased_are_theirs_and_no_bad_rows(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other"], tmp_path)
    work = assignments(batch_of(study, tmp_path), choose=lambda _: "tie")
    bring(study, MTURK, results(tmp_path, work[:1]))
    erase(study, said(study)[0]["name"])
    study.change_settings(StudySettings(allow_ties=False))
    report = bring(study, MTURK, results(tmp_path, work))
    assert (report.left_out, report.bad_rows) == ({"answers of people who were erased": 2}, ())
    stranger = results(tmp_path, [{**work[0], "WorkerId": "A2WORKER"}])
    assert len(bring(study, MTURK, stranger, SKIP).bad_rows) == 1


def participation_of(study: Study) -> list[Any]:
    c = participation.c
    with study.reading() as connection:
        return list(connection.execute(select(c.event, c.version, c.created).order_by(c.id)))


def test_consent_is_kept_and_never_given_again(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    plan(study, [1], design={"consent": "I agree.", "warning": "Sad."})
    version = Consent("I agree.", "Sad.").version
    work = [{**row, "Answer.consent": version} for row in assignments(batch_of(study, tmp_path))]
    assert version in (tmp_path / "batch.html").read_text("ascii")
    place = results(tmp_path, work)
    bring(study, MTURK, place)
    accepted = ("accepted", version, "2018-11-26T22:53:02Z")
    assert participation_of(study) == [accepted]
    withdraw(study, said(study)[0]["name"])
    bring(study, MTURK, place)
    assert [row.event for row in participation_of(study)] == ["accepted", "withdrawn"]
    assert overlap(study) == {}


@pytest.mark.parametrize("asks", [True, False])
def test_rows_without_consent_are_counted(study: Study, tmp_path: Path, asks: bool) -> None:
    """Only a page of the export sends the words' version; whoever sent it once has consented."""
    fill(study, ["text", "another"], tmp_path)
    plan(study, [1, 2], design={"consent": "I agree."} if asks else {})
    version = Consent("I agree.", "").version
    first, second = batch_of(study, tmp_path)
    consents = [(first, "A1", version), (second, "A1", ""), (first, "A2", "yes"), (second, "A2", None)]
    consents.append((first, "A3", "yes"))
    work = [
        {**assignment, **({} if consent is None else {"Answer.consent": consent})}
        for row, worker, consent in consents
        for assignment in assignments([row], [worker])
    ]
    report = bring(study, MTURK, results(tmp_path, work))
    lines = report.lines()
    assert report.labels.added == 5
    assert "consent came with the answers of 1 worker" in lines
    assert any("3 rows of 2 workers without consent to the plan" in line for line in lines) is asks
    assert [account.consented is not None for account in accounts(study)].count(True) == 1


@pytest.mark.parametrize("plain", [False, True])
def test_who_was_erased_does_not_come_in_again(study: Study, tmp_path: Path, plain: bool) -> None:
    """Nor where their id is as it is in the one import and hashed in the other."""
    fill(study, HOSTILE, tmp_path)
    plan(study, range(1, len(HOSTILE) + 1), design={"consent": "I agree."})
    version = Consent("I agree.", "").version
    work = assignments(batch_of(study, tmp_path), ["A1WORKER", "A2WORKER"])
    place = results(tmp_path, [{**row, "Answer.consent": version, "Answer.note": "x"} for row in work])
    how = replace(MTURK, plain_worker_ids=plain)
    bring(study, how, place)
    with study.reading() as connection:
        worker = Pseudonyms.of_study(connection).worker("A1WORKER")
    erase(study, "A1WORKER" if plain else worker)
    before = said(study), participation_of(study)
    report = bring(study, how, place)
    assert not report.added_anything
    assert report.left_out == {"answers of people who were erased": 2 * len(HOSTILE)}
    assert any("answers of people who were erased" in line for line in report.lines())
    assert (said(study), participation_of(study)) == before

    alone = results(tmp_path, [row for row in work if row["WorkerId"] == "A1WORKER"], "alone.csv")
    other = bring(study, replace(MTURK, plain_worker_ids=not plain), alone)
    assert not other.added_anything
    assert (said(study), participation_of(study)) == before
    assert (check(study), verify(study).faults) == ((), ())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Mon Nov 26 14:53:02 PST 2018", "2018-11-26T22:53:02Z"),
        ("Tue Jul 10 23:30:00 PDT 2018", "2018-07-11T06:30:00Z"),
        ("2019-12-01T13:04:59Z", "2019-12-01T13:04:59Z"),
        ("2019-12-01T13:04:59+02:00", "2019-12-01T11:04:59Z"),
        ("Mon Nov 26 14:53:02 XYZ 2018", None),
        ("Mon Foo 26 14:53:02 PST 2018", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times(told: str | None, expected: str | None) -> None:
    assert in_utc(told) == expected
