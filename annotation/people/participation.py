"""Whether people take part, and whether their answers count: a log, the last word of each matter stands."""

from annotation.errors import AnswerError
from annotation.store.annotators import find_annotator
from annotation.store.decisions import Matter, decide, last_decision
from annotation.study import Study


def leave_out(study: Study, name: str, reason: str) -> None:
    """Let an annotator's answers count no more, in any result, until they are taken in again.

    Raises:
        AnswerError: no such annotator, or they are left out already.
    """
    _decide(study, name, "left_out", reason)


def take_in(study: Study, name: str, reason: str | None = None) -> None:
    """Let the answers of an annotator who was left out count again.

    Raises:
        AnswerError: no such annotator, or they are not left out.
    """
    _decide(study, name, "taken_in", reason)


def _decide(study: Study, name: str, event: str, reason: str | None) -> None:
    with study.writing() as connection:
        annotator_id = find_annotator(connection, name)
        if annotator_id is None:
            raise AnswerError(f"{name!r} is no annotator of this study; study quality lists them")
        before = last_decision(connection, annotator_id, Matter.COUNTING).event
        if (before == "left_out") == (event == "left_out"):
            state = "left out already" if event == "left_out" else "not left out"
            raise AnswerError(f"{name} is {state}; study quality shows who counts")
        decide(connection, annotator_id=annotator_id, matter=Matter.COUNTING, event=event, reason=reason)
