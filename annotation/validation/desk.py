"""One person's work on one validation: the next item, what they say of it, how far they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from annotation.errors import AnswerError
from annotation.store.tables import judgements, validation_items
from annotation.study import Study
from annotation.validation.design import ValidationInfo, find_factor, read_validation
from annotation.validation.items import ItemValue, ValidationItem, read_item, read_items
from annotation.validation.judgements import (
    JUDGEMENTS,
    JudgementEntry,
    JudgementKind,
    NewJudgement,
    find_person,
    read_entries,
)
from annotation.validation.log import ValidationLog
from annotation.validation.order import WorkOrder
from annotation.validation.reference import settle
from annotation.validation.report import Accuracy, measure_accuracy

_SEEN: Final = {JudgementKind.BLIND, JudgementKind.JUDGEMENT}
"""Kinds of entries behind which the extracted value was seen, withdrawn or not."""


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """What one validator has said of one item: the last entry of each kind, None where withdrawn.

    Attributes:
        shows_value: whether they may see the extracted value by now; who saw it once has seen it, also
            when they take back what they answered before.
    """

    blind: JudgementEntry | None
    judgement: JudgementEntry | None
    adjudication: JudgementEntry | None
    reason: str | None
    note: str | None
    skipped: bool
    flagged: bool
    shows_value: bool


@dataclass(frozen=True, slots=True)
class DeskProgress:
    """How far a validator is; `of` counts the items that are theirs."""

    done: int
    of: int
    skipped: int
    flagged: int


class ValidationDesk:
    """One validator at one validation.

    Holds the ids of the items and what this validator has said; texts are read when an item is asked for.
    An item is theirs unless as many others as the design wants have judged it already.

    Attributes:
        order: the items that are theirs.

    Args:
        study: holds the validation.
        validation_id: which.
        validator: a registered person.

    Raises:
        StudyError: unknown validation.
        AnswerError: the validator is not registered.
    """

    def __init__(self, study: Study, validation_id: int, validator: str) -> None:
        self._study = study
        self._log = ValidationLog(study)
        self.validator = validator
        with study.reading() as connection:
            self.info: ValidationInfo = read_validation(connection, validation_id)
            person = find_person(connection, validator)
            self.order = WorkOrder(_open_to(connection, self.info, person))
            own = read_entries(
                connection,
                judgements.c.validator_id == person,
                judgements.c.item_id.in_(_items_of(validation_id)),
                JUDGEMENTS.stands(),
            )
        self.factor = find_factor(study, self.info.design.factor)
        self._factors = {self.factor.name: self.factor}
        self._said: dict[int, dict[JudgementKind, JudgementEntry]] = {}
        self._values: dict[int, ItemValue] = {}
        for entry in own:
            self._take(entry)

    @property
    def progress(self) -> DeskProgress:
        """How far this validator is."""
        kinds = [self.standing(item_id) for item_id in self._said if item_id in self.order]
        return DeskProgress(
            sum(one.judgement is not None for one in kinds),
            len(self.order),
            sum(one.skipped and one.judgement is None for one in kinds),
            sum(one.flagged for one in kinds),
        )

    def next(self, after: int | None = None) -> ValidationItem | None:
        """The next item without a judgement, from the start again behind the last; skipped ones come last.

        Args:
            after: an item id; None starts from the first.

        Returns:
            None when all are done.
        """
        chosen = self.order.next(
            after,
            lambda item_id: _standing(self._said.get(item_id, {}), JudgementKind.JUDGEMENT) is None,
            lambda item_id: _is_set(self._said.get(item_id, {}), JudgementKind.SKIP),
        )
        return None if chosen is None else self.item(chosen)

    def beside(self, item_id: int, step: int) -> ValidationItem | None:
        """The item so many places on (or back), done or not; None past either end."""
        chosen = self.order.beside(item_id, step)
        return None if chosen is None else self.item(chosen)

    def item(self, item_id: int) -> ValidationItem:
        """One item, done or not; raises AnswerError for one that is not this validator's."""
        if item_id not in self.order:
            raise AnswerError(f"item {item_id} is not yours in this validation; open it again")
        with self._study.reading() as connection:
            return read_item(connection, self._factors, item_id)

    def number(self, item_id: int) -> int:
        """An item's place among this validator's, from 1."""
        return self.order.number(item_id)

    def standing(self, item_id: int) -> ItemStanding:
        """What this validator has said of an item."""
        said = self._said.get(item_id, {})
        blind, judgement, adjudication = (
            _standing(said, kind)
            for kind in (JudgementKind.BLIND, JudgementKind.JUDGEMENT, JudgementKind.ADJUDICATION)
        )
        reason, note = said.get(JudgementKind.REASON), said.get(JudgementKind.NOTE)
        return ItemStanding(
            blind,
            judgement,
            adjudication,
            reason.reason if reason else None,
            note.note if note else None,
            _is_set(said, JudgementKind.SKIP),
            _is_set(said, JudgementKind.FLAG),
            not self.info.design.blind_first or bool(said.keys() & _SEEN),
        )

    def save(self, new: NewJudgement) -> JudgementEntry:
        """Append an entry of this validator; on disk when this returns. Raises as `ValidationLog.save`."""
        entry = self._log.save(new)
        self._take(entry)
        return entry

    def undo(self) -> JudgementEntry | None:
        """Take back this validator's last entry here; None when there is nothing. Its item is `item_id`."""
        entry = self._log.undo(self.validator, self.info.id)
        if entry is not None:
            self._take(entry)
        return entry

    def reasons(self) -> tuple[str, ...]:
        """Reasons for errors to choose from; one that is saved is offered from then on, to everybody."""
        return self._log.reasons()

    def accuracy(self) -> tuple[Accuracy, ...]:
        """Accuracy by this validator's own judgements: of values, and of the verdicts on their facts."""
        judged = [item_id for item_id, said in self._said.items() if _standing(said, JudgementKind.JUDGEMENT)]
        self._read_values(item_id for item_id in judged if item_id not in self._values)
        references = {
            item_id: settle(
                [
                    entry
                    for kind, entry in self._said[item_id].items()
                    if kind is not JudgementKind.ADJUDICATION
                ]
            )
            for item_id in judged
        }
        items = sorted((self._values[item_id] for item_id in judged), key=lambda item: item.position)
        return measure_accuracy(self.info, self.factor, items, references)

    def _take(self, entry: JudgementEntry) -> None:
        self._said.setdefault(entry.item_id, {})[entry.kind] = entry

    def _read_values(self, item_ids: Iterable[int]) -> None:
        ids = list(item_ids)
        if ids:
            with self._study.reading() as connection:
                for item in read_items(connection, self._factors, validation_items.c.id.in_(ids)):
                    self._values[item.id] = item


