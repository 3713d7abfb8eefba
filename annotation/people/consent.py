"""Consent: what somebody has to accept before the first item, and withdrawing it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select

from annotation.planning.seats import give_back, standing_plan
from annotation.store.annotators import annotator_id
from annotation.store.decisions import decide
from annotation.store.tables import answers, participation
from annotation.study import Study

_MATTER: Final = "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What is asked of somebody.

    Attributes:
        text: of the study's own; empty: there is a warning only.
        warning: of content.
        again: whether they had withdrawn before.
    """

    text: str
    warning: str
    again: bool = False

    @property
    def version(self) -> str:
        """Which words were accepted: the SHA-256 of text and warning."""
        return sha256(f"{self.text}\n\n{self.warning}".encode()).hexdigest()


def consent_to_ask(study: Study, annotator: str) -> Consent | None:
    """What this person still has to accept; None when they have, or nothing is asked in this study.

    Words that were changed since have to be accepted anew, and so has taking part again by whoever withdrew.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        plan = standing_plan(connection)
        last = _last(connection, annotator_id(connection, annotator))
    event, version = last if last is not None else (None, None)
    text, warning = ("", "") if plan is None else (plan.design.consent, plan.design.warning)
    consent = Consent(text, warning, again=event in ("withdrawn", "erased"))
    if not (consent.text or consent.warning or consent.again):
        return None
    return None if event == "accepted" and version == consent.version else consent


def is_new(study: Study, annotator: str) -> bool:
    """Whether somebody begins with a plan: they have answered nothing of the study yet.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        own = answers.c.annotator_id == annotator_id(connection, annotator)
        said = select(answers.c.id).where(own, answers.c.choice.is_not(None)).limit(1)
        return standing_plan(connection) is not None and connection.execute(said).first() is None


def accept_consent(study: Study, annotator: str, consent: Consent) -> None:
    """Note that these words were accepted now.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.writing() as connection:
        _append(connection, annotator_id(connection, annotator), "accepted", version=consent.version)


def note_consent(connection: Connection, annotator: str, version: str, when: str | None) -> None:
    """Note consent that was given elsewhere, unless there is a word of this person's already.

    Args:
        connection: a transaction that may write.
        annotator: a registered one.
        version: of the words, as `Consent.version` has it.
        when: None: now.
    """
    id_ = annotator_id(connection, annotator)
    if _last(connection, id_) is None:
        _append(connection, id_, "accepted", version=version, created=when)


def withdraw(study: Study, annotator: str, reason: str | None = None) -> None:
    """Take somebody's answers out of every result from now on; their seats are open to others.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.writing() as connection:
        id_ = annotator_id(connection, annotator)
        _append(connection, id_, "withdrawn", reason=reason)
        give_back(connection, id_, taken=True)


def _last(connection: Connection, id_: int) -> tuple[str, str | None] | None:
    row = connection.execute(
        select(participation.c.event, participation.c.version)
        .where(participation.c.annotator_id == id_, participation.c.matter == _MATTER)
        .order_by(participation.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.event, row.version)


def _append(
    connection: Connection,
    id_: int,
    event: str,
    *,
    version: str | None = None,
    reason: str | None = None,
    created: str | None = None,
) -> None:
    decide(
        connection,
        annotator_id=id_,
        matter=_MATTER,
        event=event,
        version=version,
        reason=reason,
        created=created,
    )
