"""Two extractors on the same validated items: which is right more often, and where they differ."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from annotation.errors import StudyError
from annotation.store.tables import (
    factor_values,
    judgements,
    responses,
    sources,
    validation_items,
    validations,
)
from annotation.study import Study
from annotation.validation.design import find_factor
from annotation.validation.facts import FactMarks, read_facts
from annotation.validation.items import ItemValue, is_same, read_items
from annotation.validation.judgements import Ruling, read_entries
from annotation.validation.population import class_of, yes_or_no
from annotation.validation.reference import Reference, settle_each
from profile_engine.accuracy import PairedDifference, paired_difference
from profile_engine.taxonomy import Factor, Granularity


@dataclass(frozen=True, slots=True)
class Extractor:
    """What finds values of a factor: a model under a plan and prompt version, a rule, a person.

    Attributes:
        values: how many of the factor it has found.
    """

    method: str
    version: str
    model: str
    values: int = 0

    @property
    def name(self) -> str:
        """As people tell it from others."""
        return f"{self.model or self.method}@{self.version}"


@dataclass(frozen=True, slots=True)
class Flip:
    """An item that one extractor has right and the other wrong.

    Attributes:
        fact: its text, where single facts are compared.
    """

    response_id: int
    fact: str | None
    right: str
    first: str
    second: str
    first_is_right: bool


@dataclass(frozen=True, slots=True)
class ExtractorComparison:
    """Two extractors on the items that are validated and that both have.

    Attributes:
        result: accuracies, their paired difference and its interval; unweighted, each item counts once.
        flips: where one is right and the other wrong.
        unmatched: validated items that one of them lacks.
    """

    factor: str
    title: str
    first: Extractor
    second: Extractor
    result: PairedDifference
    flips: tuple[Flip, ...]
    unmatched: int


def find_extractors(study: Study, factor: str) -> tuple[Extractor, ...]:
    """All that have found values of a factor, in the order in which they came."""
    c = factor_values.c
    with study.reading() as connection:
        rows = connection.execute(
            select(c.method, c.version, c.model, func.count(c.value))
            .where(c.factor == factor)
            .group_by(c.method, c.version, c.model)
            .order_by(func.min(c.id))
        ).all()
    return tuple(Extractor(*row) for row in rows)


def choose_extractor(study: Study, factor: str, name: str) -> Extractor:
    """The one with this name, or whose model, method or version it is; raises StudyError unless it is one."""
    known = find_extractors(study, factor)
    exact = [one for one in known if one.name == name]
    parts = [one for one in known if name in (one.model, one.method, one.version)]
    found = exact or parts
    if len(found) != 1:
        said = "several extractors" if found else "no extractor"
        names = ", ".join(one.name for one in found or known) or "none"
        raise StudyError(f"{name}: {said} of {factor} by this name; there are {names}")
    return found[0]


def compare_extractors(study: Study, factor: str, first: Extractor, second: Extractor) -> ExtractorComparison:
    """Hold the values of two extractors against what people said is right.

    Values of whole responses are compared response by response. Factors of facts are compared fact by fact,
    on the facts that stand word for word in both lists and in the one that was judged.
    """
    known = find_factor(study, factor)
    with study.reading() as connection:
        truths = dict(_truths(connection, known))
        of_first, of_second = (_answers(connection, known, one) for one in (first, second))
    counts: Counter[tuple[bool, bool]] = Counter()
    flips = []
    for about, right in sorted(truths.items(), key=lambda item: (item[0].response_id, item[0].fact or "")):
        if about not in of_first or about not in of_second:
            continue
        ours, theirs = of_first[about], of_second[about]
        hits = right.is_met(known, ours), right.is_met(known, theirs)
        counts[hits] += 1
        if hits[0] != hits[1]:
            flips.append(Flip(about.response_id, about.fact, right.shown, ours.shown, theirs.shown, hits[0]))
    result = paired_difference(
        counts[True, True], counts[True, False], counts[False, True], counts[False, False]
    )
    return ExtractorComparison(
        known.name, known.title, first, second, result, tuple(flips), len(truths) - result.n
    )


@dataclass(frozen=True, slots=True)
class _About:
    """A response, or a fact of it by its text."""

    response_id: int
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """A class or verdict, or a number."""

    label: str | None
    value: float | None

    @property
    def shown(self) -> str:
        return self.label if self.label is not None else f"{self.value:.3g}"

    def is_met(self, factor: Factor, other: "_Told") -> bool:
        if self.label is not None and other.label is not None:
            return self.label == other.label
        return self.value is not None and other.value is not None and is_same(factor, self.value, other.value)


def _truths(connection: Connection, factor: Factor) -> Iterator[tuple[_About, _Told]]:
    """What people said is right; of several references of one thing the newest."""
    own = validation_items.c.validation_id.in_(
        select(validations.c.id).where(validations.c.factor == factor.name)
    )
    judged = select(judgements.c.item_id).join(
        validation_items, validation_items.c.id == judgements.c.item_id
    )
    references = settle_each(read_entries(connection, judgements.c.item_id.in_(judged.where(own))))
    items = {item.id: item for item in read_items(connection, {factor.name: factor}, own)}
    in_order = sorted(references.items(), key=lambda one: one[1].entry)
    for item_id, reference in in_order:
        if reference.ruling not in (None, Ruling.CANNOT_TELL):
            yield from _truths_of(items[item_id], reference)


def _truths_of(item: ItemValue, reference: Reference) -> Iterator[tuple[_About, _Told]]:
    if item.fact is not None:
        text = item.listed.facts[item.fact].text
        yield _About(item.response_id, text), _Told(reference.label, None)
    elif item.listed.question:
        marks = reference.facts or FactMarks()
        for fact in item.listed.facts:
            verdict = marks.verdicts.get(fact.index, fact.verdict)
            if verdict is not None and fact.index not in marks.faults:
                yield _About(item.response_id, fact.text), _Told(yes_or_no(verdict), None)
    elif reference.ruling is Ruling.CORRECT:
        yield _About(item.response_id), _value_told(item.factor, item.extracted.value, item.extracted.label)
    else:
        yield _About(item.response_id), _value_told(item.factor, reference.value, reference.label)


def _value_told(factor: Factor, value: float | None, label: str | None) -> _Told:
    return _Told(label or class_of(factor, value), value)


def _answers(connection: Connection, factor: Factor, extractor: Extractor) -> Mapping[_About, _Told]:
    """An extractor's last answers on the responses that are in a validation of the factor."""
    c = factor_values.c
    drawn = (
        select(validation_items.c.response_id)
        .join(validations, validations.c.id == validation_items.c.validation_id)
        .where(validations.c.factor == factor.name)
    )
    found = (
        select(factor_values, sources.c.evidence.label("source"))
        .join(responses, responses.c.id == c.response_id)
        .join(sources, sources.c.id == responses.c.source_id)
        .where(
            c.factor == factor.name,
            c.method == extractor.method,
            c.version == extractor.version,
            c.model == extractor.model,
            c.value.is_not(None),
            c.response_id.in_(drawn),
        )
        .order_by(c.id)
    )
    return dict(told for row in connection.execute(found) for told in _answers_of(factor, row))


def _answers_of(factor: Factor, row: Row[Any]) -> Iterator[tuple[_About, _Told]]:
    listed = read_facts(factor.name, row.evidence, row.source)
    if factor.granularity is Granularity.FACT and listed.question:
        for fact in listed.facts:
            if fact.verdict is not None:
                yield _About(row.response_id, fact.text), _Told(yes_or_no(fact.verdict), None)
    else:
        yield _About(row.response_id), _value_told(factor, row.value, row.label)
