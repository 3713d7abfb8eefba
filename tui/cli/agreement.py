"""`profile-tui agreement`: how far people agree with one another."""

from typing import TYPE_CHECKING, Final

from tui.cli.options import FormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish

if TYPE_CHECKING:
    from annotation.agreement import Agreement

_COLUMNS: Final = (Column("Measure", "measure"), Column("Value", "value", digits=4))


def agreement(study: StudyArgument, output_format: FormatOption = Format.TABLE) -> None:
    """Measure how far annotators agree with one another.

    Krippendorff's alpha, Fleiss' kappa, Cohen's kappa of every two, and what majorities say.

    Example: profile-tui agreement study.db --format json
    """
    from annotation.agreement import measure_agreement
    from annotation.study import Study

    with Study.open(study) as opened:
        publish(_result(measure_agreement(opened)), output_format)
