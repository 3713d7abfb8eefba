"""How right an extraction is, by what people said: PROFILE Appendix D.3, with its uncertainty."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy import select

from annotation.agreement import Coefficient
from annotation.store.tables import judgements, validation_items, validations
from annotation.study import Study
from annotation.validation.design import Level, ValidationInfo, Validations
from annotation.validation.facts import FactMarks
from annotation.validation.items import ItemValue, read_items
from annotation.validation.judgements import JUDGEMENTS, JudgementEntry, JudgementKind, Ruling, read_entries
from annotation.validation.reference import Reference, Settlement, settle
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

YES_NO = ("yes", "no")


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
        weighted: whether the draw was stratified.
        clustered: whether several facts of one response were judged.
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
    weighted: bool
    clustered: bool


def measure_accuracy(
    info: ValidationInfo, factor: Factor, items: Sequence[ItemValue], references: Mapping[int, Reference]
) -> tuple[Accuracy, ...]:
    """Accuracy at each level that the items have.

    Args:
        info: how they were drawn.
        factor: whose values.
        items: those with a reference at least.
        references: by item; items without one are open.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """All that came out of one validation.

    Attributes:
        accuracies: of values, then of verdicts on facts.
        blind: what blind answers were and became; None unless the design was blind.
        agreement: of every two validators.
        seconds: median seconds per judged item, idle time excluded; None where none were told.
    """

    info: ValidationInfo
    accuracies: tuple[Accuracy, ...]
    blind: "BlindAnswers | None"
    agreement: tuple[ValidatorAgreement, ...]
    seconds: float | None


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


def report(study: Study, validation_id: int | None = None) -> tuple[ValidationReport, ...]:
    """The results of one validation, or of all, oldest first."""
    raise NotImplementedError
