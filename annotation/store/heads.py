"""One line that says how far a study goes, to be written down: whether all up to there is as it was."""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Column, Connection, func, select

from annotation.store.chain import read_head
from annotation.store.seals import SEALED, Seal, read_seals, seal_of_first
from annotation.store.tables import answers, participation, plans

_LINK: Final = re.compile("[0-9a-f]{64}")
_WRITTEN: Final = re.compile(r"([0-9]+(?:\.[0-9]+)*)\.([0-9a-f]{64})")
_LOGS: Final = (answers.c.link, participation.c.link, plans.c.digest)
"""What is linked or digested row by row; the sealed tables come after them."""


def written_head(connection: Connection) -> str:
    """How many answers, decisions about people, plans and rows of each sealed table, and a digest of all."""
    counts = [connection.execute(select(func.count()).select_from(link.table)).scalar_one() for link in _LOGS]
    kept = read_seals(connection)
    seals = [kept[table].seal if table in kept else Seal(0, "") for table in SEALED]
    return _head(connection, counts, seals)


def departures(connection: Connection, head: str) -> Iterator[str]:
    """What is wrong if a study does not go on from a head that was written down.

    A link alone, as heads were, is that of an answer.
    """
    head = head.strip().lower()
    if _LINK.fullmatch(head):
        there = select(answers.c.id).where(answers.c.link == head)
        if head != read_head(connection).root and connection.execute(there).first() is None:
            yield f"no answer has the link {head}: the log does not go on from where that was written down"
        return
    written = _WRITTEN.fullmatch(head)
    counts = [] if written is None else [int(count) for count in written[1].split(".")]
    if len(counts) != len(_LOGS) + len(SEALED):
        yield f"{head} is no head as this command prints it: copy all of it, with its dots"
    elif _head_at(connection, counts) != head:
        yield (
            f"the study does not go on from the head {head}: something that was there when it was written "
            "down was edited, exchanged or removed"
        )


def _head_at(connection: Connection, counts: Sequence[int]) -> str:
    """The head of the first so many of each, as they are now."""
    places = zip(SEALED, counts[len(_LOGS) :], strict=True)
    return _head(
        connection,
        counts[: len(_LOGS)],
        [seal_of_first(connection, table, rows) for table, rows in places],
    )


def _head(connection: Connection, counts: Sequence[int], seals: Sequence[Seal]) -> str:
    links = [_folded(connection, link, count) for link, count in zip(_LOGS, counts, strict=True)]
    said = "\0".join((read_head(connection).root, *links, *(seal.digest for seal in seals)))
    rows = (*counts, *(seal.rows for seal in seals))
    return ".".join((*map(str, rows), sha256(said.encode()).hexdigest()))


def _folded(connection: Connection, link: Column[Any], rows: int) -> str:
    """One digest of the first so many links; of fewer where there are fewer."""
    found = select(link).order_by(link.table.c.id).limit(rows)
    return sha256("\0".join(one or "" for one in connection.execute(found).scalars()).encode()).hexdigest()
