"""`profile-tui export`: a study's pairs for other programs."""

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.exporters.report import ExportReport
    from annotation.exporters.target import Target
    from annotation.study import Study


class ExportFormat(StrEnum):
    """What is written."""

    JSONL = "jsonl"
    CSV = "csv"
    DPO = "dpo"


def export(
    study: StudyArgument,
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            "-f",
            help="jsonl: everything, to import again; csv: a row a pair; dpo: prompt, chosen, rejected.",
        ),
    ] = ExportFormat.JSONL,
    to: Annotated[
        Path | None, typer.Option("--to", "-o", help="The file to write.", show_default="standard output")
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            "-a",
            metavar="NAME",
            help="For dpo: whose preferences.",
            show_default="people's majority",
        ),
    ] = None,
) -> None:
    """Write a study's pairs for other programs.

    Pairs for DPO leave out ties and pairs without a majority, and say how many.

    Example: profile-tui export study.db --format dpo --to pairs.jsonl
    """
    from annotation.study import Study

    if agent is not None and export_format is not ExportFormat.DPO:
        raise UsageError("--agent is for --format dpo: the other formats hold every agent")
    with Study.open(study) as opened:
        report = _write(opened, export_format, to or _standard_output(), agent)
    for line in report.lines():
        say(line)


def _write(study: "Study", wanted: ExportFormat, target: "Target", agent: str | None) -> "ExportReport":
    from annotation.exporters.csv_file import export_csv
    from annotation.exporters.dpo_file import export_dpo
    from annotation.exporters.jsonl_file import export_jsonl
    from profile_engine.preferences import HUMAN

    if wanted is ExportFormat.DPO:
        return export_dpo(study, target, agent or HUMAN.name)
    return (export_csv if wanted is ExportFormat.CSV else export_jsonl)(study, target)


class _Shown(io.TextIOBase):
    """Standard output where a person looks at it: text from outside is shown, not obeyed."""

    def write(self, text: str) -> int:
        from tui.outside import safe

        return sys.stdout.write(safe(text))


def _standard_output() -> TextIO:
    return _Shown() if sys.stdout.isatty() else sys.stdout  # type: ignore[return-value]  # it is all that is used
