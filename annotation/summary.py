"""What is in a study and what is done: counts only."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Table,
    and_,
    case,
    exists,
    func,
    literal_column,
    select,
)

from annotation.people.crew import Crew, read_crew
from annotation.planning.plan import Role
from annotation.planning.seats import SeatState, moment, standing_plan, utc_now
from annotation.store import tables
from annotation.store.authors import is_work
from annotation.store.standing import label_stands, preference_stands, value_failed, value_stands
from annotation.validation.judgements import JUDGEMENTS, JudgementKind
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Factor, Task


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How much one annotator has done."""

    annotator: str
    labels: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class PlanCount:
    """How far the plan that stands is.

    Attributes:
        pairs: to be labelled, `labels_a_pair` times each.
        given: labels that count towards that, imported ones included.
        at_work: people who hold a pair at the moment.
    """

    pairs: int
    labels_a_pair: int
    given: int
    at_work: int

    @property
    def labels(self) -> int:
        """Wanted in all."""
        return self.pairs * self.labels_a_pair


@dataclass(frozen=True, slots=True)
class FactorCount:
    """How many responses have a value of one factor, and how many have none, with a reason.

    Attributes:
        unavailable: responses that cannot have one.
        failed: responses whose value could not be had, and may be another time.
        method: how the value of the newest response that has one came about; None where none has.
    """

    factor: str
    values: int
    unavailable: int
    failed: int = 0
    method: str | None = None

    @property
    def settled(self) -> int:
        """Responses that are not waiting to be looked at."""
        return self.values + self.unavailable + self.failed


@dataclass(frozen=True, slots=True)
class AgentCount:
    """What one model wrote and said."""

    agent: str
    kind: AgentKind
    responses: int
    preferences: int
    no_preference: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class StudySummary:
    """What is in a study and what is done; cheap to make (counts only), also for 100k pairs.

    Attributes:
        work_pairs: of the pairs, those that people may be asked about.
    """

    name: str
    task: Task
    location: str
    sources: int
    responses: int
    empty_responses: int
    pairs: int
    work_pairs: int
    labelled_pairs: int
    open_items: int
    last_answer: int
    factors: tuple[FactorCount, ...]
    agents: tuple[AgentCount, ...]
    annotators: tuple[LabelCount, ...]
    crew: Crew
    plan: PlanCount | None
    imports: int


@dataclass(frozen=True, slots=True)
class _Tally:
    """Entries that stand, with and without a value."""

    known: int
    unknown: int


_NOTHING: Final = _Tally(0, 0)


def summarise(
    connection: Connection, name: str, task: Task, location: str, factors: tuple[Factor, ...]
) -> StudySummary:
    """Count what is there."""
    answers = tables.answers
    return StudySummary(
        name=name,
        task=task,
        location=location,
        sources=_count(connection, tables.sources),
        responses=_count(connection, tables.responses),
        # Written out, because the partial index serves only a condition that reads like its own.
        empty_responses=_number(
            connection,
            select(func.count()).select_from(tables.responses).where(literal_column("text = ''")),
        ),
        pairs=_count(connection, tables.pairs),
        work_pairs=_number(connection, select(func.count(tables.pairs.c.id)).where(is_work())),
        labelled_pairs=_number(
            connection,
            select(func.count(answers.c.pair_id.distinct())).where(
                answers.c.choice.is_not(None), label_stands()
            ),
        ),
        open_items=_open_items(connection),
        last_answer=_number(connection, select(func.coalesce(func.max(answers.c.id), 0))),
        factors=_factor_counts(connection, factors),
        agents=_agent_counts(connection),
        annotators=_label_counts(connection),
        crew=read_crew(connection),
        plan=_plan_count(connection),
        imports=_count(connection, tables.imports),
    )


def _number(connection: Connection, statement: Executable) -> int:
    number: int = connection.execute(statement).scalar_one()
    return number


def _count(connection: Connection, table: Table) -> int:
    return _number(connection, select(func.count()).select_from(table))


def _open_items(connection: Connection) -> int:
    """Items that are drawn for validation and that nobody has judged."""
    c = tables.judgements.c
    judged = exists().where(
        c.item_id == tables.validation_items.c.id,
        c.kind == JudgementKind.JUDGEMENT,
        c.verdict.is_not(None),
        JUDGEMENTS.stands(),
    )
    return _number(connection, select(func.count()).select_from(tables.validation_items).where(~judged))


