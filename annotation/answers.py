"""The log of what people said: append-only, a change or an undo is a new entry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    exists,
    func,
    select,
    true,
)

from annotation.errors import AnswerError, PlanReplacedError, WithdrawnError
from annotation.planning.plan import is_left_behind
from annotation.planning.seats import (
    OCCUPIED,
    PLANNED_ITEM,
    TAKING_AND_HOLDING,
    TAKING_AND_HOLDING_VALUES,
    Clock,
    hold_seats,
    planned_item,
    reopen_seat,
    seat_import,
    seat_label,
    skip_seat,
    standing_plan_id,
    utc_now,
)
from annotation.store.annotators import add_annotator, called, find_annotator, is_annotator, not_registered
from annotation.store.answer_entries import ANSWERS
from annotation.store.chain import Head, without_head
from annotation.store.contents import digest, keys_of_pairs
from annotation.store.standing import answer_stands, people_withdrawn
from annotation.store.tables import agents, answer_log, answers, pairs, participation, seats
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference, annotator_fault


class AnswerKind(StrEnum):
    """What an entry is about.

    Only a LABEL counts. GOLD, TRAINING and REPEAT are choices on a plan's items with a known answer, of the
    training round, and on pairs that the same person is shown a second time.
    """

    LABEL = "label"
    GOLD = "gold"
    TRAINING = "training"
    REPEAT = "repeat"
    SKIP = "skip"
    FLAG = "flag"
    NOTE = "note"


class Origin(StrEnum):
    """Where an entry came from; what came with data is not taken back by an undo."""

    TERMINAL = "terminal"
    BROWSER = "browser"
    IMPORT = "import"


CHOICES: Final = (AnswerKind.LABEL, AnswerKind.GOLD, AnswerKind.TRAINING, AnswerKind.REPEAT)
"""The kinds that say which response is better."""

_BY_PLAN: Final = (*CHOICES, AnswerKind.SKIP)
"""The kinds that move somebody on along a plan."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer on its way into the log.

    Attributes:
        shown_first: the canonical side that stood first (LEFT or RIGHT); None where we did not show it.
        choice: canonical, for labels and the other kinds of choices.
        set: on or off, for skips and flags.
        plan: id of the one by which the pair was shown, 0 where none stood; where another stands by now, only
            flags and notes are taken. None: it was not shown by us.
        token: the same token twice is the same answer and stored once.
    """

    pair_id: int
    annotator: str
    kind: AnswerKind = AnswerKind.LABEL
    choice: Preference | None = None
    shown_first: Preference | None = None
    sure: bool | None = None
    set: bool | None = None
    note: str | None = None
    seconds: float | None = None
    plan: int | None = None
    origin: Origin = Origin.TERMINAL
    token: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry of the log.

    Attributes:
        spent: where it has just been taken back by `AnswerLog.undo`, the seconds of what was taken back.
    """

    id: int
    pair_id: int
    annotator: str
    kind: AnswerKind
    choice: Preference | None
    shown_first: Preference | None
    shown_choice: Preference | None
    sure: bool | None
    set: bool | None
    note: str | None
    seconds: float | None
    undoes: int | None
    origin: Origin
    created: str
    spent: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for one annotator: the last entry of each kind for each pair."""

    labels: dict[int, Preference]
    skipped: set[int]
    flagged: set[int]
    notes: dict[int, str]


class AnswerLog:
    """People's answers of one study; append-only.

    In a study with a plan the seats follow: a label takes one, an undo leaves it held, a skip gives it back.

    Args:
        study: an open one.
        clock: by which seats are given back.
    """

    def __init__(self, study: Study, clock: Clock = utc_now) -> None:
        self._study = study
        self._clock = clock

    def register(self, annotator: str, *, simulated: bool = False) -> str:
        """Make an annotator known, unless they are already.

        Returns:
            The name that they go by: without space around it, where it had any.

        Raises:
            AnswerError: an impossible name, or one that people would take for that of somebody else.
        """
        if fault := annotator_fault(annotator):
            raise AnswerError(f"{fault}; give one, for example --annotator anna")
        with self._study.reading() as connection:
            name = called(connection, annotator)
            if find_annotator(connection, name) is not None:
                return name
        with self._study.writing() as connection:
            name = called(connection, annotator)
            if find_annotator(connection, name) is None:  # unless another process was faster
                add_annotator(connection, name, simulated=simulated)
        return name

    def save(self, answer: NewAnswer) -> Answer:
        """Append an answer; it is on disk when this returns.

        Raises:
            AnswerError: unknown pair or annotator, a tie where ties are forbidden, a part missing, or a pair
                that others have meanwhile; a PlanReplacedError where another plan stands by now, a
                WithdrawnError for somebody who has withdrawn.
            StudyError: the study is read-only, busy, full or damaged; nothing was saved.
        """
        self._check(answer)
        with self._study.writing() as connection:
            return _answer(self._append(connection, answer), answer.annotator)

    def undo(self, annotator: str) -> Answer | None:
        """Take back this annotator's last entry that still stands; None when there is nothing to take back.

        Without limit, across restarts. What stood before stands again. Imported labels are not taken back.

        Raises:
            WithdrawnError: somebody has withdrawn: what they said is kept as it is.
            AnswerError: that entry is from before the plan that stands, which does not have its pair.
        """
        with self._study.writing() as connection:
            if has_withdrawn(connection, annotator):
                raise WithdrawnError(annotator)
            last = ANSWERS.undoable(connection, *_undoable(annotator))
            if last is not None and is_left_behind(connection, last.pair_id, last.created):
                raise AnswerError(
                    f"pair {last.pair_id} is from before this plan, which does not have it: that stays"
                )
            row = ANSWERS.undo(connection, *_undoable(annotator))
            if row is not None and row.kind == AnswerKind.LABEL and row.choice is None:
                reopen_seat(connection, row.annotator_id, row.pair_id, self._clock())
        if row is None or last is None:
            return None
        return replace(_answer(row, annotator), spent=last.seconds)

    def since(self, answer_id: int) -> list[Answer]:
        """Entries of all annotators after this id, oldest first; made to be polled twice a second.

        None is ever missed: one transaction writes at a time, so ids become visible in their order.
        """
        entries = select(answers, agents.c.name).join(agents).where(answers.c.id > answer_id)
        with self._study.reading() as connection:
            rows = connection.execute(entries.order_by(answers.c.id)).all()
        return [_answer(row, row.name) for row in rows]

    def last(self) -> int:
        """Id of the newest entry; 0 in an empty log."""
        with self._study.reading() as connection:
            return connection.execute(select(func.max(answers.c.id))).scalar_one() or 0

    def standing(self, annotator: str) -> Standing:
        """How things stand for one annotator."""
        said = (
            select(answers.c.kind, answers.c.pair_id, answers.c.choice, answers.c.set, answers.c.note)
            .join(agents)
            .where(is_annotator(annotator), answer_stands())
            .order_by(answers.c.id)
        )
        standing = Standing({}, set(), set(), {})
        with self._study.reading() as connection:
            for kind, pair_id, choice, is_set, note in connection.execute(said):
                if kind == AnswerKind.LABEL and choice is not None:
                    standing.labels[pair_id] = Preference(choice)
                elif kind == AnswerKind.SKIP and is_set:
                    standing.skipped.add(pair_id)
                elif kind == AnswerKind.FLAG and is_set:
                    standing.flagged.add(pair_id)
                elif kind == AnswerKind.NOTE and note:
                    standing.notes[pair_id] = note
        return standing

    def _check(self, answer: NewAnswer) -> None:
        about = f"{answer.kind} of pair {answer.pair_id} by {answer.annotator}"
        if answer.kind in CHOICES and answer.choice is None:
            raise AnswerError(f"{about}: no choice given; to take a label back, undo it")
        if answer.kind in (AnswerKind.SKIP, AnswerKind.FLAG) and answer.set is None:
            raise AnswerError(f"{about}: say whether to set it or to clear it")
        if answer.shown_first is Preference.TIE:
            raise AnswerError(f"{about}: a tie cannot be shown first; give the side that was, left or right")
        if answer.choice is Preference.TIE and not self._study.settings.allow_ties:
            raise AnswerError(f"{about}: this study has no ties; choose a side, or skip the pair")

    def _append(self, connection: Connection, answer: NewAnswer) -> Row[Any]:
        rows = connection.execute(
            _FOR_ONE, {"token": answer.token, "name": answer.annotator, "pair": answer.pair_id}
        ).all()
        if len(rows) != 1:
            raise without_head(len(rows))
        [found] = rows
        if found.is_known:
            return connection.execute(select(answers).where(answers.c.token == answer.token)).one()
        person = found.person
        if person is None:
            raise not_registered(answer.annotator)
        if answer.origin is not Origin.IMPORT and found.has_withdrawn:
            raise WithdrawnError(answer.annotator)
        if found.key is None:
            raise AnswerError(f"pair {answer.pair_id} is not in this study; reload it")
        if answer.kind in _BY_PLAN and answer.plan not in (None, found.standing_plan):
            raise PlanReplacedError
        seated = self._seat(connection, answer, found)
        shown_choice = None
        if answer.choice is not None and answer.shown_first is not None:
            shown_choice = answer.choice * answer.shown_first
        return ANSWERS.insert_after(
            Head(found.root, found.entries, found.link),
            connection,
            answer.annotator,
            {
                "token": answer.token,
                "pair_id": answer.pair_id,
                "annotator_id": person,
                "kind": answer.kind,
                "choice": answer.choice,
                "shown_first": answer.shown_first,
                "shown_choice": shown_choice,
                "sure": answer.sure,
                "set": answer.set,
                "note": answer.note,
                "seconds": answer.seconds,
                "origin": answer.origin,
                "about": digest(found),
            },
            (TAKING_AND_HOLDING,) if seated else (),
            seated,
        )

    def _seat(self, connection: Connection, answer: NewAnswer, found: Row[Any]) -> Mapping[str, object]:
        """Have the seats follow; what `TAKING_AND_HOLDING` is still to be executed with, if anything."""
        person = found.person
        if answer.origin is Origin.IMPORT:
            if answer.kind is AnswerKind.LABEL:
                seat_import(connection, person, answer.pair_id)
        elif answer.kind is AnswerKind.LABEL:
            planned = planned_item(found, answer.pair_id, has_seat=found.has_seat)
            if planned is not None:
                return seat_label(connection, planned, person, answer.shown_first, self._clock())
        elif answer.kind is AnswerKind.SKIP and answer.set:
            skip_seat(connection, person, answer.pair_id)
        elif answer.kind in CHOICES:
            hold_seats(connection, person, self._clock())
        return {}


_PERSON: Final = (
    select(agents.c.id)
    .where(agents.c.name == bindparam("name"), agents.c.kind == AgentKind.ANNOTATOR)
    .scalar_subquery()
)
_HAS_WITHDRAWN: Final = people_withdrawn().where(participation.c.annotator_id == _PERSON).exists()
_WITHDRAWN: Final = select(_HAS_WITHDRAWN)
_ITEM: Final = PLANNED_ITEM.subquery()
_PAIR: Final = keys_of_pairs().where(pairs.c.id == bindparam("pair")).subquery()
_FOR_ONE: Final = select(
    _PERSON.label("person"),
    exists().where(answers.c.token == bindparam("token")).label("is_known"),
    _HAS_WITHDRAWN.label("has_withdrawn"),
    standing_plan_id().label("standing_plan"),
    exists()
    .where(seats.c.item_id == _ITEM.c.item_id, seats.c.annotator_id == _PERSON, OCCUPIED)
    .label("has_seat"),
    answer_log.c.root,
    answer_log.c.entries,
    answer_log.c.link,
    *_PAIR.c,
    *_ITEM.c,
).select_from(answer_log.outerjoin(_PAIR, true()).outerjoin(_ITEM, true()))
"""All there is to know before an answer is stored, asked at once: everybody waits for who writes."""


def rehearse(connection: Connection) -> None:
    """Have ready what stores a label: the first would take ten times as long, and everybody wait for it."""
    connection.execute(_FOR_ONE, {"token": "", "name": "", "pair": 0}).all()
    ANSWERS.make_ready(connection, (TAKING_AND_HOLDING,), TAKING_AND_HOLDING_VALUES)


def has_withdrawn(connection: Connection, annotator: str) -> bool:
    """Whether somebody takes part no more; nobody by that name has not."""
    return connection.execute(_WITHDRAWN, {"name": annotator}).scalar_one()


def _undoable(annotator: str) -> Iterator[ColumnElement[bool]]:
    """Conditions: an entry of this annotator that did not come with data, and that no import has replaced."""
    later = answers.alias()
    yield answers.c.annotator_id == select(agents.c.id).where(is_annotator(annotator)).scalar_subquery()
    yield answers.c.origin != Origin.IMPORT
    yield ~exists().where(
        later.c.annotator_id == answers.c.annotator_id,
        later.c.kind == answers.c.kind,
        later.c.pair_id == answers.c.pair_id,
        later.c.id > answers.c.id,
        later.c.origin == Origin.IMPORT,
    )


def _answer(row: Row[Any], annotator: str) -> Answer:
    return Answer(
        id=row.id,
        pair_id=row.pair_id,
        annotator=annotator,
        kind=AnswerKind(row.kind),
        choice=_preference(row.choice),
        shown_first=_preference(row.shown_first),
        shown_choice=_preference(row.shown_choice),
        sure=row.sure,
        set=row.set,
        note=row.note,
        seconds=row.seconds,
        undoes=row.undoes,
        origin=Origin(row.origin),
        created=row.created,
    )


def _preference(sign: int | None) -> Preference | None:
    return None if sign is None else Preference(sign)
