"""What `profile-tui study report` prints."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from annotation.results.labels import Labelling
from annotation.results.models import ModelResult
from annotation.results.report import StudyReport
from annotation.wording import counted
from profile_engine.crowd import CrowdMethod
from profile_engine.preferences import MISSING, Preference
from profile_engine.rates import Rate
from profile_engine.tally import Signs
from tui.cli.agreement import agreement_document, measures_table
from tui.cli.output import Cell, Column, Result, ResultTable
from tui.cli.validation_results import shown_interval

_TITLES: Final = {
    Labelling.MAJORITY: "Majority",
    Labelling.ADJUDICATED: "Adjudicated",
    Labelling.DAWID_SKENE: "Dawid-Skene",
    Labelling.MACE: "MACE",
}
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
    Column("Not as the majority", "differing"),
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
_PAIRS: Final = (
    Column("Pair", "pair", counts=False),
    Column("Id", "id"),
    Column("Left", "left"),
    Column("Tie", "tie"),
    Column("Right", "right"),
    Column("Majority", "majority"),
    Column("Adjudicated", "adjudicated"),
    Column("Dawid-Skene", "dawid_skene"),
    Column("p", "dawid_skene_probability", digits=3),
    Column("MACE", "mace"),
    Column("p", "mace_probability", digits=3),
)


def reported(report: StudyReport, name: str, *, per_pair: bool) -> Result:
    """Everything, or (for people, CSV and LaTeX) what the labels of every pair come to."""
    document = _document(report, name)
    if per_pair:
        rows = tuple(_pair_rows(report))
        keys = [column.key for column in _PAIRS]
        document["outcomes"] = [dict(zip(keys, row, strict=True)) for row in rows]
        notes = _outside_notes(report)
        return Result(document, (ResultTable(f"{name}: labels by pair", _PAIRS, rows, notes),))
    tables = (
        _table_4(report, name),
        *([_labelling_table(report)] if report.models.each else []),
        measures_table(report.agreement),
        _outcome_table(report),
        _trust_table(report),
        _work_table(report),
    )
    flat = tuple(tuple(_flat(one)[column.key] for column in _MODELS_FLAT) for one in _rows(report))
    return Result(document, tables, ResultTable(name, _MODELS_FLAT, flat))


def rate_document(rate: Rate) -> dict[str, Cell]:
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
            method: {"rounds": labels.rounds, "settled": labels.settled}
            for method, labels in report.outcomes.crowd.items()
        },
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
        tuple(_model_notes(report)),
    )


def _model_notes(report: StudyReport) -> Iterator[str]:
    if not report.models.each:
        yield "No model scored responses of its own, so there is none to hold against people."
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
    return ResultTable("Agreement by how a pair's labels are combined", _BY_LABELLING, tuple(rows))


def _outcome_rows(report: StudyReport) -> Iterator[tuple[str, int, int, int, int, int]]:
    majority = report.outcomes.signs[Labelling.MAJORITY]
    for labelling, signs in report.outcomes.signs.items():
        left, right, tie, none = (
            int((signs == sign).sum())
            for sign in (Preference.LEFT, Preference.RIGHT, Preference.TIE, MISSING)
        )
        yield labelling.value, left, right, tie, none, int((signs != majority).sum())


def _outcome_table(report: StudyReport) -> ResultTable:
    notes = [
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
    return ResultTable(
        "How far annotators are right",
        _TRUST,
        tuple(_trust_rows(report)),
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
    return ResultTable(title, _WORK, rows, _label_notes(report))


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


def _label_notes(report: StudyReport) -> tuple[str, ...]:
    single = f"{counted(report.single, 'pair')} with a single label, left out of alpha and kappas."
    return (*((single,) if report.single else ()), *_outside_notes(report))


def _outside_notes(report: StudyReport) -> tuple[str, ...]:
    outside = counted(report.labels.outside, "label")
    left_out = f"Left out: {outside} on pairs that the plan does not have people label."
    return (left_out,) if report.labels.outside else ()


def _percent_text(rate: Rate) -> str | None:
    return None if rate.value is None else f"{100 * rate.value:.1f} %"


def _pair_rows(report: StudyReport) -> Iterator[tuple[Cell, ...]]:
    outcomes = report.outcomes
    for row, pair in enumerate(outcomes.pair_ids.tolist()):
        right, tie, left = outcomes.ballots[row].tolist()
        words = {labelling: _word(signs, row) for labelling, signs in outcomes.signs.items()}
        certain = {method: float(found.probabilities[row].max()) for method, found in outcomes.crowd.items()}
        yield (
            pair,
            report.external_ids.get(pair),
            left,
            tie,
            right,
            words[Labelling.MAJORITY],
            words[Labelling.ADJUDICATED],
            words[Labelling.DAWID_SKENE],
            certain[CrowdMethod.DAWID_SKENE],
            words[Labelling.MACE],
            certain[CrowdMethod.MACE],
        )


def _word(signs: Signs, row: int) -> str | None:
    sign = int(signs[row])
    return None if sign == MISSING else Preference(sign).name.lower()
