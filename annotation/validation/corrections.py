"""Corrections: right values as a layer over the extracted ones, with who, when and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, select, tuple_

from annotation.store.standing import value_stands
from annotation.store.tables import (
    factor_values,
    judgements,
    responses,
    sources,
    validation_items,
    validations,
)
from annotation.validation.choices import Values
from annotation.validation.facts import FactMarks, read_facts, revalue
from annotation.validation.items import ROUNDED
from annotation.validation.judgements import RULED, Ruling, read_entries
from annotation.validation.population import YES_NO
from annotation.validation.reference import Reference, settle_each

__all__ = ["Correction", "Values", "read_corrections", "responses_judged_since"]


@dataclass(frozen=True, slots=True)
class Correction:
    """A right value that differs from the standing one.

    Attributes:
        before: the value as extracted.
        after: as corrected; None where no fact is left to compute it from.
        by: who says so.
        created: when.
        reasons: why the extraction erred, as chosen; `notes` in their own words.
        items: of the validations it rests on.
        facts: what was said of the facts, for factors of facts.
    """

    response_id: int
    factor: str
    before: float | None
    before_label: str | None
    after: float | None
    after_label: str | None
    by: tuple[str, ...]
    created: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    items: tuple[int, ...]
    facts: tuple[FactMarks, ...] = ()


@dataclass(frozen=True, slots=True)
class _Settled:
    """An item with its reference."""

    item: Row[Any]
    reference: Reference


def read_corrections(
    connection: Connection, response_ids: Collection[int] | None = None
) -> tuple[Correction, ...]:
    """The corrections in force, of all responses or of some.

    Right values of a response as a whole hold whatever is extracted later. What was said of facts holds
    for the list it was said of. Of several references the newest counts; those on single facts add up, and to
    the newest on the list as a whole.
    """
    items = connection.execute(_judged_items(response_ids)).all()
    if not items:
        return ()
    item_ids = _judged_items(response_ids).with_only_columns(validation_items.c.id)
    references = settle_each(read_entries(connection, judgements.c.item_id.in_(item_ids)))
    settled: defaultdict[tuple[int, str], list[_Settled]] = defaultdict(list)
    for item in items:
        reference = references.get(item.id)
        if reference is not None and reference.ruling not in (None, Ruling.CANNOT_TELL):
            settled[item.response_id, item.factor].append(_Settled(item, reference))
    standing = _standing_values(connection, settled)
    corrections = (_correct(standing[about], own) for about, own in sorted(settled.items()))
    return tuple(correction for correction in corrections if correction is not None)


def responses_judged_since(connection: Connection, entry_id: int) -> frozenset[int]:
    """Responses of which something was said after this entry of the log."""
    said = (
        select(validation_items.c.response_id)
        .join(judgements, judgements.c.item_id == validation_items.c.id)
        .where(judgements.c.id > entry_id)
    )
    return frozenset(connection.execute(said).scalars())


def _judged_items(response_ids: Collection[int] | None) -> Select[Any]:
    item = validation_items.c
    ruled = exists().where(judgements.c.item_id == item.id, judgements.c.kind.in_(RULED))
    found = (
        select(item.id, item.response_id, item.value_id, item.fact, validations.c.factor)
        .join(validations, validations.c.id == item.validation_id)
        .where(ruled)
    )
    return found if response_ids is None else found.where(item.response_id.in_(response_ids))


def _standing_values(
    connection: Connection, about: Mapping[tuple[int, str], object]
) -> dict[tuple[int, str], Row[Any]]:
    c = factor_values.c
    wanted = list(about)
    found: dict[tuple[int, str], Row[Any]] = {}
    for start in range(0, len(wanted), 500):  # SQLite takes so many parameters only
        portion = wanted[start : start + 500]
        rows = connection.execute(
            select(factor_values, sources.c.evidence.label("source"))
            .join(responses, responses.c.id == c.response_id)
            .join(sources, sources.c.id == responses.c.source_id)
            .where(tuple_(c.response_id, c.factor).in_(portion), value_stands())
        )
        found |= {(row.response_id, row.factor): row for row in rows}
    return found


def _correct(standing: Row[Any], settled: Sequence[_Settled]) -> Correction | None:
    in_order = sorted(settled, key=lambda one: one.reference.entry)
    on_facts = [one for one in in_order if _is_on_facts(one)]
    if _is_on_facts(in_order[-1]):
        used = _since_the_last_list([one for one in on_facts if one.item.value_id == standing.id])
        marks = tuple(mark for one in used if (mark := _marks(one)) is not None)
        listed = read_facts(standing.factor, standing.evidence, standing.source)
        if not any(mark.changes(listed) for mark in marks):
            return None
        after, label = revalue(listed, marks), None
    else:
        used, marks = in_order[-1:], ()
        if used[0].reference.ruling is Ruling.CORRECT and used[0].item.value_id == standing.id:
            return None
        after, label = used[0].reference.value, used[0].reference.label
    if after is not None and standing.value is not None and abs(after - standing.value) <= ROUNDED:
        return None
    return _correction(standing, after, label, used, marks)


def _correction(
    standing: Row[Any],
    after: float | None,
    label: str | None,
    used: Sequence[_Settled],
    marks: tuple[FactMarks, ...],
) -> Correction:
    references = [one.reference for one in used]
    return Correction(
        standing.response_id,
        standing.factor,
        standing.value,
        standing.label,
        after,
        label,
        _each_once(name for reference in references for name in reference.by),
        references[-1].created,
        _each_once(reason for reference in references for reason in reference.reasons),
        _each_once(note for reference in references for note in reference.notes),
        tuple(one.item.id for one in used),
        marks,
    )


def _since_the_last_list(on_facts: Sequence[_Settled]) -> Sequence[_Settled]:
    """Without what was said before the last reference on a whole list, which speaks of each of its facts."""
    lists = [place for place, one in enumerate(on_facts) if one.item.fact is None]
    return on_facts[lists[-1] :] if lists else on_facts


def _is_on_facts(one: _Settled) -> bool:
    return one.item.fact is not None or one.reference.facts is not None


def _marks(one: _Settled) -> FactMarks | None:
    if one.item.fact is None:
        return one.reference.facts
    return FactMarks({one.item.fact: one.reference.label == YES_NO[0]})


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