def _factor_counts(connection: Connection, factors: tuple[Factor, ...]) -> tuple[FactorCount, ...]:
    values = tables.factor_values
    found = _tallies(connection, values.c.factor, values.c.value, value_stands())
    failed = _failed(connection, [name for name, tally in found.items() if tally.unknown])
    return tuple(
        FactorCount(
            name,
            found.get(name, _NOTHING).known,
            found.get(name, _NOTHING).unknown - failed.get(name, 0),
            failed.get(name, 0),
            _newest_method(connection, name),
        )
        for name in (factor.name for factor in factors)
    )


def _failed(connection: Connection, factors: list[str]) -> dict[str, int]:
    """Counted apart from the rest, since only the rows themselves have the reasons."""
    c = tables.factor_values.c
    counted = select(c.factor, func.count()).where(c.factor.in_(factors), value_failed(), value_stands())
    return {name: int(count) for name, count in connection.execute(counted.group_by(c.factor))}


def _newest_method(connection: Connection, factor: str) -> str | None:
    """One row's: to look at all of them would take longer than all the counting."""
    values = tables.factor_values.c
    newest = (
        select(values.method)
        .where(values.factor == factor, values.value.is_not(None))
        .order_by(values.response_id.desc(), values.id.desc())
        .limit(1)
    )
    method: str | None = connection.execute(newest).scalar_one_or_none()
    return method


def _agent_counts(connection: Connection) -> tuple[AgentCount, ...]:
    agents, responses, preferences = tables.agents, tables.responses, tables.preferences
    written = connection.execute(
        select(responses.c.agent_id, func.count().label("written"))
        .where(responses.c.agent_id.is_not(None))
        .group_by(responses.c.agent_id)
    )
    wrote: dict[int, int] = {row.agent_id: row.written for row in written}
    said = _tallies(connection, preferences.c.agent_id, preferences.c.value, preference_stands())
    models = connection.execute(
        select(agents).where(agents.c.kind != AgentKind.ANNOTATOR).order_by(agents.c.id)
    )
    return tuple(
        AgentCount(
            agent=row.name,
            kind=AgentKind(row.kind),
            responses=wrote.get(row.id, 0),
            preferences=said.get(row.id, _NOTHING).known,
            no_preference=said.get(row.id, _NOTHING).unknown,
            simulated=row.simulated,
        )
        for row in models
    )


def _label_counts(connection: Connection) -> tuple[LabelCount, ...]:
    agents, answers = tables.agents, tables.answers
    said = _tallies(connection, answers.c.annotator_id, answers.c.choice, label_stands())
    people = connection.execute(
        select(agents).where(agents.c.kind == AgentKind.ANNOTATOR).order_by(agents.c.id)
    )
    return tuple(LabelCount(row.name, said.get(row.id, _NOTHING).known, row.simulated) for row in people)


def _plan_count(connection: Connection) -> PlanCount | None:
    plan = standing_plan(connection)
    if plan is None:
        return None
    answers, items, seats = tables.answers, tables.plan_items, tables.seats
    wanted = plan.design.annotators_per_pair
    work = and_(items.c.plan_id == plan.id, items.c.role == Role.WORK)
    labels = select(func.count().label("labels")).join_from(
        items, answers, answers.c.pair_id == items.c.pair_id
    )
    a_pair = labels.where(work, label_stands()).group_by(items.c.pair_id).subquery()
    enough = case((a_pair.c.labels > wanted, wanted), else_=a_pair.c.labels)
    held = and_(seats.c.state == SeatState.HELD, seats.c.until > moment(utc_now()))
    return PlanCount(
        pairs=_number(connection, select(func.count()).where(work)),
        labels_a_pair=wanted,
        given=_number(connection, select(func.coalesce(func.sum(enough), 0))),
        at_work=_number(
            connection,
            select(func.count(seats.c.annotator_id.distinct())).join_from(seats, items).where(work, held),
        ),
    )


def _tallies(
    connection: Connection, by: Column[Any], value: Column[Any], stands: ColumnElement[bool]
) -> dict[Any, _Tally]:
    counted = select(by, func.count(), func.count(value)).where(stands).group_by(by)
    return {key: _Tally(known, entries - known) for key, entries, known in connection.execute(counted)}


def why_unavailable(connection: Connection, factor: str) -> str | None:
    """Why responses have no value of a factor; one reason of several, None where none was noted."""
    c = tables.factor_values.c
    reasons = select(c.reason).where(c.factor == factor, c.value.is_(None), c.reason.is_not(None))
    reason: str | None = connection.execute(reasons.order_by(c.id.desc()).limit(1)).scalar_one_or_none()
    return reason
