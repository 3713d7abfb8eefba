"""Pairs with a known answer, from a file: gold items to check attention, and items to train on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, select

from annotation.errors import PlanError
from annotation.importers.faults import NO_SUCH_FIELD, BadRow, BadValue, describe
from annotation.importers.fields import ABSENT, FieldPath, Reading, raw_name, side
from annotation.importers.formats import open_source, read_rows
from annotation.importers.rows import Row
from annotation.planning.plan import Role
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.preferences import Preference

_EXPECTED: Final = MappingProxyType(
    {"left": Preference.LEFT, "right": Preference.RIGHT, "tie": Preference.TIE}
)
_PAIR, _ANSWER, _WHY = FieldPath("pair"), FieldPath("expected"), FieldPath("explanation")


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A pair of which the right answer is known.

    Attributes:
        expected: canonical.
        explanation: what a person in training is told afterwards.
    """

    pair_id: int
    role: Role
    expected: Preference
    explanation: str | None = None


def read_known_answers(study: Study, path: Path, role: Role, *, ties: bool = True) -> tuple[KnownAnswer, ...]:
    """Read a JSONL or CSV file of `pair`, `expected` and, where wanted, `explanation`.

    A pair is named by what the data calls it, by its key, or by its number in the study; `expected` is left,
    right or tie, sides as the study has them.

    Raises:
        PlanError: rows are wrong; `details` says of each what, where, and what was expected.
        ImportFailure: the file cannot be read.
    """
    with study.reading() as connection:
        reader = _Reader(role, _Names(connection), ties=ties)
    taken = [answer for row in read_rows(open_source(path)) if (answer := reader.take(row)) is not None]
    if reader.bad:
        rows = "1 row is" if len(reader.bad) == 1 else f"{len(reader.bad)} rows are"
        raise PlanError(f"{path.name}: {rows} wrong; nothing was planned", tuple(map(str, reader.bad)))
    if not taken:
        raise PlanError(
            f"{path.name}: no {role} item in it; write a line a pair: pair, expected, explanation"
        )
    return tuple(taken)


class _Reader:
    """Reads rows, and keeps those that are wrong."""

    def __init__(self, role: Role, names: "_Names", *, ties: bool) -> None:
        self._role = role
        self._names = names
        self._choices = {name: side for name, side in _EXPECTED.items() if ties or side is not Preference.TIE}
        self._reading = Reading()
        self._lines: dict[int, int] = {}
        self.bad: list[BadRow] = []

    def take(self, row: Row | BadRow) -> KnownAnswer | None:
        """The row's answer, None where the row is wrong."""
        if isinstance(row, BadRow):
            self.bad.append(row)
            return None
        try:
            return self._read(row)
        except BadValue as error:
            self.bad.append(row.bad(error))
            return None

    def _read(self, row: Row) -> KnownAnswer:
        pair_id = self._names.find(_PAIR.get(row.record))
        said = _ANSWER.get(row.record)
        expected = side(said.strip().lower() if isinstance(said, str) else said, "expected", self._choices)
        if expected is None:
            raise BadValue("expected", f"one of {', '.join(self._choices)}", describe(None))
        before = self._lines.setdefault(pair_id, row.line)
        if before != row.line:
            raise BadValue("pair", "each pair once", f"the pair of line {before}")
        explanation = self._reading.optional_text(_WHY.get(row.record), "explanation")
        return KnownAnswer(pair_id, self._role, expected, explanation)


class _Names:
    """How pairs may be called."""

    def __init__(self, connection: Connection) -> None:
        self._external: dict[str, list[int]] = {}
        self._keys: dict[str, int] = {}
        self._ids: set[int] = set()
        for id_, key, external in connection.execute(select(pairs.c.id, pairs.c.key, pairs.c.external_id)):
            self._ids.add(id_)
            self._keys[key] = id_
            if external is not None:
                self._external.setdefault(external, []).append(id_)

    def find(self, value: object) -> int:
        """The pair that is called so; what the data calls it goes first, its number in the study last."""
        name = None if value is ABSENT else raw_name(value)
        if name is None:
            raise BadValue("pair", "the id of a pair", NO_SUCH_FIELD if value is ABSENT else describe(value))
        found = next((ids for ids in self._meanings(name) if ids), ())
        if not found:
            raise BadValue("pair", "a pair of this study", describe(value))
        if len(found) > 1:
            raise BadValue("pair", "one pair", f"{name}, which is what {len(found)} pairs are called")
        return found[0]

    def _meanings(self, name: str) -> Iterator[Sequence[int]]:
        yield self._external.get(name, ())
        yield (self._keys[name],) if name in self._keys else ()
        yield (int(name),) if name.isdecimal() and name.isascii() and int(name) in self._ids else ()
