"""`profile-tui report`: a study as a page with figures, and the same figures and tables as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotation.validation.choices import Values
from profile_engine.preferences import Aggregation
from tui.cli.options import AggregationOption, StudyArgument, ValuesOption
from tui.cli.output import say

if TYPE_CHECKING:
    from annotation.study import Study
    from tui.cli.report_drafts import Draft


def report(
    study: StudyArgument,
    to: Annotated[
        Path,
        typer.Option("--to", "-o", metavar="FOLDER", help="The folder to write into.", show_default=False),
    ],
    paper: Annotated[
        bool, typer.Option("--paper", help="Set the figures that the paper prints beside the study's.")
    ] = False,
    aggregation: AggregationOption = None,
    values: ValuesOption = Values.RAW,
) -> None:
    """Write a study as one page with figures and tables.

    report.html needs nothing else and asks for nothing from elsewhere. Beside it every figure is written as
    SVG, PNG and PDF, every table as CSV and LaTeX. Files of the same names are replaced, others are left.

    Example: profile-tui report study.db -o report
    """
    from annotation.reporting.drawing import drawing_version
    from annotation.reporting.folder import write_files
    from annotation.study import Study
    from tui.cli.progress import Watch
    from tui.cli.report_drafts import PAGE, assemble, figures_of

    drawing_version()  # said before the work, not after it
    with Study.open(study) as opened:
        say(f"Reading {opened.name} ...")
        lead, drafts = _drafts(opened, aggregation, values, paper=paper)
        title = f"{opened.name}: factor-level preferences"
    say(f"Drawing {figures_of(drafts)} figures ...")
    with Watch("Drawing", "figures") as watch:
        made = assemble(title, lead, drafts, watch)
    write_files(to.expanduser(), made)
    say(f"{len(made)} files written; open {to / PAGE}")


def _drafts(
    study: "Study", aggregation: Aggregation | None, values: Values, *, paper: bool
) -> "tuple[str, list[Draft]]":
    """What the page begins with, and its sections."""
    from annotation.wording import counted
    from tui.cli.report_contents import read_reported, sections
    from tui.cli.report_paper import paper_section

    reported = read_reported(study, aggregation, values)
    drafts = list(sections(reported))
    if paper:
        drafts.append(paper_section(reported))
    pairs, agents = len(reported.profile.pair_ids), len(reported.rankings)
    lead = (
        f"{study.task.value}: {counted(len(study.factors), 'factor')}, {counted(pairs, 'pair')}, "
        f"{counted(agents, 'agent')}. Every figure and table is a file beside this page."
    )
    return lead, drafts
