"""`profile-tui new`: an empty study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Factor, Task, own_factor
from tui.cli.instructions import WORDINGS
from tui.cli.options import StudyArgument, assigned, closest, listed
from tui.cli.output import say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.settings import StudySettings


def new(
    study: StudyArgument,
    task: Annotated[
        Task, typer.Option("--task", "-t", help="What the responses were written for.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="The study's name, else the file's.", show_default=False)
    ] = None,
    factors: Annotated[
        str | None,
        typer.Option(
            "--factors",
            metavar="NAMES",
            help="The study's factors, by comma, instead of its task's.",
            show_default=False,
        ),
    ] = None,
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--own-factor",
            metavar="NAME=DEFINITION",
            help="One more factor, of the study's own; may be given again.",
            show_default=False,
        ),
    ] = None,
    ties: Annotated[
        bool, typer.Option("--ties/--no-ties", help="Whether annotators may answer that neither is better.")
    ] = True,
    minimum_seconds: Annotated[
        float | None,
        typer.Option(
            "--minimum-seconds",
            min=0,
            max=60,
            help="How long the keys stay dead after an item appears.",
            show_default=False,
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option("--question", help="The question above every pair.", show_default="by task"),
    ] = None,
    instructions: Annotated[
        Path | None,
        typer.Option(
            "--instructions-file",
            exists=True,
            dir_okay=False,
            help="A text file with the instructions for annotators.",
            show_default="the paper's, by task",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Decides which response is shown on which side.")] = 0,
) -> None:
    """Make an empty study.

    Example: profile-tui new study.db --task summarization --no-ties
    """
    from annotation.study import Study

    told: dict[str, object] = {
        "seed": seed,
        "allow_ties": ties,
        "minimum_seconds": minimum_seconds,
        "question": question,
        "instructions": instructions.read_text("utf-8") if instructions else None,
    }
    with Study.create(
        study,
        task=task,
        name=name,
        factors=_chosen_factors(task, factors, own or ()),
        settings=task_settings(task, told),
    ) as created:
        say(f"Made {created.location}: {task.value}, {len(created.factors)} factors.")
        say(f"Next: profile-tui import {study} --card NAME --path FILES (profile-tui import --help)")


def task_settings(task: Task, told: Mapping[str, object]) -> "StudySettings":
    """A new study's settings: the task's wording, and what was told and is not None."""
    from annotation.settings import StudySettings

    wording = WORDINGS[task]
    settings = {"question": wording.question, "instructions": wording.instructions}
    return StudySettings.model_validate(
        settings | {key: value for key, value in told.items() if value is not None}
    )


def _chosen_factors(task: Task, names: str | None, own: Sequence[str]) -> tuple[Factor, ...]:
    chosen = TASK_FACTORS[task] if names is None else listed(names)
    for name in chosen:
        if name not in FACTORS:
            raise UsageError(f"--factors {name}: no such factor: {closest(name, tuple(FACTORS))}")
    return (*(FACTORS[name] for name in chosen), *map(_own_factor, own))


def _own_factor(text: str) -> Factor:
    from annotation.importers.mapping import factor_name

    title, definition = assigned(text, "--own-factor")
    name = factor_name(title)
    if name in FACTORS:
        raise UsageError(f"--own-factor {text}: {name} is one of the paper's factors: use --factors {name}")
    return own_factor(name, title, definition)
