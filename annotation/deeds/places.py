"""Where what models make comes into a study: agents, responses and pairs, each found or made."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, Table, insert, select, tuple_

from annotation.errors import StudyError
from annotation.store import tables
from annotation.store.contents import pair_key, response_key, storable, text_key
from annotation.store.model_tables import rewards
from annotation.study import Study
from profile_engine.preferences import Agent

LEFT, RIGHT = tables.responses.alias("left_side"), tables.responses.alias("right_side")
"""The responses of a pair, in `texts_of_pairs`."""

PLACE_OF_PAIR: Final = (tables.pairs.c.source_id, tables.pairs.c.id)
"""Pairs of one source stand together."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A source as models are shown it.

    Attributes:
        with_documents: whether it holds what a response may draw on; a question whose documents did not
            come along does not.
    """

    id: int
    text: str
    with_documents: bool


def agent_id_of(agent: Agent) -> ScalarSelect[int]:
    """The id of an agent, for use within a query; NULL where it is not in the study."""
    c = tables.agents.c
    return select(c.id).where(c.name == agent.name, c.kind == agent.kind.value).scalar_subquery()


def keep_agent(connection: Connection, agent: Agent) -> int:
    """Its id, found or made."""
    known: int | None = connection.execute(select(agent_id_of(agent))).scalar_one()
    return _add(connection, tables.agents, name=agent.name, kind=agent.kind.value) if known is None else known


def keep_response(
    connection: Connection, source: SourceText, agent: Agent, score: float | None, text: str
) -> int:
    """The id of a response, found or made; of equal source, author, score and text there is one."""
    text = storable(text)
    key = response_key(text_key(source.text), agent.name, score, text).hex()
    c = tables.responses.c
    known: int | None = connection.execute(select(c.id).where(c.key == key)).scalar_one_or_none()
    if known is not None:
        return known
    return _add(
        connection,
        tables.responses,
        key=key,
        source_id=source.id,
        agent_id=keep_agent(connection, agent),
        score=score,
        text=text,
    )


def keep_pair(connection: Connection, left_id: int, right_id: int) -> int:
    """The id of the pair of two different responses to one source, found (in either order) or made."""
    c = tables.responses.c
    found = connection.execute(select(c.id, c.key, c.source_id).where(c.id.in_((left_id, right_id)))).all()
    (left, right) = sorted(found, key=lambda row: row.id != left_id)
    key = pair_key(bytes.fromhex(left.key), bytes.fromhex(right.key))
    wanted = select(tables.pairs.c.id).where(tables.pairs.c.key == key)
    known: int | None = connection.execute(wanted).scalar_one_or_none()
    if known is not None:
        return known
    return _add(
        connection, tables.pairs, key=key, source_id=left.source_id, left_id=left_id, right_id=right_id
    )


def read_sources(
    study: Study, condition: ColumnElement[bool], portion: int = 64, limit: int | None = None
) -> Iterator[SourceText]:
    """Sources that meet a condition, ascending, `limit` at most; each portion is read when it is needed."""
    c = tables.sources.c
    wanted = select(c.id, c.text, c.evidence).where(condition).order_by(c.id)
    for row in read_in_portions(study, wanted, (c.id,), portion, limit):
        yield SourceText(row.id, row.text, has_documents(row.evidence))


def read_in_portions(
    study: Study,
    wanted: Select[Any],
    place: Sequence[ColumnElement[int]],
    portion: int,
    limit: int | None = None,
) -> Iterator[Row[Any]]:
    """Rows of a query in the order of `place`, its first columns; read after what was stored meanwhile."""
    after, left = None, limit
    while left is None or left > 0:
        following = wanted if after is None else wanted.where(tuple_(*place) > after)
        with study.reading() as connection:
            rows = connection.execute(following.limit(portion if left is None else min(portion, left))).all()
        if not rows:
            return
        yield from rows
        after = tuple(rows[-1][: len(place)])
        left = None if left is None else left - len(rows)


def texts_of_pairs() -> Select[Any]:
    """Pairs with both texts, their source and its evidence, in the order of `PLACE_OF_PAIR`."""
    c = tables.pairs.c
    texts = (LEFT.c.text.label("left"), RIGHT.c.text.label("right"), tables.sources.c.text.label("source"))
    return (
        select(*PLACE_OF_PAIR, c.left_id, c.right_id, *texts, tables.sources.c.evidence)
        .join(LEFT, LEFT.c.id == c.left_id)
        .join(RIGHT, RIGHT.c.id == c.right_id)
        .join(tables.sources, tables.sources.c.id == c.source_id)
        .order_by(*PLACE_OF_PAIR)
    )


def has_documents(evidence: Mapping[str, Any] | None) -> bool:
    """Whether a source is more than a question whose documents did not come along."""
    return (evidence or {}).get("documents") != 0


def require_same_model(connection: Connection, table: Table, agent: Agent, model: str) -> None:
    """Keep one agent from being two models; raises StudyError where its rows in a table are of another."""
    c = table.c
    other = connection.execute(
        select(c.model)
        .where(c.agent_id == agent_id_of(agent), c.model != model)
        .order_by(c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if other is not None:
        # Without a preset, an added model is one to chat with.
        how = f" NAME --preset rm-13b --model {shlex.quote(model)}" if table is rewards else ""
        raise StudyError(
            f"{agent.name} has been the model {other} in this study and is {model} now: "
            f"configure the other model under a name of its own with profile-tui models add{how}"
        )


def _add(connection: Connection, table: Table, **values: object) -> int:
    made = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])
