"""`profile-tui export`: a study's pairs for other programs."""

import io
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TextIO

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.exporters.preference_shape import Shape
    from annotation.exporters.report import ExportReport
    from annotation.exporters.target import Target
    from annotation.study import Study


class ExportFormat(StrEnum):
    """What is written."""

    JSONL = "jsonl"
    CSV = "csv"
    DPO = "dpo"
    PREFERENCE = "preference"
    ARGILLA = "argilla"
    MTURK = "mturk"
    EXAMPLES = "examples"
    MARKDOWN = "markdown"
    FACTOR_DPO = "factor-dpo"
    FACTORS = "factors"


_TRAINERS: Final = (ExportFormat.DPO, ExportFormat.PREFERENCE, ExportFormat.FACTOR_DPO)
_CHOSEN: Final = (
    ExportFormat.EXAMPLES,
    ExportFormat.MARKDOWN,
    ExportFormat.FACTOR_DPO,
    ExportFormat.FACTORS,
)
"""Formats that hold some pairs with their factors."""

_FITTING: Final[Mapping[str, tuple[ExportFormat, ...]]] = {
    "--agent": (ExportFormat.DPO, ExportFormat.PREFERENCE, *_CHOSEN),
    "--conversational": _TRAINERS,
    "--implicit": _TRAINERS,
    "--crowd-elements": (ExportFormat.MTURK,),
    "--ties": (ExportFormat.PREFERENCE,),
    "--tag": (ExportFormat.DPO, *_CHOSEN),
}
"""The formats that each option is for."""


def export(
    study: StudyArgument,
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="jsonl: all that counts, to import again; csv: a row a pair; dpo: prompt, chosen, rejected; "
            "preference: the same, a row a label; argilla: records to label; mturk: a batch with its page; "
            "examples: tagged or misaligned pairs and why, as JSON lines; markdown: the same for a paper; "
            "factor-dpo: pairs for DPO that follow people's factors; factors: a row a factor of a pair.",
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
            help="For dpo and preference: whose preferences; for preference an annotator. For examples, "
            "markdown, factor-dpo, factors: the model that stands beside people; without --tag the pairs on "
            "which the two disagree.",
            show_default="people's majority; for preference every annotator",
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option(
            "--tag",
            help="For dpo, examples, markdown, factor-dpo, factors: only pairs that carry this tag.",
            show_default=False,
        ),
    ] = None,
    conversational: Annotated[
        bool,
        typer.Option("--conversational", help="For dpo, preference, factor-dpo: messages instead of texts."),
    ] = False,
    implicit: Annotated[
        bool,
        typer.Option(
            "--implicit",
            help="For dpo, preference, factor-dpo: both responses begin with the prompt, no column has it.",
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
    format has no room for. Labels of people who were left out or have withdrawn are in none, and counted.
    A batch for MTurk is several files, and needs --to. Without --tag and --agent, examples and markdown hold
    all pairs with a tag or a note, factor-dpo and factors all pairs.

    Example: profile-tui export study.db --format dpo --to pairs.jsonl
    """
    from annotation.exporters.absent import absent_labels
    from annotation.study import Study

    how = _How(agent, tag, conversational, implicit, ties, crowd_elements)
    for option, is_given in how.given().items():
        if is_given and export_format not in _FITTING[option]:
            fitting = " or ".join(_FITTING[option])
            raise UsageError(f"{option} is for --format {fitting}")
    if to is None and export_format is ExportFormat.MTURK:
        raise UsageError("--format mturk writes several files: say where with --to batch.csv")
    with Study.open(study) as opened:
        report = _write(opened, export_format, to, how)
        absent = absent_labels(opened)
    for line in (*report.lines(), *absent):
        say(line)


class _How(NamedTuple):
    """What the options say."""

    agent: str | None
    tag: str | None
    conversational: bool
    implicit: bool
    ties: bool
    crowd_elements: bool

    def given(self) -> Mapping[str, bool]:
        """Whether each option was given, by its name."""
        return {f"--{name.replace('_', '-')}": bool(value) for name, value in self._asdict().items()}


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
    if wanted in _CHOSEN:
        return _write_chosen(study, wanted, target, how, shape)
    if wanted is ExportFormat.DPO:
        return export_dpo(study, target, how.agent or HUMAN.name, shape, _tagged(study, how.tag))
    if wanted is ExportFormat.PREFERENCE:
        return export_preference(study, target, how.agent, shape, ties=how.ties)
    whole = {ExportFormat.CSV: export_csv, ExportFormat.ARGILLA: export_argilla}
    return whole.get(wanted, export_jsonl)(study, target)


def _write_chosen(
    study: "Study", wanted: ExportFormat, target: "Target", how: _How, shape: "Shape"
) -> "ExportReport":
    from annotation.exporters.examples import choose_examples
    from annotation.exporters.examples_file import export_examples
    from annotation.exporters.markdown_file import export_markdown
    from annotation.exporters.signal_file import export_factor_dpo, export_factors

    is_signal = wanted in (ExportFormat.FACTOR_DPO, ExportFormat.FACTORS)
    examples = choose_examples(study, how.tag, how.agent, otherwise_all=is_signal)
    if wanted is ExportFormat.FACTOR_DPO:
        return export_factor_dpo(examples, target, shape)
    plain = {ExportFormat.MARKDOWN: export_markdown, ExportFormat.FACTORS: export_factors}
    return plain.get(wanted, export_examples)(examples, target)


def _tagged(study: "Study", tag: str | None) -> "Sequence[int] | None":
    from annotation.tags import read_remarks, remarked_pairs

    if tag is None:
        return None
    with study.reading() as connection:
        return remarked_pairs(read_remarks(connection), tag)


class _Shown(io.TextIOBase):
    """Standard output where a person looks at it: text from outside is shown, not obeyed."""

    def write(self, text: str) -> int:
        from tui.outside import safe

        return sys.stdout.write(safe(text))


def _standard_output() -> TextIO:
    return _Shown() if sys.stdout.isatty() else sys.stdout  # type: ignore[return-value]  # it is all that is used
