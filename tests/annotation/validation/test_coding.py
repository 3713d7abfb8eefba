"""Coding feedback: texts in, factors ticked, counts out."""

from pathlib import Path

import pytest
from scipy import stats
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from annotation.errors import AnswerError, StudyError
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.profiles import load_profile
from annotation.store.tables import mentions
from annotation.study import Study
from annotation.validation.coding import CodingDesk, Codings, CodingText, MentionKind, NewMention
from annotation.validation.coding_report import report_coding
from annotation.validation.log import ValidationLog
from profile_engine.taxonomy import Task

WORDS = {"length": "long", "coherence": "coheren", "fluency": "fluen", "source_coverage": "detail"}


def code(study: Study, coding_id: int, coder: str, *, blind_to: str = "") -> CodingDesk:
    """Tick the factors whose words a text has."""
    ValidationLog(study).register(coder)
    desk = CodingDesk(study, coding_id, coder)
    text = desk.next()
    while text is not None:
        found = {name for name, word in WORDS.items() if word in text.text.lower() and name != blind_to}
        desk.save(NewMention(text.id, coder, factors=frozenset(found), seconds=1.0))
        text = desk.next(text.id)
    return desk


def test_counts_are_those_by_hand(sample: Study) -> None:
    texts = ["Too long.", "Coherent, but long.", "Fluent.", "", "More detail, more coherence."]
    info = Codings(sample).from_texts("by hand", texts)
    assert (info.texts, info.judge) == (4, None)
    desk = code(sample, info.id, "anna")
    assert (desk.done, desk.total) == (4, 4)
    counts = {name: count for name, count in desk.counts().items() if count}
    assert counts == {"length": 2, "coherence": 2, "source_coverage": 1, "fluency": 1}
    assert list(desk.counts())[-1] not in counts
    told = report_coding(sample, info.id)
    assert (told.coded, told.together, told.correlation) == (4, desk.counts(), None)


def test_undo_skip_and_notes(sample: Study) -> None:
    info = Codings(sample).from_texts("by hand", ["one", "two"])
    desk = CodingDesk(sample, info.id, "anna")
    first = desk.next()
    assert first is not None
    desk.save(NewMention(first.id, "anna", MentionKind.SKIP, set=True))
    second = desk.next()
    assert second is not None
    assert second.number == 2
    desk.save(NewMention(second.id, "anna", factors=frozenset()))
    desk.save(NewMention(second.id, "anna", factors=frozenset({"length"})))
    desk.save(NewMention(second.id, "anna", MentionKind.NOTE, note="\x1b[2J[/]"))
    assert desk.next() == first
    again = CodingDesk(sample, info.id, "anna").standing(second.id)
    assert (again.factors, again.note) == (frozenset({"length"}), "\x1b[2J[/]")
    desk.undo()
    assert desk.standing(second.id).note is None
    desk.undo()
    assert desk.standing(second.id).factors == frozenset()
    desk.undo()
    assert desk.standing(second.id).factors is None
    desk.undo()
    assert desk.undo() is None
    assert desk.done == 0


def test_what_says_nothing_is_refused(sample: Study) -> None:
    info = Codings(sample).from_texts("by hand", ["one"])
    desk = CodingDesk(sample, info.id, "anna")
    for new, message in (
        (NewMention(1, "anna"), "name the factors"),
        (NewMention(1, "anna", factors=frozenset({"wit"})), "no factor wit"),
        (NewMention(9, "anna", factors=frozenset()), "not at this desk"),
        (NewMention(1, "ben", factors=frozenset()), "not at this desk"),
        (NewMention(1, "anna", MentionKind.FLAG), "set it or to clear"),
    ):
        with pytest.raises(AnswerError, match=message):
            desk.save(new)


@pytest.mark.parametrize("change", [update(mentions).values(note="x"), delete(mentions)])
def test_the_log_can_only_be_added_to(sample: Study, change: object) -> None:
    info = Codings(sample).from_texts("by hand", ["one"])
    desk = CodingDesk(sample, info.id, "anna")
    desk.save(NewMention(1, "anna", factors=frozenset()))
    with pytest.raises((StudyError, DBAPIError), match="append-only"), sample.writing() as connection:
        connection.execute(change)  # type: ignore[call-overload]


