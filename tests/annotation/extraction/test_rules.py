"""Extraction keeps what is done, and does nothing twice."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from annotation.errors import StudyError
from annotation.extraction import ExtractionReport, extract_rules, rules
from annotation.store import tables
from annotation.study import Study
from profile_engine.taxonomy import FACTORS, Task
from tests.annotation.drafts import Draft
from tests.annotation.synthetic import make_study


def _stored(study: Study) -> dict[tuple[int, str], tuple[float | None, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(tables.factor_values)).all()
    found = {(row.response_id, row.factor): (row.value, row.reason) for row in rows}
    assert len(found) == len(rows)
    return found


def test_values_or_reasons_are_stored(study: Study, draft: Draft) -> None:
    """Of "the", "cat", "sat" the source lacks "sat"; an empty response has no words, hence no ratio."""
    source, silent = draft.source("The cat."), draft.source("")
    full, empty = draft.response(source, "The cat sat."), draft.response(source, "")
    alone = draft.response(silent, "No source.")
    assert {report.factor: report for report in extract_rules(study)} == {
        "length": ExtractionReport("length", added=3, unavailable=0, already=0, stopped=False),
        "novel_words": ExtractionReport(
            "novel_words",
            added=1,
            unavailable=2,
            already=0,
            stopped=False,
            why=("the response has no words", "no source"),
        ),
    }
    stored = _stored(study)
    assert stored[full, "length"] == (3, None)
    assert stored[empty, "length"] == (0, None)
    assert stored[full, "novel_words"] == (1 / 3, None)
    for response in (empty, alone):
        value, reason = stored[response, "novel_words"]
        assert value is None
        assert reason


def test_a_question_without_its_documents_is_no_source(study: Study, draft: Draft) -> None:
    source = draft.source("Why?")
    response = draft.response(source, "Because.")
    with study.writing() as connection:
        connection.execute(update(tables.sources).values(evidence={"documents": 0}))
    extract_rules(study)
    assert _stored(study)[response, "novel_words"] == (None, "no documents")
    assert _stored(study)[response, "length"] == (1, None)


def test_the_number_of_novel_words_is_kept(study: Study, draft: Draft) -> None:
    source = draft.source("The cat.")
    response = draft.response(source, "The cat sat.")
    draft.pair(source, response, draft.response(source, "cat"))
    extract_rules(study, ["novel_words"])
    value = study.pair(1).left.values["novel_words"]
    assert value.evidence == {"novel": 1, "of": 3}
    assert (value.method, value.version) == ("rule", "1")


def test_a_stop_keeps_what_is_done(study: Study, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of 4 of 10 responses: stopped after the second, 8 lengths are there; then the rest follow."""
    monkeypatch.setattr(rules, "_PORTION", 4)
    draft.pairs(5)
    seen: list[tuple[int, int]] = []

    def stop_after_two(done: int, of: int) -> bool:
        seen.append((done, of))
        return len(seen) < 2

    (stopped, not_begun) = extract_rules(study, ["length", "novel_words"], stop_after_two)
    assert seen == [(4, 20), (8, 20)]
    assert (stopped.added, stopped.stopped) == (8, True)
    assert (not_begun.added, not_begun.stopped) == (0, True)
    assert len(_stored(study)) == 8
    (rest, all_of_it) = extract_rules(study, ["length", "novel_words"])
    assert (rest.added, rest.already, rest.stopped) == (2, 8, False)
    assert (all_of_it.added, all_of_it.already) == (10, 0)
    assert len(_stored(study)) == 20


def test_portions_reach_every_response(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the portions' borders fall between; values of another version do not count as done."""
    monkeypatch.setattr(rules, "_PORTION", 7)
    with make_study(tmp_path / "study.db", pairs=25, annotators=0, judges=0) as study:
        reports = extract_rules(study)
        assert [(report.added, report.already) for report in reports] == [(50, 0), (50, 0)]


def test_two_at_once_store_each_value_once(study: Study, draft: Draft) -> None:
    draft.pairs(3)
    inner: list[tuple[ExtractionReport, ...]] = []

    def meanwhile(done: int, of: int) -> bool:
        if not inner:
            inner.append(extract_rules(study))
        return True

    extract_rules(study, progress=meanwhile)
    assert len(_stored(study)) == 12


def test_what_no_rule_finds_is_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no rule finds fluency"):
        extract_rules(study, ["fluency"])
    with (
        Study.create(tmp_path / "other.db", task=Task.SUMMARIZATION, factors=[FACTORS["length"]]) as other,
        pytest.raises(StudyError, match="not a factor of this study"),
    ):
        extract_rules(other, ["novel_words"])
