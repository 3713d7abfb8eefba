"""Acknowledged answers that a study's file has lost, put back from the notes beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from annotation.errors import StudyError
from annotation.planning.seats import seat_import
from annotation.store.annotators import add_annotator, find_annotator
from annotation.store.chain import SEALED, Head, extend, next_link, read_head, seal_of, told
from annotation.store.comparison import losses
from annotation.store.journal import Journal, Line, lines_where, pend
from annotation.store.safekeeping import lost_path, noted, read_notes
from annotation.store.tables import answer_log, answers, pairs
from annotation.study import Study


@dataclass(frozen=True, slots=True)
class Restoration:
    """What became of the answers that were missing, a line each in words.

    Attributes:
        restored: put back.
        left: could not be, and why; their notes are in the file `kept` now.
    """

    restored: tuple[str, ...]
    left: tuple[str, ...]
    kept: str | None


def restore(study: Study) -> Restoration:
    """Put back what is missing, as far as the notes have it.

    Where nothing was written since, entries, seals and links are as they were. What cannot be put back goes
    from the notes into a file of its own, so that the study opens again.

    Raises:
        StudyError: the study is read-only, damaged or has no notes.
    """
    journal = noted(study.database)
    if journal is None:
        raise StudyError(f"{study.location}: nothing is noted beside it that could be put back")
    notes = read_notes(journal)
    with study.writing() as connection:
        missing = losses(connection, notes)
        log = _Log(connection)
        done = [(line, log.put_back(line)) for line in missing.answers]
    left = [(line, why) for line, why in done if why is not None]
    imports = [(line, "import its files again") for line in missing.imports]
    if left or imports:
        _set_aside(study, journal, [line for line, _ in (*left, *imports)])
    return Restoration(
        restored=tuple(told(line) for line, why in done if why is None),
        left=(
            *(f"{told(line)}: {why}" for line, why in left),
            *(f"{told_import(line)}: {why}" for line, why in imports),
        ),
        kept=str(lost_path(study.database)) if left or imports else None,
    )


def told_import(line: Line) -> str:
    """Which import, from when."""
    return f"an import of {line['imported']:,} answers ({line['first']} to {line['last']}, {line['created']})"


class _Log:
    """The end of a log that entries are put back to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_back(self, line: Line) -> str | None:
        """Append one entry; why not, where it cannot be."""
        pair_id = self._one(select(pairs.c.id).where(pairs.c.key == line["pair"]))
        if pair_id is None:
            return "its pair is not in the study"
        if "salt" not in line:
            return "its annotator was erased"
        annotator_id = self._annotator(line["annotator"])
        if self._said_since(line, pair_id, annotator_id):
            return "the same person has said something newer about the same pair"
        undoes = None
        if line.get("undoes") is not None:
            undoes = self._undone(line, pair_id, annotator_id)
            if undoes is None:
                return "what it takes back is not in the study"
        row = {name: line.get(name) for name in SEALED if name != "annotator"}
        row |= {"pair_id": pair_id, "annotator_id": annotator_id, "undoes": undoes}
        self._append(line, row)
        if line["kind"] == "label" and line.get("choice") is not None:
            seat_import(self._connection, annotator_id, pair_id)
        return None

    def _append(self, line: Line, row: dict[str, Any]) -> None:
        head = read_head(self._connection)
        if self._continues(line, row, head):
            row |= {name: line[name] for name in ("id", "salt", "seal", "link")}
            self._connection.execute(insert(answers).values(**row))
            self._connection.execute(update(answer_log).values(entries=head.entries + 1, link=line["link"]))
            return
        extend(self._connection, [row], {row["annotator_id"]: line["annotator"]})
        self._connection.execute(insert(answers).values(**row))
        pend(self._connection, lines_where(self._connection, answers.c.token == row["token"]))

    def _continues(self, line: Line, row: dict[str, Any], head: Head) -> bool:
        """Whether the entry can stand where it stood."""
        newest = self._one(select(func.coalesce(func.max(answers.c.id), 0)))
        said = {**row, "annotator": line["annotator"]}
        return (
            newest is not None
            and line["id"] > newest
            and seal_of(line["salt"], said) == line["seal"]
            and next_link(head.link, line["seal"]) == line["link"]
        )

    def _annotator(self, name: str) -> int:
        known = find_annotator(self._connection, name)
        return add_annotator(self._connection, name) if known is None else known

    def _said_since(self, line: Line, pair_id: int, annotator_id: int) -> bool:
        newer = select(answers.c.id).where(
            answers.c.pair_id == pair_id,
            answers.c.annotator_id == annotator_id,
            answers.c.kind == line["kind"],
            answers.c.created > line["created"],
        )
        return self._one(newer.limit(1)) is not None

    def _undone(self, line: Line, pair_id: int, annotator_id: int) -> int | None:
        """The entry that an undo takes back: its person's last one on its pair that is not undone."""
        later = answers.alias()
        return self._one(
            select(func.max(answers.c.id)).where(
                answers.c.pair_id == pair_id,
                answers.c.annotator_id == annotator_id,
                answers.c.kind == line["kind"],
                answers.c.undoes.is_(None),
                answers.c.id.not_in(select(later.c.undoes).where(later.c.undoes.is_not(None))),
            )
        )

    def _one(self, statement: Select[tuple[Any]]) -> int | None:
        found: int | None = self._connection.execute(statement).scalar_one_or_none()
        return found


def _set_aside(study: Study, journal: Journal, lines: Iterable[Line]) -> None:
    """Move lines out of the notes."""
    gone = list(lines)
    journal.set_aside(gone, lost_path(study.database))
    notes = read_notes(journal)
    tokens = {line["token"] for line in gone if "token" in line}
    journal.replace(
        (
            *(line for line in notes.imports if line not in gone),
            *(line for token, line in notes.answers.items() if token not in tokens),
        )
    )
