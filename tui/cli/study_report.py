"""What `profile-tui study report` prints."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from annotation.results.labels import FEW_LABELS, MUCH_AGAINST, Labelling
from annotation.results.models import ModelResult
from annotation.results.report import StudyReport
from annotation.wording import counted
from profile_engine.crowd import CrowdMethod
from profile_engine.preferences import MISSING, Preference
from profile_engine.rates import ClusteredRate, Rate
from tui.cli.agreement import agreement_document, measures_table
from tui.cli.names import shortened
from tui.cli.output import Cell, Column, Result, ResultTable
from tui.cli.study_pairs import pair_documents, pair_table, pairs_flat
from tui.cli.validation_results import shown_interval

_TITLES: Final = {
    Labelling.MAJORITY: "Majority",
    Labelling.ADJUDICATED: "Adjudicated",
    Labelling.DAWID_SKENE: "Dawid-Skene",
    Labelling.MACE: "MACE",
}
_NAME: Final = 30
"""Letters of a name, so that its row has 80 at most."""

_TABLE_4: Final = (
    Column("Model", "model"),
    Column("τ", "tau", digits=3),
    Column("Agree. (%)", "agree", digits=1),
    Column("95 % interval", "interval"),
    Column("Pairs", "pairs"),
    Column("Labels", "labels"),
)
_MODELS_FLAT: Final = tuple(
    Column(key, key)
    for key in (
        *("model", "pairs", "labels", "agree", "rate", "low", "high", "tau", "waiting"),
        *(f"rate_{labelling}" for labelling in Labelling if labelling is not Labelling.MAJORITY),
    )
)
_BY_LABELLING: Final = (
    Column("Agree. (%) by", "model"),
    *(Column(title, labelling, digits=1) for labelling, title in _TITLES.items()),
)
_OUTCOMES: Final = (
    Column("Labels combined by", "labelling"),
    Column("Left", "left"),
    Column("Right", "right"),
    Column("Tie", "tie"),
    Column("None", "none"),
    Column("Not as majority, or none", "differing"),
)
_TRUST: Final = (
    Column("Annotator", "annotator"),
    Column("Labels", "labels"),
    Column("Right, by Dawid-Skene", "dawid_skene", digits=3),
    Column("Knows, by MACE", "mace", digits=3),
)
_WORK: Final = (
    Column("How people worked", "what"),
    Column("Value", "value"),
    Column("95 % interval", "interval"),
    Column("Of", "of"),
)


def reported(report: StudyReport, name: str, *, per_pair: bool, all_kappas: bool) -> Result:
    """Everything, or (for people, CSV and LaTeX) what the labels of every pair come to."""
    document = _document(report, name)
    if per_pair:
        document["outcomes"] = pair_documents(report)
        return Result(document, (pair_table(report, name, _outside_notes(report)),), pairs_flat(report))
    tables = (
        _table_4(report, name),
        *([_labelling_table(report)] if report.models.each else []),
        measures_table(report.agreement, every=all_kappas),
        _outcome_table(report),
        _trust_table(report),
        _work_table(report),
    )
    if not report.models.each:  # what CSV can tell then is how far people agree
        return Result(document, tables, measures_table(report.agreement, every=True))
    flat = tuple(tuple(_flat(one)[column.key] for column in _MODELS_FLAT) for one in _rows(report))
    return Result(document, tables, ResultTable(name, _MODELS_FLAT, flat))


def rate_document(rate: Rate | ClusteredRate) -> dict[str, Cell]:
    """A rate and its interval for JSON."""
    interval = rate.interval
    return {
        "hits": rate.hits,
        "of": rate.of,
        "rate": rate.value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }


def percent(rate: Rate) -> float | None:
    """A rate in percent."""
    return None if rate.value is None else 100 * rate.value


def _rows(report: StudyReport) -> Sequence[ModelResult]:
    return (*report.models.each, report.models.together)


def _document(report: StudyReport, name: str) -> dict[str, Any]:
    bias = report.carry_over
    return {
        "study": name,
        "labels": len(report.labels),
        "labels_outside_plan": report.labels.outside,
        "pairs": len(report.labels.pair_ids),
        "origins": dict(report.labels.origins),
        "plan": report.progress and asdict(report.progress),
        "provisional": report.is_provisional,
        "models": [_model_document(one) for one in report.models.each],
        "together": _model_document(report.models.together),
        "agreement": {
            **agreement_document(report.agreement),
            "single_label_pairs": report.single,
            "observed": rate_document(report.observed),
            "unanimous": rate_document(report.unanimous),
        },
        "labellings": {
            row[0]: dict(zip(("left", "right", "tie", "none", "differing"), row[1:], strict=True))
            for row in _outcome_rows(report)
        },
        "settled": report.settled,
        "trust": [
            dict(zip((column.key for column in _TRUST), row, strict=True)) for row in _trust_rows(report)
        ],
        "crowd": {
            method: {
                "rounds": labels.rounds,
                "settled": labels.settled,
                "against_majority": rate_document(report.doubt.against[method]),
            }
            for method, labels in report.outcomes.crowd.items()
        },
        "labels_per_annotator": report.doubt.labels,
        "warnings": list(_warnings(report)),
        "side_bias": rate_document(report.side_bias),
        "carry_over": {**rate_document(bias.repeats), "expected": bias.expected},
        "seconds": asdict(report.time),
        "absent": [asdict(absence) for absence in report.absences],
    }


def _model_document(one: ModelResult) -> dict[str, Any]:
    majority = rate_document(one.agreement[Labelling.MAJORITY])
    return {
        "model": one.model,
        "pairs": one.pairs,
        "labels": one.labels,
        "waiting": one.waiting,
        "agree": majority["hits"],
        "rate": majority["rate"],
        "low": majority["low"],
        "high": majority["high"],
        "tau": one.alignment.kendall,
        "spearman": one.alignment.spearman,
        "pearson": one.alignment.pearson,
        "factors": one.alignment.factors,
        "tau_reason": one.alignment.reason,
        "by": {labelling: rate_document(rate) for labelling, rate in one.agreement.items()},
    }


def _flat(one: ModelResult) -> dict[str, Cell]:
    rates = {f"rate_{labelling}": rate.value for labelling, rate in one.agreement.items()}
    return {**_model_document(one), **rates}


def _table_4(report: StudyReport, name: str) -> ResultTable:
    rows = [] if not report.models.each else _rows(report)
    return ResultTable(
        f"{name}: factor-level preference alignment (τ) and response-level agreement with people",
        _TABLE_4,
        tuple(
            (
                one.model,
                one.alignment.kendall,
                percent(one.agreement[Labelling.MAJORITY]),
                shown_interval(one.agreement[Labelling.MAJORITY].interval),
                one.pairs,
                one.labels,
            )
            for one in rows
        ),
        (*_model_notes(report), *_provisional_notes(report), *_outside_notes(report)),
    )


def _provisional_notes(report: StudyReport) -> Iterator[str]:
    """Where pairs are done as soon as they are decided, what is done first is what people agree on."""
    if report.is_provisional and report.progress is not None:
        left = counted(report.progress.items - report.progress.done, "pair")
        yield (
            f"Caution: {left} of the plan not finished yet. Pairs end when they are decided, so these "
            "are the disputed ones, and rates are too high until they are done."
        )


def _model_notes(report: StudyReport) -> Iterator[str]:
    if not report.models.each:
        yield (
            "No model scored responses of its own, so there is none to hold against people; judges' "
            "choices: profile-tui align."
        )
        return
    yield (
        "Agree.: pairs on which more than half of the labels prefer the response that the model scored "
        "higher; Wilson's interval."
    )
    if waiting := report.models.together.waiting:
        yield f"Not counted as yet: {counted(waiting, 'pair')} that {_wait(waiting)} for labels."
    reasons: dict[str, list[str]] = {}
    for one in _rows(report):
        if one.alignment.reason:
            reasons.setdefault(one.alignment.reason, []).append(one.model)
    for reason, models in reasons.items():
        yield f"No τ, {reason}: {', '.join(models)}"


def _wait(pairs: int) -> str:
    return "waits" if pairs == 1 else "wait"


def _labelling_table(report: StudyReport) -> ResultTable:
    rows = (
        (one.model, *(percent(one.agreement[labelling]) for labelling in _TITLES)) for one in _rows(report)
    )
    title = "Agreement by how a pair's labels are combined"
    return ResultTable(title, _BY_LABELLING, tuple(rows), tuple(_warnings(report)))


def _warnings(report: StudyReport) -> Iterator[str]:
    """Why weighted labels may be wrong; beside them stands the majority."""
    doubt = report.doubt
    much = "; ".join(
        f"{_TITLES[Labelling(method)]} {against.hits:,} of {against.of:,} ({_percent_text(against)})"
        for method, against in doubt.against.items()
        if doubt.contradicts(method)
    )
    if much:
        yield (
            f"Caution: more than {100 * MUCH_AGAINST:.0f} % of the majorities are contradicted: {much}. "
            "Rely on the majority, unless something outside of the labels speaks for the others."
        )
    if doubt.is_thin:
        yield (
            f"Caution: an annotator has {doubt.labels:g} labels in the median, fewer than the {FEW_LABELS} "
            "from which Dawid-Skene and MACE can tell whom to trust."
        )


def _outcome_rows(report: StudyReport) -> Iterator[tuple[str, int, int, int, int, int]]:
    majority = report.outcomes.signs[Labelling.MAJORITY]
    for labelling, signs in report.outcomes.signs.items():
        left, right, tie, none = (
            int((signs == sign).sum())
            for sign in (Preference.LEFT, Preference.RIGHT, Preference.TIE, MISSING)
        )
        yield labelling.value, left, right, tie, none, int((signs != majority).sum())


def _outcome_table(report: StudyReport) -> ResultTable:
    notes = [] if report.models.each else list(_warnings(report))  # else they stand beneath the shares
    notes += [
        f"{_TITLES[Labelling(method)]} had not come to rest after {labels.rounds} rounds: "
        "the labels leave open whom to trust."
        for method, labels in report.outcomes.crowd.items()
        if not labels.settled
    ]
    rows: Iterator[tuple[Cell, ...]] = (
        (_TITLES[Labelling(name)], *numbers) for name, *numbers in _outcome_rows(report)
    )
    return ResultTable(
        f"What the labels of {counted(len(report.labels.pair_ids), 'pair')} come to",
        _OUTCOMES,
        tuple(rows),
        (*notes, "profile-tui study report --per-pair shows every pair; people's rankings use the majority."),
    )


def _trust_rows(report: StudyReport) -> Iterator[tuple[str, int, float | None, float | None]]:
    skills = [report.outcomes.crowd[method].skills for method in CrowdMethod]
    for place, name in enumerate(report.labels.annotators):
        labels = int((report.labels.annotator == place).sum())
        yield name, labels, skills[0][place], skills[1][place]


def _trust_table(report: StudyReport) -> ResultTable:
    names = shortened(report.labels.annotators, _NAME)
    return ResultTable(
        "How far annotators are right",
        _TRUST,
        tuple((names[name], *rest) for name, *rest in _trust_rows(report)),
        tuple(
            f"Not counted: {one.annotator}, {one.presence.value.replace('_', ' ')} since {one.since[:10]}"
            + (f": {one.reason}" if one.reason else "")
            for one in report.absences
        ),
    )


def _work_table(report: StudyReport) -> ResultTable:
    rows = (*_bias_rows(report), *_time_rows(report), *_progress_rows(report))
    of = "in all" if report.progress is None else "on the pairs of the plan"
    title = f"{counted(len(report.labels), 'label')} {of}"
    return ResultTable(title, _WORK, rows, tuple(_left_out_notes(report)))


def _bias_rows(report: StudyReport) -> Iterator[tuple[Cell, ...]]:
    expected = report.carry_over.expected
    for what, rate in (
        ("Chose the response shown first", report.side_bias),
        ("Repeated the side of the item before", report.carry_over.repeats),
    ):
        if rate.of:
            yield what, _percent_text(rate), shown_interval(rate.interval), rate.of
    if expected is not None:
        yield "… as side bias alone would", f"{100 * expected:.1f} %", None, None
    if report.unanimous.of:
        yield "Any two labels of a pair the same", _percent_text(report.observed), None, report.observed.of
        yield "Pairs with all labels the same", _percent_text(report.unanimous), None, report.unanimous.of


def _time_rows(report: StudyReport) -> Iterator[tuple[Cell, ...]]:
    time = report.time
    if time.median is not None and time.mean is not None:
        yield "Seconds for a label, median", f"{time.median:.1f}", None, time.measured
        yield "Seconds for a label, mean", f"{time.mean:.1f}", None, time.measured
    for origin, number in report.labels.origins.items():
        yield f"Labels from: {origin.replace('_', ' ')}", number, None, len(report.labels)


def _progress_rows(report: StudyReport) -> Iterator[tuple[Cell, ...]]:
    progress = report.progress
    if progress is None:
        return
    yield "Planned pairs done", progress.done, None, progress.items
    yield "Planned labels given", progress.given, None, progress.labels
    if progress.stop_when_decided:
        yield "Labels spared by stopping when decided", progress.spared, None, progress.labels
    else:
        yield "Labels that stopping when decided would spare", progress.sparable, None, progress.labels


def _left_out_notes(report: StudyReport) -> Iterator[str]:
    if report.single:
        yield f"{counted(report.single, 'pair')} with a single label, left out of alpha and kappas."
    if report.agreement.set_aside:
        yield "How often labels of a pair are the same: without those that alpha and kappas are without."


def _outside_notes(report: StudyReport) -> tuple[str, ...]:
    outside = counted(report.labels.outside, "label")
    left_out = f"Left out: {outside} on pairs that the plan does not have people label."
    return (left_out,) if report.labels.outside else ()


def _percent_text(rate: Rate) -> str | None:
    return None if rate.value is None else f"{100 * rate.value:.1f} %"
