"""`profile-tui reward`: what a reward model prefers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.asking import DryRunOption, Line, RetryFailedOption, say_results
from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.deeds.rewarding import RewardingEstimate, RewardingOutcome
    from annotation.models import ModelBook
    from profile_engine.backends.reward import TransformersReward


def reward(
    study: StudyArgument,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="The reward model: rm-13b, rm-70b or another configured one, its folder, or its name at "
            "Hugging Face.",
        ),
    ],
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="So many responses more at most, of those still to be done."),
    ] = None,
    dry_run: DryRunOption = False,
    retry_failed: RetryFailedOption = False,
) -> None:
    """Have a reward model prefer one response of each pair.

    It rewards every response here, on CUDA, MPS or the CPU, and prefers the one that it rewards more. Two
    equal rewards are a tie, and an empty response has none. A text is rewarded once, and after Ctrl-C or a
    crash the same command goes on where it was. Exit code 1 where something failed.

    Example: profile-tui reward study.db --model rm-13b
    """
    from annotation.deeds.rewarding import Rewarding
    from annotation.models import ModelBook
    from annotation.study import Study
    from tui.cli.progress import Watch

    with Study.open(study) as opened:
        chosen = _choose(ModelBook.of(opened.location), model)
        rewarding = Rewarding(opened, chosen.name, chosen.model, limit=limit, retry=retry_failed)
        lines = tuple(_foreseen(rewarding.estimate(), chosen))
        if dry_run:
            say_results(lines)
            return
        for told in lines:
            say(told)
        with Watch("Rewarding", "responses") as watch:
            outcome = rewarding.run(chosen.load, watch)
        for told in _done(outcome, chosen):
            say(told)
        if outcome.stopped:
            raise Line("reward", study, yes=True, dry_run=False).stopped("stopped; what was rewarded is kept")
        if outcome.failed:
            raise typer.Exit(1)


@dataclass(slots=True)
class _Chosen:
    """A reward model: what it is called here, what is noted of it, and where its weights are.

    Attributes:
        device: where it runs; None until it was loaded.
    """

    name: str
    model: str
    place: str
    device: str | None = None

    def load(self) -> "TransformersReward":
        """The model in memory; raises ModelError where it or torch is missing."""
        from profile_engine.backends.reward import TransformersReward

        say(f"Loading {self.model}")
        loaded = TransformersReward(self.place)
        self.device = loaded.device.value
        return loaded


def _choose(book: "ModelBook", name: str) -> _Chosen:
    """A configured model, else a preset, else what stands at Hugging Face or in a folder of that name."""
    from pathlib import Path

    from annotation.models import ModelKind, presets

    known = {preset: entry.model for preset, entry in presets().items()} | dict(book.models())
    configured = known.get(name)
    if configured is None:
        place = _place(name)
        return _Chosen(Path(place).name if Path(place).is_dir() else name, place, place)
    if configured.kind is not ModelKind.REWARD:
        raise UsageError(f"--model {name}: it answers chats; name a reward model, such as rm-13b")
    place = _place(configured.model)
    return _Chosen(name, place, place)


def _place(model: str) -> str:
    """The whole path of a folder, which tells it from others of its name; else a name at Hugging Face."""
    from pathlib import Path

    folder = Path(model).expanduser()
    return str(folder.resolve()) if folder.is_dir() else model


def _foreseen(estimate: "RewardingEstimate", chosen: _Chosen) -> Iterator[str]:
    from annotation.wording import counted
    from tui.cli.asking_words import AGAIN

    if estimate.responses:
        yield f"By {chosen.name} ({chosen.model}): {counted(estimate.responses, 'response')}"
    else:
        yield f"Nothing to reward: {chosen.name} has rewarded all of it"
    if estimate.failed_before:
        yield f"{counted(estimate.failed_before, 'reward')} failed before and are left out; {AGAIN}"


def _done(outcome: "RewardingOutcome", chosen: _Chosen) -> Iterator[str]:
    from annotation.wording import counted
    from tui.cli.asking_words import lack_lines

    where = f" on {chosen.device}" if chosen.device else ""
    told = [f"{counted(outcome.rewarded, 'response')} rewarded{where}"]
    told += [f"{outcome.unavailable:,} empty"] if outcome.unavailable else []
    told += [f"{outcome.failed:,} failed"] if outcome.failed else []
    yield f"{chosen.name}: {', '.join(told)}"
    ties = f", {counted(outcome.ties, 'tie')} among them" if outcome.ties else ""
    undecided = f"; {counted(outcome.undecided, 'pair')} without" if outcome.undecided else ""
    yield f"{counted(outcome.preferences, 'preference')}{ties}{undecided}"
    if outcome.truncated:
        cut = counted(outcome.truncated, "reward")
        yield f"{cut} rest on a source whose end was cut off, since the model reads no more"
    yield from lack_lines(outcome.lacks)
