"""Annotations as Label Studio's server gives them: sides turned back, changes as changes, nothing twice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import ImportFailure
from annotation.exporters.blinded import BlindedPair, blinded_pairs
from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from annotation.importers.report import ImportReport
from annotation.planning.plan import Role
from annotation.settings import StudySettings
from annotation.store.chain import check_chain
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.importers.contents import SKIP, write_jsonl
from tests.annotation.importers.elsewhere import bring, fill, said
from tests.annotation.planning.planned import overlap, plan

HASHED = Elsewhere(ElsewhereFormat.LABEL_STUDIO)
PLAIN = Elsewhere(ElsewhereFormat.LABEL_STUDIO, plain_worker_ids=True)
ANNA = "anna@example.org"


def side(selected: str) -> dict[str, Any]:
    value = {"selected": selected}
    return {"from_name": "preference", "to_name": "preference", "type": "pairwise", "value": value}


TIE = {"from_name": "tie", "to_name": "source", "type": "choices", "value": {"choices": ["tie"]}}
NOTE = {"from_name": "note", "to_name": "source", "type": "textarea", "value": {"text": ["one", "two"]}}


def annotated(
    pair: BlindedPair, *result: dict[str, Any], user: str | None = ANNA, minute: int = 0, **more: object
) -> dict[str, Any]:
    """An annotation as the API gives it, beside its task's item and its user's address."""
    annotation = {
        "id": 17,
        "result": list(result),
        "created_username": " anna@example.org, 2",
        "completed_by": 2,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-11-24T21:55:02.020676Z",
        "updated_at": f"2026-11-24T22:{minute:02}:02.020701Z",
        "lead_time": 12.503,
        "task": 5,
        "project": 1,
        "parent_prediction": None,
        **more,
    }
    return {"item": pair.id, "annotation": annotation, "user": user}


@pytest.fixture
def pairs(study: Study, tmp_path: Path) -> list[BlindedPair]:
    """Two pairs of a study, the second one first the other way round."""
    fill(study, ["one", "two"], tmp_path)
    return list(blinded_pairs(study, None))


def take(study: Study, folder: Path, rows: Sequence[dict[str, Any]], how: Elsewhere = HASHED) -> ImportReport:
    return bring(study, how, write_jsonl(folder / "annotations.jsonl", rows))


def test_another_plan_makes_nothing_else_of_what_was_said(
    study: Study, pairs: list[BlindedPair], tmp_path: Path
) -> None:
    plan(study, [1, 2], {1: Role.GOLD})
    rows = [annotated(pair, TIE) for pair in pairs]
    assert take(study, tmp_path, rows).labels.added == 1
    before = said(study)
    plan(study, [1, 2], {2: Role.GOLD})
    study.change_settings(StudySettings(allow_ties=False))
    assert not take(study, tmp_path, rows).added_anything
    assert said(study) == before


def labels(study: Study) -> list[tuple[int, int]]:
    return [
        (answer["pair_id"], answer["choice"]) for answer in said(study) if answer["kind"] == AnswerKind.LABEL
    ]


def test_sides_seconds_times_and_notes(study: Study, pairs: list[BlindedPair], tmp_path: Path) -> None:
    """`left` is the side that was shown first; the two pairs have different ones."""
    assert {pair.first for pair in pairs} == {Preference.LEFT, Preference.RIGHT}
    rows = [annotated(pairs[0], side("left"), NOTE), annotated(pairs[1], side("right"))]
    report = take(study, tmp_path, rows, PLAIN)
    assert (report.labels.added, report.others.added) == (2, 1)
    assert labels(study) == [(1, pairs[0].first), (2, -pairs[1].first)]
    first = said(study)[0]
    assert (first["name"], first["seconds"], first["created"]) == (ANNA, 12.503, "2026-11-24T22:00:02Z")
    assert (first["shown_first"], first["shown_choice"]) == (pairs[0].first, Preference.LEFT)
    assert [answer["note"] for answer in said(study)] == [None, "one\ntwo", None]


def test_a_change_is_a_change_and_nothing_comes_twice(
    study: Study, pairs: list[BlindedPair], tmp_path: Path
) -> None:
    """Left, right, left again: three entries of the log, however often each was brought."""
    for minute, chosen in enumerate(("left", "right", "left")):
        rows = [annotated(pairs[0], side(chosen), minute=minute), annotated(pairs[1], TIE)]
        assert take(study, tmp_path, rows).labels.added == (1 if minute else 2)
        assert not take(study, tmp_path, rows).added_anything
        assert overlap(study) == {1: 1, 2: 1}
    first = int(pairs[0].first)
    assert labels(study) == [(1, first), (2, 0), (1, -first), (1, first)]
    with study.reading() as connection:
        assert check_chain(connection) == ()


def test_notes_and_gold_change_too(study: Study, pairs: list[BlindedPair], tmp_path: Path) -> None:
    plan(study, [1, 2], {1: Role.GOLD})
    for minute, chosen in enumerate(("left", "right", "left")):
        told = {**NOTE, "value": {"text": [chosen]}}
        rows = [annotated(next(blinded_pairs(study, None)), side(chosen), told, minute=minute)]
        assert take(study, tmp_path, rows).others.added == 2
        assert not take(study, tmp_path, rows).added_anything
    assert [answer["kind"] for answer in said(study)] == ["gold", "note"] * 3
    assert labels(study) == []


def test_what_was_changed_here_since_stays(study: Study, pairs: list[BlindedPair], tmp_path: Path) -> None:
    rows = [annotated(pairs[0], side("left"))]
    take(study, tmp_path, rows, PLAIN)
    other = Preference(-pairs[0].first)
    AnswerLog(study).save(NewAnswer(1, ANNA, choice=other))
    assert not take(study, tmp_path, rows, PLAIN).added_anything
    assert labels(study)[-1] == (1, other)


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ([side("left"), TIE], "found left and tie"),
        ([], "found no choice"),
        ([side("none"), NOTE], "found no choice"),
        ([side("up")], "found up"),
    ],
)
def test_what_makes_no_sense_stops_or_is_left_out(
    study: Study, pairs: list[BlindedPair], tmp_path: Path, result: list[dict[str, Any]], found: str
) -> None:
    rows = [annotated(pairs[0], *result), annotated(pairs[1], side("left"))]
    with pytest.raises(ImportFailure) as refused:
        take(study, tmp_path, rows)
    assert f"annotation 17 of task 5: expected one of left, right, tie, {found}" in str(refused.value)
    assert said(study) == []
    report = bring(study, HASHED, tmp_path / "annotations.jsonl", SKIP)
    assert (report.labels.added, len(report.bad_rows)) == (1, 1)


def test_a_tie_where_there_are_none(tmp_path: Path, study: Study, pairs: list[BlindedPair]) -> None:
    with study.revising() as revision:
        revision.change_settings(StudySettings(allow_ties=False))
    with pytest.raises(ImportFailure, match="one of left, right; this study has no ties, found tie"):
        take(study, tmp_path, [annotated(pairs[0], TIE)])


def test_skipped_and_nobodys_are_counted(study: Study, pairs: list[BlindedPair], tmp_path: Path) -> None:
    rows = [annotated(pairs[0], was_cancelled=True), annotated(pairs[1], side("left"), user=None)]
    report = take(study, tmp_path, rows)
    assert report.left_out == {"skipped": 1, "by a user that is no longer there": 1}
    assert said(study) == []
    take(study, tmp_path, [annotated(pairs[0], side("left"))])
    later = take(study, tmp_path, rows[:1])
    assert "1 label came in before the annotation was skipped, and stay" in later.notes[0]


def test_addresses_are_hashed_or_plain_never_both(
    study: Study, pairs: list[BlindedPair], tmp_path: Path
) -> None:
    take(study, tmp_path, [annotated(pairs[0], side("left"))])
    assert said(study)[0]["name"].startswith("worker ")
    with pytest.raises(ImportFailure, match="hashed before; leave out --plain-emails"):
        take(study, tmp_path, [annotated(pairs[1], side("left"))], PLAIN)


def test_an_item_of_elsewhere(study: Study, pairs: list[BlindedPair], tmp_path: Path) -> None:
    row = annotated(pairs[0], side("left")) | {"item": "p000"}
    with pytest.raises(ImportFailure, match="item of task 5: expected the id of a pair"):
        take(study, tmp_path, [row])
