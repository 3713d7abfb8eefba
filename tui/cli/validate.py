"""`profile-tui validate`: whether extracted values are right, by people who look."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotation.validation.choices import Level, Stratify, Values
from tui.cli.options import FormatOption, StudyArgument, ValuesOption
from tui.cli.output import Format, publish
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.study import Study
    from tui.cli.output import Result

_COMPARED = 2


class Action(StrEnum):
    """What to do."""

    NEW = "new"
    OPEN = "open"
    LIST = "list"
    REPORT = "report"
    DISPUTES = "disputes"
    COMPARE = "compare"
    CORRECTIONS = "corrections"
    CODE = "code"
    CODED = "coded"


def validate(
    action: Annotated[Action, typer.Argument(help="What to do.")],
    study: StudyArgument,
    factor: Annotated[
        list[str] | None,
        typer.Option("--factor", help="new, compare: this factor; may be given again.", show_default=False),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="new, code: how many to draw.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="new, code: same seed, same draw.")] = 0,
    level: Annotated[
        Level, typer.Option("--level", help="new: draw responses with all their facts, or single facts.")
    ] = Level.RESPONSE,
    stratify: Annotated[
        Stratify | None,
        typer.Option(
            "--stratify",
            help="new: draw equally many of each verdict; results are weighted.",
            show_default=False,
        ),
    ] = None,
    blind_first: Annotated[
        bool, typer.Option("--blind-first", help="new: people answer before they see the extracted value.")
    ] = False,
    validators: Annotated[
        int, typer.Option("--validators", min=1, help="new: how many people judge each item.")
    ] = 1,
    again: Annotated[
        bool, typer.Option("--again", help="new: also where there is the same draw already.")
    ] = False,
    only_id: Annotated[
        int | None,
        typer.Option(
            "--id",
            help="open, report, disputes, coded: only this one, as list numbers them.",
            show_default=False,
        ),
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option(
            "--annotator",
            "-a",
            help="open: in whose name answers are saved.",
            show_default="the config file's, else it is asked",
        ),
    ] = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="open: code feedback texts instead of judging values.")
    ] = False,
    extractor: Annotated[
        list[str] | None,
        typer.Option(
            "--extractor",
            metavar="NAME",
            help="compare: a model, method or version; twice.",
            show_default=False,
        ),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge", help="code: whose justifications, or who wrote the texts.", show_default=False
        ),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option("--texts", help="code: a file of feedback texts, one a line.", show_default=False),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field", help="code: the field of a JSONL, JSON or CSV file with the text.", show_default=False
        ),
    ] = None,
    values: ValuesOption = Values.RAW,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Check extracted values by hand, and code feedback.

    `new` draws what people then judge on the screen that `open` shows. `report` gives accuracy with 95 %
    intervals, as in the paper's Appendix D.3; `disputes` lists what validators differ on, `corrections` the
    right values they gave. `code` takes feedback texts in, `coded` counts the factors they mention.

    Example: profile-tui validate new study.db --factor intent_alignment --n 50 --seed 1
    """
    if action is Action.OPEN:
        _open(study, annotator, only_id, feedback=feedback)
        return
    from annotation.study import Study
    from annotation.validation.design import Design
    from tui.cli import coding_results, validation_results

    with Study.open(study) as opened:
        result: Result
        match action:
            case Action.NEW:
                if not factor:
                    raise UsageError("validate new: name what to validate with --factor")
                designs = [Design(name, n, seed, level, stratify, blind_first, validators) for name in factor]
                result = validation_results.drawn(opened, designs, again=again)
            case Action.LIST:
                result = validation_results.listed(opened)
            case Action.REPORT:
                result = validation_results.reported(opened, only_id)
            case Action.DISPUTES:
                result = validation_results.disputed(opened, only_id)
            case Action.CORRECTIONS:
                result = validation_results.corrected(opened)
            case Action.COMPARE:
                result = _compared(opened, factor or [], extractor or [])
            case Action.CODE:
                result = _taken(opened, judge, texts, field, n, seed)
            case Action.CODED:
                result = coding_results.coded(opened, only_id, values)
        publish(result, output_format)


def _open(study: str, annotator: str | None, only_id: int | None, *, feedback: bool) -> None:
    from tui.app import Mode
    from tui.cli.opening import run_app
    from tui.config import load_config
    from tui.session import Role

    start = Mode.CODING if feedback else Mode.VALIDATE
    run_app(study, Role.RESEARCHER, annotator or load_config().annotator, start=start, work_id=only_id)


def _compared(study: "Study", factors: list[str], names: list[str]) -> "Result":
    from annotation.validation.extractors import choose_extractor, compare_extractors
    from tui.cli.comparison_results import compared

    if not factors or len(names) != _COMPARED:
        raise UsageError("validate compare: name a --factor and two times an --extractor")
    comparisons = []
    for factor in factors:
        first, second = (choose_extractor(study, factor, name) for name in names)
        if first == second:
            raise UsageError(
                f"validate compare: {first.name} is named twice; name two extractors that differ"
            )
        comparisons.append(compare_extractors(study, factor, first, second))
    return compared(comparisons)


def _taken(
    study: "Study", judge: str | None, texts: Path | None, field: str | None, n: int, seed: int
) -> "Result":
    from annotation.validation.coding import Codings
    from tui.cli.coding_results import taken

    if texts is not None:
        return taken(Codings(study).from_file(texts, field, judge))
    if judge is None:
        raise UsageError("validate code: name a --judge of the study, or a file with --texts")
    return taken(Codings(study).from_judge(judge, n, seed))
