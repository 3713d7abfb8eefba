"""Whether people take part, and whether their answers count: a log, the last word of each matter stands."""

from sqlalchemy import Connection, select

from annotation.errors import AnswerError
from annotation.store.decisions import decide
from annotation.store.tables import agents, participation
from annotation.study import Study
from profile_engine.preferences import AgentKind


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
        annotator_id = _annotator_id(connection, name)
        if (_standing(connection, annotator_id) == "left_out") == (event == "left_out"):
            state = "left out already" if event == "left_out" else "not left out"
            raise AnswerError(f"{name} is {state}; study quality shows who counts")
        decide(connection, annotator_id=annotator_id, matter="counting", event=event, reason=reason)


def _annotator_id(connection: Connection, name: str) -> int:
    found = connection.execute(
        select(agents.c.id).where(agents.c.name == name, agents.c.kind == AgentKind.ANNOTATOR)
    ).scalar_one_or_none()
    if found is None:
        raise AnswerError(f"{name!r} is no annotator of this study; study quality lists them")
    return int(found)


def _standing(connection: Connection, annotator_id: int) -> str | None:
    return connection.execute(
        select(participation.c.event)
        .where(participation.c.annotator_id == annotator_id, participation.c.matter == "counting")
        .order_by(participation.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
