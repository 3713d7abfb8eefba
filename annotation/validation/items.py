"""What a validator sees: a value with all that it takes to judge it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, case, select

from annotation.errors import StudyError
from annotation.store.tables import agents, factor_values, responses, sources, validation_items
from annotation.validation.facts import SOURCE_COVERAGE, FactList, FactMarks, read_facts, revalue
from annotation.validation.judgements import JudgementKind, NewJudgement, Ruling
from annotation.validation.population import YES_NO, class_of, yes_or_no
from profile_engine.taxonomy import Factor

ROUNDED: Final = 0.0005
"""Values this close are equal to three decimals, as data files round them: neither corrects the other."""


@dataclass(frozen=True, slots=True)
class ExtractedValue:
    """The value that is judged, and where it comes from.

    Attributes:
        model: as it was asked for; empty where none was.
        justification: of the response as a whole; facts have their own.
    """

    id: int
    value: float
    label: str | None
    method: str
    version: str
    model: str
    justification: str | None


@dataclass(frozen=True, slots=True)
class ItemValue:
    """What is judged of one item of a validation.

    Attributes:
        position: from 1, in the order in which items are judged.
        listed: the facts behind the value; without facts for factors of whole responses.
        fact: the fact in question, as an index of `listed.facts`; None where the value as a whole is judged.
        probability: with which it was drawn, from its `stratum`.
    """

    id: int
    validation_id: int
    position: int
    factor: Factor
    response_id: int
    extracted: ExtractedValue
    listed: FactList
    fact: int | None
    stratum: str
    probability: float

    @property
    def extracted_label(self) -> str:
        """What the extraction says, in one word: the class, yes or no to a fact, or the number."""
        if self.fact is not None:
            return yes_or_no(bool(self.listed.facts[self.fact].verdict))
        label = self.extracted.label or class_of(self.factor, self.extracted.value)
        return label or f"{self.extracted.value:.3g}"

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be right, to be chosen with one press; empty for numbers and lists of facts."""
        if self.fact is not None:
            return YES_NO
        return tuple(label for label, _ in self.factor.classes)

    def answered(
        self,
        validator: str,
        *,
        label: str | None = None,
        value: float | None = None,
        facts: FactMarks | None = None,
        cannot_tell: bool = False,
        kind: JudgementKind = JudgementKind.JUDGEMENT,
        seconds: float | None = None,
        origin: str = "terminal",
    ) -> NewJudgement:
        """The entry that says what is right here, and so whether the extraction is.

        Give one of: a class (or yes/no for a fact in question) by its label, a number, marks on the facts
        (an empty `FactMarks()` accepts them all), or cannot tell. None of them: what was extracted is right.

        Raises:
            StudyError: not one of the `choices`, or marks that leave no fact to compute a value from.
        """
        if cannot_tell:
            verdict, right, name = Ruling.CANNOT_TELL, None, None
        else:
            right, name = self._right(label, value, facts)
            verdict = Ruling.CORRECT if self._agrees(right, name) else Ruling.WRONG
        if facts is not None and kind is not JudgementKind.BLIND:
            facts = facts.over(self.listed)
        return NewJudgement(
            self.id, validator, kind, verdict, right, name, facts, seconds=seconds, origin=origin
        )

    def _right(
        self, label: str | None, value: float | None, facts: FactMarks | None
    ) -> tuple[float | None, str | None]:
        if facts is not None and self.fact is None:
            changed = revalue(self.listed, (facts,)) if facts.changes(self.listed) else self.extracted.value
            return changed, None
        if label is not None and label not in self.choices:
            raise StudyError(f"{label}: not possible for {self.factor.title}: {' or '.join(self.choices)}")
        if self.fact is not None:
            return None, label or self.extracted_label
        if value is None:
            value = self.extracted.value if label is None else dict(self.factor.classes)[label]
        return value, label or class_of(self.factor, value)

    def _agrees(self, value: float | None, label: str | None) -> bool:
        if self.fact is not None:
            return label == self.extracted_label
        return value is not None and is_same(self.factor, value, self.extracted.value)


@dataclass(frozen=True, slots=True)
class ValidationItem(ItemValue):
    """One item as a validator sees it: the value with the texts."""

    agent: str | None
    response: str
    source_id: int
    title: str | None
    source: str


def is_same(factor: Factor, one: float, other: float) -> bool:
    """Whether two values manifest equally, up to the factor's tie tolerance and three decimals."""
    return abs(one - other) <= max(factor.tie_tolerance, ROUNDED) * (1 + 1e-9)


def read_items(
    connection: Connection, factors: Mapping[str, Factor], *which: ColumnElement[bool]
) -> list[ItemValue]:
    """The items that meet all conditions on `validation_items`, by validation in their order."""
    found = _items(*_VALUE_COLUMNS).where(*which)
    return [ItemValue(**_value(row, factors[row.factor])) for row in connection.execute(found)]


def read_item(connection: Connection, factors: Mapping[str, Factor], item_id: int) -> ValidationItem:
    """One item with its texts; raises StudyError for an unknown id."""
    texts = (
        responses.c.text.label("response"),
        responses.c.source_id,
        agents.c.name.label("agent"),
        sources.c.title,
        sources.c.text.label("source"),
    )
    found = _items(*_VALUE_COLUMNS, *texts).outerjoin(agents, agents.c.id == responses.c.agent_id)
    row = connection.execute(found.where(validation_items.c.id == item_id)).one_or_none()
    if row is None:
        raise StudyError(f"item {item_id} is not in this study; open the validation again")
    return ValidationItem(
        **_value(row, factors[row.factor]),
        agent=row.agent,
        response=row.response,
        source_id=row.source_id,
        title=row.title,
        source=row.source,
    )


_VALUE_COLUMNS: Final = (
    validation_items,
    factor_values.c.factor,
    factor_values.c.value,
    factor_values.c.label,
    factor_values.c.method,
    factor_values.c.version,
    factor_values.c.model,
    factor_values.c.evidence,
    # Only where the facts lie with the source: the evidence of a source is long.
    case((factor_values.c.factor == SOURCE_COVERAGE, sources.c.evidence)).label("source_evidence"),
)


def _items(*columns: Table | ColumnElement[Any]) -> Select[Any]:
    item = validation_items.c
    return (
        select(*columns)
        .select_from(validation_items)
        .join(factor_values, factor_values.c.id == item.value_id)
        .join(responses, responses.c.id == item.response_id)
        .join(sources, sources.c.id == responses.c.source_id)
        .order_by(item.validation_id, item.position)
    )


def _value(row: Row[Any], factor: Factor) -> dict[str, Any]:
    why = (row.evidence or {}).get("justification")
    justification = why if isinstance(why, str) else None
    return {
        "id": row.id,
        "validation_id": row.validation_id,
        "position": row.position,
        "factor": factor,
        "response_id": row.response_id,
        "extracted": ExtractedValue(
            row.value_id, row.value, row.label, row.method, row.version, row.model, justification
        ),
        "listed": read_facts(factor.name, row.evidence, row.source_evidence),
        "fact": row.fact,
        "stratum": row.stratum,
        "probability": row.probability,
    }
