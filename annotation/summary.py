"""What is in a study and what is done: counts only."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, FromClause, Select, case, func, literal_column, select

from annotation.store import tables
from annotation.store.standing import NO_CHOICE, standing_labels, standing_preferences
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Factor, Task


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How much one annotator has done."""

    annotator: str
    labels: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class FactorCount:
    """How many responses have a value of one factor, how many are unavailable with a reason."""

    factor: str
    values: int
    unavailable: int


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
    """What is in a study and what is done; cheap to make (counts only), also for 100k pairs."""

    name: str
    task: Task
    location: str
    sources: int
    responses: int
    empty_responses: int
    pairs: int
    labelled_pairs: int
    last_answer: int
    factors: tuple[FactorCount, ...]
    agents: tuple[AgentCount, ...]
    annotators: tuple[LabelCount, ...]
    imports: int


@dataclass(frozen=True, slots=True)
class _Said:
    """How many pairs somebody has, and has not, a preference on."""

    preferences: int
    no_preference: int


_SILENT: Final = _Said(0, 0)


def summarise(
    connection: Connection, name: str, task: Task, location: str, factors: tuple[Factor, ...]
) -> StudySummary:
    """Count what is there."""
    labels = standing_labels()
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
        labelled_pairs=_number(
            connection,
            select(func.count(labels.c.pair_id.distinct())).where(labels.c.code != NO_CHOICE),
        ),
        last_answer=_number(connection, select(func.coalesce(func.max(tables.answers.c.id), 0))),
        factors=_factor_counts(connection, factors),
        agents=_agent_counts(connection),
        annotators=_label_counts(connection),
        imports=_count(connection, tables.imports),
    )


def _number(connection: Connection, statement: Select[tuple[int]]) -> int:
    return connection.execute(statement).scalar_one()


def _count(connection: Connection, table: FromClause) -> int:
    return _number(connection, select(func.count()).select_from(table))


def _factor_counts(connection: Connection, factors: tuple[Factor, ...]) -> tuple[FactorCount, ...]:
    values = tables.factor_values
    last = (
        select(values.c.factor, func.max(values.c.id * 2 + case((values.c.value.is_(None), 0), else_=1)) % 2)
        .group_by(values.c.factor, values.c.response_id)
        .subquery("last")
    )
    factor, available = last.c
    counted = connection.execute(select(factor, func.count(), func.sum(available)).group_by(factor))
    found = {name: FactorCount(name, known, every - known) for name, every, known in counted}
    return tuple(found.get(factor.name, FactorCount(factor.name, 0, 0)) for factor in factors)


def _agent_counts(connection: Connection) -> tuple[AgentCount, ...]:
    agents, responses = tables.agents, tables.responses
    written = connection.execute(
        select(responses.c.agent_id, func.count())
        .where(responses.c.agent_id.is_not(None))
        .group_by(responses.c.agent_id)
    )
    wrote = dict(written.tuples().all())
    said = _said(connection, standing_preferences(), "agent_id")
    models = connection.execute(
        select(agents).where(agents.c.kind != AgentKind.ANNOTATOR).order_by(agents.c.id)
    )
    return tuple(
        AgentCount(
            agent=row.name,
            kind=AgentKind(row.kind),
            responses=wrote.get(row.id, 0),
            preferences=said.get(row.id, _SILENT).preferences,
            no_preference=said.get(row.id, _SILENT).no_preference,
            simulated=row.simulated,
        )
        for row in models
    )


def _label_counts(connection: Connection) -> tuple[LabelCount, ...]:
    agents = tables.agents
    said = _said(connection, standing_labels(), "annotator_id")
    people = connection.execute(
        select(agents).where(agents.c.kind == AgentKind.ANNOTATOR).order_by(agents.c.id)
    )
    return tuple(LabelCount(row.name, said.get(row.id, _SILENT).preferences, row.simulated) for row in people)


def _said(connection: Connection, standing: FromClause, who: str) -> dict[int, _Said]:
    chosen = func.sum(case((standing.c.code == NO_CHOICE, 0), else_=1))
    counted = connection.execute(
        select(standing.c[who], func.count(), chosen).group_by(standing.c[who])
    ).tuples()
    return {agent: _Said(known, every - known) for agent, every, known in counted}
