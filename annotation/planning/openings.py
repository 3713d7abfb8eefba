"""Whether a plan has anything for somebody who has not begun: found out without handing anything out."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from annotation.planning.cost import is_done
from annotation.planning.plan import Role
from annotation.planning.seats import OCCUPIED, Clock, SeatState, StandingPlan, moment, standing_plan, utc_now
from annotation.store.annotators import annotator_id
from annotation.store.standing import label_stands, people_out
from annotation.store.tables import answers, plan_items, seats
from annotation.study import Study


@dataclass(frozen=True, slots=True)
class Openings:
    """What a plan has for one person.

    Attributes:
        pairs: that they hold or can have.
        held: pairs that want more labels, all of whose seats others hold and may give back.
    """

    pairs: int
    held: int


def read_openings(study: Study, annotator: str, clock: Clock = utc_now) -> Openings | None:
    """What the plan that stands has for this person at the moment; None where it has no pairs to label.

    Raises:
        AnswerError: the annotator is not registered.
    """
    with study.reading() as connection:
        own, plan = annotator_id(connection, annotator), standing_plan(connection)
        if plan is None:
            return None
        choices = _choices(connection, plan)
        sitting = _sitting(connection, plan, own, moment(clock()))
        of_plan = plan_items.c.plan_id == plan.id
        work = connection.execute(
            select(plan_items.c.pair_id).where(of_plan, plan_items.c.role == Role.WORK)
        ).scalars()
        empty, pairs, held = True, 0, 0
        for pair_id in work:
            empty, said, seated = False, choices[pair_id], sitting[pair_id]
            if seated.get(own) == SeatState.HELD:
                pairs += 1
            elif own not in said and not is_done(tuple(said.values()), plan.design):
                full = len(said.keys() | seated.keys()) >= plan.design.annotators_per_pair
                pairs, held = pairs + (not full), held + full
    return None if empty else Openings(pairs, held)


def _choices(connection: Connection, plan: StandingPlan) -> defaultdict[int, dict[int, int]]:
    """The labels that stand, by pair and annotator."""
    found = (
        select(answers.c.pair_id, answers.c.annotator_id, answers.c.choice)
        .join(plan_items, plan_items.c.pair_id == answers.c.pair_id)
        .where(plan_items.c.plan_id == plan.id, label_stands())
    )
    said: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for pair_id, person, choice in connection.execute(found):
        said[pair_id][person] = choice
    return said


def _sitting(
    connection: Connection, plan: StandingPlan, own: int, now: str
) -> defaultdict[int, dict[int, str]]:
    """The seats that nobody else can have, by pair and annotator."""
    kept = or_(seats.c.state == SeatState.TAKEN, seats.c.until > now, seats.c.annotator_id == own)
    found = (
        select(plan_items.c.pair_id, seats.c.annotator_id, seats.c.state)
        .join(seats, seats.c.item_id == plan_items.c.id)
        .where(plan_items.c.plan_id == plan.id)
        .where(and_(OCCUPIED, kept, seats.c.annotator_id.not_in(people_out())))
    )
    sitting: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for pair_id, person, state in connection.execute(found):
        sitting[pair_id][person] = state
    return sitting
