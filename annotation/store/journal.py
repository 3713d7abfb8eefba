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

from annotation.store.chain import SEALED, entries, read_head
from annotation.store.tables import answers, pairs

ENDING: Final = ".log"
_PENDING: Final = "noted"
_PRIVATE: Final = 0o600
_TAIL: Final = 65_536
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
        if all("imported" in line for line in lines) and not self.exists():
            return True
        try:
            self._append_to(self.path, lines)
        except OSError:
            return False
        return True

    def set_aside(self, lines: Sequence[Line], path: Path) -> None:
        """Append lines to another file, on disk when this returns."""
        self._append_to(path, lines)

    def replace(self, lines: Iterable[Line]) -> None:
        """Write the file anew; the old one is gone once the new one is on disk."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        self._append_to(new, list(lines))
        new.replace(self.path)

    def _append_to(self, path: Path, lines: Sequence[Line]) -> None:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _PRIVATE)
        try:
            if not os.fstat(file).st_size:
                os.fchmod(file, self._study.stat().st_mode & 0o777)  # whoever may write the study may note
            _append(file, lines)
        finally:
            os.close(file)

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


def lines_where(connection: Connection, *which: ColumnElement[bool], root: str | None = None) -> list[Line]:
    """The lines of the answers of a study; `root` of its chain, where that is known already."""
    root = root or read_head(connection).root
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
