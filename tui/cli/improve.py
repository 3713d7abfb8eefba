"""`profile-tui improve`: responses improved by a judge's feedback, and without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tui.cli.asking import (
    ConcurrencyOption,
    DryRunOption,
    Line,
    MaxCostOption,
    RetryFailedOption,
    YesOption,
    ask_leave,
    say_results,
    watched,
)
from tui.cli.asking_words import Names, asked_lines, asking_lines, left_out_lines
from tui.cli.options import StudyArgument
from tui.cli.output import say

if TYPE_CHECKING:
    from annotation.deeds.improvement_steps import ImprovementSteps, Step
    from tui.cli.model_choice import ChosenModel

_NAMES: Final = MappingProxyType(
    {
        "write": Names("Writing", "source", "initial response"),
        "judge": Names("Judging", "pair", "choice"),
        "improve": Names("Improving", "improvement", "improved response"),
    }
)


def improve(
    study: StudyArgument,
    generator: Annotated[
        str, typer.Option("--generator", help="The configured model that writes and improves.")
    ],
    evaluator: Annotated[
        str, typer.Option("--evaluator", help="The configured model that gives the feedback.")
    ],
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
    """Have a model improve its responses by another's feedback.

    For each source the generator writes two responses, the evaluator chooses one and says why, and the
    generator writes an improved one by that; beside it, without feedback, one from both and one from each
    of them. The improvers rank in the improvement setting: `G by E`, `G from both`, `G from each`. Before
    anything is asked you are told calls, tokens, price and time of each step. What came is kept, and is
    not asked for again. Exit code 1 where something failed.

    Example: profile-tui improve study.db --generator llama-3.1-70b --evaluator gpt-4o --limit 100
    """
    from annotation.deeds.improvement_steps import ImprovementSteps, Step
    from annotation.study import Study
    from tui.cli.model_choice import model_at_hand

    line = Line("improve", study, yes=yes, dry_run=dry_run)
    with (
        Study.open(study) as opened,
        model_at_hand(opened, generator, option="--generator") as writer,
        model_at_hand(opened, evaluator, option="--evaluator") as judge,
    ):
        steps = ImprovementSteps(opened, writer.chat, judge.chat, limit=limit, retry=retry_failed)
        chosen = {Step.WRITE: writer.chosen, Step.JUDGE: judge.chosen, Step.IMPROVE: writer.chosen}
        improving = _Improving(steps, chosen, concurrency, max_cost, line)
        if improving.may_begin() and not improving.go():
            raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Improving:
    """The steps, who takes each, and how."""

    steps: "ImprovementSteps"
    chosen: "Mapping[Step, ChosenModel]"
    concurrency: int
    max_cost: float | None
    line: Line

    def may_begin(self) -> bool:
        """Say what each step will ask, and ask for leave; False where only that was wanted."""
        for model in self.chosen.values():
            model.prices(self.max_cost)  # refuses a limit without a price before anything is asked
        estimates = self.steps.estimates()
        calls = sum(estimate.calls for estimate in estimates.values())
        lines: list[str] = []
        for step, estimate in estimates.items():
            if calls or self.line.dry_run:
                lines += asking_lines(estimate, _NAMES[step], self.chosen[step], self.concurrency)
            else:
                lines += left_out_lines(estimate, _NAMES[step])
        if self.line.dry_run:
            say_results(lines)
            return False
        for told in lines:
            say(told)
        ask_leave(calls, self.line.yes)
        return True

    def go(self) -> bool:
        """Take the steps one after the other; whether nothing is lacking."""
        whole, spent = True, 0.0
        for step, model in self.chosen.items():
            left = None if self.max_cost is None else max(0.0, self.max_cost - spent)
            prices = model.prices(self.max_cost)
            run = self.steps.run_of(step, concurrency=self.concurrency, prices=prices, max_cost=left)
            outcome = watched(run, self.line, partial(_doing, _NAMES[step]))
            for told in asked_lines(outcome, _NAMES[step], model):
                say(told)
            if outcome.stopped:
                raise self.line.stopped("stopped; what came is kept")
            if outcome.ended:
                return False
            whole, spent = whole and outcome.is_whole, spent + outcome.cost
        return whole


def _doing(names: Names, _progress: object) -> str:
    return names.doing
