"""What was handed out to one annotator."""

from collections.abc import Sequence

from annotation.answers import AnswerKind
from annotation.assignment import item_key
from profile_engine.preferences import Preference


class Hand:
    """The items that were handed out to somebody, by key: open, done or put off.

    Attributes:
        places: from 0, in the order in which they were handed out.
        first_sides: which side of each is shown first, as far as that was decided.
        labelled: pairs in the order in which they were labelled.
    """

    def __init__(self) -> None:
        self.places: dict[int, int] = {}
        self.kinds: dict[int, AnswerKind] = {}
        self.first_sides: dict[int, Preference] = {}
        self.open: dict[int, None] = {}
        self.done: dict[int, None] = {}
        self.put_off: dict[int, None] = {}
        self.labelled: dict[int, None] = {}
        self.repeats = 0
        self._sources: dict[int, int] = {}
        self._source_numbers: dict[int, int] = {}
        self._handed = 0

    def __len__(self) -> int:
        """How many they are."""
        return len(self.kinds)

    def add(
        self, pair_id: int, kind: AnswerKind, shown_first: Preference | None, source: int | None = None
    ) -> int:
        """Hand out an item, or hand it out anew; gives its key."""
        key = item_key(pair_id, kind)
        if key not in self.kinds:
            self.places[key], self._handed = self._handed, self._handed + 1
            self.repeats += kind is AnswerKind.REPEAT
            if source is not None:
                self._sources.setdefault(source, len(self._sources) + 1)
            self._source_numbers[key] = (
                self._sources[source] if source is not None else max(len(self._sources), 1)
            )
        if shown_first is not None:
            self.first_sides[key] = shown_first
        self.kinds[key] = kind
        self.mark(key, labelled=False)
        return key

    def drop(self, key: int) -> None:
        """Somebody else has it."""
        for kept in (self.kinds, self.first_sides, self.open, self.put_off):
            kept.pop(key, None)

    def mark(self, key: int, *, labelled: bool, skipped: bool = False) -> None:
        """Follow an answer."""
        if key not in self.kinds:
            return
        state = self.done if labelled else self.put_off if skipped else self.open
        state[key] = None
        for other in (self.open, self.done, self.put_off):
            if other is not state:
                other.pop(key, None)
        if self.kinds[key] is AnswerKind.LABEL:
            if labelled:
                self.labelled[key] = None
            else:
                self.labelled.pop(key, None)

    def first(self, keys: Sequence[int], after: int | None) -> int | None:
        """The first of these behind one of the items, from the start again behind the last."""
        start = -1 if after is None else self.places.get(after, -1)
        return min(keys, key=lambda key: (self.places[key] <= start, self.places[key]), default=None)

    def put_off_of(self, *, strewn: bool) -> list[int]:
        """What was put off: of what is strewn in, or of the pairs to be labelled."""
        return [key for key in list(self.put_off) if (self.kinds[key] is not AnswerKind.LABEL) is strewn]

    def repeatable(self) -> list[int]:
        """Pairs of which it is known how they were shown, in the order in which they were labelled."""
        return [pair_id for pair_id in list(self.labelled) if pair_id in self.first_sides]

    @property
    def unrepeatable(self) -> int:
        """How many pairs were labelled of which that is not known."""
        return len(self.labelled.keys() - self.first_sides.keys())

    def source_number(self, key: int) -> int:
        """Which of the sources so far it belongs to, from 1."""
        return self._source_numbers.get(key, max(len(self._sources), 1))
