"""The log of what validators say: append-only, a change or an undo is a new entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Row, select

from annotation.answers import AnswerLog
from annotation.errors import AnswerError
from annotation.store.entries import EntryTable
from annotation.store.tables import agents, judgements, validation_items
from annotation.study import Study
from annotation.validation.facts import FactMarks
from profile_engine.preferences import AgentKind

FIRST_REASON: Final = "content inaccurate, the factor is fine"
"""Why most extractions erred in PROFILE Appendix D.3; stands first in every study's list."""

JUDGEMENTS: Final = EntryTable(
    judgements,
    "item_id",
    "validator_id",
    ("verdict", "value", "label", "facts", "reason", "note", "set", "seconds"),
)
"""The log's table."""


class JudgementKind(StrEnum):
    """What an entry is about.

    BLIND is the answer before the extracted value was seen, JUDGEMENT the one that counts, ADJUDICATION
    the last word where validators differ, REASON why the extraction erred.
    """

    BLIND = "blind"
    JUDGEMENT = "judgement"
    ADJUDICATION = "adjudication"
    REASON = "reason"
    NOTE = "note"
    SKIP = "skip"
    FLAG = "flag"


class Ruling(StrEnum):
    """What a validator says of an extracted value."""

    CORRECT = "correct"
    WRONG = "wrong"
    CANNOT_TELL = "cannot_tell"


_RULED: Final = (JudgementKind.BLIND, JudgementKind.JUDGEMENT, JudgementKind.ADJUDICATION)


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """An entry on its way into the log; `ValidationItem.answered` makes one of a right value.

    Attributes:
        verdict: of blind answers, judgements and adjudications; of a blind answer it is not shown.
        value: the right value; with CORRECT the extracted one.
        label: its class, where it has one; of single facts `yes` or `no`.
        facts: what is said of single facts.
        set: on or off, for skips and flags.
        seconds: spent on the item since the entry before, without idle time.
        token: the same token twice is the same entry and stored once.
    """

    item_id: int
    validator: str
    kind: JudgementKind = JudgementKind.JUDGEMENT
    verdict: Ruling | None = None
    value: float | None = None
    label: str | None = None
    facts: FactMarks | None = None
    reason: str | None = None
    note: str | None = None
    set: bool | None = None
    seconds: float | None = None
    origin: str = "terminal"
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class JudgementEntry:
    """An entry of the log; `verdict` None with a ruled kind: withdrawn."""

    id: int
    item_id: int
    validator: str
    kind: JudgementKind
    verdict: Ruling | None
    value: float | None
    label: str | None
    facts: FactMarks | None
    reason: str | None
    note: str | None
    set: bool | None
    seconds: float | None
    undoes: int | None
    origin: str
    created: str


class ValidationLog:
    """What people said of the items of a study's validations; append-only."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def register(self, validator: str, *, simulated: bool = False) -> None:
        """Make a validator known, unless they are; raises AnswerError for an empty name."""
        AnswerLog(self._study).register(validator, simulated=simulated)

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
            return _entry(row, new.validator)

    def undo(self, validator: str, validation_id: int) -> JudgementEntry | None:
        """Take back this validator's last entry in a validation; None when there is nothing to take back.

        Without limit, across restarts. What stood before stands again.
        """
        c = judgements.c
        with self._study.writing() as connection:
            person = find_person(connection, validator)
            items = select(validation_items.c.id).where(validation_items.c.validation_id == validation_id)
            row = JUDGEMENTS.undo(connection, c.validator_id == person, c.item_id.in_(items))
        return None if row is None else _entry(row, validator)

    def since(self, entry_id: int) -> list[JudgementEntry]:
        """Entries of all validators after this id, oldest first; made to be polled."""
        with self._study.reading() as connection:
            return read_entries(connection, judgements.c.id > entry_id)

    def last_id(self) -> int:
        """The id of the newest entry; 0 for an empty log."""
        with self._study.reading() as connection:
            return last_judgement(connection)

    def reasons(self) -> tuple[str, ...]:
        """Reasons for errors to choose from: the paper's first, then each that was ever given here."""
        c = judgements.c
        with self._study.reading() as connection:
            given = connection.execute(select(c.reason).where(c.reason.is_not(None)).order_by(c.id)).scalars()
            return tuple(dict.fromkeys((FIRST_REASON, *given)))


def read_entries(connection: Connection, *which: Any) -> list[JudgementEntry]:
    """Entries that meet all conditions, oldest first."""
    found = (
        select(judgements, agents.c.name)
        .join(agents, agents.c.id == judgements.c.validator_id)
        .where(*which)
        .order_by(judgements.c.id)
    )
    return [_entry(row, row.name) for row in connection.execute(found)]


def last_judgement(connection: Connection) -> int:
    """The id of the newest entry; 0 for an empty log."""
    newest = connection.execute(select(judgements.c.id).order_by(judgements.c.id.desc()).limit(1)).scalar()
    return newest or 0


def find_person(connection: Connection, name: str) -> int:
    """The id of a registered person; raises AnswerError."""
    named = select(agents.c.id).where(agents.c.kind == AgentKind.ANNOTATOR, agents.c.name == name)
    found: int | None = connection.execute(named).scalar_one_or_none()
    if found is None:
        raise AnswerError(f"{name} is not known in this study; register them first")
    return found


def _check(new: NewJudgement) -> None:
    about = f"{new.kind} of item {new.item_id} by {new.validator}"
    if new.kind in _RULED and new.verdict is None:
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


def _entry(row: Row[Any], validator: str) -> JudgementEntry:
    return JudgementEntry(
        id=row.id,
        item_id=row.item_id,
        validator=validator,
        kind=JudgementKind(row.kind),
        verdict=Ruling(row.verdict) if row.verdict else None,
        value=row.value,
        label=row.label,
        facts=FactMarks.from_json(row.facts),
        reason=row.reason,
        note=row.note,
        set=row.set,
        seconds=row.seconds,
        undoes=row.undoes,
        origin=row.origin,
        created=row.created,
    )
