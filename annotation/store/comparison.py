"""A study's answers held against what was noted of them beside it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Connection, select

from annotation.errors import LocationError
from annotation.store.chain import Head
from annotation.store.journal import Journal, Line, Notes, lines_where
from annotation.store.tables import answers

Thing = TypeVar("Thing")

_PORTION: Final = 500  # values a query; a database takes a limited number of parameters
_IMPORT: Final = "import"
_ENDS: Final = ("first", "last")


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


def refuse_foreign(journal: Journal, notes: Notes, head: Head) -> None:
    """Raise LocationError where a journal was written beside another study."""
    lines = (*notes.answers.values(), *notes.imports)
    if any(line["study"] != head.root for line in lines):
        raise LocationError(
            f"{journal.path}: notes of another study of this name; move them away, or put its file back"
        )


def losses(connection: Connection, notes: Notes) -> Losses:
    """What is noted and not in the study; the notes must have been read before the transaction began."""
    wanted = [*notes.answers, *(token for line in notes.imports for token in line["tokens"])]
    there = set(_stored(connection, wanted))
    gone = [line for token, line in notes.answers.items() if token not in there]
    imports = [line for line in notes.imports if not there.issuperset(line["tokens"])]
    # Whose annotator was erased has another token; the seal is still the same.
    seals = _seals(connection, (line["id"] for line in gone))
    marks = _seals(connection, (line[end] for line in imports for end in _ENDS), erased=True)
    return Losses(
        tuple(
            sorted(
                (line for line in gone if seals.get(line["id"]) != line["seal"]),
                key=lambda line: int(line["id"]),
            )
        ),
        tuple(
            line
            for line in imports
            if any(
                token not in there and line[end] not in marks
                for token, end in zip(line["tokens"], _ENDS, strict=True)
            )
        ),
    )


def edited(connection: Connection, notes: Notes) -> tuple[Line, ...]:
    """Lines whose answers are in the study with another seal."""
    seals = _stored(connection, notes.answers)
    return tuple(
        line for token, line in notes.answers.items() if token in seals and seals[token] != line["seal"]
    )


def risen(connection: Connection, notes: Notes) -> tuple[Line, ...]:
    """Lines of answers that were erased, and are in the study with all they say: an older copy is back."""
    marks = {line["id"]: line for line in notes.answers.values() if "salt" not in line}
    erased = _seals(connection, marks, erased=True)
    return tuple(
        line
        for id_, line in marks.items()
        if id_ not in erased and _seals(connection, [id_]).get(id_) == line["seal"]
    )


def without_erased(connection: Connection, notes: Notes) -> list[Line] | None:
    """All lines, emptied where somebody was erased meanwhile; None where there is nothing to empty."""
    ids = [line["id"] for line in notes.answers.values() if "salt" in line]
    marks = _seals(connection, ids, erased=True)
    erased = {line["id"] for line in notes.answers.values() if marks.get(line["id"]) == line["seal"]}
    ends = {line[end] for line in notes.imports for end in _ENDS}
    tokens = {
        line["id"]: line["token"]
        for line in lines_where(connection, answers.c.id.in_(_seals(connection, ends, erased=True)))
    }
    if not erased and all(
        tokens.get(line[end], token) == token
        for line in notes.imports
        for token, end in zip(line["tokens"], _ENDS, strict=True)
    ):
        return None
    kept = [line for line in notes.answers.values() if line["id"] not in erased]
    emptied = [
        line
        for portion in _portions(sorted(erased))
        for line in lines_where(connection, answers.c.id.in_(portion))
    ]
    imports = [
        {
            **line,
            "tokens": [
                tokens.get(line[end], token) for token, end in zip(line["tokens"], _ENDS, strict=True)
            ],
        }
        for line in notes.imports
    ]
    return [*imports, *kept, *emptied]


def not_noted(connection: Connection, notes: Notes) -> list[Line]:
    """Lines for what is in the study since the first of these notes and was not noted.

    That is what was committed and never acknowledged: its process was killed in between, or the journal
    could not be written.
    """
    if not notes.answers:
        return []
    first = min(line["id"] for line in notes.answers.values())
    since = select(answers.c.id, answers.c.token).where(answers.c.id > first, answers.c.origin != _IMPORT)
    ids = [row.id for row in connection.execute(since) if row.token not in notes.answers]
    return [line for portion in _portions(ids) for line in lines_where(connection, answers.c.id.in_(portion))]


def _stored(connection: Connection, tokens: Iterable[str]) -> dict[str, str | None]:
    """The seals of these answers, by token, as far as they are there."""
    return {
        row.token: row.seal
        for portion in _portions(list(tokens))
        for row in connection.execute(
            select(answers.c.token, answers.c.seal).where(answers.c.token.in_(portion))
        )
    }


def _seals(connection: Connection, ids: Iterable[int], *, erased: bool = False) -> dict[int, str | None]:
    """The seals of these answers, by id; only of erased ones where so wanted."""
    which = [answers.c.salt.is_(None)] if erased else []
    return {
        row.id: row.seal
        for portion in _portions(list(ids))
        for row in connection.execute(
            select(answers.c.id, answers.c.seal).where(answers.c.id.in_(portion), *which)
        )
    }


def _portions(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), _PORTION):
        yield things[start : start + _PORTION]
