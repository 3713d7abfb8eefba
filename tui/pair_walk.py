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
from tui.marks import PairMarks, novel_words
from tui.outside import safe

Kept = TypeVar("Kept")

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
    """Keeps the pairs last read, and their novel words. What is `at_hand` is quick; the rest blocks."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._rule = NovelWordRule()
        self._views: OrderedDict[int, PairView] = OrderedDict()
        self._novel_words: OrderedDict[int, PairMarks] = OrderedDict()
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

    def novel_words_at_hand(self, pair_id: int) -> PairMarks | None:
        """The pair's novel words, if they were found."""
        return self._novel_words.get(pair_id)

    def find_novel_words(self, view: PairView) -> None:
        """Find the words of both responses that the source does not have; they stay, since texts do."""
        if view.id not in self._novel_words:
            marks = novel_words(view.left.text, view.right.text, view.source, self._rule)
            with self._lock:
                _keep(self._novel_words, view.id, marks)

    def forget(self) -> None:
        """Something was said or computed: read everything again."""
        with self._lock:
            self._views.clear()
            self._age += 1

    def _keep(self, view: PairView, age: int) -> None:
        with self._lock:
            if age == self._age:
                _keep(self._views, view.id, view)


def _keep(shelf: OrderedDict[int, Kept], pair_id: int, kept: Kept) -> None:
    shelf[pair_id] = kept
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
