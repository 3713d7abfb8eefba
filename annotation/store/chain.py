"""The log of answers as a chain: an answer that is edited, removed, put in or moved shows.

An entry's seal is the SHA-256 over its salt, what it says and what it is about; its link the SHA-256 over
the link before it and its seal. The first link follows the study's root, and `answer_log` holds how many
entries there are and the last link. Where somebody was erased, salt and content are gone while seal and link
stay, so the chain holds; without the salt nobody can try out which of the few things there are to say had
been said.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from os import urandom
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Update, bindparam, select, update

from annotation.errors import TamperedError
from annotation.store.contents import digests, digests_of_answered
from annotation.store.standing import people_erased
from annotation.store.tables import agents, answer_log, answers

SEALED: Final = (
    "token",
    "pair_id",
    "annotator",
    "kind",
    "choice",
    "shown_first",
    "shown_choice",
    "sure",
    "set",
    "note",
    "seconds",
    "undoes",
    "origin",
    "created",
    "about",
)
"""What a seal is over; `annotator` is the name. The id is not: the link says where an entry stands."""

EMPTIED: Final = ("choice", "shown_first", "shown_choice", "sure", "set", "note", "seconds", "salt")
"""What is NULL once somebody is erased."""

_OF_THE_CHAIN: Final = ("salt", "seal", "link")
_GIVEN: Final = ("about", *_OF_THE_CHAIN)
_SALT_BYTES: Final = 16
_PORTION: Final = 5_000
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends.

    Attributes:
        root: what the first link follows; of this study alone.
        link: the last one, the root in an empty log; whoever writes it down can tell later that all up to it
            is as it was.
    """

    root: str
    entries: int
    link: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with the chain.

    Attributes:
        answer_id: where; None for its end.
        message: what, whose answer, and from when.
    """

    answer_id: int | None
    message: str


def new_root() -> str:
    """What the chain of a new study begins with."""
    return urandom(32).hex()


def read_head(connection: Connection) -> Head:
    """Where the chain ends, as the study has it; raises TamperedError where it does not say."""
    rows = connection.execute(select(answer_log.c.root, answer_log.c.entries, answer_log.c.link)).all()
    if len(rows) != 1:
        raise without_head(len(rows))
    return Head(rows[0].root, rows[0].entries, rows[0].link)


def without_head(rows: int) -> TamperedError:
    """What is said of a log that has not one row that says where it begins and ends."""
    return TamperedError(
        f"the log of answers was tampered with: answer_log has {rows} rows, not the one that says where its "
        "chain begins and ends, so nobody can tell what was edited or removed; go back to an earlier copy"
    )


def extend(connection: Connection, rows: Sequence[dict[str, Any]], names: Mapping[int, str]) -> None:
    """Chain entries that are about to be inserted, in this order, and keep where the chain ends then.

    Args:
        connection: the transaction in which they are inserted.
        rows: columns of `answers`; changed in place. `about` is looked up where it is not given.
        names: of the annotators, by id.
    """
    missing = digests(connection, {row["pair_id"] for row in rows if not row.get("about")})
    for row in rows:
        row["about"] = row.get("about") or missing[row["pair_id"]]
    head = chained(rows, names, read_head(connection))
    connection.execute(GOING_ON, going_on(head))


def chained(rows: Sequence[dict[str, Any]], names: Mapping[int, str], head: Head) -> Head:
    """Give entries, in this order, their salt, seal and link; where the chain ends then."""
    link, salts = head.link, urandom(_SALT_BYTES * len(rows)).hex()
    for number, row in enumerate(rows):
        salt = salts[2 * _SALT_BYTES * number : 2 * _SALT_BYTES * (number + 1)]
        seal = seal_of(salt, {**row, "annotator": names[row["annotator_id"]]})
        link = next_link(link, seal)
        row |= {"salt": salt, "seal": seal, "link": link}
    return Head(head.root, head.entries + len(rows), link)


GOING_ON: Final = update(answer_log).values(entries=bindparam("entries_now"), link=bindparam("link_now"))
"""Keeps where the chain ends, with the values of `going_on`."""


def going_on(head: Head) -> dict[str, Any]:
    """The values with which `GOING_ON` keeps that the chain ends there."""
    return {"entries_now": head.entries, "link_now": head.link}


def seal_of(salt: str, said: Mapping[Any, Any]) -> str:
    """The seal over an entry.

    Args:
        salt: hexadecimal.
        said: the values of `SEALED`; one that is not there is None.
    """
    content = [said.get(name) for name in SEALED]
    for place, as_stored in _AS_STORED:
        if content[place] is not None:
            content[place] = as_stored(content[place])
    return sha256(f"{salt}{_encode(content)}".encode()).hexdigest()


_AS_STORED: Final = tuple(
    (SEALED.index(name), kind)
    for name, kind in (
        *((name, int) for name in ("choice", "shown_first", "shown_choice")),
        *((name, bool) for name in ("sure", "set")),
        ("seconds", float),
    )
)
"""How a value comes back from the database, whatever it was given as."""


def next_link(link: str, seal: str) -> str:
    """The link that follows another."""
    return sha256(f"{link}{seal}".encode()).hexdigest()


def entries() -> Select[Any]:
    """All entries in their order, with the annotator's name."""
    columns = (
        answers.c[name] for name in ("id", "annotator_id", *SEALED, *_OF_THE_CHAIN) if name in answers.c
    )
    return select(*columns, agents.c.name.label("annotator")).join(agents).order_by(answers.c.id)


