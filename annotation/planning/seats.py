"""Seats: who labels which pair of a plan, never more people than planned, nobody twice.

A pair has as many seats as its plan wants labels. A seat is held when its pair is handed out, taken once it
is labelled, and open again when it is given back: by leaving, by skipping, or when its time is over and
somebody else can use it. A label without a seat (imported, or from before the plan) counts as one. All this
runs inside transactions of `Study.writing()`, so that what was looked at still holds when a seat is had.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    ScalarSelect,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)

from annotation.errors import AnswerError, PlanReplacedError
from annotation.planning.design import PlanDesign
from annotation.planning.plan import Role
from annotation.sides import first_side
from annotation.store.dialects import make_ready
from annotation.store.standing import answer_stands, label_stands, people_out
from annotation.store.tables import answers, participation, plan_items, plans, seats
from profile_engine.preferences import Preference

Clock = Callable[[], datetime]


class SeatState(StrEnum):
    """What has become of a seat."""

    HELD = "held"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"


def standing_plan_id() -> ScalarSelect[int]:
    """The id of the newest plan, 0 where nothing is planned."""
    return select(func.coalesce(func.max(plans.c.id), 0)).scalar_subquery()


# Written out, because SQLite uses an index on some rows only where it sees that the query wants no others.
OCCUPIED: Final = seats.c.state != literal_column(f"'{SeatState.GIVEN_BACK}'")


# Written down once: each label asks these, and everybody waits for who writes.
PLANNED_ITEM: Final = (
    select(plan_items.c.id.label("item_id"), plan_items.c.position, plan_items.c.plan_id, plans.c.design)
    .join(plans)
    .where(plan_items.c.plan_id == select(func.max(plans.c.id)).scalar_subquery())
    .where(plan_items.c.pair_id == bindparam("pair"), plan_items.c.role == Role.WORK)
)
"""The item of a pair in the plan that stands; `planned_item` reads its row."""

_OWN: Final = seats.c.annotator_id == bindparam("own")
_UNTIL: Final = bindparam("until_then", type_=seats.c.until.type)
_TAKING: Final = (
    update(seats)
    .where(seats.c.item_id == bindparam("item"), _OWN, OCCUPIED)
    .values(state=SeatState.TAKEN, until=None)
)
_HOLDING: Final = (
    update(seats)
    .where(_OWN, seats.c.state == SeatState.HELD, seats.c.until < bindparam("due"))
    .values(until=_UNTIL)
)
TAKING_AND_HOLDING: Final = (
    update(seats)
    .where(_OWN, seats.c.state == SeatState.HELD)
    .where(or_(seats.c.item_id == bindparam("item"), seats.c.until < bindparam("due")))
    .values(
        state=case((seats.c.item_id == bindparam("item"), SeatState.TAKEN), else_=SeatState.HELD),
        until=case((seats.c.item_id == bindparam("item"), null()), else_=_UNTIL),
    )
)
"""A label takes its person's seat, and their others are kept; with the values of `seat_label`."""

TAKING_AND_HOLDING_VALUES: Final = ("own", "due", "until_then", "item")

_TAKEN_ABOUT: Final = select(
    standing_plan_id().label("plan_id"),
    people_out().where(participation.c.annotator_id == bindparam("own")).exists().label("is_out"),
    exists().where(_OWN, seats.c.state == SeatState.HELD, seats.c.until < bindparam("due")).label("is_due"),
)
_SEATED: Final = select(
    seats.c.id,
    seats.c.item_id,
    seats.c.annotator_id,
    seats.c.number,
    seats.c.state,
    seats.c.shown_first,
    seats.c.until,
    seats.c.annotator_id.in_(people_out()).label("is_out"),
).where(seats.c.item_id.in_(bindparam("items", expanding=True)), OCCUPIED)
_LABELLED: Final = select(answers.c.pair_id, answers.c.annotator_id, answers.c.choice).where(
    answers.c.pair_id.in_(bindparam("pairs", expanding=True)), label_stands()
)
_SEATING: Final = insert(seats).returning(seats.c.id)  # else the driver would insert one row after the other
_SPARE: Final = 1.05
"""Of a seat's time, so that not every label has to write anew how long all seats of its person are held."""


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """The plan that stands, without its items."""

    id: int
    design: PlanDesign


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A pair of the plan that is to be labelled."""

    id: int
    position: int
    pair_id: int


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item of the plan that stands, and whether somebody has a seat there, held or taken."""

    plan: StandingPlan
    item: WorkItem
    has_seat: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that somebody has now."""

    pair_id: int
    shown_first: Preference


@dataclass(slots=True)
class _Room:
    """Who sits at one pair.

    Attributes:
        seats: their numbers by annotator.
        sides: what is shown first by annotator, as long as they hold their seat.
        labels: the choices that stand by annotator, with or without a seat.
    """

    seats: dict[int, int] = field(default_factory=dict)
    sides: dict[int, Preference] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)

    def number_for(self, annotator_id: int, design: PlanDesign) -> int | None:
        """The lowest free number; None where there is nothing for this person."""
        people = self.seats.keys() | self.labels.keys()
        if annotator_id in people or len(people) >= design.annotators_per_pair:
            return None
        if design.stop_when_decided and is_decided(self.labels.values(), design.annotators_per_pair):
            return None
        numbers = set(self.seats.values())
        return next(number for number in range(design.annotators_per_pair) if number not in numbers)


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def moment(at: datetime) -> str:
    """A time as the columns have it, so that later is greater."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_decided(choices: Iterable[int], annotators_per_pair: int) -> bool:
    """Whether more than half of all the labels planned agree, whatever the others would say."""
    said = list(choices)
    return any(2 * said.count(choice) > annotators_per_pair for choice in set(said))


