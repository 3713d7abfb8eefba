"""Factor values of whole authors' responses, also of those that are in no pair."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from annotation.errors import StudyError
from annotation.response_values import read_values
from annotation.store.columns import Columns, read_columns
from annotation.store.model_tables import generations
from annotation.store.moment import Moment
from annotation.store.standing import is_last
from annotation.store.tables import agents, responses
from annotation.study import Study
from profile_engine.preferences import Agent, AgentKind, short_names

DIRECT = "direct"
"""The purpose of a generation that was asked for without scores."""


@dataclass(frozen=True, slots=True)
class AuthorValues:
    """One author's responses.

    Attributes:
        name: the author's.
        values: responses x factors, NaN where there is none.
    """

    name: str
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DirectValues:
    """One generator's direct responses beside its scored ones.

    Attributes:
        levels: scores, ascending.
        direct: sources x factors; `scored` sources x levels x factors.
    """

    name: str
    levels: tuple[float, ...]
    direct: npt.NDArray[np.float64]
    scored: npt.NDArray[np.float64]


def author_names(connection: Connection, at: Moment) -> dict[int, str]:
    """Who wrote any response by then, by id."""
    wrote = select(responses.c.agent_id).where(responses.c.id <= at.responses)
    rows = connection.execute(select(agents).where(agents.c.id.in_(wrote)).order_by(agents.c.id))
    known = {row.id: Agent(row.name, AgentKind(row.kind)) for row in rows}
    names = short_names(known.values())
    return {id_: names[agent] for id_, agent in known.items()}


def read_authors(study: Study, names: tuple[str, ...], at: Moment) -> Iterator[AuthorValues]:
    """The values of these authors' responses, of all where none is named."""
    with study.reading() as connection:
        known = author_names(connection, at)
        for id_ in chosen(known, names):
            found = read_columns(
                connection,
                select(responses.c.id)
                .where(responses.c.agent_id == id_, responses.c.id <= at.responses)
                .order_by(responses.c.id),
                [("id", "i8")],
            )
            ids = np.ascontiguousarray(found["id"])
            yield AuthorValues(known[id_], read_values(connection, study.factors, ids, at.factor_values))


def direct_generators(connection: Connection, at: Moment) -> dict[int, str]:
    """Who has direct responses by then, by id."""
    has = select(generations.c.agent_id).where(
        generations.c.purpose == DIRECT,
        generations.c.response_id.is_not(None),
        generations.c.id <= at.generations,
    )
    rows = connection.execute(select(agents).where(agents.c.id.in_(has)).order_by(agents.c.id))
    return {row.id: row.name for row in rows}


def read_direct(study: Study, names: tuple[str, ...], at: Moment) -> Iterator[DirectValues]:
    """The values of these generators' direct and scored responses, of all where none is named.

    Of several direct responses to a source the one with the lowest number counts.
    """
    with study.reading() as connection:
        known = direct_generators(connection, at)
        for id_ in chosen(known, names):
            written = _first_direct(connection, id_, at)
            scored = read_columns(
                connection,
                select(responses.c.id, responses.c.source_id, responses.c.score)
                .join(agents)
                .where(
                    responses.c.agent_id == id_,
                    responses.c.score.is_not(None),
                    responses.c.id <= at.responses,
                    agents.c.kind == AgentKind.GENERATOR,
                )
                .order_by(responses.c.id),
                [("id", "i8"), ("source", "i8"), ("score", "f8")],
            )
            scored = scored[np.isin(scored["source"], written["source"])]
            levels = np.unique(scored["score"])
            ids = np.sort(np.concatenate([written["id"], scored["id"]]))
            values = read_values(connection, study.factors, ids, at.factor_values)
            direct = values[np.searchsorted(ids, written["id"])]
            grid = np.full((len(written), len(levels), len(study.factors)), np.nan)
            grid[
                np.searchsorted(written["source"], scored["source"]),
                np.searchsorted(levels, scored["score"]),
            ] = values[np.searchsorted(ids, scored["id"])]
            yield DirectValues(known[id_], tuple(levels.tolist()), direct, grid)


def _first_direct(connection: Connection, agent_id: int, at: Moment) -> Columns:
    """Id and source of each source's direct response, by source."""
    c = generations.c
    rows = read_columns(
        connection,
        select(c.response_id, c.source_id)
        .where(
            c.agent_id == agent_id,
            c.purpose == DIRECT,
            c.response_id.is_not(None),
            is_last(generations, "agent_id", "source_id", "purpose", "number", at=at),
        )
        .order_by(c.source_id, c.number),
        [("id", "i8"), ("source", "i8")],
    )
    return rows[np.unique(rows["source"], return_index=True)[1]]


def chosen(known: dict[int, str], names: tuple[str, ...]) -> list[int]:
    """The ids of these names, of all where none is named; raises StudyError for one that is not there."""
    by_name = {name: id_ for id_, name in known.items()}
    for name in names:
        if name not in by_name:
            raise StudyError(f"no responses of {name!r} here: there are {', '.join(by_name) or 'none'}")
    return [by_name[name] for name in names] or list(known)
