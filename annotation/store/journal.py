"""What was acknowledged, noted a second time beside a study's file.

A SQLite file can lose what it held: its WAL cut off by a disk that lied, its last page torn, an older copy
put in its place. `STUDY.log` has a line of JSON for each answer, written and synced after the commit and
before the answer is acknowledged; so a line stands for an answer that was on disk, and an answer that no
line tells of was never acknowledged. Lines are a set: their order does not matter, one may come twice, and of
several with one token the last stands. What comes in bulk has one line together, because its files have it.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from annotation.errors import LocationError
from annotation.store.chain import SEALED, Head, entries, read_head
from annotation.store.tables import answers, pairs

ENDING: Final = ".log"
_PENDING: Final = "noted"
_TAIL: Final = 65_536
_PORTION: Final = 500  # tokens a query; a database takes a limited number of parameters
_IMPORT: Final = "import"
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

Line = dict[str, Any]
"""An answer: `id`, what was sealed, `pair` (the pair's key), `salt`, `seal`, `link`, and `study`, the root of
its chain. An import: `imported` (how many), `tokens` (of its first and last), `first`, `last`, `created`."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What a journal says.

    Attributes:
        answers: by token, the last line of each.
        unreadable: lines that were not written to their end; their answers were not acknowledged.
    """

    answers: dict[str, Line] = field(default_factory=dict)
    imports: list[Line] = field(default_factory=list)
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Losses:
    """What was acknowledged and is not in the study.

    Attributes:
        answers: by id.
        imports: answers that came in bulk.
    """

    answers: tuple[Line, ...] = ()
    imports: tuple[Line, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers or self.imports)


class Journal:
    """The file beside a study's file."""

    def __init__(self, study: Path) -> None:
        self._study = study
        self.path = Path(f"{study}{ENDING}")

    def exists(self) -> bool:
        """Whether anything was noted yet, or came along when the study was copied."""
        return self.path.exists()

    def write(self, lines: Sequence[Line]) -> bool:
        """Append lines, on disk when this returns; imports alone begin no journal.

        Returns:
            Whether it could be done. The answers are in the study all the same, and are noted later.
        """
        try:
            file = os.open(
                self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, self._study.stat().st_mode & 0o777
            )
            try:
                _append(file, lines)
            finally:
                os.close(file)
        except OSError:
            return False
        return True

    def replace(self, lines: Iterable[Line]) -> None:
        """Write the file anew; the old one is gone once the new one is on disk."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, self._study.stat().st_mode & 0o777)
        try:
            _append(file, list(lines))
        finally:
            os.close(file)
        new.replace(self.path)

    def read(self) -> Notes:
        """All that is noted."""
        return _notes(self.path.read_bytes())

    def tail(self) -> Notes:
        """What was noted last; made to be read on every opening."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            content = file.read()
        # The first line begins before what was read.
        return _notes(content if size <= _TAIL else content.partition(b"\n")[2])


def pend(connection: Connection, lines: Iterable[Line]) -> None:
    """Have lines written once the transaction is committed."""
    pending: list[Line] | None = connection.info.get(_PENDING)
    if pending is not None:
        pending.extend(lines)


def begin_pending(connection: Connection) -> list[Line]:
    """The lines of a transaction that begins."""
    pending: list[Line] = []
    connection.info[_PENDING] = pending
    return pending


def is_kept(connection: Connection) -> bool:
    """Whether this transaction belongs to a study with a journal."""
    return connection.info.get(_PENDING) is not None


def line_of(row: Mapping[Any, Any], pair: str, root: str) -> Line:
    """The line of an answer as `chain.entries` has it."""
    said = {name: row[name] for name in ("id", *SEALED, "salt", "seal", "link")}
    return {**{name: value for name, value in said.items() if value is not None}, "pair": pair, "study": root}


def lines_where(connection: Connection, *which: ColumnElement[bool]) -> list[Line]:
    """The lines of the answers of a study."""
    root = read_head(connection).root
    found = entries().add_columns(pairs.c.key).join(pairs, pairs.c.id == answers.c.pair_id).where(*which)
    return [line_of(row._mapping, row.key, root) for row in connection.execute(found)]


def import_line(connection: Connection, count: int, tokens: Sequence[str], created: str) -> Line:
    """The line of answers that came in bulk.

    Args:
        connection: the transaction that added them.
        count: how many.
        tokens: of the first and the last.
        created: when.
    """
    head = read_head(connection)
    ids = dict(
        connection.execute(select(answers.c.token, answers.c.id).where(answers.c.token.in_(tokens))).all()
    )
    return {
        "imported": count,
        "first": ids[tokens[0]],
        "last": ids[tokens[-1]],
        "tokens": list(tokens),
        "created": created,
        "link": head.link,
        "study": head.root,
    }


def losses(connection: Connection, notes: Notes) -> Losses:
    """What is noted and not in the study; the notes must have been read before the transaction began."""
    wanted = [*notes.answers, *(token for line in notes.imports for token in line["tokens"])]
    there = set(_stored(connection, wanted))
    gone = (line for token, line in notes.answers.items() if token not in there)
    return Losses(
        tuple(sorted(gone, key=lambda line: int(line["id"]))),
        tuple(line for line in notes.imports if not there.issuperset(line["tokens"])),
    )


def edited(connection: Connection, notes: Notes) -> tuple[Line, ...]:
    """Lines whose answers are in the study with another seal."""
    seals = _stored(connection, notes.answers)
    return tuple(
        line for token, line in notes.answers.items() if token in seals and seals[token] != line["seal"]
    )


def not_noted(connection: Connection, notes: Notes) -> list[Line]:
    """Lines for what is in the study since the first of these notes and was not noted.

    That is what was committed and never acknowledged: its process was killed in between, or the journal
    could not be written.
    """
    if not notes.answers:
        return []
    first = min(line["id"] for line in notes.answers.values())
    own = (answers.c.id > first, answers.c.origin != _IMPORT)
    known = {
        row.id
        for row in connection.execute(select(answers.c.id, answers.c.token).where(*own))
        if row.token not in notes.answers
    }
    return lines_where(connection, answers.c.id.in_(sorted(known)[:_PORTION])) if known else []


def refuse_foreign(journal: Journal, notes: Notes, head: Head) -> None:
    """Raise LocationError where a journal was written beside another study."""
    lines = (*notes.answers.values(), *notes.imports)
    if any(line["study"] != head.root for line in lines):
        raise LocationError(
            f"{journal.path}: notes of another study of this name; move them away, or put its file back"
        )


def _append(file: int, lines: Sequence[Line]) -> None:
    text = "".join(f"{_encode(line)}\n" for line in lines).encode("utf-8", "surrogatepass")
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        text = b"\n" + text  # what stands there was not written to its end
    while text:
        text = text[os.write(file, text) :]
    getattr(os, "fdatasync", os.fsync)(file)


def _notes(content: bytes) -> Notes:
    answered: dict[str, Line] = {}
    imports: list[Line] = []
    unreadable = 0
    for line in _lines(content):
        if line is None:
            unreadable += 1
        elif "imported" in line:
            imports.append(line)
        else:
            answered[line["token"]] = line
    return Notes(answered, imports, unreadable)


def _lines(content: bytes) -> Iterator[Line | None]:
    for text in content.split(b"\n"):
        if text.strip():
            try:
                line = json.loads(text)
            except ValueError:
                yield None
                continue
            yield line if isinstance(line, dict) and ("token" in line or "tokens" in line) else None


def _stored(connection: Connection, tokens: Iterable[str]) -> dict[str, str | None]:
    """The seals of these answers, by token, as far as they are there."""
    wanted, found = list(tokens), {}
    for start in range(0, len(wanted), _PORTION):
        portion = answers.c.token.in_(wanted[start : start + _PORTION])
        for row in connection.execute(select(answers.c.token, answers.c.seal).where(portion)):
            found[row.token] = row.seal
    return found
