"""`profile-tui study plan` and `study show`: what people are to label, and what it takes."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tui.cli.instructions import WORDINGS
from tui.cli.options import PlainFormatOption, StudyArgument, listed
from tui.cli.output import Format, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.planning.design import PlanDesign
    from annotation.planning.gold import KnownAnswer
    from annotation.study import Study


def plan(
    study: StudyArgument,
    paper: Annotated[
        bool,
        typer.Option(
            "--paper",
            help="Appendix A exactly: 30 posts x 6 models x 3 pairs x 3 annotators, $0.25 a label, no ties.",
        ),
    ] = False,
    pairs_per_source: Annotated[
        int | None,
        typer.Option(
            "--pairs-per-source",
            min=1,
            help="How many of the pairs of each source and agent; of all ready-made pairs where there are no "
            "scores.",
            show_default="3",
        ),
    ] = None,
    annotators_per_pair: Annotated[
        int | None,
        typer.Option(
            "--annotators-per-pair", min=1, max=50, help="How many label each pair.", show_default="3"
        ),
    ] = None,
    agents: Annotated[
        list[str] | None,
        typer.Option(
            "--agents",
            metavar="NAMES",
            help="Whose responses, by comma; may be given again.",
            show_default="everybody's",
        ),
    ] = None,
    sources: Annotated[
        int | None,
        typer.Option("--sources", min=1, help="How many sources, drawn at random.", show_default="all"),
    ] = None,
    ties: Annotated[
        Literal["yes", "no"] | None,
        typer.Option("--ties", help="Whether neither may be better.", show_default="as the study has it"),
    ] = None,
    no_ties: Annotated[bool, typer.Option("--no-ties", help="The same as --ties no.")] = False,
    pay: Annotated[
        float | None, typer.Option("--pay", min=0, help="Dollars for one label.", show_default="0")
    ] = None,
    fee: Annotated[
        float | None,
        typer.Option(
            "--fee",
            min=0,
            help="What the platform takes on top, as a share of the pay.",
            show_default="MTurk's: 0.2, and 0.4 from ten annotators a pair on",
        ),
    ] = None,
    pay_floor: Annotated[
        float | None,
        typer.Option(
            "--pay-floor", min=0, help="Warn where an hour pays less dollars than this.", show_default="0"
        ),
    ] = None,
    seconds_per_item: Annotated[
        float | None,
        typer.Option(
            "--seconds-per-item",
            help="How long a label takes, until ten of this study were measured.",
            show_default="60 are assumed",
        ),
    ] = None,
    minimum_seconds: Annotated[
        float | None,
        typer.Option(
            "--minimum-seconds",
            min=0,
            max=60,
            help="How long the keys stay dead after an item appears.",
            show_default="as the study has it",
        ),
    ] = None,
    hold_minutes: Annotated[
        float | None,
        typer.Option(
            "--hold-minutes",
            help="After how long a pair that was shown and not labelled is given back.",
            show_default="30",
        ),
    ] = None,
    stop_when_decided: Annotated[
        bool,
        typer.Option(
            "--stop-when-decided", help="Ask for no more labels once more than half of a pair's agree."
        ),
    ] = False,
    repeats: Annotated[
        int | None,
        typer.Option(
            "--repeats",
            min=0,
            help="How many pairs each annotator sees a second time, for their consistency.",
            show_default="0",
        ),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            "--gold",
            help="A JSONL or CSV file of pairs with a known answer: pair, expected.",
            show_default=False,
        ),
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(
            "--training",
            help="A file of pairs to begin with, of which people are told the answer: pair, expected, "
            "explanation.",
            show_default=False,
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option(
            "--question", help="The question above every pair.", show_default="the study's, else by task"
        ),
    ] = None,
    instructions: Annotated[
        str | None,
        typer.Option(
            "--instructions",
            metavar="FILE|TEXT",
            help="Shown before the first item.",
            show_default="the study's, else the paper's by task",
        ),
    ] = None,
    consent: Annotated[
        str | None,
        typer.Option(
            "--consent",
            metavar="FILE|TEXT",
            help="What people accept before the first item.",
            show_default="nothing",
        ),
    ] = None,
    warning: Annotated[
        str | None,
        typer.Option(
            "--warning",
            metavar="FILE|TEXT",
            help="A warning of the content, shown with the consent.",
            show_default="none",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Same seed, same draw, order and sides.", show_default="the study's"),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a plan that has labels; they stay.")
    ] = False,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Plan a study: draw its pairs, and say what it takes.

    Of each source and agent some of the pairs are drawn that responses scored 1 to 5 make, so that every gap
    between scores comes equally often. Data without scores is planned over the pairs it has.

    Example: profile-tui study plan study.db --pairs-per-source 3 --pay 0.25
    """
    from annotation.planning.making import make_plan
    from annotation.study import Study
    from tui.cli.plan_results import plan_result

    told = {
        "paper": paper or None,
        "pairs_per_source": pairs_per_source,
        "annotators_per_pair": annotators_per_pair,
        "agents": tuple(name for text in agents or () for name in listed(text)) or None,
        "sources": sources,
        "ties": _ties(ties, no_ties),
        "pay": pay,
        "fee": fee,
        "pay_floor": pay_floor,
        "seconds_per_item": seconds_per_item,
        "minimum_seconds": minimum_seconds,
        "hold_minutes": hold_minutes,
        "stop_when_decided": stop_when_decided or None,
        "repeats": repeats,
        "question": question,
        "instructions": _text(instructions, "--instructions"),
        "consent": _text(consent, "--consent"),
        "warning": _text(warning, "--warning"),
        "seed": seed,
    }
    with Study.open(study) as opened:
        design = _design(opened, {key: value for key, value in told.items() if value is not None})
        known = _known(opened, design, gold, training)
        planned = make_plan(opened, design, known, replace=replace)
        publish(plan_result(opened, planned), output_format)
    say(f"Next: profile-tui label {study} --annotator NAME")


