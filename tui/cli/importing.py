"""`profile-tui import`: data files into a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from annotation.importers.elsewhere import Elsewhere, ElsewhereFormat
from profile_engine.preferences import annotator_fault
from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import StoppedError, TuiError, UsageError

FileFormat = Literal[
    ElsewhereFormat.MTURK, ElsewhereFormat.ARGILLA, ElsewhereFormat.PREFERENCE, ElsewhereFormat.DPO
]
"""Formats that are read from files; annotations of Label Studio come from its server."""

if TYPE_CHECKING:
    from annotation.importers.importing import Plan
    from annotation.importers.report import ImportReport
    from annotation.study import Study


def import_data(
    study: StudyArgument,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]...",
            help="JSON, JSONL, CSV, TSV or Parquet files; without --card, --map and --format: what "
            "profile-tui export wrote as jsonl.",
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
        typer.Option(
            "--path",
            help="A folder, or one more file, with which files are read that its card names and that lie "
            "beside it; may be given again.",
            show_default=False,
        ),
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
    import_format: Annotated[
        FileFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="What another program wrote: mturk: results of a batch; argilla: records; preference, dpo: "
            "prompt, chosen, rejected.",
            show_default=False,
        ),
    ] = None,
    plain_worker_ids: Annotated[
        bool,
        typer.Option(
            "--plain-worker-ids",
            help="For mturk: keep the workers' ids, instead of a hash keyed by the study.",
        ),
    ] = False,
    annotator: Annotated[
        str | None,
        typer.Option(
            "--annotator",
            metavar="NAME",
            help="For preference and dpo: who chose, where a row does not say.",
            show_default=False,
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out, and list them, instead of stopping.")
    ] = False,
    replace_values: Annotated[
        bool,
        typer.Option(
            "--replace-values",
            help="Let factor values that differ from those imported before stand from now on; "
            "the earlier ones are kept.",
        ),
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

    if plain_worker_ids and import_format is not ElsewhereFormat.MTURK:
        raise UsageError("--plain-worker-ids is for --format mturk")
    if annotator is not None:
        _require_person(annotator, import_format)
    if import_format is not None and (card or mapping or labels or factor):
        raise UsageError("--format says what the fields mean: leave out --card, --map, --labels and --factor")
    plan = (
        _plan(card, mapping or (), labels, factor or ())
        if import_format is None
        else Elsewhere(import_format, plain_worker_ids, annotator)
    )
    with Study.open(study) as opened, Watch("Importing", "bytes") as watch:
        _compare_tasks(opened, plan)
        try:
            report = import_data(
                opened,
                plan,
                [*(files or ()), *(path or ())],
                choices=ImportChoices(skip_bad, domain, download, replace_values),
                progress=watch,
            )
        except StudyError as error:
            if watch.stopped:
                raise StoppedError("stopped; nothing was imported") from error
            raise
    _tell(report)


def _require_person(annotator: str, import_format: FileFormat | None) -> None:
    if import_format not in (ElsewhereFormat.PREFERENCE, ElsewhereFormat.DPO):
        raise UsageError("--annotator is for --format preference and dpo")
    if fault := annotator_fault(annotator):
        raise UsageError(f"--annotator {annotator}: {fault}")


def _compare_tasks(study: "Study", plan: "Plan | None") -> None:
    task = getattr(plan, "task", study.task)
    if task is not study.task:
        say(f"The card is of {task}, the study of {study.task}: the study's factors hold.")


def _tell(report: "ImportReport") -> None:
    """Say what was done, every bad row too; raises TuiError where nothing of the files could be used."""
    bad_rows = [f"left out: {row}" for row in report.bad_rows]
    for line in bad_rows if report.why_nothing else (*report.lines(), *bad_rows):
        say(line)
    if report.why_nothing:
        raise TuiError(f"nothing was imported: {report.why_nothing}")
    if not report.added_anything:
        say("Nothing new: the study has all of it already.")


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
