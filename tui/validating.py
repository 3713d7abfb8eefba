"""One person's way through a validation, without a widget: what comes next, read ahead; how right it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock
from typing import Final

from annotation.study import Study
from annotation.validation.design import ValidationInfo, Validations, find_factor
from annotation.validation.desk import DeskProgress, ItemStanding, ValidationDesk
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import JudgementEntry, JudgementKind, NewJudgement
from annotation.validation.order import WorkOrder
from annotation.validation.report import Accuracy, report
from annotation.validation.validators import Dispute, find_disputes
from profile_engine.taxonomy import Factor
from tui.ahead import ReadAhead

MOVING_ON: Final = (JudgementKind.JUDGEMENT, JudgementKind.ADJUDICATION, JudgementKind.SKIP)
"""Kinds of entries behind which the next item comes."""


@dataclass(frozen=True, slots=True)
class OwnWork:
    """A validation, and how far one validator is with it."""

    info: ValidationInfo
    factor: Factor
    progress: DeskProgress

    @property
    def open(self) -> int:
        """How many items are still to judge."""
        return self.progress.of - self.progress.done


def survey(study: Study, validator: str) -> tuple[OwnWork, ...]:
    """All validations as they stand for one validator, oldest first."""
    return tuple(
        OwnWork(
            info, find_factor(study, info.design.factor), ValidationDesk(study, info.id, validator).progress
        )
        for info in Validations(study).all()
    )


def next_open(works: Iterable[OwnWork], after: int | None) -> OwnWork | None:
    """The next validation with something to judge, from the first again behind the last."""
    order = sorted(works, key=lambda work: after is not None and work.info.id <= after)
    return next((work for work in order if work.open and work.info.id != after), None)


class Validating:
    """The items of one validator. Worker threads call what reads and writes; the rest is quick.

    Attributes:
        kind: of the entries that say what is right, once the value is shown.
        accuracy: by this validator's judgements, as of the last item read ahead; of disputes by all of them.
        reasons: for errors, to choose from.
    """

    kind = JudgementKind.JUDGEMENT

    def __init__(self, study: Study, validation_id: int, validator: str) -> None:
        self.validator = validator
        self._desk = ValidationDesk(study, validation_id, validator)
        self._order = self._desk.order
        self._lock = RLock()
        self._ahead = ReadAhead(self._find_next, lambda item: item.id)
        self.info = self._desk.info
        self.factor = self._desk.factor
        self.reasons = self._desk.reasons()
        self.accuracy: tuple[Accuracy, ...] = self._measured()

    @property
    def progress(self) -> DeskProgress:
        """How far this validator is."""
        return self._desk.progress

    def holds(self, item_id: int) -> bool:
        """Whether an item is among these; of disputes, whether it was when these were read."""
        return item_id in self._order

    def number(self, item_id: int) -> int:
        """An item's place, from 1."""
        return self._order.number(item_id)

    def standing(self, item_id: int) -> ItemStanding:
        """What this validator has said of an item."""
        return self._desk.standing(item_id)

    def others(self, item_id: int) -> tuple[JudgementEntry, ...]:
        """What is to be adjudicated between."""
        del item_id
        return ()

    def next(self, after: int | None = None) -> ValidationItem | None:
        """The next open item; None when all are done."""
        with self._lock:
            return self._find_next(after)

    def item(self, item_id: int) -> ValidationItem:
        """One item, done or not."""
        with self._lock:
            return self._desk.item(item_id)

    def beside(self, item_id: int, step: int) -> ValidationItem | None:
        """The item so many places on (or back), done or not; None past either end."""
        with self._lock:
            return self._desk.beside(item_id, step)

    def read_ahead(self, after: int) -> None:
        """Find out what comes after an item that is still open."""
        with self._lock:
            self._ahead.read(after)

    def ready(self, after: int) -> ValidationItem | None:
        """What was read ahead for this item; None when it has to be read now."""
        return self._ahead.ready(after)

    def measure(self) -> None:
        """Bring `accuracy` up to date."""
        with self._lock:
            self.accuracy = self._measured()

    def save(self, new: NewJudgement) -> JudgementEntry:
        """Append an entry; on disk when this returns."""
        with self._lock:
            entry = self._desk.save(new)
            if entry.reason and entry.reason not in self.reasons:
                self.reasons += (entry.reason,)
            return entry

    def undo(self) -> JudgementEntry | None:
        """Take back the last entry."""
        with self._lock:
            self._ahead.forget()
            return self._desk.undo()

    def _find_next(self, after: int | None) -> ValidationItem | None:
        return self._desk.next(after)

    def _measured(self) -> tuple[Accuracy, ...]:
        return self._desk.accuracy()


class Adjudicating(Validating):
    """The items on which validators differ, for whoever has the last word."""

    kind = JudgementKind.ADJUDICATION

    def __init__(self, study: Study, validation_id: int, validator: str) -> None:
        self._study = study
        super().__init__(study, validation_id, validator)
        self._disputes: dict[int, Dispute] = {
            dispute.item.id: dispute for dispute in find_disputes(study, validation_id)
        }
        self._order = WorkOrder(self._disputes)

    @property
    def progress(self) -> DeskProgress:
        """How many of the disputes there were are settled."""
        flagged = sum(self.standing(item_id).flagged for item_id in self._order)
        skipped = sum(self.standing(item_id).skipped and self._is_open(item_id) for item_id in self._order)
        done = sum(not self._is_open(item_id) for item_id in self._order)
        return DeskProgress(done, len(self._order), skipped, flagged)

    def others(self, item_id: int) -> tuple[JudgementEntry, ...]:
        """What is to be adjudicated between."""
        return self._disputes[item_id].judgements

    def item(self, item_id: int) -> ValidationItem:
        """One disputed item."""
        return self._disputes[item_id].item

    def beside(self, item_id: int, step: int) -> ValidationItem | None:
        """The dispute so many places on (or back); None past either end."""
        chosen = self._order.beside(item_id, step)
        return None if chosen is None else self.item(chosen)

    def _find_next(self, after: int | None) -> ValidationItem | None:
        chosen = self._order.next(after, self._is_open, lambda item_id: self.standing(item_id).skipped)
        return None if chosen is None else self.item(chosen)

    def _measured(self) -> tuple[Accuracy, ...]:
        return report(self._study, self.info.id)[0].accuracies

    def _is_open(self, item_id: int) -> bool:
        return self.standing(item_id).adjudication is None