def standing_plan(connection: Connection) -> StandingPlan | None:
    """The newest plan; None where nothing is planned."""
    row = connection.execute(select(plans.c.id, plans.c.design).order_by(plans.c.id.desc()).limit(1)).first()
    return None if row is None else StandingPlan(row.id, PlanDesign.model_validate(row.design))


def take_seats(
    connection: Connection,
    plan: StandingPlan,
    annotator_id: int,
    items: Sequence[WorkItem],
    now: datetime,
) -> list[Seat]:
    """Hold a seat of each of these pairs, where there is one left and this person has not labelled the pair.

    Sides are opposite on consecutive seats of a pair and drawn anew for every two pairs of the plan.

    Returns:
        What they hold of these pairs now, also what they held before; nothing for somebody who takes part no
        more or was left out.

    Raises:
        PlanReplacedError: another plan stands by now.
    """
    renewal = _renewal(plan, annotator_id, now)
    known = connection.execute(_TAKEN_ABOUT, renewal).one()
    if known.is_out:
        return []
    if known.plan_id != plan.id:
        raise PlanReplacedError
    if known.is_due:
        connection.execute(_HOLDING, renewal)
    rooms = _rooms(connection, items, annotator_id, now)
    held = [(item, rooms[item.id].sides.get(annotator_id)) for item in items]
    taken = [Seat(item.pair_id, side) for item, side in held if side is not None]
    had = []
    for item in items:
        number = rooms[item.id].number_for(annotator_id, plan.design)
        if number is not None:
            shown_first = first_side(plan.design.seed, item.position, number)
            had.append(_seat_of(item, annotator_id, number, shown_first, renewal["until_then"]))
            taken.append(Seat(item.pair_id, shown_first))
    if had:
        connection.execute(_SEATING, had)
    return taken


def rehearse_seats(connection: Connection) -> None:
    """Have ready what holds seats, as `annotation.answers.rehearse` what stores a label."""
    connection.execute(_TAKEN_ABOUT, {"own": 0, "due": "", "until_then": ""}).all()
    connection.execute(_SEATED, {"items": []}).all()
    connection.execute(_LABELLED, {"pairs": []}).all()
    seat = dict.fromkeys(column.name for column in seats.c if column is not seats.c.id)
    make_ready(connection, _SEATING, [seat, seat])


def planned_item(row: Row[*tuple[Any, ...]], pair_id: int, *, has_seat: bool = False) -> PlannedItem | None:
    """What a row of `PLANNED_ITEM` says; None where the pair is not one to be labelled."""
    if row.item_id is None:
        return None
    plan = StandingPlan(row.plan_id, PlanDesign.model_validate(row.design))
    return PlannedItem(plan, WorkItem(row.item_id, row.position, pair_id), has_seat)


def seat_label(
    connection: Connection,
    planned: PlannedItem,
    annotator_id: int,
    shown_first: Preference | None,
    now: datetime,
) -> dict[str, object]:
    """Follow a label that is about to be stored: its seat is taken, and this person's others are kept.

    A seat whose time was over is taken all the same as long as it is free.

    Returns:
        What `TAKING_AND_HOLDING` is to be executed with.

    Raises:
        AnswerError: others have all seats of the pair; nothing may be written.
    """
    plan, item = planned.plan, planned.item
    followed = {**_renewal(plan, annotator_id, now), "item": item.id}
    if planned.has_seat or _said(connection, annotator_id, item.pair_id):
        return followed
    number = _rooms(connection, [item], annotator_id, now)[item.id].number_for(annotator_id, plan.design)
    if number is None:
        raise AnswerError(
            f"pair {item.pair_id} is with others now: what is not answered within "
            f"{plan.design.hold_minutes:g} minutes is given back; go on with another"
        )
    first = shown_first or first_side(plan.design.seed, item.position, number)
    connection.execute(_SEATING, _seat_of(item, annotator_id, number, first, None))
    return followed


