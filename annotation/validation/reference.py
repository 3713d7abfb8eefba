"""What the validators of an item say together, and what is left to adjudicate."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from annotation.validation.facts import FactMarks
from annotation.validation.judgements import JudgementEntry, JudgementKind, Ruling


class Settlement(StrEnum):
    """How far an item is settled."""

    OPEN = "open"
    AGREED = "agreed"
    DISPUTED = "disputed"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True)
class Reference:
    """What an item's value should be, as far as people have said.

    Attributes:
        ruling: None while the item is open or disputed.
        value: the right value; None also where marks on the facts leave none.
        by: who says so.
        judgements: each validator's own, by name.
        created: when the last of them said so.
        entry: id of that entry in the log.
    """

    settlement: Settlement
    judgements: tuple[JudgementEntry, ...] = ()
    ruling: Ruling | None = None
    value: float | None = None
    label: str | None = None
    facts: FactMarks | None = None
    by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    created: str = ""
    entry: int = 0


def settle(entries: Iterable[JudgementEntry]) -> Reference:
    """The reference of one item: the adjudication, else what all its validators agree on.

    Args:
        entries: of one item, in the order of the log; of a validator's of one kind the last one stands.
    """
    last: dict[tuple[JudgementKind, str], JudgementEntry] = {}
    for entry in entries:
        last[entry.kind, entry.validator] = entry
    ruled = [entry for entry in last.values() if entry.verdict is not None]
    judged = tuple(entry for entry in ruled if entry.kind is JudgementKind.JUDGEMENT)
    adjudications = [entry for entry in ruled if entry.kind is JudgementKind.ADJUDICATION]
    if adjudications:
        decided: tuple[JudgementEntry, ...] = (max(adjudications, key=lambda entry: entry.id),)
        settlement = Settlement.ADJUDICATED
    elif not judged:
        return Reference(Settlement.OPEN)
    elif any(says(entry) != says(judged[0]) for entry in judged):
        return Reference(Settlement.DISPUTED, judged)
    else:
        decided, settlement = judged, Settlement.AGREED
    first, newest = decided[0], max(decided, key=lambda entry: entry.id)
    told = last.values()
    return Reference(
        settlement,
        judged,
        first.verdict,
        first.value,
        first.label,
        first.facts,
        tuple(entry.validator for entry in decided),
        tuple(dict.fromkeys(entry.reason for entry in told if entry.reason)),
        tuple(dict.fromkeys(entry.note for entry in told if entry.note)),
        newest.created,
        newest.id,
    )


def settle_each(entries: Iterable[JudgementEntry]) -> dict[int, Reference]:
    """The reference of each item that has entries, by its id."""
    by_item: dict[int, list[JudgementEntry]] = {}
    for entry in entries:
        by_item.setdefault(entry.item_id, []).append(entry)
    return {item_id: settle(own) for item_id, own in by_item.items()}


def says(entry: JudgementEntry) -> tuple[object, ...]:
    """Equal for entries that say the same of the value."""
    marks = None if entry.facts is None else repr(entry.facts.as_json())
    value = None if entry.value is None else round(entry.value, 9)
    return entry.verdict, value, entry.label, marks or repr({})
