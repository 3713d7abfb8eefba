"""One adjudicator's way through the pairs without a majority: which come, what is settled, what undone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import RLock

from annotation.assignment import Texts, annotator_id, annotator_number, first_side, read_texts
from annotation.errors import AnswerError
from annotation.results.adjudication import Adjudication, Adjudications, Dispute, Said
from annotation.study import Study
from profile_engine.preferences import Preference


class Step(StrEnum):
    """What an adjudicator does to a pair."""

    CHOICE = "choice"
    NOTE = "note"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class DisputedPair:
    """A pair as an adjudicator sees it: no agents, no scores, and not what people said.

    Attributes:
        first: the canonical side shown as 1.
        number, of: where it stands among the pairs without a majority.
    """

    pair_id: int
    texts: Texts
    first: Preference
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class AdjudicationEntry:
    """What was done to a pair, or taken back.

    Attributes:
        choice: canonical; None with a choice: the pair is open again.
        note: that stands; None without one.
        said: what people had said.
    """

    pair_id: int
    step: Step
    choice: Preference | None = None
    note: str | None = None
    said: tuple[Said, ...] = ()
    undone: bool = False


@dataclass(frozen=True, slots=True)
class _Past:
    pair_id: int
    step: Step
    note: str | None = None


class AdjudicationDesk:
    """The pairs that wait for an adjudicator. Choices and notes are in the log; skips last while it is open.

    What reads and writes may be called from several threads.

    Raises:
        AnswerError: the adjudicator is not registered.
    """

    def __init__(self, study: Study, adjudicator: str) -> None:
        self._study, self.adjudicator = study, adjudicator
        self._log = Adjudications(study)
        self._past: list[_Past] = []
        self._skipped: set[int] = set()
        self.with_waiting = False
        self._lock = RLock()
        with study.reading() as connection:
            self._number = annotator_number(connection, annotator_id(connection, adjudicator))
        self.refresh()

    def refresh(self) -> None:
        """Look anew which pairs have no majority, and which of them are settled."""
        with self._lock:
            self._all = {one.pair_id: one for one in self._log.disputes()}
            self._notes = self._log.remarks(self.adjudicator)

    @property
    def done(self) -> int:
        """Pairs that are settled."""
        return sum(one.settled is not None for one in self._listed())

    @property
    def total(self) -> int:
        """Pairs that can be settled."""
        return sum(1 for _ in self._listed())

    @property
    def waiting(self) -> int:
        """Open pairs that are left alone, since the plan still wants labels of them."""
        return sum(one.settled is None and not self._is_due(one) for one in self._all.values())

    def is_open(self, pair_id: int) -> bool:
        """Whether a pair is in the list and still to be settled."""
        found = self._all.get(pair_id)
        return found is not None and found.settled is None and self._is_due(found)

    def number(self, pair_id: int) -> int | None:
        """A pair's place, from 1; None for one that is not in the list."""
        return next((place for place, one in enumerate(self._listed(), 1) if one.pair_id == pair_id), None)

    def said(self, pair_id: int) -> tuple[Said, ...]:
        """What people said of a pair."""
        found = self._all.get(pair_id)
        return () if found is None else found.labels

    def note(self, pair_id: int) -> str:
        """The adjudicator's note on a pair, or nothing."""
        return self._notes.get(pair_id, "")

    def next(self, after: int | None = None) -> DisputedPair | None:
        """The next open pair behind this one, then from the start, then skipped ones; None: all are done."""
        opened = [one.pair_id for one in self._listed() if one.settled is None]
        in_order = sorted(opened, key=lambda pair_id: after is not None and pair_id <= after)
        later = [pair_id for pair_id in in_order if pair_id in self._skipped]
        found = [pair_id for pair_id in in_order if pair_id not in self._skipped] + later
        return self.item(found[0]) if found else None

    def item(self, pair_id: int) -> DisputedPair:
        """One pair, settled or not; raises AnswerError for one that is not in the list."""
        number = self.number(pair_id)
        if number is None:
            raise AnswerError(f"pair {pair_id} has a majority by now; look for what is open again")
        first = first_side(self._study.settings.seed, pair_id, self._number)
        with self._study.reading() as connection:
            texts = read_texts(connection, pair_id, first)
        return DisputedPair(pair_id, texts, first, number, self.total)

    def settle(self, pair_id: int, choice: Preference) -> AdjudicationEntry:
        """Settle a pair; on disk when this returns, with the note that stands on it.

        Raises:
            AnswerError: the pair has a majority by now, or somebody else has settled it.
            StudyError: the study is read-only, busy, full or damaged; nothing was saved.
        """
        with self._lock:
            note = self.note(pair_id) or None
            settled = self._log.settle(pair_id, choice, self.adjudicator, note, again=False)
            self._skipped.discard(pair_id)
            self._put(pair_id, settled)
            self._past.append(_Past(pair_id, Step.CHOICE))
            return AdjudicationEntry(pair_id, Step.CHOICE, choice, note, self.said(pair_id))

    def remark(self, pair_id: int, note: str) -> AdjudicationEntry:
        """Write a note on an open pair; on disk when this returns."""
        with self._lock:
            before = self.note(pair_id)
            entry = self._remark(pair_id, note)
            self._past.append(_Past(pair_id, Step.NOTE, before))
            return entry

    def skip(self, pair_id: int) -> AdjudicationEntry:
        """Come back to a pair after all others."""
        self._skipped.add(pair_id)
        self._past.append(_Past(pair_id, Step.SKIP))
        return AdjudicationEntry(pair_id, Step.SKIP)

    def undo(self) -> AdjudicationEntry | None:
        """Take back the last step, and the one before; None where nothing is left.

        What was settled before the desk was opened is taken back, too, the newest first.
        """
        with self._lock:
            entry = self._undone(self._past[-1] if self._past else None)
            del self._past[-1:]  # only now: what could not be taken back is still there to be
            return entry

    def _undone(self, past: _Past | None) -> AdjudicationEntry | None:
        if past is not None and past.step is Step.SKIP:
            self._skipped.discard(past.pair_id)
            return AdjudicationEntry(past.pair_id, Step.SKIP, undone=True)
        if past is not None and past.step is Step.NOTE:
            return self._remark(past.pair_id, past.note or "", undone=True)
        pair_id = self._log.take_back(self.adjudicator)
        if pair_id is None:
            return None
        self._put(pair_id, None)
        return AdjudicationEntry(pair_id, Step.CHOICE, note=self.note(pair_id) or None, undone=True)

    def _remark(self, pair_id: int, note: str, *, undone: bool = False) -> AdjudicationEntry:
        self._log.remark(pair_id, self.adjudicator, note or None)
        self._notes[pair_id] = note
        return AdjudicationEntry(pair_id, Step.NOTE, note=note or None, undone=undone)

    def _put(self, pair_id: int, settled: Adjudication | None) -> None:
        """Follow what was settled or taken back, without reading every label again."""
        if pair_id in self._all:
            self._all[pair_id] = replace(self._all[pair_id], settled=settled)

    def _is_due(self, one: Dispute) -> bool:
        return self.with_waiting or not one.waiting or one.settled is not None

    def _listed(self) -> Iterator[Dispute]:
        return (one for one in self._all.values() if self._is_due(one))
