"""`profile-tui extract`: factor values from texts."""

from contextlib import nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tui.cli.asking import (
    ConcurrencyOption,
    DryRunOption,
    Line,
    MaxCostOption,
    YesOption,
    ask_leave,
    say_results,
    watched,
)
from tui.cli.options import StudyArgument, listed
from tui.cli.output import Column, Format, Result, ResultTable, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.extraction.comparing import ComparisonRun
    from annotation.extraction.run import ExtractionRun, ExtractionSetup
    from tui.cli.extract_choice import Choice

_AGREEMENT: Final = (
    Column("Factor", "factor"),
    Column("Responses", "compared"),
    Column("Under one only", "only_one"),
    Column("Equal", "equal", digits=3),
    Column("Mean difference", "mean_difference", digits=3),
    Column("Pairs", "pairs"),
    Column("Same order", "same_sign", digits=3),
)


class PlanName(StrEnum):
    """The engine's plans by name; the engine itself would take too long to load for `--help`."""

    FUSED = "fused"
    PAPER = "paper"


def extract(
    study: StudyArgument,
    factors: Annotated[
        str | None,
        typer.Option(
            "--factors",
            metavar="NAMES",
            help="Factors, by comma; rules, unieval, llm and all stand for many. Else: what rules and what "
            "is configured can find.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="The configured model that judges; else the config's, or the only one there is."
        ),
    ] = None,
    plan: Annotated[
        PlanName, typer.Option("--plan", help="Questions put together, or a call a factor as in the paper.")
    ] = PlanName.FUSED,
    concurrency: ConcurrencyOption = 8,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="So many responses at most.")] = None,
    max_cost: MaxCostOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    compare_plans: Annotated[
        int | None,
        typer.Option(
            "--compare-plans",
            min=1,
            metavar="N",
            help="Ask about N responses under both plans and print how they agree; no value is changed.",
        ),
    ] = None,
    unieval: Annotated[
        str | None, typer.Option("--unieval", help="UniEval: its folder, or its name at Hugging Face.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Compute rules and UniEval on this Dask cluster."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Find again what could not be had before.")
    ] = False,
    factors_file: Annotated[
        Path | None,
        typer.Option("--factors-file", help="The study's own factors; else STUDY.factors.toml beside it."),
    ] = None,
) -> None:
    """Find the factor values that responses do not have yet.

    Rules, UniEval and a configured model find them; --factors chooses. Before a model is asked you are
    told calls, tokens, price and time. Every reply is kept: what was paid for is never asked again. Exit
    code 1 where something failed.

    Example: profile-tui extract study.db --model judge --dry-run
    """
    from annotation.cluster import Cluster, Here
    from annotation.extraction.comparing import ComparisonRun
    from annotation.extraction.run import ExtractionRun, ExtractionSetup
    from annotation.models import ModelBook
    from annotation.own_factors import read_own_factors
    from annotation.study import Study
    from profile_engine.extraction.plan import Plan
    from tui.cli.extract_choice import choose
    from tui.config import load_config

    with Study.open(study) as opened, Cluster(cluster) if cluster else nullcontext(Here()) as place:
        own = read_own_factors(opened, factors_file)
        book = ModelBook.of(opened.location)
        choice = choose(opened, own, listed(factors), book, load_config(), model=model, unieval=unieval)
        chat = choice.chat()
        setup = ExtractionSetup(
            wanted=choice.wanted,
            own=own,
            scorer=choice.scorer(),
            chat=chat,
            prices=choice.prices(max_cost),
            plan=Plan(plan),
            concurrency=concurrency,
            limit=limit,
            max_cost=max_cost,
            retry=retry_failed,
            place=place,
        )
        line = Line("extract", study, yes=yes, dry_run=dry_run)
        try:
            if compare_plans is not None and (chat is None or not choice.wanted.judged):
                raise UsageError("--compare-plans: name factors that a model judges, and a model")
            if compare_plans is None:
                _extract(ExtractionRun(opened, setup), setup, choice, line)
            else:
                _compare(ComparisonRun(opened, setup, compare_plans), setup, choice, line)
        finally:
            if chat is not None:
                book.remember(chat)


def _extract(run: "ExtractionRun", setup: "ExtractionSetup", choice: "Choice", line: Line) -> None:
    """Say what will be done, ask, do it and say what was done."""
    from tui.cli.extract_words import failed_lines, left_out, outcome_lines, plan_lines

    estimate = run.estimate()
    lines = tuple(plan_lines(estimate, choice, setup.plan, setup.concurrency))
    if line.dry_run:
        say_results(lines)
        return
    for told in lines if estimate.calls else (*failed_lines(estimate), *left_out(estimate, choice)):
        say(told)
    ask_leave(estimate.calls, line.yes)
    outcome = watched(run, line, lambda progress: f"Extracting, {progress.stage}")
    for told in outcome_lines(outcome, choice):
        say(told)
    if outcome.stopped:
        raise line.stopped("stopped; what was computed is kept")
    if outcome.failed:
        raise typer.Exit(1)


def _compare(run: "ComparisonRun", setup: "ExtractionSetup", choice: "Choice", line: Line) -> None:
    """Both plans on the first responses, side by side."""
    from tui.cli.extract_words import compared_lines, comparison_lines

    estimate = run.estimate()
    lines = tuple(comparison_lines(estimate, choice, setup.concurrency))
    if line.dry_run:
        say_results(lines)
        return
    for told in lines:
        say(told)
    ask_leave(estimate.calls, line.yes)
    outcome = watched(run, line, lambda progress: f"Extracting, {progress.stage}")
    for told in compared_lines(outcome):
        say(told)
    if outcome.stopped:
        raise line.stopped("stopped; the replies that came are kept")
    rows = tuple(
        tuple(asdict(one)[column.key] for column in _AGREEMENT) for one in outcome.comparison.agreements
    )
    table = ResultTable(f"The plans paper and fused on {run.responses} responses", _AGREEMENT, rows)
    publish(Result({}, (table,)), Format.TABLE)
    if outcome.failed:
        raise typer.Exit(1)
