"""Damage of each kind is found; it is done behind the store's back, with the guards taken away."""

import sqlite3
from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.deeds.asking import AskingRun
from annotation.deeds.generation import Generation
from annotation.deeds.judgement import Judgement
from annotation.errors import StudyError
from annotation.integrity import WRONG_ROWS, check
from annotation.study import Study
from annotation.validation.coding import CodingDesk, Codings, NewMention
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from profile_engine.agents.generating import Purpose
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_models import judge_that, longer, writer
from tests.annotation.drafts import LEFT, RIGHT, Draft
from tests.annotation.planning.planned import plan

DAMAGE = {
    "pairs whose responses answer another source": "UPDATE pairs SET source_id = 2 WHERE id = 1",
    "responses that stand in no pair": "UPDATE pairs SET left_id = right_id WHERE id = 1",
    "generated responses of another source or author": "UPDATE generations SET source_id = 2",
    "generations and judgings with neither a result nor a reason": "UPDATE judgings SET choice = NULL",
    "factor values of a factor that the study does not have": "UPDATE factor_values SET factor = 'x'",
    "factor values with neither a value nor a reason": "UPDATE factor_values SET value = NULL",
    "preferences that are none of -1, 0 and 1": "UPDATE preferences SET value = 2",
    "labels that are none of -1, 0 and 1": "UPDATE answers SET choice = 5, shown_choice = 5 WHERE id = 1",
    "labels that differ from what was pressed, given the side shown first": (
        "UPDATE answers SET shown_choice = -1 WHERE id = 1"
    ),
    "answers by somebody who is no annotator": "UPDATE answers SET annotator_id = 1 WHERE id = 1",
    "undos of something else than an earlier answer to the same": (
        "UPDATE answers SET kind = 'flag' WHERE undoes IS NOT NULL"
    ),
    "undos that do not bring back the label that stood before": (
        "UPDATE answers SET choice = -1, shown_choice = -1 WHERE undoes IS NOT NULL"
    ),
    "taken seats whose annotator's label does not stand": "UPDATE seats SET annotator_id = 1",
    "items of a validation whose value is of another response or factor": (
        "UPDATE validation_items SET response_id = 2"
    ),
    "items of a validation without a probability": "UPDATE validation_items SET probability = 0",
    "judgements without a verdict that are no undo": (
        "UPDATE judgements SET verdict = NULL WHERE undoes IS NULL"
    ),
    "undos of something else than an earlier judgement of the same": (
        "UPDATE judgements SET kind = 'blind' WHERE undoes IS NOT NULL"
    ),
    "undos of something else than an earlier mention of the same": (
        "UPDATE mentions SET kind = 'note' WHERE undoes IS NOT NULL"
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A study with something of every kind."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        draft, log = Draft(study), AnswerLog(study)
        judge = draft.agent("judge", AgentKind.JUDGE)
        first, _ = draft.pairs(2, a_source=1)
        draft.value(1, "length", 2.0)
        draft.verdict(first, judge, LEFT)
        log.register("anna")
        plan(study, [first])
        for choice in (LEFT, RIGHT):
            log.save(NewAnswer(first, "anna", choice=choice, shown_first=LEFT))
        log.undo("anna")
        _validate(study)
        _ask(study)
        assert check(study) == ()
    return path


def _ask(study: Study) -> None:
    """A direct response, and a judgement."""
    chat = writer()
    AskingRun(study, Generation(study, chat.identity, Purpose.DIRECT, limit=1), chat).run()
    chat = judge_that(longer)
    AskingRun(study, Judgement(study, chat.identity, limit=1), chat).run()


def _validate(study: Study) -> None:
    """A judgement and a mention, each taken back."""
    validation = Validations(study).create(Design("length", 1))
    desk = ValidationDesk(study, validation.id, "anna")
    item = desk.next()
    assert item is not None
    desk.save(item.answered("anna"))
    desk.undo()
    coding = CodingDesk(study, Codings(study).from_texts("told", ["too long"]).id, "anna")
    text = coding.next()
    assert text is not None
    coding.save(NewMention(text.id, "anna", factors=frozenset({"length"})))
    coding.undo()


def _damage(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("message", WRONG_ROWS)
def test_wrong_rows_are_found(path: Path, message: str) -> None:
    _damage(path, DAMAGE[message])
    with Study.open(path) as study:
        assert message in {finding.message for finding in check(study)}


def test_references_to_nothing_are_found(path: Path) -> None:
    _damage(path, "UPDATE preferences SET agent_id = 99 WHERE id = 1")
    with Study.open(path) as study:
        (finding,) = check(study)
    assert (finding.message, finding.count) == (
        "rows of preferences that refer to rows which are not there",
        1,
    )


def test_a_damaged_file_is_reported_in_one_line(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096  # a page behind the first two
    path.write_bytes(content)
    try:
        with Study.open(path) as study:
            findings = [str(finding) for finding in check(study)]
    except StudyError as error:
        findings = [str(error)]
    assert any("damaged" in finding for finding in findings)
    assert not any("\n" in finding for finding in findings)
