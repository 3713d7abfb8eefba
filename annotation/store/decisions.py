"""The log of whether people take part and count, as a chain: an entry that is edited or removed shows.

An entry's link is the SHA-256 over the link before it and what was decided, of whom and when; reasons, which
erasing takes away, are not in it. The first follows the study's root; `answer_log` has how many there are,
and the last link.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from annotation.store.chain import without_head
from annotation.store.database import timestamp
from annotation.store.tables import answer_log, participation

_LINKED: Final = ("annotator_id", "matter", "event", "version", "created")


class Matter(StrEnum):
    """What is decided about people: whether they take part, and whether their answers count."""

    CONSENT = "consent"
    COUNTING = "counting"


@dataclass(frozen=True, slots=True)
class Decision:
    """The last word of a matter about one person; without one, no event.

    Attributes:
        version: of the words that were accepted, where it is consent; of who was erased, as the table has it.
        created: when it was said.
    """

    event: str | None = None
    version: str | None = None
    created: str | None = None


def last_decision(connection: Connection, annotator_id: int, matter: Matter) -> Decision:
    """What stands of a matter about somebody."""
    row = connection.execute(
        select(participation.c.event, participation.c.version, participation.c.created)
        .where(participation.c.annotator_id == annotator_id, participation.c.matter == matter)
        .order_by(participation.c.id.desc())
        .limit(1)
    ).first()
    return Decision() if row is None else Decision(row.event, row.version, row.created)


def decide(connection: Connection, **decision: object) -> None:
    """Append an entry; columns of `participation`, now unless `created` says otherwise."""
    row = {**decision, "created": decision.get("created") or timestamp()}
    head = _head(connection)
    row["link"] = _link(head.decided or head.root, row)
    connection.execute(insert(participation), [row])
    connection.execute(update(answer_log).values(decisions=head.decisions + 1, decided=row["link"]))


def changed_decisions(connection: Connection) -> Iterator[str]:
    """What is wrong with the log, in words."""
    head = _head(connection)
    last, there = head.root, 0
    for row in connection.execute(select(participation).order_by(participation.c.id)):
        if row.link != _link(last, row._mapping):
            yield (
                f"participation entry {row.id} ({row.event} of annotator {row.annotator_id}, {row.created}) "
                "does not follow the one before: an entry was edited, removed, put in or moved"
            )
        last, there = row.link or "", there + 1
    if (there, last) != (head.decisions, head.decided or head.root):
        yield (
            f"the log of who takes part counts {head.decisions:,} entries, {there:,} are there and do not "
            "end as it did: an entry was edited, removed or put in"
        )


def _head(connection: Connection) -> Row[*tuple[Any, ...]]:
    rows = connection.execute(select(answer_log.c.root, answer_log.c.decisions, answer_log.c.decided)).all()
    if len(rows) != 1:
        raise without_head(len(rows))
    return rows[0]


def _link(before: str, said: Mapping[Any, Any]) -> str:
    content = json.dumps([said.get(name) for name in _LINKED], separators=(",", ":"))
    return sha256(f"{before}{content}".encode()).hexdigest()
