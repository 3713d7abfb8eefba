"""Erasing a person: what they said goes out of the study's files, dated empty marks stay."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, String, Table, delete, func, literal, select, update

from annotation.people.erased import ErasedNames
from annotation.planning.seats import give_back
from annotation.store.annotators import annotator_id, annotator_names
from annotation.store.chain import EMPTIED
from annotation.store.decisions import Matter, decide, last_decision
from annotation.store.safekeeping import forget_erased
from annotation.store.tables import (
    access_codes,
    adjudications,
    agents,
    answers,
    judgements,
    mentions,
    participation,
)
from annotation.study import Study

_DAY: Final = len("2025-01-01")
_OTHER_WORK: Final = (
    (judgements, "validator_id"),
    (mentions, "coder_id"),
    (adjudications, "adjudicator_id"),
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person did.

    Attributes:
        pseudonym: what they are called from now on.
        answers: how many marks are left, of answers of every kind.
        kept: judgements, mentions and adjudications, which stay under the pseudonym.
        since: when they were erased; the study says it, too.
        known_again: whether imports leave out what they have of them, by a keyed hash of the name. Of
            who answered here only nothing is kept that a name could be tried on.
        before: whether they had been erased before this.
        scrubbed: whether the old bytes are out of the files; else another program had them open.
    """

    pseudonym: str
    answers: int
    kept: int
    since: str
    known_again: bool
    before: bool
    scrubbed: bool


def answers_to_erase(study: Study, annotator: str) -> int | None:
    """How many answers erasing would empty; None where it was done already.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        id_ = annotator_id(connection, annotator)
        if last_decision(connection, id_, Matter.CONSENT).event == "erased":
            return None
        return _count(connection, answers, "annotator_id", id_)


def erase(study: Study, annotator: str) -> Erasure:
    """Take out what somebody said: choices, sides, notes, times, and their name; their seats are open again.

    Of each answer a mark stays: of which pair and kind, on which day, and its place in the chain. Of a name
    under which answers were imported a keyed hash stays, so that no import brings them back. May be called
    again with the pseudonym, to scrub the files once no other program has them open.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.writing() as connection:
        id_ = annotator_id(connection, annotator)
        erased = last_decision(connection, id_, Matter.CONSENT).event == "erased"
        pseudonym = annotator if erased else _pseudonym(connection)
        if pseudonym != annotator:
            mark = _mark(connection, id_, annotator)
            decide(connection, annotator_id=id_, matter=Matter.CONSENT, event="erased", version=mark)
        _empty(connection, id_, pseudonym)
        give_back(connection, id_, taken=True)
        marks = _count(connection, answers, "annotator_id", id_)
        kept = sum(_count(connection, table, person, id_) for table, person in _OTHER_WORK)
        said = last_decision(connection, id_, Matter.CONSENT)
    forget_erased(study.database)
    known_again = said.version is not None
    scrubbed = study.database.scrub()
    return Erasure(pseudonym, marks, kept, said.created or "", known_again, erased, scrubbed)


def _mark(connection: Connection, id_: int, name: str) -> str | None:
    """By which imports know them again; None where nothing of them was imported."""
    imported = (
        select(answers.c.id).where(answers.c.annotator_id == id_, answers.c.origin == "import").limit(1)
    )
    if connection.execute(imported).first() is None:
        return None
    return ErasedNames.of_study(connection).mark(name)


def _pseudonym(connection: Connection) -> str:
    taken = set(annotator_names(connection))
    return next(name for number in range(1, len(taken) + 2) if (name := f"erased {number}") not in taken)


def _empty(connection: Connection, id_: int, pseudonym: str) -> None:
    """All at once, because the table takes no other change than this one."""
    connection.execute(
        update(answers)
        .where(answers.c.annotator_id == id_)
        .values(
            dict.fromkeys(EMPTIED)
            | {
                "token": literal("erased ") + answers.c.id.cast(String),
                "created": func.substr(answers.c.created, 1, _DAY) + "T00:00:00Z",
            }
        )
    )
    connection.execute(update(participation).where(participation.c.annotator_id == id_).values(reason=None))
    connection.execute(delete(access_codes).where(access_codes.c.annotator_id == id_))
    connection.execute(update(agents).where(agents.c.id == id_).values(name=pseudonym))


def _count(connection: Connection, table: Table, person: str, id_: int) -> int:
    counted = select(func.count()).select_from(table).where(table.c[person] == id_)
    number: int = connection.execute(counted).scalar_one()
    return number
