"""How right an extraction is, by what people said: PROFILE Appendix D.3, with its uncertainty."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Connection, select

from annotation.store.tables import judgements, validation_items
from annotation.study import Study
from annotation.validation.choices import Level
from annotation.validation.design import ValidationInfo, Validations, find_factor
from annotation.validation.facts import FactFault
from annotation.validation.items import ItemValue, read_items
from annotation.validation.judgements import JudgementEntry, JudgementKind, Ruling, read_entries
from annotation.validation.population import YES_NO, yes_or_no
from annotation.validation.reference import Reference, Settlement, says, settle_each
from annotation.validation.validators import ValidatorAgreement, measure_validators
from profile_engine.accuracy import (
    ClassFigures,
    Judged,
    Proportion,
    Trial,
    class_figures,
    confusion,
    estimate,
    needed,
    stratum_weights,
)
from profile_engine.taxonomy import Factor

MISSING_FACT = "missing"
"""How a fact that the list lacks is called beside `FactFault`."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How right the values of a factor are, at one level.

    Attributes:
        level: of whole values, or of the verdicts on single facts.
        drawn: items of the validation; `open` have no judgement, `disputed` wait for adjudication.
        n: values judged, those included of which nobody could tell.
        correct: of these.
        cannot_tell: of these; the accuracy is over the others.
        accuracy: with interval and effective size; weighted where the draw was stratified.
        needed_for_5_points: how many more values bring the interval to ±5 points; None before the first.
        confusion: counts by extracted class and then by right class; None where values have no classes.
        classes: precision and recall of each.
        reasons: how often each was given for an error.
        faults: of the facts themselves, and how many are missing.
        weighted: whether the draw was stratified.
        clustered: whether several facts of one response were judged together.
        unjudged_strata: strata that the accuracy does not cover yet.
    """

    validation_id: int
    factor: str
    title: str
    level: Level
    drawn: int
    open: int
    disputed: int
    n: int
    correct: int
    cannot_tell: int
    accuracy: Proportion
    needed_for_5_points: int | None
    confusion: Mapping[str, Mapping[str, int]] | None
    classes: tuple[ClassFigures, ...]
    reasons: Mapping[str, int]
    faults: Mapping[str, int]
    weighted: bool
    clustered: bool
    unjudged_strata: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlindAnswers:
    """Answers before the extracted value was seen, each with the final one.

    Attributes:
        answers: items with both.
        as_extracted: blind answers equal to the extracted value.
        changed: final answers that differ from the blind ones.
        changed_to_extracted: of these, those that gave in to the extracted value.
    """

    answers: int
    as_extracted: int
    changed: int
    changed_to_extracted: int


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """All that came out of one validation.

    Attributes:
        accuracies: of values, then of verdicts on facts.
        blind: None unless the design was blind.
        agreement: of every two validators.
        seconds: median seconds that a judged item took a validator, idle time excluded; None where none were
            told.
    """

    info: ValidationInfo
    accuracies: tuple[Accuracy, ...]
    blind: BlindAnswers | None
    agreement: tuple[ValidatorAgreement, ...]
    seconds: float | None


def report(study: Study, validation_id: int | None = None) -> tuple[ValidationReport, ...]:
    """The results of one validation, or of all, oldest first; raises StudyError for an unknown id."""
    every = Validations(study)
    chosen = every.all() if validation_id is None else (every.get(validation_id),)
    with study.reading() as connection:
        return tuple(_report(study, connection, info) for info in chosen)


def _report(study: Study, connection: Connection, info: ValidationInfo) -> ValidationReport:
    factor = find_factor(study, info.design.factor)
    own = validation_items.c.validation_id == info.id
    item_ids = select(validation_items.c.id).where(own)
    entries = read_entries(connection, judgements.c.item_id.in_(item_ids))
    items = read_items(connection, {factor.name: factor}, own)
    references = settle_each(entries)
    return ValidationReport(
        info,
        measure_accuracy(info, factor, items, references),
        _count_blind(entries) if info.design.blind_first else None,
        measure_validators(items, references),
        _median_seconds(entries),
    )


def measure_accuracy(
    info: ValidationInfo, factor: Factor, items: Iterable[ItemValue], references: Mapping[int, Reference]
) -> tuple[Accuracy, ...]:
    """Accuracy at each level that the items have: of values, and of the verdicts on their facts.

    Args:
        info: how they were drawn.
        factor: whose values.
        items: those with a reference at least.
        references: by item; items without one are open.
    """
    judged = [
        (item, references[item.id])
        for item in items
        if item.id in references and references[item.id].ruling is not None
    ]
    levels: list[tuple[Level, list[_Case]]] = [(info.design.level, [_case(*pair) for pair in judged])]
    if info.design.level is Level.RESPONSE and any(item.listed.question for item, _ in judged):
        levels.append((Level.FACT, [case for pair in judged for case in _fact_cases(*pair)]))
    return tuple(_accuracy(info, factor, level, cases, references) for level, cases in levels)


@dataclass(frozen=True, slots=True)
class _Case:
    """A value or a verdict that was judged; `right` None where nobody could tell."""

    item: int
    stratum: str
    extracted: str
    right: str | None
    correct: bool


def _case(item: ItemValue, reference: Reference) -> _Case:
    correct = reference.ruling is Ruling.CORRECT
    extracted = item.extracted_label
    right: str | None = extracted if correct else reference.label or f"{reference.value}"
    if reference.ruling is Ruling.CANNOT_TELL:
        right = None
    return _Case(item.id, item.stratum, extracted, right, correct)


def _fact_cases(item: ItemValue, reference: Reference) -> Iterator[_Case]:
    """The verdicts of a list; those on facts that should not be there are no verdicts."""
    marks = reference.facts
    for fact in item.listed.facts:
        fault = marks.faults.get(fact.index) if marks else None
        if fact.verdict is None or fault not in (None, FactFault.MERGED):
            continue
        right = marks.verdicts.get(fact.index, fact.verdict) if marks else fact.verdict
        if reference.ruling is Ruling.CANNOT_TELL:
            right = None
        told = None if right is None else yes_or_no(right)
        extracted = yes_or_no(fact.verdict)
        yield _Case(item.id, item.stratum, extracted, told, told == extracted)


def _accuracy(
    info: ValidationInfo,
    factor: Factor,
    level: Level,
    cases: Sequence[_Case],
    references: Mapping[int, Reference],
) -> Accuracy:
    told = [case for case in cases if case.right is not None]
    weights = _weights(info, told)
    accuracy = estimate(
        [Trial(case.correct, weights[case.stratum], case.stratum, case.item) for case in told]
    )
    classes = YES_NO if level is Level.FACT else tuple(label for label, _ in factor.classes)
    judged = [
        Judged(case.extracted, case.right, weights[case.stratum], case.stratum, case.item)
        for case in told
        if case.right is not None
    ]
    states = Counter(reference.settlement for reference in references.values())
    settled = states[Settlement.AGREED] + states[Settlement.ADJUDICATED] + states[Settlement.DISPUTED]
    return Accuracy(
        validation_id=info.id,
        factor=factor.name,
        title=factor.title,
        level=level,
        drawn=info.items,
        open=info.items - settled,
        disputed=states[Settlement.DISPUTED],
        n=len(cases),
        correct=sum(case.correct for case in told),
        cannot_tell=len(cases) - len(told),
        accuracy=accuracy,
        needed_for_5_points=needed(accuracy),
        confusion=confusion(judged, classes) if classes else None,
        classes=class_figures(judged, classes),
        reasons=_counted(reason for one in references.values() if _errs(one) for reason in one.reasons),
        faults=_counted(_faults(references.values())),
        weighted=len(info.strata) > 1,
        clustered=len({case.item for case in told}) < len(told),
        unjudged_strata=tuple(one.name for one in info.strata if one.name not in weights),
    )


def _weights(info: ValidationInfo, told: Iterable[_Case]) -> dict[str, float]:
    """Each stratum's size over the items judged in it, so that what could not be told shifts nothing."""
    if len(info.strata) == 1:
        return {info.strata[0].name: 1.0}
    items = Counter(stratum for _, stratum in {(case.item, case.stratum) for case in told})
    return stratum_weights({one.name: one.size for one in info.strata}, items)


