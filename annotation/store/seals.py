"""Tables that only grow, sealed: that values, verdicts, settled pairs, pairs and sources are what they were.

A table's seal is how many rows it has and a digest of all of them in their order: the SHA-256 over the digest
before and what a row says, the first after the study's root. It moves on in the transaction that adds rows.
A row that was put in, edited or removed behind the study's back is never part of it, and shows from then on.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, Text, cast, func, insert, select, update

from annotation.store.chain import read_head
from annotation.store.tables import (
    adjudications,
    agents,
    factor_values,
    pairs,
    preferences,
    sources,
    table_seals,
)

_PORTION: Final = 5_000
_encode = json.JSONEncoder(separators=(",", ":")).encode


def _what(table: Table, *names: str) -> Select[Any]:
    return select(*(table.c[name] for name in ("id", *names)))


_SAYS: Final[Mapping[Table, Select[Any]]] = MappingProxyType(
    {
        sources: _what(sources, "key", "external_id", "title"),
        pairs: _what(pairs, "key", "external_id", "source_id", "left_id", "right_id"),
        # The judge by name: who is called otherwise has said something else. Evidence as it is written.
        factor_values: _what(
            factor_values, "response_id", "factor", "value", "label", "reason", "method", "version"
        ).add_columns(
            factor_values.c.model,
            factor_values.c.attempt,
            factor_values.c.created,
            cast(factor_values.c.evidence, Text),
        ),
        preferences: _what(preferences, "pair_id", "value", "raw", "justification", "created")
        .add_columns(agents.c.name, agents.c.kind)
        .join(agents, agents.c.id == preferences.c.agent_id),
        # The adjudicator by id: erasing a person takes their name away.
        adjudications: _what(adjudications, "pair_id", "adjudicator_id", "choice", "note", "created"),
    }
)

SEALED: Final = MappingProxyType(
    {
        sources: "sources",
        pairs: "pairs",
        factor_values: "factor values",
        preferences: "models' preferences",
        adjudications: "adjudications",
    }
)
"""What is sealed, in people's words; a head counts them in this order."""


@dataclass(frozen=True, slots=True)
class Seal:
    """How far a table goes.

    Attributes:
        rows: how many it has.
        digest: of all of them, hexadecimal.
    """

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class KeptSeal:
    """A seal as the study has it.

    Attributes:
        taken_over: rows that were there when sealing began, from before there were seals.
        since: when that was.
    """

    seal: Seal
    taken_over: int
    since: str


@contextmanager
def sealing(connection: Connection, *tables: Table) -> Iterator[None]:
    """Add rows to these tables inside the block, by any statement; they are part of the seals afterwards."""
    last = {
        table: connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        for table in tables
    }
    yield
    for table, id_ in last.items():
        of_table = table_seals.c.name == table.name
        row = connection.execute(
            select(table_seals.c.rows, table_seals.c.digest).where(of_table)
        ).one_or_none()
        if row is None:  # nobody can go on from a seal that is gone; `verify` says so
            continue
        grown = _folded(connection, table, Seal(row.rows, row.digest), after=id_)
        connection.execute(update(table_seals).where(of_table).values(rows=grown.rows, digest=grown.digest))


def seal_all(connection: Connection, now: str) -> None:
    """Seal what is there in a study from before there were seals, at this time."""
    root = read_head(connection).root
    for table in SEALED:
        seal = _folded(connection, table, Seal(0, root))
        row = {"rows": seal.rows, "digest": seal.digest, "taken_over": seal.rows, "since": now}
        connection.execute(insert(table_seals).values(name=table.name, **row))


def read_seals(connection: Connection) -> dict[Table, KeptSeal]:
    """The seals as the study has them; a table whose seal is gone is not among them."""
    rows = {row.name: row for row in connection.execute(select(table_seals))}
    return {
        table: KeptSeal(Seal(row.rows, row.digest), row.taken_over, row.since)
        for table in SEALED
        if (row := rows.get(table.name)) is not None
    }


def seal_of_first(connection: Connection, table: Table, rows: int) -> Seal:
    """The seal that a table had at its first so many rows, from what they say now; with fewer if it has."""
    return _folded(connection, table, Seal(0, read_head(connection).root), most=rows)


def broken_seals(connection: Connection) -> Iterator[str]:
    """Tables that are not what was sealed, in words."""
    kept, root = read_seals(connection), read_head(connection).root
    for table, what in SEALED.items():
        if table not in kept:
            yield f"the seal of the {what} is gone: nobody can tell whether they are what they were"
            continue
        sealed, found = kept[table].seal, _folded(connection, table, Seal(0, root))
        if sealed.rows != found.rows:
            there = f"{sealed.rows:,} were sealed, {found.rows:,} are there"
            yield f"of the {what} {there}: some were removed or put in"
        elif sealed != found:
            yield f"the {what} are not what was sealed: at least one was edited, exchanged or moved"


def _folded(
    connection: Connection, table: Table, seal: Seal, *, after: int = 0, most: int | None = None
) -> Seal:
    """A seal that goes on over the rows after an id, `most` at most."""
    wanted = _SAYS[table].where(table.c.id > after).order_by(table.c.id).limit(most)
    rows, digest = seal.rows, seal.digest
    for row in connection.execute(wanted.execution_options(yield_per=_PORTION)):
        rows += 1
        digest = sha256(f"{digest}{_encode(list(row))}".encode()).hexdigest()
    return Seal(rows, digest)
