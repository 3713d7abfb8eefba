"""Asking a model from the command line: told what it takes, asked for leave, watched, stopped with Ctrl-C."""

import shlex
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from tui.cli.output import say
from tui.errors import StoppedError, UsageError

if TYPE_CHECKING:
    from annotation.deeds.asking import AskingOutcome, AskingRun, Deed
    from annotation.study import Study
    from tui.cli.asking_words import Names, Progress
    from tui.cli.model_choice import ChosenModel, ModelAtHand

Outcome_co = TypeVar("Outcome_co", covariant=True)
Progress_co = TypeVar("Progress_co", bound="Progress", covariant=True)
OutcomeT = TypeVar("OutcomeT")
ProgressT = TypeVar("ProgressT", bound="Progress")

ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="The configured model; else the config's, or the only one there is."),
]
ConcurrencyOption = Annotated[int, typer.Option("--concurrency", min=1, help="Calls under way at once.")]
MaxCostOption = Annotated[
    float | None, typer.Option("--max-cost", min=0, help="Make no call that might bring the cost above.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before calls are made.")]
RetryFailedOption = Annotated[
    bool, typer.Option("--retry-failed", help="Ask again for what could not be had before.")
]


@dataclass(frozen=True, slots=True)
class Line:
    """What the command line says of how to go about it."""

    command: str
    study: str
    yes: bool
    dry_run: bool

    def stopped(self, what: str) -> StoppedError:
        """What Ctrl-C ends with: what was kept, and how to go on."""
        words = sys.argv[1:] if sys.argv[1:2] == [self.command] else [self.command, self.study]
        return StoppedError(f"{what}: go on with profile-tui {shlex.join(words)}")


class Run(Protocol[Outcome_co, Progress_co]):
    """A run that can be watched."""

    @property
    def under_way(self) -> int:
        """Calls that are sent and not answered yet."""
        ...

    def run(self, told: Callable[[Progress_co], None] | None = None) -> Outcome_co:
        """Do it. Blocks."""
        ...

    def stop(self) -> None:
        """Start no new call."""
        ...


def ask(
    run: "AskingRun[Any, Any]", chosen: "ChosenModel", names: "Names", concurrency: int, line: Line
) -> "AskingOutcome | None":
    """Say what will be asked, ask for leave, do it and say what was done; None of a dry run.

    Raises:
        StoppedError: Ctrl-C; what came is kept.
    """
    from tui.cli.asking_words import asked_lines, asking_lines, left_out_lines

    estimate = run.estimate()
    lines = tuple(asking_lines(estimate, names, chosen, concurrency))
    if line.dry_run:
        say_results(lines)
        return None
    for told in lines if estimate.calls else left_out_lines(estimate, names):
        say(told)
    ask_leave(estimate.calls, line.yes)
    outcome = watched(run, line, lambda _: names.doing)
    for told in asked_lines(outcome, names, chosen):
        say(told)
    if outcome.stopped:
        raise line.stopped("stopped; what came is kept")
    return outcome


def ask_model(
    study: "Study",
    deed: "Deed[Any, Any]",
    at_hand: "ModelAtHand",
    names: "Names",
    line: Line,
    *,
    concurrency: int,
    max_cost: float | None,
) -> "AskingOutcome | None":
    """Have a model do a deed, as `ask` does; raises UsageError, too, where the cost cannot be limited."""
    from annotation.deeds.asking import AskingRun

    prices = at_hand.chosen.prices(max_cost)
    run = AskingRun(study, deed, at_hand.chat, concurrency=concurrency, prices=prices, max_cost=max_cost)
    return ask(run, at_hand.chosen, names, concurrency, line)


def say_results(lines: Iterable[str]) -> None:
    """Print the lines of a dry run, which are its result."""
    from tui.outside import safe

    print("\n".join(map(safe, lines)))


def watched(run: Run[OutcomeT, ProgressT], line: Line, doing: Callable[[ProgressT], str]) -> OutcomeT:
    """Run it with a bar; raises StoppedError where it was broken off.

    `doing` says what stands before the bar.
    """
    from annotation.wording import counted
    from tui.cli import asking_words
    from tui.cli.progress import Watch

    left = 0

    def stop() -> str:
        nonlocal left
        left = run.under_way
        run.stop()
        return asking_words.stopping(left)

    with Watch("", "steps", stop) as watch:

        def told(progress: ProgressT) -> None:
            what = asking_words.doing(doing(progress), progress)
            watch.describe(f"Stopping, {run.under_way} under way" if watch.stopped else what)
            watch(progress.done, progress.of)

        try:
            return run.run(told)
        except KeyboardInterrupt:
            lost = f"; {counted(left, 'call')} under way left, to be made again" if left else ""
            raise line.stopped(f"stopped{lost}; all else is kept") from None


def ask_leave(calls: int, yes: bool) -> None:
    """Ask the person whether calls are to be made, unless that is said already."""
    if not calls or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{calls:,} calls would be made: --yes makes them without asking, --dry-run none")
    if not typer.confirm("Go on?", err=True):
        raise StoppedError("nothing was sent")
