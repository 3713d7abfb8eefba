"""`profile-tui experiment guidance`: whether guidance on a factor brings a judge closer to people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from profile_engine.experiments.choices import DRAWS
from tui.cli.asking import (
    ConcurrencyOption,
    DryRunOption,
    Line,
    MaxCostOption,
    ModelOption,
    RetryFailedOption,
    YesOption,
    ask,
)
from tui.cli.experiment_options import AllPairsOption, DrawsOption, SeedOption
from tui.cli.options import FormatOption, StudyArgument, closest
from tui.cli.output import Format, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.experiments.designs import GuidanceDesign
    from annotation.study import Study


def guidance(
    study: StudyArgument,
    model: ModelOption = None,
    factor: Annotated[
        str | None,
        typer.Option(
            "--factor",
            help="Guide on this factor, instead of the one that the model prefers most among those that "
            "people rank lower than it does.",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[
        int, typer.Option("--pairs", min=1, help="So many pairs, drawn of those with a majority for a side.")
    ] = 200,
    all_pairs: AllPairsOption = False,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = 0,
    concurrency: ConcurrencyOption = 8,
    max_cost: MaxCostOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    retry_failed: RetryFailedOption = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Have a judge choose without guidance, guided on a random factor, and on the most diverging one.

    The paper's Table 2. The factors are picked from what the model chose before (`profile-tui judge`) and
    what people say. All conditions are asked about the same pairs; before that you are told calls, tokens,
    price and time. Exit code 1 where something failed.

    Example: profile-tui experiment guidance study.db --model mixtral-8x7b
    """
    from annotation.deeds.asking import AskingRun
    from annotation.experiments.guidance import GuidedJudging, keep_guidance, plan_guidance
    from annotation.study import Study
    from tui.cli.asking_words import Names
    from tui.cli.experiment_results import printed, say_kept
    from tui.cli.model_choice import model_at_hand

    with Study.open(study) as opened, model_at_hand(opened, model) as at_hand:
        _check(opened, factor)
        identity = at_hand.chat.identity
        design = plan_guidance(
            opened,
            identity.name,
            factor=factor,
            pairs=pairs,
            draws=draws,
            seed=seed,
            all_pairs=all_pairs,
        )
        for words in _picked(opened, design):
            say(words)
        run = AskingRun(
            opened,
            GuidedJudging(opened, identity, design, retry=retry_failed),
            at_hand.chat,
            concurrency=concurrency,
            prices=at_hand.chosen.prices(max_cost),
            max_cost=max_cost,
        )
        line = Line("experiment", study, yes=yes, dry_run=dry_run)
        outcome = ask(run, at_hand.chosen, Names("Judging", "judgement", "choice"), concurrency, line)
        if outcome is None:
            return
        stored = keep_guidance(opened, design)
        publish(printed(opened, stored), output_format)
        say_kept(stored)
    if not outcome.is_whole:
        raise typer.Exit(1)


def _check(study: "Study", factor: str | None) -> None:
    known = tuple(one.name for one in study.factors)
    if factor is not None and factor not in known:
        raise UsageError(f"--factor {factor}: this study has no such factor: {closest(factor, known)}")


def _picked(study: "Study", design: "GuidanceDesign") -> Iterator[str]:
    titles = {factor.name: factor.title for factor in study.factors}
    for name, factor in design.factors.items():
        if factor is not None:
            yield f"{name}: {titles[factor]}"
    yield f"Pairs: {len(design.pair_ids):,}, in each of {len(design.factors)} conditions"
