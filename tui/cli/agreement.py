"""`profile-tui agreement`: how far people agree with one another."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.names import shortened
from tui.cli.options import FormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish

if TYPE_CHECKING:
    from annotation.agreement import Agreement, Coefficient, KappaSummary, PairwiseKappa

_MOST_KAPPAS: Final = 15
"""Kappas of two people that are printed unasked: six people make so many."""

_NAME: Final = 14
"""Letters of a name, so that a row with two of them has 80 at most."""

_COLUMNS: Final = (
    Column("Measure", "measure"),
    Column("Value", "value", digits=4),
    Column("Pairs", "pairs"),
    Column("Not covered", "left_out"),
)
_MAJORITY_COLUMNS: Final = (Column("Majority", "majority"), Column("Pairs", "pairs"))

AllKappasOption = Annotated[
    bool,
    typer.Option(
        "--all-kappas",
        help=f"Print Cohen's kappa of every two people, also where that makes more than {_MOST_KAPPAS}.",
    ),
]


def agreement(
    study: StudyArgument, all_kappas: AllKappasOption = False, output_format: FormatOption = Format.TABLE
) -> None:
    """Measure how far annotators agree with one another.

    Krippendorff's alpha, Fleiss' kappa, Cohen's kappa of every two, and what majorities say.

    Example: profile-tui agreement study.db --format json
    """
    from annotation.agreement import measure_agreement
    from annotation.study import Study

    with Study.open(study) as opened:
        report = measure_agreement(opened)
    tables = (measures_table(report, every=all_kappas), _majority_table(report))
    publish(Result(agreement_document(report), tables, _every_measure(report)), output_format)


def _of_all(report: "Agreement") -> list[tuple[str, "Coefficient"]]:
    return [
        ("Krippendorff's alpha, nominal", report.krippendorff_alpha),
        ("Fleiss' kappa", report.fleiss_kappa),
    ]


def _of_two(report: "Agreement", names: Mapping[str, str]) -> list[tuple[str, "Coefficient"]]:
    return [
        (f"Cohen's kappa, {names[pair.a]} and {names[pair.b]}", pair.kappa) for pair in report.pairwise_kappa
    ]


def _measures(report: "Agreement") -> list[tuple[str, "Coefficient"]]:
    whole = {name: name for name in report.annotators}
    return [*_of_all(report), *_of_two(report, whole)]


def agreement_document(report: "Agreement") -> dict[str, Any]:
    """Every coefficient with what it covers."""
    from annotation.agreement import summarize_kappas

    summary = summarize_kappas(report.pairwise_kappa)
    return {
        "items": report.items,
        "annotators": len(report.annotators),
        "annotator_names": list(report.annotators),
        "labels_set_aside": report.set_aside,
        "krippendorff_alpha": {"nominal": report.krippendorff_alpha.value},
        "fleiss_kappa": report.fleiss_kappa.value,
        "pairwise_kappa": [_kappa_document(pair) for pair in report.pairwise_kappa],
        "pairwise_summary": {
            "number": summary.number,
            "defined": summary.defined,
            "mean": summary.mean,
            "least": summary.least and _kappa_document(summary.least),
            "most": summary.most and _kappa_document(summary.most),
            "undefined": dict(summary.undefined),
        },
        "majority": asdict(report.majority),
        "measures": [
            {
                "measure": name,
                "value": measure.value,
                "items": measure.items,
                "left_out": measure.left_out,
                "reason": measure.reason,
            }
            for name, measure in _measures(report)
        ],
    }


def _kappa_document(pair: "PairwiseKappa") -> dict[str, Cell]:
    return {"a": pair.a, "b": pair.b, "kappa": pair.kappa.value}


def measures_table(report: "Agreement", *, every: bool) -> ResultTable:
    """Every coefficient, a row each; many kappas of two people in short, unless all are wanted."""
    from annotation.agreement import summarize_kappas
    from annotation.wording import counted

    names = shortened(report.annotators, _NAME)
    title = f"Agreement of {counted(len(report.annotators), 'annotator')} on {counted(report.items, 'pair')}"
    if every or len(report.pairwise_kappa) <= _MOST_KAPPAS:
        measures = [*_of_all(report), *_of_two(report, names)]
        notes = (*set_aside_notes(report), *_reasons(measures))
        return ResultTable(title, _COLUMNS, tuple(_rows(measures)), notes)
    summary = summarize_kappas(report.pairwise_kappa)
    rows = (*_rows(_of_all(report)), *_summary_rows(summary, names))
    notes = (*set_aside_notes(report), *_reasons(_of_all(report)), *_summary_notes(summary))
    return ResultTable(title, _COLUMNS, rows, notes)


def set_aside_notes(report: "Agreement") -> Iterator[str]:
    """Which labels say nothing of agreement, where the plan stops early."""
    from annotation.wording import counted

    if report.set_aside:
        left_out = counted(report.set_aside, "label")
        yield (
            f"Without {left_out} that the plan asked for only where the first ones of a pair differ: with "
            "these, alpha and kappas would measure where it stops."
        )


def _rows(measures: "list[tuple[str, Coefficient]]") -> Iterator[tuple[Cell, ...]]:
    return ((name, one.value, one.items, one.left_out) for name, one in measures)


def _reasons(measures: "list[tuple[str, Coefficient]]") -> list[str]:
    """Why measures are undefined, a line a reason."""
    undefined: dict[str, list[str]] = {}
    for name, one in measures:
        if one.reason:
            undefined.setdefault(one.reason, []).append(name)
    return [f"Undefined, {reason}: {'; '.join(names)}" for reason, names in undefined.items()]


def _summary_rows(summary: "KappaSummary", names: Mapping[str, str]) -> Iterator[tuple[Cell, ...]]:
    yield f"Cohen's kappa of every two, mean of {summary.defined:,}", summary.mean, None, None
    for what, one in (("least", summary.least), ("most", summary.most)):
        if one is not None:
            of = f"… {what}, {names[one.a]} and {names[one.b]}"
            yield of, one.kappa.value, one.kappa.items, one.kappa.left_out


def _summary_notes(summary: "KappaSummary") -> Iterator[str]:
    yield (
        "The mean is a plain one of the kappas that are defined: every two people weigh the same, however "
        "many pairs they share."
    )
    reasons = "; ".join(f"{reason} ({number:,})" for reason, number in summary.undefined.items())
    if reasons:
        yield f"Undefined for {summary.number - summary.defined:,} of {summary.number:,}: {reasons}."
    yield f"--all-kappas prints all {summary.number:,}; --format json has them, too."


def _every_measure(report: "Agreement") -> ResultTable:
    return ResultTable("Agreement", _COLUMNS, tuple(_rows(_measures(report))))


def _majority_table(report: "Agreement") -> ResultTable:
    return ResultTable(
        "What more than half of the labels on a pair say",
        _MAJORITY_COLUMNS,
        tuple((choice, pairs) for choice, pairs in asdict(report.majority).items()),
    )
