"""Who sees what: the order of the items and the sides."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from annotation.answers import AnswerKind
from annotation.errors import AnswerError
from annotation.sides import first_side
from annotation.store.annotators import annotator_id
from annotation.store.authors import is_work
from annotation.store.columns import read_columns
from annotation.store.standing import label_stands, skip_stands
from annotation.store.tables import agents, answers, pairs, responses, sources
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference

__all__ = [
    "Item",
    "Texts",
    "Worklist",
    "annotator_id",
    "annotator_number",
    "first_side",
    "item_key",
    "read_texts",
]


@dataclass(frozen=True, slots=True)
class Item:
    """What an annotator sees: no agents, no scores.

    Attributes:
        first: the canonical side shown as 1.
        number, of: where it stands among the items of this annotator.
        source_number, sources: the same of its source; None where that would tell which item it is.
        kind: what the choice on it is.
    """

    pair_id: int
    source_id: int
    title: str | None
    source: str
    first_text: str
    second_text: str
    first: Preference
    number: int
    of: int
    source_number: int | None
    sources: int | None
    kind: AnswerKind = AnswerKind.LABEL

    @property
    def key(self) -> int:
        """Which item of its worklist this is, as `item_key` has it."""
        return item_key(self.pair_id, self.kind)


def item_key(pair_id: int, kind: AnswerKind) -> int:
    """The pair; a pair shown a second time is an item of its own."""
    return -pair_id if kind is AnswerKind.REPEAT else pair_id


@dataclass(frozen=True, slots=True)
class Texts:
    """What there is to read of a pair, in the order in which it is shown."""

    source_id: int
    title: str | None
    source: str
    first: str
    second: str


_LEFT, _RIGHT = responses.alias("left_side"), responses.alias("right_side")
_TEXTS: Final = (
    select(
        pairs.c.source_id,
        sources.c.title,
        sources.c.text.label("source"),
        _LEFT.c.text.label("left"),
        _RIGHT.c.text.label("right"),
    )
    .join(sources, sources.c.id == pairs.c.source_id)
    .join(_LEFT, _LEFT.c.id == pairs.c.left_id)
    .join(_RIGHT, _RIGHT.c.id == pairs.c.right_id)
    .where(pairs.c.id == bindparam("pair"))
)


def read_texts(connection: Connection, pair_id: int, first: Preference) -> Texts:
    """The texts of a pair; raises AnswerError for one that is not in the study."""
    row = connection.execute(_TEXTS, {"pair": pair_id}).one_or_none()
    if row is None:
        raise AnswerError(f"pair {pair_id} is not in this study; reload it")
    shown = (row.left, row.right) if first is Preference.LEFT else (row.right, row.left)
    return Texts(row.source_id, row.title, row.source, *shown)


_OPEN, _DONE, _SKIPPED = b"\0", b"\1", b"\2"


class Worklist:
    """The items of one annotator: all that is work, in study order, pairs of one source together.

    Holds ids only; texts are read when an item is asked for. Which items are done follows `mark`. Pairs
    that are added to the study later are in the next worklist.

    Raises:
        AnswerError: the annotator is not registered.
    """

    def __init__(self, study: Study, annotator: str) -> None:
        self._study = study
        with study.reading() as connection:
            own = annotator_id(connection, annotator)
            self._annotator_number = annotator_number(connection, own)
            work = select(pairs.c.id, pairs.c.source_id).where(is_work())
            in_order = work.order_by(pairs.c.source_id, pairs.c.id)
            table = read_columns(connection, in_order, [("pair", "i8"), ("source", "i8")])
            done = _pairs_where(connection, own, label_stands())
            skipped = _pairs_where(connection, own, skip_stands())
        self._pairs = table["pair"]
        self._places = np.argsort(self._pairs)
        self._source_numbers = np.cumsum(np.diff(table["source"], prepend=-1) != 0)
        states = np.zeros(len(table), np.uint8)
        states[np.isin(self._pairs, skipped)] = _SKIPPED[0]
        states[np.isin(self._pairs, done)] = _DONE[0]
        # One byte an item: the next open one is found by `bytes.find`, in microseconds for 100k.
        self._states = bytearray(states.tobytes())

    @property
    def done(self) -> int:
        """Items with a label."""
        return self._states.count(_DONE)

    @property
    def total(self) -> int:
        """All items."""
        return len(self._states)

    def mark(self, pair_id: int, *, labelled: bool, skipped: bool = False) -> None:
        """Follow an answer; a pair that is not in the list changes nothing."""
        place = self._place(pair_id)
        if place is not None:
            state = _DONE if labelled else _SKIPPED if skipped else _OPEN
            self._states[place] = state[0]

    def next(self, after: int | None = None) -> Item | None:
        """The next open item after this pair, from the start again behind the last; skipped ones come last.

        Args:
            after: a pair; None starts from the first.

        Returns:
            None when all are done.
        """
        place = -1 if after is None else self._place(after)
        start = 0 if place is None else place + 1
        for state in (_OPEN, _SKIPPED):
            for begin, end in ((start, self.total), (0, start)):
                found = self._states.find(state, begin, end)
                if found >= 0:
                    return self._read(found)
        return None

    def peek(self, after: int) -> Item | None:
        """As `next`: nothing has to be handed out first."""
        return self.next(after)

    def item(self, pair_id: int) -> Item:
        """One item, done or not; raises AnswerError for a pair that is not in the list."""
        place = self._place(pair_id)
        if place is None:
            raise AnswerError(
                f"pair {pair_id} is not in this worklist; start labelling again to see new pairs"
            )
        return self._read(place)

    def _place(self, pair_id: int) -> int | None:
        index = int(np.searchsorted(self._pairs, pair_id, sorter=self._places))
        if index == self.total or self._pairs[self._places[index]] != pair_id:
            return None
        return int(self._places[index])

    def _read(self, place: int) -> Item:
        pair_id = int(self._pairs[place])
        first = first_side(self._study.settings.seed, pair_id, self._annotator_number)
        with self._study.reading(once=True) as connection:
            texts = read_texts(connection, pair_id, first)
        return Item(
            pair_id=pair_id,
            source_id=texts.source_id,
            title=texts.title,
            source=texts.source,
            first_text=texts.first,
            second_text=texts.second,
            first=first,
            number=place + 1,
            of=self.total,
            source_number=int(self._source_numbers[place]),
            sources=int(self._source_numbers[-1]),
        )


def annotator_number(connection: Connection, id_: int) -> int:
    """How many registered before; never changes, since nobody is ever struck off."""
    before = select(func.count()).where(agents.c.kind == AgentKind.ANNOTATOR, agents.c.id < id_)
    number: int = connection.execute(before).scalar_one()
    return number


def _pairs_where(connection: Connection, id_: int, stands: ColumnElement[bool]) -> npt.NDArray[np.int64]:
    said = select(answers.c.pair_id).where(answers.c.annotator_id == id_, stands)
    return read_columns(connection, said, [("pair", "i8")])["pair"]
