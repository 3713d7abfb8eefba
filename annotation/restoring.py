"""Acknowledged answers that a study's file has lost, put back from the notes beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from annotation.errors import StudyError
from annotation.planning.seats import seat_import
from annotation.store.annotators import add_annotator, find_annotator
from annotation.store.chain import SEALED, extend, next_link, read_head, seal_of, told
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

    Where its place in the log is free, an entry stands there again with its seal and its link, so that the
    chain is whole as before; else it comes at the end as a new entry, which is said. What cannot be put back
    goes from the notes into a file of its own, so that the study opens again.

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
        restored=tuple(log.told(line) for line, why in done if why is None),
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
        self._appended: set[str] = set()

    def told(self, line: Line) -> str:
        """Which entry was put back, and whether as another one."""
        anew = ", as a new entry at the end: its place in the log is taken, or what stood beside it is gone"
        return told(line) + (anew if line["token"] in self._appended else "")

    def put_back(self, line: Line) -> str | None:
        """Put one entry where it stood, else at the end; why not, where it cannot be."""
        pair_id = self._one(select(pairs.c.id).where(pairs.c.key == line["pair"]))
        if pair_id is None:
            return "its pair is not in the study"
        if "salt" not in line:
            return "its annotator was erased"
        annotator_id = self._annotator(line["annotator"])
        row = {name: line.get(name) for name in SEALED if name != "annotator"}
        row |= {"pair_id": pair_id, "annotator_id": annotator_id}
        if self._fits(line, row):
            self._stand_again(line, row)
            return None
        if self._said_since(line, pair_id, annotator_id):
            return "the same person has said something newer about the same pair"
        undoes = None
        if line.get("undoes") is not None:
            undoes = self._undone(line, pair_id, annotator_id)
            if undoes is None:
                return "what it takes back is not in the study"
        self._append(line, row | {"undoes": undoes})
        return None

    def _stand_again(self, line: Line, row: dict[str, Any]) -> None:
        head, before = read_head(self._connection), self._before(line)
        row |= {name: line[name] for name in ("id", "salt", "seal", "link")}
        self._connection.execute(insert(answers).values(**row))
        if before == head.link:  # an older copy, which does not count it; nor knows that its seat is taken
            self._connection.execute(update(answer_log).values(entries=head.entries + 1, link=line["link"]))
            self._take_seat(row)

    def _append(self, line: Line, row: dict[str, Any]) -> None:
        self._appended.add(line["token"])
        extend(self._connection, [row], {row["annotator_id"]: line["annotator"]})
        self._connection.execute(insert(answers).values(**row))
        pend(self._connection, lines_where(self._connection, answers.c.token == row["token"]))
        self._take_seat(row)

    def _take_seat(self, row: dict[str, Any]) -> None:
        if row["kind"] == "label" and row["choice"] is not None:
            seat_import(self._connection, row["annotator_id"], row["pair_id"])

    def _fits(self, line: Line, row: dict[str, Any]) -> bool:
        """Whether the entry can stand where it stood: between what it followed and what followed it."""
        needed = {line["id"]: False} | ({row["undoes"]: True} if row["undoes"] is not None else {})
        there = set(self._connection.execute(select(answers.c.id).where(answers.c.id.in_(needed))).scalars())
        if any((id_ in there) is not wanted for id_, wanted in needed.items()):
            return False
        if seal_of(line["salt"], {**row, "annotator": line["annotator"]}) != line["seal"]:
            return False
        return next_link(self._before(line), line["seal"]) == line["link"] or self._is_followed(line)

    def _before(self, line: Line) -> str:
        """The link before an entry's place."""
        last = select(answers.c.link).where(answers.c.id < line["id"]).order_by(answers.c.id.desc()).limit(1)
        return self._connection.execute(last).scalar() or read_head(self._connection).root

    def _is_followed(self, line: Line) -> bool:
        """Whether what stands after an entry's place goes on from it; after the last, the log's end."""
        after = select(answers.c.seal, answers.c.link).where(answers.c.id > line["id"]).order_by(answers.c.id)
        row = self._connection.execute(after.limit(1)).first()
        if row is None:
            return bool(read_head(self._connection).link == line["link"])
        return bool(row.seal) and bool(next_link(line["link"], row.seal) == row.link)

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
