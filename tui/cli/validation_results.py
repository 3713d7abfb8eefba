"""What `profile-tui validate` prints of validations: draws, accuracy, disputes, corrections, comparisons."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from annotation.study import Study
from annotation.validation.coding import Codings
from annotation.validation.corrections import Correction, read_corrections
from annotation.validation.design import Design, ValidationInfo, Validations
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import JudgementEntry, Ruling
from annotation.validation.report import Accuracy, ValidationReport, report
from annotation.validation.validators import find_disputes
from profile_engine.accuracy import ClassFigures, Interval, Proportion
from tui.cli.coding_results import sets_of
from tui.cli.output import Cell, Column, Result, ResultTable
from tui.errors import UsageError

_NO_VALUE: Final = "–"

_DRAWN: Final = (
    Column("Id", "id"),
    Column("Factor", "factor"),
    Column("Level", "level"),
    Column("Drawn", "drawn"),
    Column("Of", "population"),
    Column("Seed", "seed"),
    Column("Stratified", "stratify"),
    Column("Blind first", "blind_first"),
    Column("Validators", "validators"),
)
_ACCURACY: Final = (
    Column("Factor", "factor"),
    Column("Level", "level"),
    Column("n", "n"),
    Column("Correct", "correct"),
    Column("Cannot tell", "cannot_tell"),
    Column("Accuracy", "accuracy"),
    Column("95 % interval", "interval"),
    Column("More for ±5", "needed_for_5_points"),
)
_FLAT: Final = tuple(
    Column(key, key)
    for key in (
        "id",
        "factor",
        "level",
        "n",
        "correct",
        "cannot_tell",
        "accuracy",
        "low",
        "high",
        "needed_for_5_points",
        "drawn",
        "open",
        "disputed",
        "weighted",
        "effective_n",
    )
)
_REASONS: Final = (
    Column("Factor", "factor"),
    Column("Reason for the error", "reason"),
    Column("Items", "items"),
)
_DISPUTES: Final = tuple(
    Column(title, key)
    for title, key in (
        ("Item", "item"),
        ("Factor", "factor"),
        ("Response", "response"),
        ("Fact", "fact"),
        ("Extracted", "extracted"),
        ("Validators say", "said"),
    )
)
_CORRECTIONS: Final = tuple(
    Column(title, key, digits=3)
    for title, key in (
        ("Response", "response"),
        ("Factor", "factor"),
        ("Extracted", "before"),
        ("Right", "after"),
        ("By", "by"),
        ("When", "created"),
        ("Why", "reasons"),
    )
)


def drawn(study: Study, designs: Sequence[Design], *, again: bool) -> Result:
    """Draw, and say what was drawn; a draw that is there already only `again` makes, else it is refused."""
    earlier = Validations(study).all()
    for info in earlier:
        if info.design in designs and not again:
            raise UsageError(
                f"validate new: validation {info.id} is this draw of {info.design.factor}: open it with --id "
                f"{info.id}, draw others with another --seed, or --again judges the same once more"
            )
    infos = Validations(study).create_all(designs)
    notes = (_about_overlap(info, other) for info in infos for other in earlier if _overlap(info, other))
    return _draws("Drawn", infos, tuple(notes))


def _overlap(info: ValidationInfo, other: ValidationInfo) -> bool:
    """Whether both draw from the same order of the same values."""
    a, b = info.design, other.design
    return (a.factor, a.seed, a.level, a.stratify) == (b.factor, b.seed, b.level, b.stratify)


def _about_overlap(info: ValidationInfo, other: ValidationInfo) -> str:
    more = "has items in common" if info.design.stratify else "begins with the same items"
    return f"{info.id} {more} as {other.id}; what was said there is not carried over."


def listed(study: Study) -> Result:
    """The validations of a study, and its sets of feedback texts."""
    draws = _draws("Validations", Validations(study).all())
    sets = sets_of(Codings(study).all())
    return Result(
        {**draws.document, **sets.document},
        (*draws.tables, *(sets.tables if sets.document["codings"] else ())),
    )


def reported(study: Study, validation_id: int | None) -> Result:
    """Accuracy, laid out as in PROFILE Appendix D.3."""
    reports = report(study, validation_id)
    names = _names(reports)
    rows = [(one, accuracy) for one in reports for accuracy in one.accuracies]
    documents = [_accuracy_document(*pair) for pair in rows]
    tables = [
        ResultTable(
            "Accuracy of the extraction",
            _ACCURACY,
            tuple(_accuracy_row(names[one.info.id], accuracy) for one, accuracy in rows),
            tuple(note for one in reports for note in _notes(names[one.info.id], one)),
        ),
        *(
            _confusion_table(names[one.info.id], accuracy)
            for one, accuracy in rows
            if accuracy.n and accuracy.classes
        ),
    ]
    reasons = _reason_rows(names, reports)
    if reasons:
        tables.append(ResultTable("Why extractions erred", _REASONS, reasons))
    flat = tuple(tuple(document[column.key] for column in _FLAT) for document in documents)
    return Result(
        {"study": study.name, "validations": documents},
        tuple(tables),
        ResultTable(study.name, _FLAT, flat),
    )


def disputed(study: Study, validation_id: int | None) -> Result:
    """The adjudication list."""
    disputes = find_disputes(study, validation_id)
    rows = [
        (
            one.item.id,
            one.item.factor.name,
            one.item.response_id,
            None if one.item.fact is None else one.item.listed.facts[one.item.fact].text,
            one.item.extracted_label,
            "; ".join(f"{entry.validator}: {_said(one.item, entry)}" for entry in one.judgements),
        )
        for one in disputes
    ]
    return _result("disputes", "Validators differ on", _DISPUTES, rows)


def corrected(study: Study) -> Result:
    """The layer of right values."""
    with study.reading() as connection:
        corrections = read_corrections(connection)
    return _result("corrections", "Corrections", _CORRECTIONS, [_correction_row(one) for one in corrections])


def _draws(title: str, infos: Iterable[ValidationInfo], notes: tuple[str, ...] = ()) -> Result:
    documents = [_draw_document(info) for info in infos]
    rows = tuple(tuple(_yes(document[column.key]) for column in _DRAWN) for document in documents)
    return Result({"validations": documents}, (ResultTable(title, _DRAWN, rows, notes),))


def _draw_document(info: ValidationInfo) -> dict[str, Any]:
    design = info.design
    return {
        "id": info.id,
        "factor": design.factor,
        "level": design.level.value,
        "drawn": info.items,
        "population": info.population,
        "seed": design.seed,
        "stratify": design.stratify and design.stratify.value,
        "blind_first": design.blind_first,
        "validators": design.validators,
        "strata": [asdict(stratum) for stratum in info.strata],
        "created": info.created,
    }


def _accuracy_document(told: ValidationReport, accuracy: Accuracy) -> dict[str, Any]:
    figure = accuracy.accuracy
    return {
        "id": accuracy.validation_id,
        "factor": accuracy.factor,
        "title": accuracy.title,
        "level": accuracy.level.value,
        "n": accuracy.n,
        "correct": accuracy.correct,
        "cannot_tell": accuracy.cannot_tell,
        **figure_document("accuracy", figure),
        "confusion": accuracy.confusion,
        "reasons": accuracy.reasons,
        "needed_for_5_points": accuracy.needed_for_5_points,
        "classes": [_class_document(one) for one in accuracy.classes],
        "faults": accuracy.faults,
        "drawn": accuracy.drawn,
        "open": accuracy.open,
        "disputed": accuracy.disputed,
        "weighted": accuracy.weighted,
        "clustered": accuracy.clustered,
        "effective_n": figure.effective_n,
        "unjudged_strata": list(accuracy.unjudged_strata),
        "validators": [
            {"a": pair.a, "b": pair.b, "agree": pair.agree, "of": pair.of, "kappa": pair.kappa.value}
            for pair in told.agreement
        ],
        "blind": told.blind and asdict(told.blind),
        "seconds": told.seconds,
        "design": _draw_document(told.info),
    }


def figure_document(name: str, figure: Proportion) -> dict[str, float | None]:
    """A proportion and its interval for JSON."""
    interval = figure.interval
    return {
        name: figure.value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }


def _class_document(figures: ClassFigures) -> dict[str, Any]:
    return {
        "class": figures.label,
        "extracted": figures.extracted,
        "right": figures.right,
        "both": figures.both,
        "precision": figure_document("value", figures.precision),
        "recall": figure_document("value", figures.recall),
    }


def _names(reports: Sequence[ValidationReport]) -> dict[int, str]:
    """What each validation is called: by its factor, and its number where the factor has several."""
    times = Counter(one.info.design.factor for one in reports)
    titles = {one.info.id: one.accuracies[0].title for one in reports}
    several = {one.info.id for one in reports if times[one.info.design.factor] > 1}
    return {key: f"{title} ({key})" if key in several else title for key, title in titles.items()}


def _accuracy_row(name: str, accuracy: Accuracy) -> tuple[Cell, ...]:
    figure = accuracy.accuracy
    return (
        name,
        accuracy.level.value,
        accuracy.n,
        accuracy.correct,
        accuracy.cannot_tell,
        percent_of(figure),
        shown_interval(figure.interval),
        accuracy.needed_for_5_points,
    )


def _confusion_table(name: str, accuracy: Accuracy) -> ResultTable:
    labels = tuple(one.label for one in accuracy.classes)
    columns = (
        Column("Extracted", "extracted"),
        *(Column(f"right: {label}", label) for label in labels),
        *(Column(title, title.lower()) for title in ("Precision", "Recall")),
    )
    confusion = accuracy.confusion or {}
    rows = tuple(
        (
            one.label,
            *(confusion[one.label][label] for label in labels),
            _whole(one.precision),
            _whole(one.recall),
        )
        for one in accuracy.classes
    )
    return ResultTable(f"{name}, {accuracy.level}", columns, rows)


def _reason_rows(
    names: Mapping[int, str], reports: Iterable[ValidationReport]
) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (names[one.info.id], reason, items)
        for one in reports
        for told in (one.accuracies[0].reasons, one.accuracies[-1].faults)
        for reason, items in told.items()
    )


def _notes(name: str, told: ValidationReport) -> Iterator[str]:
    for one in told.accuracies:
        about, size = f"{name}, {one.level}", f"n = {one.accuracy.effective_n:.0f}"
        if one.n and one.weighted:
            yield f"{about}: weighted by stratum; the interval is that of {size} drawn without strata."
        elif one.n and one.clustered:
            yield f"{about}: facts of one response go together; the interval is that of {size} drawn singly."
        if one.n and one.weighted and one.unjudged_strata:
            strata = ", ".join(f"“{stratum}”" for stratum in one.unjudged_strata)
            yield f"{about}: covers no value that was extracted as {strata}, for none is judged yet."
    first = told.accuracies[0]
    if first.open or first.disputed:
        yield f"{name}: {first.open} of {first.drawn} items open, {first.disputed} to adjudicate."
    for pair in told.agreement:
        kappa = _NO_VALUE if pair.kappa.value is None else f"{pair.kappa.value:.3f}"
        yield f"{name}: {pair.a} and {pair.b} agree on {pair.agree} of {pair.of}, Cohen's kappa {kappa}."
    if told.blind is not None and told.blind.answers:
        yield (
            f"{name}: {told.blind.as_extracted} of {told.blind.answers} blind answers were as extracted; "
            f"{told.blind.changed} changed once it was seen, {told.blind.changed_to_extracted} of them to it."
        )
    if told.seconds is not None:
        yield f"{name}: {told.seconds:.0f} s an item (median, without idle time)."


def _said(item: ValidationItem, entry: JudgementEntry) -> str:
    if entry.verdict is Ruling.CANNOT_TELL:
        return "cannot tell"
    if entry.verdict is Ruling.CORRECT:
        return item.extracted_label
    return entry.label or (_NO_VALUE if entry.value is None else f"{entry.value:.3g}")


def _correction_row(one: Correction) -> tuple[Cell, ...]:
    return (
        one.response_id,
        one.factor,
        one.before_label or one.before,
        one.after_label or one.after,
        ", ".join(one.by),
        one.created,
        "; ".join((*(() if one.after is not None else ("no facts are left",)), *one.reasons, *one.notes))
        or None,
    )


def _result(name: str, title: str, columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]]) -> Result:
    keys = [column.key for column in columns]
    documents = [dict(zip(keys, row, strict=True)) for row in rows]
    return Result({name: documents}, (ResultTable(f"{title}: {len(rows)}", columns, tuple(rows)),))


def percent_of(figure: Proportion) -> str | None:
    """As the paper prints it."""
    return None if figure.value is None else f"{100 * figure.value:.1f} %"


def shown_interval(interval: Interval | None) -> str | None:
    """In percent."""
    return None if interval is None else f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _whole(figure: Proportion) -> str | None:
    return None if figure.value is None else f"{percent_of(figure)} {shown_interval(figure.interval)}"


def _yes(value: Cell | bool) -> Cell:
    return ("yes" if value else "no") if isinstance(value, bool) else value
