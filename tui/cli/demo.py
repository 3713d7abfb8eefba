"""`profile-tui demo`: a small study to look around in."""

from pathlib import Path
from typing import Annotated, Final

import typer

from tui.cli.opening import open_study
from tui.cli.output import say

SIDE_FILES: Final = ("", "-wal", "-shm")
"""What SQLite puts beside a database."""


def demo(
    at: Annotated[
        Path | None,
        typer.Option("--at", help="Where the demo study is.", show_default="in your data folder"),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make it anew; labels given in it are lost.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it, or only make it and print where it is.")
    ] = True,
) -> None:
    """Open the demo: a small study to look around in.

    Twelve posts, two summarizers, three simulated annotators, all written for the purpose.

    Example: profile-tui demo
    """
    location = at or default_location()
    if fresh or not location.exists():
        make_demo(location)
    if show:
        open_study(str(location))
    else:
        print(location)


def default_location() -> Path:
    """Where the demo study is unless told otherwise."""
    from platformdirs import user_data_path

    return user_data_path("profile-tui") / "demo.db"


def make_demo(location: Path) -> None:
    """Make the demo study from the sample; what was there is replaced once the new one is complete."""
    from annotation.extraction import extract_rules
    from annotation.importers.card import load_card
    from annotation.importers.importing import import_data
    from annotation.study import Study
    from tui.cli.new import task_settings

    say(f"Making the demo study in {location} ...")
    location.parent.mkdir(parents=True, exist_ok=True)
    making = location.with_name(f"{location.name}.making")
    _remove(making)
    card = load_card("sample")
    with Study.create(making, task=card.task, name="demo", settings=task_settings(card.task, {})) as study:
        import_data(study, card)
        extract_rules(study)
    _remove(location)
    making.replace(location)


def _remove(location: Path) -> None:
    for ending in SIDE_FILES:
        location.with_name(location.name + ending).unlink(missing_ok=True)