def _errs(reference: Reference) -> bool:
    """Whether something was extracted wrong; a list may be, whose value is right all the same."""
    marked = reference.facts is not None and bool(reference.facts.as_json())
    return reference.ruling is Ruling.WRONG or (reference.ruling is Ruling.CORRECT and marked)


def _faults(references: Iterable[Reference]) -> Iterator[str]:
    for reference in references:
        if reference.facts is not None:
            yield from (fault.value for fault in reference.facts.faults.values())
            yield from (MISSING_FACT for _ in reference.facts.missing)


def _counted(names: Iterable[str]) -> dict[str, int]:
    """How often each comes, most first."""
    return dict(Counter(names).most_common())


def _count_blind(entries: Iterable[JudgementEntry]) -> BlindAnswers:
    last: dict[tuple[int, str, JudgementKind], JudgementEntry] = {}
    for entry in entries:
        last[entry.item_id, entry.validator, entry.kind] = entry
    pairs = [
        (blind, final)
        for (item_id, validator, kind), blind in last.items()
        if kind is JudgementKind.BLIND and blind.verdict is not None
        for final in [last.get((item_id, validator, JudgementKind.JUDGEMENT))]
        if final is not None and final.verdict is not None
    ]
    changed = [final for blind, final in pairs if says(blind)[:3] != says(final)[:3]]
    return BlindAnswers(
        len(pairs),
        sum(blind.verdict is Ruling.CORRECT for blind, _ in pairs),
        len(changed),
        sum(final.verdict is Ruling.CORRECT for final in changed),
    )


def _median_seconds(entries: Iterable[JudgementEntry]) -> float | None:
    spent: defaultdict[tuple[int, str], float] = defaultdict(float)
    judged = set()
    for entry in entries:
        about = entry.item_id, entry.validator
        spent[about] += entry.seconds or 0.0
        if entry.kind is JudgementKind.JUDGEMENT and entry.undoes is None:
            judged.add(about)
    told = [spent[about] for about in judged if spent[about] > 0]
    return median(told) if told else None
