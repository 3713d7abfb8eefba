"""Stepping through the pairs that pass a filter, without a widget."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from annotation.pairs import PairFilter
from annotation.study import PairView, Study
from profile_engine.extraction.rules import NovelWordRule
from tui.fact_marks import DeskMarks, mark_facts, read_facts
from tui.marks import novel_words
from tui.outside import safe

Key = TypeVar("Key")
Kept = TypeVar("Kept")

NOVEL_WORDS: Final = "novel_words"
"""The factor whose words, not facts, light up."""

_AT_HAND: Final = 32
_LONGEST_NAME: Final = 24


@dataclass(frozen=True, slots=True)
class PairWalk:
    """Ids to step through, ascending, and the filter they passed."""

    ids: npt.NDArray[np.int64]
    wanted: PairFilter

    def __len__(self) -> int:
        return len(self.ids)

    def step(self, pair_id: int, by: int) -> int | None:
        """The pair so many steps on (or back), whether or not `pair_id` passes; None beyond the ends."""
        place = int(np.searchsorted(self.ids, pair_id))
        if by > 0 and not self._holds(place, pair_id):
            by -= 1
        place += by
        return int(self.ids[place]) if 0 <= place < len(self.ids) else None

    def nearest(self, pair_id: int) -> int | None:
        """The pair itself if it passes, else the next that does, else the last; None in an empty walk."""
        if not len(self.ids):
            return None
        return int(self.ids[min(int(np.searchsorted(self.ids, pair_id)), len(self.ids) - 1)])

    def after(self, pair_id: int) -> int | None:
        """The next pair that passes, from the start again behind the last; None in an empty walk."""
        return self.step(pair_id, 1) or (int(self.ids[0]) if len(self.ids) else None)

    def number(self, pair_id: int) -> int:
        """How many pairs of the walk come up to this one, itself included."""
        return int(np.searchsorted(self.ids, pair_id, side="right"))

    def numbered(self, number: int) -> int | None:
        """The pair with this number; None where there is none."""
        return int(self.ids[number - 1]) if 0 < number <= len(self.ids) else None

    def _holds(self, place: int, pair_id: int) -> bool:
        return place < len(self.ids) and int(self.ids[place]) == pair_id


class PairShelf:
    """Keeps the pairs last read, and what lights up in them. What is `at_hand` is quick; the rest blocks."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._rule = NovelWordRule()
        self._views: OrderedDict[int, PairView] = OrderedDict()
        self._marks: OrderedDict[tuple[int, str], DeskMarks] = OrderedDict()
        self._lock = Lock()
        self._age = 0

    def at_hand(self, pair_id: int) -> PairView | None:
        """The pair, if it was read."""
        return self._views.get(pair_id)

    def read(self, pair_id: int) -> PairView:
        """The pair, from the study if need be; raises StudyError for an unknown id."""
        view = self.at_hand(pair_id)
        if view is None:
            age = self._age
            view = self._study.pair(pair_id)
            self._keep(view, age)
        return view

    def marks_at_hand(self, pair_id: int, factor: str) -> DeskMarks | None:
        """What lights up in the pair for a factor, if it was found."""
        return self._marks.get((pair_id, factor))

    def find_marks(self, view: PairView, factor: str) -> None:
        """Find the words or facts behind a factor in the pair's texts."""
        if (view.id, factor) in self._marks:
            return
        age = self._age
        if factor == NOVEL_WORDS:
            marks = DeskMarks(novel_words(view.left.text, view.right.text, view.source, self._rule), ())
        else:
            left, right = (read_facts(self._study, side.id) for side in (view.left, view.right))
            marks = mark_facts(left, right, factor)
        with self._lock:
            if age == self._age or factor == NOVEL_WORDS:
                _keep(self._marks, (view.id, factor), marks)

    def forget(self) -> None:
        """Something was said or computed: read everything again but novel words, since texts stay."""
        with self._lock:
            self._views.clear()
            for key in [key for key in self._marks if key[1] != NOVEL_WORDS]:
                del self._marks[key]
            self._age += 1

    def _keep(self, view: PairView, age: int) -> None:
        with self._lock:
            if age == self._age:
                _keep(self._views, view.id, view)


def _keep(shelf: OrderedDict[Key, Kept], key: Key, kept: Kept) -> None:
    shelf[key] = kept
    while len(shelf) > _AT_HAND:
        shelf.popitem(last=False)


def filter_words(wanted: PairFilter, titles: Mapping[str, str], names: Mapping[str, str]) -> str:
    """A filter as people read it, safe to show; empty for one that takes all.

    Args:
        wanted: the filter.
        titles: of factors, by name.
        names: of agents, by address.
    """
    parts = []
    if wanted.misaligned_with is not None:
        parts.append(f"{_short(names.get(wanted.misaligned_with, wanted.misaligned_with))} ≠ people")
    if wanted.agent is not None:
        parts.append(f"with {_short(names.get(wanted.agent, wanted.agent))}")
    if wanted.state is not None:
        parts.append(wanted.state.value)
    if wanted.factor is not None:
        parts.append(f"differ in {titles.get(wanted.factor, wanted.factor)}")
    if wanted.text is not None:
        parts.append(f"“{_short(wanted.text)}”")
    return " · ".join(parts)


def _short(text: str) -> str:
    shown = " ".join(safe(text).split())
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"
