"""How far validators agree, and the items on which they do not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from annotation.agreement import Coefficient, cohen_kappa
from annotation.store.tables import judgements, validation_items
from annotation.study import Study
from annotation.validation.design import read_validation
from annotation.validation.items import ItemValue, ValidationItem, read_item
from annotation.validation.judgements import JudgementEntry, Ruling, read_entries
from annotation.validation.reference import Reference, Settlement, says, settle_each

_NO_CLASSES: Final = "the values are numbers, which kappa does not compare"


@dataclass(frozen=True, slots=True)
class ValidatorAgreement:
    """Two validators on the items that both judged.

    Attributes:
        agree: items of which they say the same, of `of`.
        kappa: Cohen's, on the classes they say are right, or their verdicts on facts; what one of them
            could not tell does not count.
    """

    a: str
    b: str
    agree: int
    of: int
    kappa: Coefficient


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item on which validators differ: to be adjudicated by an entry of kind ADJUDICATION."""

    item: ValidationItem
    judgements: tuple[JudgementEntry, ...]


def find_disputes(study: Study, validation_id: int | None = None) -> tuple[Dispute, ...]:
    """The adjudication list of one validation, or of all; raises StudyError for an unknown id."""
    factors = {factor.name: factor for factor in study.factors}
    c = validation_items.c
    which = () if validation_id is None else (c.validation_id == validation_id,)
    items = validation_items.select().with_only_columns(c.id).where(*which)
    with study.reading() as connection:
        if validation_id is not None:
            read_validation(connection, validation_id)
        references = settle_each(read_entries(connection, judgements.c.item_id.in_(items)))
        return tuple(
            Dispute(read_item(connection, factors, item_id), reference.judgements)
            for item_id, reference in sorted(references.items())
            if reference.settlement is Settlement.DISPUTED
        )


def measure_validators(
    items: Iterable[ItemValue], references: Mapping[int, Reference]
) -> tuple[ValidatorAgreement, ...]:
    """Agreement of every two validators."""
    by_item = {
        item: {entry.validator: entry for entry in references[item.id].judgements}
        for item in items
        if item.id in references
    }
    people = sorted({name for entries in by_item.values() for name in entries})
    return tuple(
        _compare(a, b, {item: (said[a], said[b]) for item, said in by_item.items() if {a, b} <= said.keys()})
        for a, b in combinations(people, 2)
    )


def _compare(
    a: str, b: str, both: Mapping[ItemValue, tuple[JudgementEntry, JudgementEntry]]
) -> ValidatorAgreement:
    agree = sum(says(one) == says(other) for one, other in both.values())
    ratings = [pair for item, entries in both.items() for pair in _ratings(item, *entries)]
    if both and not any(item.choices or item.listed.question for item in both):
        kappa = Coefficient(None, 0, len(both), _NO_CLASSES)
    else:
        categories = sorted({rating for pair in ratings for rating in pair if rating is not None})
        coded = [
            [np.nan if rating is None else categories.index(rating) for rating in pair] for pair in ratings
        ]
        of_a, of_b = np.array(coded, np.float64).reshape(len(coded), 2).T
        kappa = cohen_kappa(of_a, of_b)
    return ValidatorAgreement(a, b, agree, len(both), kappa)


def _ratings(
    item: ItemValue, one: JudgementEntry, other: JudgementEntry
) -> Iterator[tuple[str | None, str | None]]:
    """What two validators say is right: of the value, or of each of its facts."""
    if item.fact is not None or not item.listed.question:
        yield _right(item, one), _right(item, other)
        return
    for fact in item.listed.facts:
        if fact.verdict is not None:
            yield _fact(one, fact.index, fact.verdict), _fact(other, fact.index, fact.verdict)


def _right(item: ItemValue, entry: JudgementEntry) -> str | None:
    if entry.verdict is Ruling.CANNOT_TELL:
        return None
    return item.extracted_label if entry.verdict is Ruling.CORRECT else entry.label


def _fact(entry: JudgementEntry, index: int, extracted: bool) -> str | None:
    if entry.verdict is Ruling.CANNOT_TELL:
        return None
    verdicts = {} if entry.facts is None else entry.facts.verdicts
    verdict = verdicts.get(index, extracted)
    return None if verdict is None else str(verdict)
