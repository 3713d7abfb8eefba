"""What answers are about: that texts, their order in a pair, scores and authors are what they were.

A source's key is the SHA-256 of its text, a response's that of source, author, score and text. An answer
keeps, and seals, a digest of its pair's key and of the keys of source, left and right response. A plan keeps
one of all it says.
"""

import json
import re
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select, update

from annotation.store.tables import agents, answers, pairs, plan_items, plans, responses, sources

_PORTION: Final = 1_000  # values a query; a database takes a limited number of parameters
_SHA256: Final = re.compile("[0-9a-f]{64}")
_MOST_NAMED: Final = 20

_LEFT, _RIGHT = responses.alias("left_side"), responses.alias("right_side")


def text_key(text: str) -> bytes:
    """Equal texts are one source."""
    return sha256(text.encode()).digest()


def response_key(source: bytes, author: str | None, score: float | None, text: str) -> bytes:
    """Over a source's key, author, score and text; NUL parts them, which no stored text has."""
    told = "" if score is None else repr(score)
    return sha256(source + f"{author or ''}\0{told}\0{text}".encode()).digest()


def pair_key(left: bytes, right: bytes) -> str:
    """Whichever stands left, two responses are one pair."""
    return sha256(b"".join(sorted((left, right)))).hexdigest()


def storable(text: str) -> str:
    """No database takes a lone surrogate, and PostgreSQL no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def keys_of_pairs() -> Select[Any]:
    """Pairs with the keys of what they are made of."""
    return (
        select(
            pairs.c.id,
            pairs.c.key,
            sources.c.key.label("source"),
            _LEFT.c.key.label("left"),
            _RIGHT.c.key.label("right"),
        )
        .join(sources, sources.c.id == pairs.c.source_id)
        .join(_LEFT, _LEFT.c.id == pairs.c.left_id)
        .join(_RIGHT, _RIGHT.c.id == pairs.c.right_id)
    )


def digest(pair: Row[Any]) -> str:
    """What answers keep of a pair, of `keys_of_pairs`."""
    return sha256("\0".join((pair.key, pair.source, pair.left, pair.right)).encode()).hexdigest()


def digests(connection: Connection, pair_ids: Collection[int]) -> dict[int, str]:
    """The digests of these pairs, as they are now."""
    wanted = sorted(pair_ids)
    return {
        row.id: digest(row)
        for start in range(0, len(wanted), _PORTION)
        for row in connection.execute(keys_of_pairs().where(pairs.c.id.in_(wanted[start : start + _PORTION])))
    }


def digests_of_answered(connection: Connection) -> dict[int, str]:
    """Those of all pairs that somebody has answered."""
    answered = keys_of_pairs().where(pairs.c.id.in_(select(answers.c.pair_id)))
    return {row.id: digest(row) for row in connection.execute(answered)}


def changed_contents(connection: Connection) -> Iterator[str]:
    """Sources and responses that are not what their keys say; without end, at most so many of each.

    A key that is none, as of a study made by hand, says nothing; what is answered keeps the key itself.
    """
    yield from _few("source", _changed_sources(connection))
    yield from _few("response", _changed_responses(connection))


def seal_plan(connection: Connection, plan_id: int) -> None:
    """Keep a digest of a plan that was just written, its items and known answers included."""
    sealed = update(plans).where(plans.c.id == plan_id).values(digest=_plan_digest(connection, plan_id))
    connection.execute(sealed)


def changed_plans(connection: Connection) -> Iterator[str]:
    """Plans that are not what they were when they were written."""
    for id_, kept in connection.execute(select(plans.c.id, plans.c.digest).order_by(plans.c.id)).all():
        if kept != _plan_digest(connection, id_):
            yield f"plan {id_} was edited: its design, items or known answers are not what was planned"


def _plan_digest(connection: Connection, plan_id: int) -> str:
    design, created = connection.execute(
        select(plans.c.design, plans.c.created).where(plans.c.id == plan_id)
    ).one()
    c = plan_items.c
    items = connection.execute(
        select(c.position, c.pair_id, c.role, c.expected, c.explanation)
        .where(c.plan_id == plan_id)
        .order_by(c.position)
    )
    content = [plan_id, created, design, [list(item) for item in items]]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _few(what: str, found: Iterator[int]) -> Iterator[str]:
    ids = list(found)
    about = "its text" if what == "source" else "its text, score, author or source"
    for id_ in ids[:_MOST_NAMED]:
        yield f"{what} {id_} was edited: {about} is not what its key was made of"
    if len(ids) > _MOST_NAMED:
        yield f"{len(ids) - _MOST_NAMED:,} more {what}s were edited"


def _changed_sources(connection: Connection) -> Iterator[int]:
    for row in connection.execute(select(sources.c.id, sources.c.key, sources.c.text)):
        if _SHA256.fullmatch(row.key) and text_key(row.text).hex() != row.key:
            yield row.id


def _changed_responses(connection: Connection) -> Iterator[int]:
    c = responses.c
    written = (
        select(c.id, c.key, c.score, c.text, agents.c.name, sources.c.key.label("source"))
        .join(sources, sources.c.id == c.source_id)
        .outerjoin(agents, agents.c.id == c.agent_id)
    )
    for row in connection.execute(written):
        if not (_SHA256.fullmatch(row.key) and _SHA256.fullmatch(row.source)):
            continue
        if response_key(bytes.fromhex(row.source), row.name, row.score, row.text).hex() != row.key:
            yield row.id
