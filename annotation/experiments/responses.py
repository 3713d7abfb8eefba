"""Factor values of whole authors' responses, also of those that are in no pair."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Select, select

from annotation.response_values import read_values
from annotation.store.authors import is_aside
from annotation.store.columns import Columns, read_columns
from annotation.store.model_tables import generations
from annotation.store.moment import Moment
from annotation.store.standing import is_last
from annotation.store.tables import agents, responses
from annotation.study import Study
from profile_engine.agents.generating import Purpose
from profile_engine.preferences import Agent, AgentKind, only_agent, short_names

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote responses; `name` is the short one that no other author has."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DirectValues:
    """One generator's direct responses beside its scored ones; NaN where there is no value.

    Attributes:
        levels: scores, ascending.
        direct: sources x factors.
        scored: sources x levels x factors.
    """

    levels: tuple[float, ...]
    direct: Values
    scored: Values


def authors(study: Study, names: tuple[str, ...], at: Moment) -> list[Author]:
    """Those of these names who wrote any response by then, all where none is named.

    Raises:
        UnknownAgentError: there is no such author.
    """
    return _authors(study, names, select(responses.c.agent_id).where(responses.c.id <= at.responses))


def direct_authors(study: Study, names: tuple[str, ...], at: Moment) -> list[Author]:
    """As `authors`, of those with direct responses."""
    return _authors(study, names, select(generations.c.agent_id).where(_is_direct(at)))


def author_values(study: Study, author: Author, at: Moment, *, pooled: bool = False) -> tuple[Values, int]:
    """The values of an author's responses by then, and how many responses were left out.

    Left out are direct and initial responses, unless all are `pooled`: they are another sample than the
    scored or imported ones (G.3).

    Returns:
        responses x factors, NaN where there is none; a number.
    """
    c = responses.c
    written = select(c.id, is_aside(at)).where(c.agent_id == author.id, c.id <= at.responses).order_by(c.id)
    with study.reading() as connection:
        found = read_columns(connection, written, [("id", "i8"), ("aside", "?")])
        counted = found["id"] if pooled else found["id"][~found["aside"]]
        values = read_values(connection, study.factors, np.ascontiguousarray(counted), at.factor_values)
    return values, len(found) - len(counted)


def direct_values(study: Study, author: Author, at: Moment) -> DirectValues:
    """The values of a generator's direct and scored responses, of the sources with a direct one.

    Of several direct responses to a source the one with the lowest number counts.
    """
    with study.reading() as connection:
        written = _first_direct(connection, author, at)
        scored = _scored(connection, author, at)
        scored = scored[np.isin(scored["source"], written["source"])]
        ids = np.sort(np.concatenate([written["id"], scored["id"]]))
        values = read_values(connection, study.factors, ids, at.factor_values)
    levels = np.unique(scored["score"])
    grid = np.full((len(written), len(levels), len(study.factors)), np.nan)
    rows, columns = (
        np.searchsorted(written["source"], scored["source"]),
        np.searchsorted(levels, scored["score"]),
    )
    grid[rows, columns] = values[np.searchsorted(ids, scored["id"])]
    return DirectValues(tuple(levels.tolist()), values[np.searchsorted(ids, written["id"])], grid)


def _authors(study: Study, names: tuple[str, ...], who: Select[tuple[int | None]]) -> list[Author]:
    with study.reading() as connection:
        rows = connection.execute(select(agents).where(agents.c.id.in_(who)).order_by(agents.c.id)).all()
    known = {Agent(row.name, AgentKind(row.kind)): row.id for row in rows}
    short = short_names(known)
    meant = [only_agent(known, name) for name in names] or list(known)
    return [Author(known[agent], short[agent]) for agent in meant]


def _is_direct(at: Moment) -> ColumnElement[bool]:
    """Condition on `generations`: the last word on a direct response, which there is."""
    c = generations.c
    last = is_last(generations, "agent_id", "source_id", "purpose", "number", at=at)
    return (c.purpose == Purpose.DIRECT.value) & c.response_id.is_not(None) & last


def _first_direct(connection: Connection, author: Author, at: Moment) -> Columns:
    """Id and source of each source's direct response, by source."""
    c = generations.c
    rows = read_columns(
        connection,
        select(c.response_id, c.source_id)
        .where(c.agent_id == author.id, _is_direct(at))
        .order_by(c.source_id, c.number),
        [("id", "i8"), ("source", "i8")],
    )
    return rows[np.unique(rows["source"], return_index=True)[1]]


def _scored(connection: Connection, author: Author, at: Moment) -> Columns:
    """Id, source and score of an author's scored responses."""
    c = responses.c
    written = select(c.id, c.source_id, c.score).where(
        c.agent_id == author.id, c.score.is_not(None), c.id <= at.responses
    )
    return read_columns(connection, written.order_by(c.id), [("id", "i8"), ("source", "i8"), ("score", "f8")])
