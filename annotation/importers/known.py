"""What a study has already, by the keys under which an import looks for it."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from sqlalchemy import Connection, Table, func, select

from annotation.answers import AnswerKind, Origin
from annotation.importers.records import AnswerRecord, ResponseRecord, SourceRecord
from annotation.store import contents, tables
from annotation.store.contents import text_key
from annotation.store.standing import answer_stands, label_stands, preference_stands

ValuePlace = tuple[int, str, str, str]
"""Response, factor, method, version."""

ValueFound = tuple[float | None, str | None]
"""Value and class."""


Remark = tuple[int | None, bool | None, str | None]
"""What an answer says that is no label: choice, on or off, note."""


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A pair and its two responses."""

    id: int
    left: int
    right: int


class KnownThings:
    """Ids by keys, and what was said by whom; an import adds what it brings.

    Attributes:
        labels: (pair, annotator) -> choice; an imported label counts as last imported, even if changed since.
        remarks: (pair, annotator, kind) -> the choice on a known answer or repeat, on or off, and the note.
        verdicts: (pair, agent) -> choice.
        last: the highest id of a table so far.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sources = self._by_key(tables.sources)
        self.responses = self._by_key(tables.responses)
        c = tables.pairs.c
        self.pairs: dict[str, KnownPair] = {
            key: KnownPair(id_, left, right)
            for key, id_, left, right in connection.execute(select(c.key, c.id, c.left_id, c.right_id))
        }
        agents = tables.agents.c
        self.agents: dict[tuple[str, str], int] = {
            (name, kind): id_
            for name, kind, id_ in connection.execute(select(agents.name, agents.kind, agents.id))
        }
        self.last: dict[Table, int] = {
            table: connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            for table in (tables.sources, tables.responses, tables.pairs)
        }
        self._read_answers()
        told = tables.preferences.c
        self.verdicts: dict[tuple[int, int], int | None] = {
            (pair, agent): value
            for pair, agent, value in connection.execute(
                select(told.pair_id, told.agent_id, told.value).where(preference_stands())
            )
        }

    @cached_property
    def values(self) -> "KnownValues":
        """Read when the first value comes: most imports have none, and a study may have millions."""
        return KnownValues(self._connection)

    def _by_key(self, table: Table) -> dict[bytes, int]:
        rows = self._connection.execute(select(table.c.key, table.c.id))
        return {bytes.fromhex(key): id_ for key, id_ in rows}

    def _read_answers(self) -> None:
        read = self._connection.execute
        c = tables.answers.c
        label = select(c.pair_id, c.annotator_id, c.choice)
        imported = label.where(
            c.origin == Origin.IMPORT, c.kind == AnswerKind.LABEL.value, c.choice.is_not(None)
        ).order_by(c.id)
        self.labels: dict[tuple[int, int], int] = {
            (pair, annotator): choice
            for statement in (label.where(label_stands()), imported)
            for pair, annotator, choice in read(statement)
        }
        remark = select(c.pair_id, c.annotator_id, c.kind, c.choice, c.set, c.note)
        self.remarks: dict[tuple[int, int, str], Remark] = {
            (pair, annotator, kind): (choice, on, note)
            for pair, annotator, kind, choice, on, note in read(
                remark.where(c.kind != AnswerKind.LABEL.value, answer_stands())
            )
        }
        tokens = select(c.token).where(c.origin == Origin.IMPORT, c.kind != AnswerKind.LABEL.value)
        self.tokens: set[str] = set(read(tokens).scalars())


class KnownValues:
    """Factor values, and those that have taken the place of others of the same version, in their order."""

    def __init__(self, connection: Connection) -> None:
        c = tables.factor_values.c
        rows = select(c.response_id, c.factor, c.method, c.version, c.value, c.label)
        self._found: dict[ValuePlace, ValueFound] = {}
        self._replaced: Counter[ValuePlace] = Counter()
        for response, factor, method, version, value, label in connection.execute(rows.order_by(c.id)):
            self.add((response, factor, method, version), (value, label))

    def __contains__(self, place: ValuePlace) -> bool:
        return place in self._found

    def add(self, place: ValuePlace, found: ValueFound) -> None:
        """Keep a value in mind."""
        self._found[place] = found
        version, mark, number = place[-1].rpartition(_REPLACING)
        if mark and number.isdecimal():
            replaced = (*place[:-1], version)
            self._replaced[replaced] = max(self._replaced[replaced], int(number))

    def standing(self, place: ValuePlace) -> ValueFound:
        """The value of a place that is known, or the last that has taken its place."""
        return self._found[self._numbered(place, self._replaced[place])]

    def has_had(self, place: ValuePlace, found: ValueFound) -> bool:
        """Whether a value of a place that is known was or is this one."""
        numbers = range(self._replaced[place] + 1)
        return any(self._found.get(self._numbered(place, number)) == found for number in numbers)

    def next_version(self, place: ValuePlace) -> str:
        """The version of a value that takes the place of the standing one."""
        return self._numbered(place, self._replaced[place] + 1)[-1]

    def _numbered(self, place: ValuePlace, number: int) -> ValuePlace:
        return (*place[:-1], f"{place[-1]}{_REPLACING}{number}") if number else place


_REPLACING: Final = ", replaced "
"""Stands in the version of a value between that of the value it replaces and how often that happened."""


def source_key(source: SourceRecord) -> bytes:
    """Equal texts are one source."""
    return _text_key(source.text)


@lru_cache(maxsize=16)  # the key of one source is asked for several times a pair
def _text_key(text: str) -> bytes:
    return text_key(text)


def response_key(source: bytes, response: ResponseRecord) -> bytes:
    """Over source, author, score and text."""
    return contents.response_key(source, response.agent, response.score, response.text)


def answer_token(pair: str, annotator: str, answer: AnswerRecord) -> str:
    """The same answer of the same file has the same token, so that it is stored once."""
    said = "" if answer.kind is AnswerKind.LABEL else f"{answer.set}\0{answer.note}"
    if answer.kind is not AnswerKind.LABEL and answer.choice is not None:
        said += f"\0{answer.choice:d}"
    if answer.revision:
        said += f"\0{answer.revision}"
    content = "\0".join((pair, annotator, answer.kind, said))
    return hashlib.sha256(content.encode()).hexdigest()[:32]