def _standing(said: Mapping[JudgementKind, JudgementEntry], kind: JudgementKind) -> JudgementEntry | None:
    entry = said.get(kind)
    return entry if entry is not None and entry.verdict is not None else None


def _is_set(said: Mapping[JudgementKind, JudgementEntry], kind: JudgementKind) -> bool:
    entry = said.get(kind)
    return entry is not None and bool(entry.set)


def _items_of(validation_id: int) -> Select[Any]:
    c = validation_items.c
    return select(c.id).where(c.validation_id == validation_id)


def _open_to(connection: Connection, info: ValidationInfo, person: int) -> list[int]:
    """The items in their order, without those that enough others have judged and this person has not."""
    c, said = validation_items.c, judgements.c
    items: list[int] = list(connection.execute(_items_of(info.id).order_by(c.position)).scalars())
    judged = connection.execute(
        select(said.item_id, said.validator_id).where(
            said.item_id.in_(_items_of(info.id)),
            said.kind == JudgementKind.JUDGEMENT,
            said.verdict.is_not(None),
            JUDGEMENTS.stands(),
        )
    )
    people: defaultdict[int, set[int]] = defaultdict(set)
    for item_id, validator_id in judged:
        people[item_id].add(validator_id)
    wanted = info.design.validators
    return [one for one in items if person in people[one] or len(people[one]) < wanted]
