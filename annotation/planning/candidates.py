"""What a plan can draw from: pairs of responses that one agent scored differently, else ready-made pairs."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import Connection, insert, or_, select

from annotation.errors import PlanError
from annotation.planning.design import PAPER_AGENTS, PAPER_SCORES, PAPER_SOURCES, PlanDesign
from annotation.planning.drawing import Candidate
from annotation.store.contents import pair_key
from annotation.store.tables import agents, pairs, plan_items, responses, sources
from annotation.validation.drawing import random_number
from profile_engine.preferences import Agent, AgentKind, only_agent

Authors = dict[int, Agent]
"""Agents by their ids."""


def read_candidates(connection: Connection, design: PlanDesign, without: Collection[int]) -> list[Candidate]:
    """The pairs that the design may draw.

    Where an agent has responses with different scores to one source, these make the pairs. In data without
    scores the pairs are those that came with it.

    Args:
        connection: in whose transaction to read.
        design: whose responses, and whether the paper's study must be possible.
        without: pairs that are not to be drawn.

    Raises:
        PlanError: there is nothing to draw from, or less than Appendix A needs.
        UnknownAgentError: no author is called so.
    """
    authors = _authors(connection, design)
    known = {
        frozenset((row.left_id, row.right_id)): row.id
        for row in connection.execute(select(pairs.c.id, pairs.c.left_id, pairs.c.right_id))
    }
    found = [one for one in _scored(connection, authors, known) if one.pair_id not in without]
    if design.paper:
        return _papers(found)
    found = found or [
        one
        for one in _ready_made(connection, authors if design.agents else None)
        if one.pair_id not in without
    ]
    if not found:
        whose = f" with a response of {', '.join(design.agents)}" if design.agents else ""
        raise PlanError(f"there is no pair{whose} to plan; import data first, or name other agents")
    return found


def add_pair(connection: Connection, candidate: Candidate) -> int:
    """The id of a drawn pair, which is made where the study does not have it yet."""
    if candidate.pair_id is not None:
        return candidate.pair_id
    made = connection.execute(
        insert(pairs).values(
            key=pair_key(*map(bytes.fromhex, candidate.key.split())),
            source_id=candidate.source_id,
            left_id=candidate.left_id,
            right_id=candidate.right_id,
        )
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def score_gaps(connection: Connection, plan_id: int) -> dict[float, int]:
    """How many of a plan's work items have which gap between scores of one agent, ascending."""
    left, right = responses.alias(), responses.alias()
    rows = connection.execute(
        select(left.c.score, right.c.score)
        .select_from(plan_items)
        .join(pairs, pairs.c.id == plan_items.c.pair_id)
        .join(left, left.c.id == pairs.c.left_id)
        .join(right, right.c.id == pairs.c.right_id)
        .where(
            plan_items.c.plan_id == plan_id, plan_items.c.role == "work", left.c.agent_id == right.c.agent_id
        )
    )
    gaps = Counter(abs(one - other) for one, other in rows if one is not None and other is not None)
    return dict(sorted(gaps.items()))


def _authors(connection: Connection, design: PlanDesign) -> Authors:
    rows = connection.execute(
        select(agents).where(agents.c.kind == AgentKind.GENERATOR).order_by(agents.c.id)
    )
    everybody = {row.id: Agent(row.name, AgentKind.GENERATOR) for row in rows}
    if not design.agents:
        return everybody
    wanted = {only_agent(everybody.values(), name) for name in design.agents}
    return {id_: agent for id_, agent in everybody.items() if agent in wanted}


@dataclass(frozen=True, slots=True)
class _Response:
    id: int
    key: str
    source_id: int
    source_key: str
    score: float


def _scored(
    connection: Connection, authors: Authors, known: Mapping[frozenset[int], int]
) -> Iterator[Candidate]:
    c = responses.c
    rows = connection.execute(
        select(c.agent_id, c.id, c.key, c.source_id, sources.c.key, c.score)
        .join(sources)
        .where(c.score.is_not(None), c.agent_id.is_not(None))
        .order_by(c.key)  # not the ids: they may differ between two copies of a study
    )
    groups: dict[tuple[int, int], list[_Response]] = defaultdict(list)
    for agent_id, *told in rows:
        if agent_id in authors:
            response = _Response(*told)
            groups[agent_id, response.source_id].append(response)
    for (agent_id, _), members in groups.items():
        for one, other in combinations(members, 2):
            if one.score != other.score:
                yield _candidate(authors[agent_id].name, one, other, known)


def _candidate(
    agent: str, one: _Response, other: _Response, known: Mapping[frozenset[int], int]
) -> Candidate:
    key = " ".join(sorted((one.key, other.key)))
    left, right = (one, other) if random_number(0, key) % 2 else (other, one)  # not always the better left
    return Candidate(
        source_id=one.source_id,
        source_key=one.source_key,
        key=key,
        left_id=left.id,
        right_id=right.id,
        agent=agent,
        scores=(min(one.score, other.score), max(one.score, other.score)),
        pair_id=known.get(frozenset((one.id, other.id))),
    )


def _ready_made(connection: Connection, authors: Authors | None) -> Iterator[Candidate]:
    c = pairs.c
    wanted = select(c.id, c.key, c.source_id, c.left_id, c.right_id, sources.c.key.label("source_key"))
    wanted = wanted.join(sources, sources.c.id == c.source_id)
    if authors is not None:
        written = select(responses.c.id).where(responses.c.agent_id.in_(authors))
        wanted = wanted.where(or_(c.left_id.in_(written), c.right_id.in_(written)))
    for row in connection.execute(wanted):
        yield Candidate(row.source_id, row.source_key, row.key, row.left_id, row.right_id, pair_id=row.id)


def _papers(found: list[Candidate]) -> list[Candidate]:
    """Those of sources for which each of six models wrote a response of every score."""
    scores: dict[tuple[str, str], set[float]] = defaultdict(set)
    for one in found:
        scores[one.source_key, one.agent].update(one.scores or ())
    models = sorted({agent for _, agent in scores})
    complete: dict[str, int] = defaultdict(int)
    for (source, _), given in scores.items():
        complete[source] += given.issuperset(PAPER_SCORES)
    enough = {source for source, whole in complete.items() if whole == len(models)}
    _require_the_papers(models, len(enough))
    return [one for one in found if one.source_key in enough and _is_the_papers(one)]


def _is_the_papers(candidate: Candidate) -> bool:
    return set(candidate.scores or ()) <= set(PAPER_SCORES)


def _require_the_papers(models: list[str], enough: int) -> None:
    lacking = []
    if len(models) < PAPER_AGENTS:
        has = f"{len(models)} ({', '.join(models)})" if models else "none"
        lacking.append(f"{PAPER_AGENTS} models with scored responses: there are {has}")
    if len(models) > PAPER_AGENTS:
        lacking.append(
            f"{PAPER_AGENTS} models: there are {len(models)}, so name {PAPER_AGENTS} with --agents"
        )
    if enough < PAPER_SOURCES:
        lacking.append(
            f"{PAPER_SOURCES} posts with five responses of each model, scored 1 to 5: there are {enough}, "
            f"{PAPER_SOURCES - enough} too few"
        )
    if lacking:
        raise PlanError(f"Appendix A needs {' and '.join(lacking)}")
