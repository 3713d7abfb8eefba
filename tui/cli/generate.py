"""`profile-tui generate`: responses by a model."""

from typing import Annotated

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
from tui.cli.options import StudyArgument


def generate(
    study: StudyArgument,
    model: ModelOption = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="One response as the model writes it anyway, without scores.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="So many sources more at most, of those still to be done."),
    ] = None,
    concurrency: ConcurrencyOption = 8,
    max_cost: MaxCostOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    retry_failed: RetryFailedOption = False,
) -> None:
    """Have a model write responses to the study's sources.

    One for each score from 1 to 5, in one call: they become the ten pairs of each source, and the model
    prefers the response that it wrote for the higher score. Before the model is asked you are told calls,
    tokens, price and time. What came is kept, and is not asked for again. Exit code 1 where something
    failed.

    Example: profile-tui generate study.db --model gpt-4o --dry-run
    """
    from annotation.deeds.generation import Generation
    from annotation.study import Study
    from profile_engine.agents.generating import Purpose
    from tui.cli.asking_words import Names
    from tui.cli.model_choice import model_at_hand

    purpose = Purpose.DIRECT if direct else Purpose.SCORED
    names = Names("Generating", "source", "response")
    with Study.open(study) as opened, model_at_hand(opened, model) as at_hand:
        deed = Generation(opened, at_hand.chat.identity, purpose, limit=limit, retry=retry_failed)
        line = Line("generate", study, yes=yes, dry_run=dry_run)
        outcome = ask_model(opened, deed, at_hand, names, line, concurrency=concurrency, max_cost=max_cost)
    if outcome is not None and not outcome.is_whole:
        raise typer.Exit(1)
