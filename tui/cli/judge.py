"""`profile-tui judge`: pairwise preferences of a model."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.asking import (
    ConcurrencyOption,
    DryRunOption,
    Line,
    MaxCostOption,
    ModelOption,
    RetryFailedOption,
    YesOption,
    ask_model,
)
from tui.cli.options import AgentsOption, PlainFormatOption, StudyArgument, known_agents
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.deeds.orders import PositionReport

_COLUMNS: Final = (
    Column("", "what"),
    Column("N", "hits"),
    Column("of", "of"),
    Column("%", "percent", digits=1),
    Column("95 % interval", "interval"),
)


def judge(
    study: StudyArgument,
    model: ModelOption = None,
    swap: Annotated[
        bool,
        typer.Option("--swap", help="Ask about each pair in both orders; where they differ it is a tie."),
    ] = False,
    agents: AgentsOption = None,
    labelled: Annotated[
        bool, typer.Option("--labelled", help="Only pairs on which people have a preference.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="So many pairs more at most, of those still to be done."),
    ] = None,
    concurrency: ConcurrencyOption = 8,
    max_cost: MaxCostOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    retry_failed: RetryFailedOption = False,
    output: PlainFormatOption = Format.TABLE,
) -> None:
    """Have a model choose the better response of each pair.

    It may choose neither, and says why. The study's seed decides which response it is shown first, each side
    as often as the other; --swap asks in the other order, too, and tells how often the order decided. Before
    the model is asked you are told calls, tokens, price and time. What came is kept, and is not asked for
    again. With --agent: only pairs of which that agent wrote a response. With --labelled: only pairs on which
    the majority of the labels, or a preference of people that came with the data, is a side or a tie. Exit
    code 1 where something failed.

    Example: profile-tui judge study.db --model gpt-4o --swap
    """
    from annotation.agents import study_agents
    from annotation.deeds.judgement import Judgement
    from annotation.deeds.orders import read_position
    from annotation.study import Study
    from profile_engine.preferences import HUMAN
    from tui.cli.asking_words import Names
    from tui.cli.model_choice import model_at_hand

    names = Names("Judging", "pair", "choice")
    with Study.open(study) as opened, model_at_hand(opened, model) as at_hand:
        known = study_agents(opened)
        authors = [agent for name in agents or () for agent in known_agents(known, name, "--agent")]
        if HUMAN.address in {author.address for author in authors}:
            raise UsageError("--agent human: human writes no responses; --labelled takes what people decided")
        deed = Judgement(
            opened,
            at_hand.chat.identity,
            swap=swap,
            authors=authors,
            labelled=labelled,
            limit=limit,
            retry=retry_failed,
        )
        line = Line("judge", study, yes=yes, dry_run=dry_run)
        outcome = ask_model(opened, deed, at_hand, names, line, concurrency=concurrency, max_cost=max_cost)
        if outcome is None:
            return
        publish(_result(at_hand.chosen.model.name, read_position(opened, deed.agent)), output)
    if not outcome.is_whole:
        raise typer.Exit(1)


def _result(name: str, report: "PositionReport") -> Result:
    from tui.cli.study_report import rate_document

    both, choices = report.both, report.choices
    document: dict[str, Any] = {
        "judge": name,
        "pairs": {
            "left": choices[1].hits,
            "tie": choices[0].hits,
            "right": choices[-1].hits,
            "unanswered": report.unanswered,
        },
        "first": rate_document(report.first),
        "both_orders": {
            "pairs": both.pairs,
            "consistent": both.consistent.hits,
            "first_twice": both.first_twice.hits,
            "second_twice": both.second_twice.hits,
            "tie_once": both.tie_once.hits,
            "contradictions": rate_document(both.contradictions),
        },
    }
    return Result(document, (ResultTable(f"{name} as a judge", _COLUMNS, tuple(_rows(report))),))


def _rows(report: "PositionReport") -> Iterator[tuple[Cell, ...]]:
    from tui.cli.validation_results import shown_interval

    both = report.both
    figures = [
        ("prefers left", report.choices[1]),
        ("tie", report.choices[0]),
        ("prefers right", report.choices[-1]),
    ]
    if report.first.of:
        figures.append(("chose the one shown first, of sides chosen in one order", report.first))
    if both.pairs:
        figures += [
            ("in both orders the same", both.consistent),
            ("in both orders the first", both.first_twice),
            ("in both orders the second", both.second_twice),
            ("in one order a tie", both.tie_once),
            ("position bias: the order decided", both.contradictions),
        ]
    for what, rate in figures:
        yield (
            what,
            rate.hits,
            rate.of,
            None if rate.value is None else 100 * rate.value,
            shown_interval(rate.interval),
        )
