"""`profile-tui import`: data files into a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import StoppedError, UsageError

if TYPE_CHECKING:
    from annotation.importers.importing import Plan
    from annotation.importers.report import ImportReport


def import_data(
    study: StudyArgument,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="JSON, JSONL, CSV, TSV or Parquet files; without --card and --map: what profile-tui "
            "export wrote.",
            show_default=False,
        ),
    ] = None,
    card: Annotated[
        str | None,
        typer.Option(
            "--card", metavar="NAME|PATH", help="A dataset card: a shipped one or a path.", show_default=False
        ),
    ] = None,
    path: Annotated[
        list[Path] | None,
        typer.Option("--path", help="A folder, or one more file; may be given again.", show_default=False),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain",
            help="The part of a data set that has several, as shp2 does.",
            show_default="the card's",
        ),
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch the files from the card's Hugging Face location.")
    ] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="KEY=FIELD",
            help="What a field means: source, left, right, label, annotator, left_agent, right_agent, ...; "
            "dots lead into nested JSON; may be given again.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="VALUE=SIDE,...",
            help="What a label's values mean: 0=left,1=right,2=tie.",
            show_default=False,
        ),
    ] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor",
            metavar="NAME=LEFT,RIGHT",
            help="A factor whose values stand in these fields of the left and right response; "
            "may be given again.",
            show_default=False,
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out, and list them, instead of stopping.")
    ] = False,
) -> None:
    """Import pairs with labels, verdicts and factor values.

    All of it or, where anything is wrong, nothing. The same file twice adds nothing.

    Example: profile-tui import study.db pairs.csv --map source=prompt --map left=a --map right=b
    """
    from annotation.errors import StudyError
    from annotation.importers.importing import ImportChoices, import_data
    from annotation.study import Study
    from tui.cli.progress import Watch

    plan = _plan(card, mapping or (), labels, factor or ())
    with Study.open(study) as opened, Watch("Importing") as watch:
        try:
            report = import_data(
                opened,
                plan,
                [*(files or ()), *(path or ())],
                choices=ImportChoices(skip_bad=skip_bad, domain=domain, download=download),
                progress=watch,
            )
        except StudyError as error:
            if watch.stopped:
                raise StoppedError("stopped; nothing was imported") from error
            raise
    for line in told(report):
        say(line)


def told(report: "ImportReport") -> tuple[str, ...]:
    """The report in sentences, every bad row among them."""
    nothing = () if report.added_anything else ("Nothing new: the study has all of it already.",)
    return (*report.lines(), *(f"left out: {row}" for row in report.bad_rows), *nothing)


def _plan(
    card: str | None, mapping: Sequence[str], labels: str | None, factors: Sequence[str]
) -> "Plan | None":
    from annotation.importers.card import load_card
    from annotation.importers.mapping import parse_map

    if card is not None and (mapping or labels or factors):
        raise UsageError("--card says what the fields mean: leave out --map, --labels and --factor")
    if card is not None:
        return load_card(card)
    if mapping:
        return parse_map(mapping, labels=labels, factors=factors)
    if labels or factors:
        raise UsageError("--labels and --factor need --map: source, left and right at least")
    return None
