"""Who is working and how far it is: each person in figures, what they hold, when they were last seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from annotation.answers import Origin
from annotation.people.crew import Crew, read_crew
from annotation.people.quality import AnnotatorQuality, Presence, measure_quality
from annotation.planning.cost import LabelTime, Progress, forecast, label_time, read_progress
from annotation.planning.plan import Plan, Role, read_plan
from annotation.planning.seats import SeatState
from annotation.store.authors import is_work
from annotation.store.standing import is_last
from annotation.store.tables import (
    adjudications,
    agents,
    answers,
    judgements,
    mentions,
    pairs,
    participation,
    plan_items,
    plans,
    seats,
)
from annotation.study import Study

_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Head:
    """How far the logs are that people's figures are made of; made to be compared often."""

    answer: int
    participation: int
    plan: int
    seat: int
    agent: int
    adjudication: int
    judgement: int
    mention: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What moves while nobody answers: seats of the plan that stands, by annotator.

    Attributes:
        held: handed out, neither labelled nor given back.
        taken: labelled.
        came: when a seat was last handed to them.
    """

    held: int
    taken: int
    came: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Everybody and the plan, as of one head of the logs.

    Attributes:
        crew: everybody's place in the study.
        last: when each person last said anything here; what came with data was not said here.
        consented: who has accepted what the study asks of those who take part.
        pairs: of the study, for people to label.
    """

    head: Head
    people: tuple[AnnotatorQuality, ...]
    crew: Crew
    last: Mapping[str, str]
    consented: frozenset[str]
    plan: "PlanProgress | None"
    pairs: int


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """How far the plan is.

    Attributes:
        items: pairs to label.
        golds: pairs with a known answer among them.
        labels: wanted in all.
        hours: that the labels still wanted take at most; gold and repeated pairs not counted.
    """

    items: int
    golds: int
    labels: int
    done: Progress
    time: LabelTime
    hours: float

    @property
    def decided(self) -> int:
        """Pairs that need no more labels and have a majority."""
        return self.done.items - self.done.undecided


def read_head(study: Study) -> Head:
    """How far the logs are: a look at the end of each."""
    with study.reading() as connection:
        return _head(connection)


def read_whereabouts(study: Study) -> dict[str, Whereabouts]:
    """Who holds what at the moment."""
    held, taken = (func.count().filter(seats.c.state == state) for state in (SeatState.HELD, SeatState.TAKEN))
    newest = select(func.max(plans.c.id)).scalar_subquery()
    found = (
        select(
            agents.c.name, held.label("held"), taken.label("taken"), func.max(seats.c.created).label("came")
        )
        .join_from(seats, agents)
        .join(plan_items, plan_items.c.id == seats.c.item_id)
        .where(plan_items.c.plan_id == newest)
        .group_by(agents.c.name)
    )
    with study.reading() as connection:
        return {row.name: Whereabouts(row.held, row.taken, row.came) for row in connection.execute(found)}


def measure_people(study: Study) -> Figures:
    """Everybody in figures, and the plan; takes a while in a study with many answers."""
    with study.reading() as connection:
        head = _head(connection)  # first: what comes meanwhile is measured again
        plan = read_plan(connection)
        progress = None if plan is None else _progress(connection, plan)
        last, consented = _last_answers(connection), _consented(connection)
        crew = read_crew(connection)
        count = connection.execute(select(func.count(pairs.c.id)).where(is_work())).scalar_one()
    return Figures(head, measure_quality(study), crew, last, consented, progress, count)


def last_seen(name: str, figures: Figures, whereabouts: Mapping[str, Whereabouts]) -> datetime | None:
    """When somebody last answered, or was handed something; None for who never was, or was erased."""
    there = whereabouts.get(name)
    times = [time for time in (figures.last.get(name), there.came if there else None) if time]
    erased = any(one.annotator == name and one.presence is Presence.ERASED for one in figures.people)
    return None if erased or not times else datetime.fromisoformat(max(times))


def _head(connection: Connection) -> Head:
    newest = [
        select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
        for table in (answers, participation, plans, seats, agents, adjudications, judgements, mentions)
    ]
    return Head(*connection.execute(select(*newest)).one())


def _progress(connection: Connection, plan: Plan) -> PlanProgress:
    time = label_time(connection, plan.design)
    takes, done = forecast(plan, time), read_progress(connection, plan)
    left = max(0, takes.labels - done.labels - done.saved)
    golds = sum(item.role is Role.GOLD for item in plan.items)
    return PlanProgress(takes.items, golds, takes.labels, done, time, left * time.seconds / _HOUR)


def _last_answers(connection: Connection) -> dict[str, str]:
    here = answers.c.origin != Origin.IMPORT
    newest = select(func.max(answers.c.id)).where(here).group_by(answers.c.annotator_id)
    found = (
        select(agents.c.name, answers.c.created).join_from(answers, agents).where(answers.c.id.in_(newest))
    )
    return {row.name: row.created for row in connection.execute(found)}


def _consented(connection: Connection) -> frozenset[str]:
    found = (
        select(agents.c.name)
        .join_from(participation, agents)
        .where(participation.c.event == "accepted", is_last(participation, "annotator_id", "matter"))
    )
    return frozenset(connection.execute(found).scalars())
