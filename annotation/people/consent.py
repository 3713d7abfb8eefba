"""Consent: what somebody has to accept before the first item, and withdrawing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, and_, select

from annotation.answers import Origin
from annotation.errors import AnswerError
from annotation.planning.design import PlanDesign
from annotation.planning.seats import give_back, standing_plan
from annotation.store.annotators import annotator_id
from annotation.store.decisions import Matter, decide, last_decision
from annotation.store.tables import answers, plans
from annotation.study import Study


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
        last = last_decision(connection, annotator_id(connection, annotator), Matter.CONSENT)
    text, warning = ("", "") if plan is None else (plan.design.consent, plan.design.warning)
    consent = Consent(text, warning, again=last.event in ("withdrawn", "erased"))
    if not (consent.text or consent.warning or consent.again):
        return None
    return None if (last.event, last.version) == ("accepted", consent.version) else consent


def asks_consent(connection: Connection) -> bool:
    """Whether the plan that stands has words to be accepted."""
    plan = standing_plan(connection)
    return plan is not None and bool(plan.design.consent or plan.design.warning)


@dataclass(frozen=True, slots=True)
class Coming:
    """How somebody comes to a plan.

    Attributes:
        new: they have answered nothing of the study yet, here.
        untold: they have answered nothing since what people are told to do was last changed.
    """

    new: bool
    untold: bool


def how_they_come(study: Study, annotator: str) -> Coming:
    """Whether somebody begins with the plan that stands, or with its words; neither where none stands.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        own = answers.c.annotator_id == annotator_id(connection, annotator)
        here = and_(answers.c.choice.is_not(None), answers.c.origin != Origin.IMPORT)
        last = connection.execute(
            select(answers.c.created).where(own, here).order_by(answers.c.id.desc()).limit(1)
        ).scalar_one_or_none()
        standing = standing_plan(connection)
        if standing is None:
            return Coming(new=False, untold=False)
        if last is None:
            return Coming(new=True, untold=True)
        told = {_told(design) for design in _designs_at(connection, last)}
    return Coming(new=False, untold=told != {_told(standing.design)})


def _designs_at(connection: Connection, moment: str) -> Iterator[PlanDesign]:
    """The design that stood then; also those of plans made in that second, before or after nobody knows."""
    rows = connection.execute(
        select(plans.c.created, plans.c.design).where(plans.c.created <= moment).order_by(plans.c.id.desc())
    )
    for created, design in rows:
        yield PlanDesign.model_validate(design)
        if created < moment:
            return


def _told(design: PlanDesign) -> tuple[str, bool]:
    return design.instructions, design.ties


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
    if last_decision(connection, id_, Matter.CONSENT).event is None:
        _append(connection, id_, "accepted", version=version, created=when)


def withdraw(study: Study, annotator: str, reason: str | None = None) -> None:
    """Take somebody's answers out of every result from now on; their seats are open to others.

    Raises:
        AnswerError: the annotator is not registered, or was erased.
    """
    with study.writing() as connection:
        id_ = annotator_id(connection, annotator)
        said = last_decision(connection, id_, Matter.CONSENT)
        if said.event == "erased":
            day = (said.created or "")[:10]
            raise AnswerError(f"{annotator} was erased on {day}: nothing is left to withdraw")
        _append(connection, id_, "withdrawn", reason=reason)
        give_back(connection, id_, taken=True)


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
        matter=Matter.CONSENT,
        event=event,
        version=version,
        reason=reason,
        created=created,
    )