def test_texts_come_from_files(sample: Study, tmp_path: Path) -> None:
    lines = tmp_path / "feedback.txt"
    lines.write_text("Too long.\n\nFluent.\n", "utf-8")
    rows = tmp_path / "feedback.jsonl"
    rows.write_text('{"why": "Too long."}\n{"why": null}\n', "utf-8")
    codings = Codings(sample)
    assert codings.from_file(lines).texts == 2
    assert codings.from_file(rows, "why").texts == 1
    assert [info.name for info in codings.all()] == ["feedback.txt", "feedback.jsonl"]
    with pytest.raises(StudyError, match="no field because"):
        codings.from_file(rows, "because")
    with pytest.raises(StudyError, match="cannot be read"):
        codings.from_file(tmp_path / "nothing.txt")
    with pytest.raises(StudyError, match="no agent"):
        codings.from_texts("x", ["y"], judge="nobody")
    with pytest.raises(StudyError, match="no justification"):
        codings.from_judge("expander", 5)


def test_two_coders_agree_factor_by_factor(sample: Study) -> None:
    from nltk.metrics.agreement import AnnotationTask

    texts = ["long", "long and fluent", "fluent", "detail", "long detail"]
    info = Codings(sample).from_texts("by hand", texts)
    code(sample, info.id, "anna")
    desk = CodingDesk(sample, info.id, "ben")
    said = []
    for number in range(1, 6):
        text = desk.next()
        assert text is not None
        ticked = {"length"} if number in (1, 2, 4) else {"fluency"}
        desk.save(NewMention(text.id, "ben", factors=frozenset(ticked)))
        said += [("anna", number, "long" in text.text), ("ben", number, "length" in ticked)]
    told = report_coding(sample, info.id)
    (pair,) = told.kappas
    assert pair.kappa["length"].value == pytest.approx(AnnotationTask(said).kappa())
    assert pair.kappa["coherence"].value is None
    # Of two coders both have to tick it: length in texts 1 and 2, fluency in text 3.
    assert {name: count for name, count in told.together.items() if count} == {"length": 2, "fluency": 1}


def test_mentions_are_held_against_the_judges_ranking(sample: Study) -> None:
    texts = ["long", "long, with detail", "more detail", "detail and coherence", "long, fluent detail"]
    info = Codings(sample).from_texts("by hand", texts, judge="expander")
    code(sample, info.id, "anna")
    told = report_coding(sample, info.id)
    assert told.correlation is not None
    ranking = load_profile(sample).live.snapshot.of("expander")
    scores = {one.score.factor: one.score.score for one in ranking.factors if one.score.score is not None}
    counts = [told.together[name] for name in scores]
    assert told.correlation.factors == 10
    assert told.correlation.spearman == pytest.approx(
        stats.spearmanr(counts, list(scores.values())).statistic
    )
    assert told.correlation.kendall == pytest.approx(
        stats.kendalltau(counts, list(scores.values())).statistic
    )


def test_real_reasons_can_be_coded(shared_data: Path, tmp_path: Path) -> None:
    with Study.create(tmp_path / "p.db", task=Task.SUMMARIZATION) as study:
        import_data(study, load_card("pandalm"), [shared_data / "pandalm"])
        codings = Codings(study)
        info = codings.from_judge("gpt-3.5-turbo", 30, seed=1)
        assert (info.texts, info.judge) == (30, "gpt-3.5-turbo")
        ValidationLog(study).register("anna")
        drawn = _texts(CodingDesk(study, info.id, "anna"))
        assert len({text.pair_id for text in drawn}) == 30
        assert drawn[0].pair_id is not None
        verdicts = study.pair(drawn[0].pair_id).verdicts
        assert drawn[0].text in {verdict.justification for verdict in verdicts}
        again = codings.from_judge("gpt-3.5-turbo", 30, seed=1)
        assert [text.text for text in _texts(CodingDesk(study, again.id, "anna"))] == [
            text.text for text in drawn
        ]
        desk = code(study, info.id, "anna")
        mentioned = sum("coheren" in text.text.lower() for text in drawn)
        assert (desk.done, desk.counts()["coherence"]) == (30, mentioned)
        assert report_coding(study, info.id).together["coherence"] == mentioned


def _texts(desk: CodingDesk) -> list[CodingText]:
    found, text = [], desk.next()
    while text is not None:
        found.append(text)
        text = desk.beside(text.id, 1)
    return found
