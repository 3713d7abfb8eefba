"""`profile-tui demo`: a small study to look around in."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from tui.cli.opening import open_study
from tui.cli.output import say
from tui.errors import TuiError

_NAME: Final = "demo"
_CARD: Final = "sample"
_SIDE_FILES: Final = ("-wal", "-shm", ".log")
"""What lies beside a study: two of SQLite's, and the notes of its answers."""


def demo(
    at: Annotated[
        Path | None,
        typer.Option("--at", help="Where the demo study is.", show_default="in your data folder"),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", help="Make it anew; labels given in it are lost. No other study is replaced."
        ),
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
    there = location.exists()
    if there and fresh:
        _require_demo(location)
    if fresh or not there:
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
    card = load_card(_CARD)
    settings = task_settings(card.task, {})
    # In the same folder, because a file can take another's place at once only on one disk.
    with TemporaryDirectory(prefix=".demo-", dir=location.parent) as folder:
        making = Path(folder) / location.name
        with Study.create(making, task=card.task, name=_NAME, settings=settings) as study:
            import_data(study, card)
            extract_rules(study)
        for ending in _SIDE_FILES:
            location.with_name(location.name + ending).unlink(missing_ok=True)
        making.replace(location)


def _require_demo(location: Path) -> None:
    """Refuse to replace what is not the demo and nothing else."""
    from sqlalchemy import select

    from annotation.errors import StudyError
    from annotation.store import tables
    from annotation.study import Study

    try:
        with Study.open(location) as study, study.reading() as connection:
            cards = set(connection.execute(select(tables.imports.c.card)).scalars())
            is_demo = study.name == _NAME and cards == {_CARD}
    except StudyError:
        is_demo = False
    if not is_demo:
        raise TuiError(
            f"{location}: not the demo study, so --fresh does not replace it; choose another place with --at"
        )
