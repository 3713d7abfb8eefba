"""`profile-tui export`: a study's pairs for other programs."""

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TextIO

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.exporters.report import ExportReport
    from annotation.study import Study


class ExportFormat(StrEnum):
    """What is written."""

    JSONL = "jsonl"
    CSV = "csv"
    DPO = "dpo"
    PREFERENCE = "preference"
    ARGILLA = "argilla"
    MTURK = "mturk"


_FOR_TRAINING: Final = (ExportFormat.DPO, ExportFormat.PREFERENCE)


def export(
    study: StudyArgument,
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            "-f",
            help="jsonl: everything, to import again; csv: a row a pair; dpo: prompt, chosen, rejected; "
            "preference: the same, a row a label; argilla: records to label; mturk: a batch with its page.",
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
            metavar="NAME[:KIND]",
            help="For dpo and preference: whose preferences; for preference an annotator.",
            show_default="people's majority; for preference every annotator",
        ),
    ] = None,
    conversational: Annotated[
        bool, typer.Option("--conversational", help="For dpo and preference: messages instead of texts.")
    ] = False,
    implicit: Annotated[
        bool,
        typer.Option(
            "--implicit",
            help="For dpo and preference: both responses begin with the prompt, no column has it.",
        ),
    ] = False,
    ties: Annotated[
        bool,
        typer.Option(
            "--ties",
            help="For preference: ties, too, with chosen_side tie; trainers have to leave them out.",
        ),
    ] = False,
    crowd_elements: Annotated[
        bool,
        typer.Option(
            "--crowd-elements",
            help="For mturk: a page of Amazon's own elements, with a script from Amazon; else it has none "
            "from elsewhere.",
        ),
    ] = False,
) -> None:
    """Write a study's pairs for other programs.

    Pairs for DPO leave out ties and pairs without a majority, and say how many; a line says what else a
    format has no room for. A batch for MTurk is several files, and needs --to.

    Example: profile-tui export study.db --format dpo --to pairs.jsonl
    """
    from annotation.study import Study

    shaped = [
        name for name, is_on in (("--conversational", conversational), ("--implicit", implicit)) if is_on
    ]
    if agent is not None and export_format not in _FOR_TRAINING:
        raise UsageError("--agent is for --format dpo and preference: the other formats hold every agent")
    if shaped and export_format not in _FOR_TRAINING:
        raise UsageError(f"{shaped[0]} is for --format dpo and preference")
    if ties and export_format is not ExportFormat.PREFERENCE:
        raise UsageError("--ties is for --format preference: dpo has no room for them, the others hold them")
    if crowd_elements and export_format is not ExportFormat.MTURK:
        raise UsageError("--crowd-elements is for --format mturk")
    if to is None and export_format is ExportFormat.MTURK:
        raise UsageError("--format mturk writes several files: say where with --to batch.csv")
    with Study.open(study) as opened:
        report = _write(
            opened, export_format, to, _How(agent, conversational, implicit, ties, crowd_elements)
        )
    for line in report.lines():
        say(line)


class _How(NamedTuple):
    """What the options say."""

    agent: str | None
    conversational: bool
    implicit: bool
    ties: bool
    crowd_elements: bool


def _write(study: "Study", wanted: ExportFormat, to: Path | None, how: _How) -> "ExportReport":
    from annotation.exporters.argilla_file import export_argilla
    from annotation.exporters.csv_file import export_csv
    from annotation.exporters.dpo_file import export_dpo
    from annotation.exporters.jsonl_file import export_jsonl
    from annotation.exporters.mturk_file import export_mturk
    from annotation.exporters.preference_file import export_preference
    from annotation.exporters.preference_shape import Shape
    from profile_engine.preferences import HUMAN

    if wanted is ExportFormat.MTURK and to is not None:
        return export_mturk(study, to, crowd_elements=how.crowd_elements)
    target = to or _standard_output()
    shape = Shape(how.conversational, how.implicit)
    if wanted is ExportFormat.DPO:
        return export_dpo(study, target, how.agent or HUMAN.name, shape)
    if wanted is ExportFormat.PREFERENCE:
        return export_preference(study, target, how.agent, shape, ties=how.ties)
    whole = {ExportFormat.CSV: export_csv, ExportFormat.ARGILLA: export_argilla}
    return whole.get(wanted, export_jsonl)(study, target)


class _Shown(io.TextIOBase):
    """Standard output where a person looks at it: text from outside is shown, not obeyed."""

    def write(self, text: str) -> int:
        from tui.outside import safe

        return sys.stdout.write(safe(text))


def _standard_output() -> TextIO:
    return _Shown() if sys.stdout.isatty() else sys.stdout  # type: ignore[return-value]  # it is all that is used