def show(study: StudyArgument, output_format: PlainFormatOption = Format.TABLE) -> None:
    """Show the plan that stands, and how far it is.

    Example: profile-tui study show study.db
    """
    from annotation.planning.plan import read_plan
    from annotation.study import Study
    from tui.cli.plan_results import shown_result
    from tui.errors import TuiError

    with Study.open(study) as opened:
        with opened.reading() as connection:
            standing = read_plan(connection)
        if standing is None:
            raise TuiError(f"{study}: nothing is planned; make a plan with profile-tui study plan {study}")
        publish(shown_result(opened, standing), output_format)


def _ties(ties: str | None, no_ties: bool) -> bool | None:
    if no_ties and ties == "yes":
        raise UsageError("--ties yes and --no-ties contradict each other: give one")
    return False if no_ties else None if ties is None else ties == "yes"


def _text(told: str | None, option: str) -> str | None:
    """A text, or what stands in the file of that name."""
    if told is None:
        return None
    if not told.strip():
        raise UsageError(f"{option}: a file or a text, not an empty one")
    try:
        path = Path(told)
        if path.is_file():
            return path.read_text("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {told}: not a text in UTF-8: {error.reason}") from error
    except OSError:  # a long text is no name of a file
        return told
    if path.suffix in (".txt", ".md") and not any(map(str.isspace, told)):
        raise UsageError(f"{option} {told}: there is no such file")
    return told


def _design(study: "Study", told: Mapping[str, Any]) -> "PlanDesign":
    """The design; what is not told is as the study has it, as the paper has it, or the task's."""
    from annotation.errors import PlanError
    from annotation.planning.design import make_design
    from annotation.settings import StudySettings

    if "paper" in told and (own := [key for key in ("question", "instructions") if key in told]):
        raise UsageError(f"--{own[0]}: --paper has Appendix A's; leave out one of the two")
    settings, wording = study.settings, WORDINGS[study.task]
    kept: dict[str, Any] = {"seed": settings.seed, "minimum_seconds": settings.minimum_seconds}
    kept |= {"question": wording.question, "instructions": wording.instructions}
    if "paper" not in told:
        kept["ties"] = settings.allow_ties
        kept["instructions"] = settings.instructions or wording.instructions
        if settings.question != StudySettings().question:
            kept["question"] = settings.question
    try:
        return make_design({**kept, **told})
    except PlanError as error:
        raise UsageError(f"study plan: {error}") from error


def _known(
    study: "Study", design: "PlanDesign", gold: Path | None, training: Path | None
) -> "tuple[KnownAnswer, ...]":
    """Every known answer; where rows are wrong, each is said on its line."""
    from annotation.errors import PlanError
    from annotation.planning.gold import read_known_answers
    from annotation.planning.plan import Role

    known: list[KnownAnswer] = []
    for path, role in ((gold, Role.GOLD), (training, Role.TRAINING)):
        if path is None:
            continue
        try:
            read = read_known_answers(study, path, role, ties=design.ties)
        except PlanError as error:
            for detail in error.details:
                say(detail)
            raise
        _warn_of_sides(path, read)
        known += read
    return tuple(known)


def _warn_of_sides(path: Path, known: "Iterable[KnownAnswer]") -> None:
    """Sides are drawn for each person: an explanation that names one is wrong for half of them."""
    from annotation.planning.side_words import side_named

    for answer in known:
        if (named := side_named(answer.explanation or "")) is not None:
            say(
                f"warning: {path.name}, {answer.role} pair {answer.pair_id}: its explanation says {named!r}, "
                "and which response is on which side is drawn for each person; say what the better one does"
            )
