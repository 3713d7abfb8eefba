"""The log of whether people take part and count, as a chain: an entry that is edited or removed shows.

An entry's link is the SHA-256 over the link before it and what was decided, of whom and when; reasons, which
erasing takes away, are not in it. The first follows the study's root; `answer_log` has how many there are,
and the last link.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from annotation.store.database import timestamp
from annotation.store.tables import answer_log, participation

_LINKED: Final = ("annotator_id", "matter", "event", "version", "created")


def decide(connection: Connection, **decision: object) -> None:
    """Append an entry; columns of `participation`, now unless `created` says otherwise."""
    row = {**decision, "created": decision.get("created") or timestamp()}
    head = connection.execute(select(answer_log.c.root, answer_log.c.decisions, answer_log.c.decided)).one()
    row["link"] = _link(head.decided or head.root, row)
    connection.execute(insert(participation), [row])
    connection.execute(update(answer_log).values(decisions=head.decisions + 1, decided=row["link"]))


def changed_decisions(connection: Connection) -> Iterator[str]:
    """What is wrong with the log, in words."""
    head = connection.execute(select(answer_log.c.root, answer_log.c.decisions, answer_log.c.decided)).one()
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


def _link(before: str, said: Mapping[Any, Any]) -> str:
    content = json.dumps([said.get(name) for name in _LINKED], separators=(",", ":"))
    return sha256(f"{before}{content}".encode()).hexdigest()