def seat_import(connection: Connection, annotator_id: int, pair_id: int) -> None:
    """Follow a label that was imported: it needs no seat, but takes the one its person holds."""
    found = _planned(connection, pair_id)
    if found is not None:
        _take_own(connection, found.item, annotator_id)


def reopen_seat(connection: Connection, annotator_id: int, pair_id: int, now: datetime) -> None:
    """Follow a label that was taken back: its seat is held again."""
    found = _planned(connection, pair_id)
    if found is not None:
        own = and_(seats.c.item_id == found.item.id, seats.c.annotator_id == annotator_id)
        connection.execute(
            update(seats)
            .where(own, seats.c.state == SeatState.TAKEN)
            .values(state=SeatState.HELD, until=_until(found.plan, now))
        )


def skip_seat(connection: Connection, annotator_id: int, pair_id: int) -> None:
    """Follow a skip: others may have the pair meanwhile."""
    found = _planned(connection, pair_id)
    if found is not None:
        give_back(connection, annotator_id, item_id=found.item.id)


def give_back(
    connection: Connection, annotator_id: int, *, item_id: int | None = None, taken: bool = False
) -> int:
    """Give back the seats a person holds (of one item), and what they have labelled where `taken`.

    Returns:
        How many.
    """
    states = [SeatState.HELD, SeatState.TAKEN] if taken else [SeatState.HELD]
    own = [seats.c.annotator_id == annotator_id, seats.c.state.in_(states)]
    if item_id is not None:
        own.append(seats.c.item_id == item_id)
    return connection.execute(
        update(seats).where(*own).values(state=SeatState.GIVEN_BACK, until=None)
    ).rowcount


def hold_seats(connection: Connection, annotator_id: int, now: datetime) -> None:
    """Who is at work keeps what they hold."""
    plan = standing_plan(connection)
    if plan is not None:
        _hold(connection, plan, annotator_id, now)


def _hold(connection: Connection, plan: StandingPlan, annotator_id: int, now: datetime) -> None:
    connection.execute(_HOLDING, _renewal(plan, annotator_id, now))


def _renewal(plan: StandingPlan, annotator_id: int, now: datetime) -> dict[str, Any]:
    due = moment(now + timedelta(minutes=plan.design.hold_minutes))
    return {"own": annotator_id, "due": due, "until_then": _until(plan, now)}


def _planned(connection: Connection, pair_id: int) -> PlannedItem | None:
    row = connection.execute(PLANNED_ITEM, {"pair": pair_id}).first()
    return None if row is None else planned_item(row, pair_id)


def _until(plan: StandingPlan, now: datetime) -> str:
    return moment(now + timedelta(minutes=plan.design.hold_minutes * _SPARE))


def _rooms(
    connection: Connection, items: Sequence[WorkItem], annotator_id: int, now: datetime
) -> dict[int, _Room]:
    """Who sits where, once it is open what somebody else has let run out, or who does not count has."""
    rooms = {item.id: _Room() for item in items}
    by_pair = {item.pair_id: rooms[item.id] for item in items}
    late = moment(now)
    over = []
    for seat in connection.execute(_SEATED, {"items": list(rooms)}):
        is_held = seat.state == SeatState.HELD
        if seat.is_out or (is_held and seat.until <= late and seat.annotator_id != annotator_id):
            over.append(seat.id)
            continue
        room = rooms[seat.item_id]
        room.seats[seat.annotator_id] = seat.number
        if is_held:
            room.sides[seat.annotator_id] = Preference(seat.shown_first)
    if over:
        opened = update(seats).where(seats.c.id.in_(over))
        connection.execute(opened.values(state=SeatState.GIVEN_BACK, until=None))
    for pair_id, labelling_id, choice in connection.execute(_LABELLED, {"pairs": list(by_pair)}):
        by_pair[pair_id].labels[labelling_id] = choice
    return rooms


def _seat_of(
    item: WorkItem, annotator_id: int, number: int, shown_first: Preference, until: str | None
) -> dict[str, object]:
    return {
        "item_id": item.id,
        "annotator_id": annotator_id,
        "number": number,
        "shown_first": shown_first,
        "state": SeatState.TAKEN if until is None else SeatState.HELD,
        "until": until,
        "created": moment(utc_now()),
    }


def _take_own(connection: Connection, item: WorkItem, annotator_id: int) -> bool:
    """Take the seat this person has of an item, if they have one."""
    return connection.execute(_TAKING, {"own": annotator_id, "item": item.id}).rowcount > 0


def _said(connection: Connection, annotator_id: int, pair_id: int) -> bool:
    """Whether a label of this person stands, whether or not they count."""
    own = and_(answers.c.pair_id == pair_id, answers.c.annotator_id == annotator_id)
    said = select(answers.c.id).where(
        own, answers.c.kind == "label", answers.c.choice.is_not(None), answer_stands()
    )
    return connection.execute(said).first() is not None
