"""What a plan takes: labels, time and money, before launch and while people work."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median
from typing import Final

from sqlalchemy import Connection, select

from annotation.planning.design import PlanDesign
from annotation.planning.plan import Plan, Role
from annotation.planning.seats import is_decided
from annotation.store.standing import label_stands
from annotation.store.tables import agents, answers, plan_items
from profile_engine.votes import majority_of

ASSUMED_SECONDS: Final = 60.0
"""How long a label takes where nobody has measured or stated it."""

ENOUGH_MEASURED: Final = 10
"""Measured labels from which on they are gone by rather than by what was stated."""

_HOUR: Final = 3_600


class TimeBasis(StrEnum):
    """Where the seconds of a label come from."""

    MEASURED = "measured"
    STATED = "stated"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class LabelTime:
    """How long a label takes.

    Attributes:
        seconds: the mean where they were measured: what all labels take is so many times that. A few long
            ones leave the median where it is, and hours and pay for an hour would be wrong by it.
        labels: that were measured; fewer than `ENOUGH_MEASURED` are not gone by.
        median: of these; None where they are not gone by.
    """

    seconds: float
    basis: TimeBasis
    labels: int = 0
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a plan takes, from nothing to its end. Money is in dollars.

    Attributes:
        sources, items: that are labelled.
        labels: that the items get.
        least_labels: that they get where a pair is done once it is decided, and everybody agrees.
        annotators: needed at least, since nobody labels a pair twice.
        extra_answers: to gold and training items and repeats, of that many annotators.
        hours: of all labels and extra answers together.
        pay: for all of them.
        fee: what the platform takes on top.
        hourly: pay for an hour of labelling.
        pay_floor: an hour should not be paid less.
    """

    sources: int
    items: int
    labels: int
    least_labels: int
    annotators: int
    extra_answers: int
    time: LabelTime
    hours: float
    pay: float
    fee: float
    hourly: float
    pay_floor: float

    @property
    def total(self) -> float:
        """Pay and fee."""
        return self.pay + self.fee

    @property
    def is_below_floor(self) -> bool:
        """Whether people would be paid less than the floor."""
        return self.hourly < self.pay_floor


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is.

    Attributes:
        labels: that count towards the overlap of the plan's items.
        items: that nobody is asked for any more.
        undecided: of them, those without a choice that more than half of their annotators share.
        saved: labels that were not asked for, since their pair was decided.
    """

    labels: int
    items: int
    undecided: int
    saved: int


def forecast(plan: Plan, time: LabelTime) -> Forecast:
    """What a plan takes when a label takes this long."""
    design = plan.design
    work = plan.work
    labels = len(work) * design.annotators_per_pair
    known = len(plan.items) - len(work)
    extra = (known + design.repeats) * design.annotators_per_pair
    paid = (labels + extra) * design.pay
    return Forecast(
        sources=len({item.source_id for item in work}),
        items=len(work),
        labels=labels,
        least_labels=len(work) * least_labels(design),
        annotators=design.annotators_per_pair,
        extra_answers=extra,
        time=time,
        hours=(labels + extra) * time.seconds / _HOUR,
        pay=paid,
        fee=paid * design.fee,
        hourly=design.pay * _HOUR / time.seconds,
        pay_floor=design.pay_floor,
    )


def label_time(connection: Connection, design: PlanDesign) -> LabelTime:
    """How long a label takes: as people of this study took, once enough did, else as stated or assumed."""
    measured = connection.execute(
        select(answers.c.seconds)
        .join(agents)
        .where(label_stands(), answers.c.seconds > 0, agents.c.simulated.is_(False))
    ).scalars()
    seconds = list(measured)
    if len(seconds) >= ENOUGH_MEASURED:
        return LabelTime(fmean(seconds), TimeBasis.MEASURED, len(seconds), median(seconds))
    if design.seconds_per_item is not None:
        return LabelTime(design.seconds_per_item, TimeBasis.STATED, len(seconds))
    return LabelTime(ASSUMED_SECONDS, TimeBasis.ASSUMED, len(seconds))


def is_done(choices: Sequence[int], design: PlanDesign) -> bool:
    """Whether a pair with these labels needs no more: it has all, or the plan stops where it is decided.

    Args:
        choices: of the labels that stand, one each.
        design: of the plan that has the pair.
    """
    if len(choices) >= design.annotators_per_pair:
        return True
    return design.stop_when_decided and is_decided(choices, design.annotators_per_pair)


def read_progress(connection: Connection, plan: Plan) -> Progress:
    """How far a plan is, imported labels included."""
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    said = (
        select(answers.c.pair_id, answers.c.choice)
        .join(plan_items, plan_items.c.pair_id == answers.c.pair_id)
        .where(plan_items.c.plan_id == plan.id, plan_items.c.role == Role.WORK, label_stands())
    )
    for pair_id, choice in connection.execute(said):
        votes[pair_id][choice] += 1
    wanted = plan.design.annotators_per_pair
    labels = done = undecided = saved = 0
    for counted in votes.values():
        choices = list(counted.elements())
        given, finished = min(len(choices), wanted), is_done(choices, plan.design)
        labels += given
        done += finished
        undecided += finished and majority_of(choices) is None
        saved += wanted - given if finished else 0
    return Progress(labels, done, undecided, saved)


def least_labels(design: PlanDesign) -> int:
    """How many labels a pair gets in any case: more than half of them where the plan stops at a decision."""
    planned = design.annotators_per_pair
    return planned // 2 + 1 if design.stop_when_decided else planned