def chain_all(connection: Connection) -> None:
    """Chain the entries of a study from before there were chains."""
    while rows := connection.execute(entries().where(answers.c.link.is_(None)).limit(_PORTION)).all():
        unchained = [dict(row._mapping) for row in rows]
        extend(connection, unchained, {row.annotator_id: row.annotator for row in rows})
        connection.execute(
            _chaining(),
            [{"key": row["id"], **{name: row[name] for name in _GIVEN}} for row in unchained],
        )


def _chaining() -> Update:
    return (
        update(answers)
        .where(answers.c.id == bindparam("key"))
        .values({name: bindparam(name) for name in _GIVEN})
    )


def check_chain(connection: Connection) -> tuple[Fault, ...]:
    """Go along the whole chain; empty for one that nobody has meddled with."""
    return tuple(_Walk(connection).faults())


class _Walk:
    """One way along the chain, from the root to the head."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._head = read_head(connection)
        self._erased = set(connection.execute(people_erased()).scalars())
        self._link = self._head.root
        self._pairs = digests_of_answered(connection)
        self._exchanged: set[int] = set()
        self._last: Row[Any] | None = None
        self._chained = 0

    def faults(self) -> Iterator[Fault]:
        for row in self._connection.execute(entries()):
            if row.seal is None or row.link is None:
                yield Fault(row.id, f"{told(row._mapping)} was put in: it is not part of the chain")
                continue
            yield from self._content(row)
            if row.link != next_link(self._link, row.seal):
                yield Fault(row.id, self._broken(row))
            self._link, self._last = row.link, row
            self._chained += 1
        yield from self._end()

    def _content(self, row: Row[Any]) -> Iterator[Fault]:
        said = row._mapping
        if row.annotator_id in self._erased and row.salt is None:
            if any(said[name] is not None for name in EMPTIED):
                yield Fault(row.id, f"{told(said)} says something, although its annotator was erased")
        elif row.salt is None:
            yield Fault(row.id, f"{told(said)} was edited: its salt is gone, and nobody was erased")
        elif seal_of(row.salt, said) != row.seal:
            yield Fault(row.id, f"{told(said)} was edited: it is not what was sealed")
        elif self._pairs.get(row.pair_id) != row.about and row.pair_id not in self._exchanged:
            self._exchanged.add(row.pair_id)
            yield Fault(
                row.id,
                f"pair {row.pair_id} is not the one that {told(said)} was about: its responses were put the "
                "other way round, or it, its source or a response was exchanged",
            )

    def _broken(self, row: Row[Any]) -> str:
        before = "the beginning" if self._last is None else told(self._last._mapping)
        gap = range((0 if self._last is None else self._last.id) + 1, row.id)
        missing = f"; {_numbered(gap)} not there" if gap else ""
        return (
            f"{told(row._mapping)} does not follow {before}: an answer was removed, put in, moved or sealed "
            f"anew{missing}"
        )

    def _end(self) -> Iterator[Fault]:
        if self._chained != self._head.entries:
            yield Fault(
                None,
                f"the log counts {self._head.entries:,} entries, {self._chained:,} of its chain are there",
            )
        if self._link != self._head.link:
            last = "no answer" if self._last is None else told(self._last._mapping)
            yield Fault(None, f"the log ends with {last}, which is not the one it ended with")


def told(said: Mapping[Any, Any]) -> str:
    """Which answer, whose, from when."""
    return (
        f"answer {said['id']} ({said['annotator']}, {said['kind']} of pair {said['pair_id']}, "
        f"{said['created']})"
    )


def _numbered(gap: range) -> str:
    return f"answer {gap[0]} is" if len(gap) == 1 else f"answers {gap[0]} to {gap[-1]} are"
