"""The log of what validators say: append-only, a change or an undo is a new entry."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from annotation.answers import AnswerLog
from annotation.errors import AnswerError
from annotation.store.tables import judgements, validation_items
from annotation.study import Study
from annotation.validation.judgements import (
    FIRST_REASON,
    JUDGEMENTS,
    RULED,
    JudgementEntry,
    JudgementKind,
    NewJudgement,
    Ruling,
    entry_of,
    find_person,
    read_entries,
)


class ValidationLog:
    """What people said of the items of a study's validations; append-only."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def register(self, validator: str, *, simulated: bool = False) -> str:
        """Make a validator known, unless they are; `AnswerLog.register` says what names there are."""
        return AnswerLog(self._study).register(validator, simulated=simulated)

    def save(self, new: NewJudgement) -> JudgementEntry:
        """Append an entry; it is on disk when this returns.

        Raises:
            AnswerError: unknown item or validator, or a part missing.
            StudyError: the study is read-only, busy, full or damaged; nothing was saved.
        """
        _check(new)
        with self._study.writing() as connection:
            person = find_person(connection, new.validator)
            c = validation_items.c
            if connection.execute(select(c.id).where(c.id == new.item_id)).first() is None:
                raise AnswerError(f"item {new.item_id} is not in this study; open the validation again")
            row = JUDGEMENTS.append(connection, new.token, _values(new, person))
            return entry_of(row, new.validator)

    def undo(self, validator: str, validation_id: int) -> JudgementEntry | None:
        """Take back this validator's last entry in a validation; None when there is nothing to take back.

        Without limit, across restarts. What stood before stands again.
        """
        c = judgements.c
        with self._study.writing() as connection:
            person = find_person(connection, validator)
            items = select(validation_items.c.id).where(validation_items.c.validation_id == validation_id)
            row = JUDGEMENTS.undo(connection, c.validator_id == person, c.item_id.in_(items))
        return None if row is None else entry_of(row, validator)

    def since(self, entry_id: int) -> list[JudgementEntry]:
        """Entries of all validators after this id, oldest first; made to be polled."""
        with self._study.reading() as connection:
            return read_entries(connection, judgements.c.id > entry_id)

    def reasons(self) -> tuple[str, ...]:
        """Reasons for errors to choose from: the paper's first, then each that was ever given here."""
        c = judgements.c
        with self._study.reading() as connection:
            given = connection.execute(select(c.reason).where(c.reason.is_not(None)).order_by(c.id)).scalars()
            return tuple(dict.fromkeys((FIRST_REASON, *given)))


def _check(new: NewJudgement) -> None:
    about = f"{new.kind} of item {new.item_id} by {new.validator}"
    if new.kind in RULED and new.verdict is None:
        raise AnswerError(f"{about}: no verdict given; to take one back, undo it")
    if new.verdict is Ruling.WRONG and new.value is None and new.label is None and new.facts is None:
        raise AnswerError(f"{about}: say what is right, or that you cannot tell")
    if new.kind in (JudgementKind.SKIP, JudgementKind.FLAG) and new.set is None:
        raise AnswerError(f"{about}: say whether to set it or to clear it")
    if new.kind is JudgementKind.REASON and not (new.reason or "").strip():
        raise AnswerError(f"{about}: no reason given; to take one back, undo it")


def _values(new: NewJudgement, person: int) -> Mapping[str, Any]:
    return {
        "item_id": new.item_id,
        "validator_id": person,
        "kind": new.kind,
        "verdict": new.verdict,
        "value": new.value,
        "label": new.label,
        "facts": None if new.facts is None else new.facts.as_json(),
        "reason": None if new.reason is None else " ".join(new.reason.split()),
        "note": new.note,
        "set": new.set,
        "seconds": new.seconds,
        "origin": new.origin,
    }
