"""What somebody is handed out next: blocks, the pairs of a plan that share a source.

Nobody reads a post twice, so its pairs are handed out together. A block holds ids and counts of what was seen
of the seats; they say in which order to try, `annotation.planning.seats` has the last word.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Executable, and_, func, or_, select

from annotation.planning.order import order_for
from annotation.planning.plan import Role
from annotation.planning.seats import OCCUPIED, SeatState, StandingPlan, WorkItem, moment
from annotation.store.columns import Columns, read_columns
from annotation.store.standing import label_stands, people_out
from annotation.store.tables import agents, answers, pairs, plan_items, seats
from profile_engine.preferences import AgentKind

LONGEST_BLOCK: Final = 30
"""Pairs handed out at once; the paper's posts have 18."""

_Ints = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


class Blocks:
    """The blocks of a plan for one annotator.

    Args:
        connection: in whose transaction to read.
        plan: the one that stands.
        annotator_id: whose; `number` is how many annotators registered before.
        now: seats whose time is over by then are open.
    """

    def __init__(
        self, connection: Connection, plan: StandingPlan, annotator_id: int, number: int, now: datetime
    ) -> None:
        self._plan, self._annotator_id = plan, annotator_id
        items = _read_items(connection, plan)
        self._ids, self._pairs, self._positions = items["id"], items["pair"], items["position"]
        self._by_id, self._by_pair = np.argsort(self._ids), np.argsort(self._pairs)
        self._starts = _starts(items["source"])
        self._sizes = np.diff(np.append(self._starts, len(items)))
        self._sources = np.unique(items["source"], return_inverse=True)[1]
        self._source_count = int(self._sources.max(initial=-1)) + 1
        self._number = number
        order = order_for(len(self._starts), number, plan.design.seed)
        self._places = np.argsort(np.array(order, np.int64))
        self.refresh(connection, now)

    def __len__(self) -> int:
        """Pairs to be labelled."""
        return len(self._ids)

    def has(self, pair_id: int) -> bool:
        """Whether the pair is one to be labelled."""
        return bool(len(self._of(self._pairs, self._by_pair, np.array([pair_id]))))

    def source_of(self, pair_id: int) -> int:
        """Which of the plan's sources a pair belongs to, from 0."""
        return int(self._sources[self._of(self._pairs, self._by_pair, np.array([pair_id]))[0]])

    @property
    def sources(self) -> int:
        """How many sources the pairs have that this person has had or can have."""
        return int(self._with(self._mine | self._open(())).sum())

    def items(self, pair_ids: Collection[int]) -> list[WorkItem]:
        """The plan's items of these pairs."""
        return self.make(self._of(self._pairs, self._by_pair, np.array(list(pair_ids), np.int64)))

    def refresh(self, connection: Connection, now: datetime) -> None:
        """Read anew who has what."""
        occupied = _occupied(now)
        counted = select(seats.c.item_id, func.count()).where(occupied).group_by(seats.c.item_id)
        said = select(answers.c.pair_id, func.count()).where(label_stands()).group_by(answers.c.pair_id)
        self._had = np.maximum(
            self._spread(connection, counted, self._ids, self._by_id),
            self._spread(connection, said, self._pairs, self._by_pair),
        )
        self._last = connection.execute(select(func.coalesce(func.max(seats.c.id), 0))).scalar_one()
        own_seats = select(seats.c.item_id, seats.c.item_id * 0 + 1).where(
            seats.c.annotator_id == self._annotator_id, OCCUPIED
        )
        own_labels = select(answers.c.pair_id, answers.c.pair_id * 0 + 1).where(
            answers.c.annotator_id == self._annotator_id, label_stands()
        )
        self._mine = (
            self._spread(connection, own_seats, self._ids, self._by_id)
            + self._spread(connection, own_labels, self._pairs, self._by_pair)
        ) > 0
        self._closed = np.zeros(len(self), np.bool_)
        self._held = _held(connection, self._annotator_id, now)

    def follow(self, connection: Connection, now: datetime) -> None:
        """Read which seats were had since, and who is at work."""
        self._held = _held(connection, self._annotator_id, now)
        new = select(seats.c.id, seats.c.item_id, seats.c.annotator_id).where(
            seats.c.id > self._last, OCCUPIED
        )
        rows = read_columns(connection, new, [("id", "i8"), ("item", "i8"), ("annotator", "i8")])
        if len(rows):
            self._last = int(rows["id"].max())
            np.add.at(self._had, self._of(self._ids, self._by_id, rows["item"]), 1)
            own = rows["item"][rows["annotator"] == self._annotator_id]
            self._mine[self._of(self._ids, self._by_id, own)] = True

    def to_try(self, skipped: Collection[int]) -> Iterator[_Ints]:
        """Blocks that may have something left for this person, as the places of their pairs; best first.

        First those of a source they have begun, then by their own order, whatever others are at or have left
        unfinished: to jump there would lead everybody along the same way. Only what others may be about to
        decide comes last.
        """
        open_ = self._open(skipped)
        if not open_.any():
            return
        own = self._with(self._mine)[self._sources[self._starts]]
        for block in np.lexsort((self._places, np.where(own, 0, 1 + self._may_be_decided()))):
            start, size = self._starts[block], self._sizes[block]
            places = np.arange(start, start + size)
            if open_[places].any():
                turned = order_for(int(size), self._number, self._plan.design.seed)
                yield places[turned][open_[places[turned]]]

    def _may_be_decided(self) -> _Bools:
        """Blocks where others are giving labels after which no more are asked, if they agree."""
        design = self._plan.design
        if not design.stop_when_decided:
            return np.zeros(len(self._starts), np.bool_)
        at_work = np.bincount(self._of(self._ids, self._by_id, self._held), minlength=len(self))
        awaited = (at_work > 0) & (self._had > design.annotators_per_pair // 2)
        return np.logical_or.reduceat(awaited, self._starts)

    def make(self, places: _Ints) -> list[WorkItem]:
        """The items at these places."""
        return [
            WorkItem(int(self._ids[place]), int(self._positions[place]), int(self._pairs[place]))
            for place in places
        ]

    def take(self, pair_ids: Collection[int]) -> None:
        """This person has these pairs from now on."""
        self._mine[self._of(self._pairs, self._by_pair, np.array(list(pair_ids), np.int64))] = True

    def close(self, places: _Ints) -> None:
        """Nothing was left there after all."""
        self._closed[places] = True

    def left(self, skipped: Collection[int]) -> int:
        """Pairs that this person can still have, as far as is known."""
        return int(self._open(skipped).sum())

    @property
    def held_elsewhere(self) -> int:
        """Pairs that others hold and this person has not had."""
        places = np.unique(self._of(self._ids, self._by_id, self._held))
        return int((~self._mine[places]).sum())

    def _open(self, skipped: Collection[int]) -> _Bools:
        open_: _Bools = (self._had < self._plan.design.annotators_per_pair) & ~self._mine & ~self._closed
        open_[self._of(self._pairs, self._by_pair, np.array(list(skipped), np.int64))] = False
        return open_

    def _with(self, chosen: _Bools) -> _Bools:
        """Which sources have a pair among these."""
        found = np.zeros(self._source_count, np.bool_)
        found[self._sources[chosen]] = True
        return found

    def _spread(self, connection: Connection, counts: Executable, ids: _Ints, by_id: _Ints) -> _Ints:
        rows = read_columns(connection, counts, [("id", "i8"), ("count", "i8")])
        spread = np.zeros(len(ids), np.int64)
        known = np.isin(rows["id"], ids)
        spread[self._of(ids, by_id, rows["id"][known])] = rows["count"][known]
        return spread

    @staticmethod
    def _of(ids: _Ints, by_id: _Ints, wanted: _Ints) -> _Ints:
        """Places of those of these ids that are there."""
        if not len(ids):
            return np.zeros(0, np.int64)
        found = by_id[np.minimum(np.searchsorted(ids, wanted, sorter=by_id), len(ids) - 1)]
        places: _Ints = found[ids[found] == wanted]
        return places


def _read_items(connection: Connection, plan: StandingPlan) -> Columns:
    work = (
        select(plan_items.c.id, plan_items.c.position, plan_items.c.pair_id, pairs.c.source_id)
        .join(pairs)
        .where(plan_items.c.plan_id == plan.id, plan_items.c.role == Role.WORK)
        .order_by(plan_items.c.position)
    )
    names = ("id", "position", "pair", "source")
    return read_columns(connection, work, [(name, "i8") for name in names])


def _starts(sources: _Ints) -> _Ints:
    """Where blocks begin: at each new source, and within one that has very many pairs."""
    new = np.flatnonzero(np.diff(sources, prepend=-1))
    ends = np.append(new, len(sources))[1:]
    starts = [np.arange(start, end, LONGEST_BLOCK) for start, end in zip(new, ends, strict=True)]
    return np.concatenate(starts) if starts else np.zeros(0, np.int64)


def _occupied(now: datetime) -> ColumnElement[bool]:
    counts = and_(OCCUPIED, seats.c.annotator_id.not_in(people_out()))
    return and_(counts, or_(seats.c.state == SeatState.TAKEN, seats.c.until > moment(now)))


def _held(connection: Connection, annotator_id: int, now: datetime) -> _Ints:
    """Items that others hold; by annotator, as the index has them."""
    others = select(agents.c.id).where(agents.c.kind == AgentKind.ANNOTATOR, agents.c.id != annotator_id)
    held = select(seats.c.item_id).where(
        seats.c.annotator_id.in_(others), seats.c.state == SeatState.HELD, seats.c.until > moment(now)
    )
    return read_columns(connection, held, [("item", "i8")])["item"]
