"""`profile-tui agreement`: how far people agree with one another."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tui.cli.options import FormatOption, StudyArgument
from tui.cli.output import Column, Format, Result, ResultTable, publish

if TYPE_CHECKING:
    from annotation.agreement import Agreement, Coefficient

_COLUMNS: Final = (
    Column("Measure", "measure"),
    Column("Value", "value", digits=4),
    Column("Pairs", "pairs"),
    Column("Not covered", "left_out"),
)
_MAJORITY_COLUMNS: Final = (Column("Majority", "majority"), Column("Pairs", "pairs"))


def agreement(study: StudyArgument, output_format: FormatOption = Format.TABLE) -> None:
    """Measure how far annotators agree with one another.

    Krippendorff's alpha, Fleiss' kappa, Cohen's kappa of every two, and what majorities say.

    Example: profile-tui agreement study.db --format json
    """
    from annotation.agreement import measure_agreement
    from annotation.study import Study

    with Study.open(study) as opened:
        report = measure_agreement(opened)
    publish(
        Result(agreement_document(report), (measures_table(report), _majority_table(report))), output_format
    )


def _measures(report: "Agreement") -> dict[str, "Coefficient"]:
    return {
        "Krippendorff's alpha, nominal": report.krippendorff_alpha,
        "Fleiss' kappa": report.fleiss_kappa,
        **{f"Cohen's kappa, {pair.a} and {pair.b}": pair.kappa for pair in report.pairwise_kappa},
    }


def agreement_document(report: "Agreement") -> dict[str, Any]:
    """Every coefficient with what it covers."""
    return {
        "items": report.items,
        "annotators": len(report.annotators),
        "annotator_names": list(report.annotators),
        "krippendorff_alpha": {"nominal": report.krippendorff_alpha.value},
        "fleiss_kappa": report.fleiss_kappa.value,
        "pairwise_kappa": [
            {"a": pair.a, "b": pair.b, "kappa": pair.kappa.value} for pair in report.pairwise_kappa
        ],
        "majority": asdict(report.majority),
        "measures": [
            {
                "measure": name,
                "value": measure.value,
                "items": measure.items,
                "left_out": measure.left_out,
                "reason": measure.reason,
            }
            for name, measure in _measures(report).items()
        ],
    }


def measures_table(report: "Agreement") -> ResultTable:
    """Every coefficient, a row each."""
    from annotation.wording import counted

    measures = _measures(report)
    return ResultTable(
        f"Agreement of {counted(len(report.annotators), 'annotator')} on {counted(report.items, 'pair')}",
        _COLUMNS,
        tuple((name, one.value, one.items, one.left_out) for name, one in measures.items()),
        tuple(f"{name} is undefined: {one.reason}" for name, one in measures.items() if one.reason),
    )


def _majority_table(report: "Agreement") -> ResultTable:
    return ResultTable(
        "What more than half of the labels on a pair say",
        _MAJORITY_COLUMNS,
        tuple((choice, pairs) for choice, pairs in asdict(report.majority).items()),
    )
