"""A study kept in step with the notes beside its file."""

import os
from pathlib import Path

from annotation.errors import LocationError, LostAnswersError
from annotation.store import comparison
from annotation.store.chain import read_head, told
from annotation.store.comparison import Losses
from annotation.store.database import Database, Place
from annotation.store.journal import Journal, Line, Notes


def require_complete(database: Database) -> None:
    """What every opening looks at: that what was noted last is there; notes what was not noted.

    Raises:
        LostAnswersError: acknowledged answers are missing; names how many, and the first.
        LocationError: the notes cannot be read, or cannot be written where the study can.
    """
    journal = noted(database)
    if journal is not None and not database.read_only and not os.access(journal.path, os.W_OK):
        raise LocationError(
            f"{journal.path}: read-only, so no answer could be noted there; change its permissions"
        )
    if find_losses(database, whole=False):
        raise LostAnswersError(_what_is_lost(database.place, find_losses(database)))
    forget_erased(database, whole=False)
    catch_up(database, whole=False)


def find_losses(database: Database, *, whole: bool = True) -> Losses:
    """What was acknowledged and is missing; by the last notes alone unless `whole`."""
    journal = noted(database)
    if journal is None:
        return Losses()
    notes = read_notes(journal, whole=whole)  # before the study, or what is noted meanwhile would seem lost
    with database.reading() as connection:
        comparison.refuse_foreign(journal, notes, read_head(connection))
        return comparison.losses(connection, notes)


def catch_up(database: Database, *, whole: bool = True) -> int:
    """Note what is in the study and was not noted; how many answers that were."""
    journal = noted(database)
    if journal is None or database.read_only:
        return 0
    notes = read_notes(journal, whole=whole)
    with database.reading() as connection:
        lines = comparison.not_noted(connection, notes)
    return len(lines) if lines and journal.write(lines) else 0


def forget_erased(database: Database, *, whole: bool = True) -> None:
    """Take out of the notes what people said who were erased."""
    journal = noted(database)
    if journal is None or database.read_only:
        return
    if not whole and not _without_erased(database, read_notes(journal, whole=False)):
        return
    lines = _without_erased(database, read_notes(journal))
    if lines is not None:
        journal.replace(lines)


def noted(database: Database) -> Journal | None:
    """The notes beside a study, where there are any."""
    return database.journal if database.journal is not None and database.journal.exists() else None


def read_notes(journal: Journal, *, whole: bool = True) -> Notes:
    """All notes, or the last ones; raises LocationError where they cannot be read."""
    try:
        return journal.read() if whole else journal.tail()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LocationError(f"{journal.path}: cannot be read ({reason}); change its permissions") from error


def lost_path(database: Database) -> Path:
    """Where notes go that nothing could be made of."""
    return Path(f"{database.place.path}.lost")


def _without_erased(database: Database, notes: Notes) -> list[Line] | None:
    with database.reading() as connection:
        return comparison.without_erased(connection, notes)


def _what_is_lost(place: Place, lost: Losses) -> str:
    answers, imports = lost.answers, lost.imports
    parts = [f"{len(answers):,} acknowledged answer{'s' if len(answers) > 1 else ''}"] if answers else []
    parts += [f"{sum(line['imported'] for line in imports):,} imported answers"] if imports else []
    first = f" (the first: {told(answers[0])})" if answers else ""
    return (
        f"{place}: {' and '.join(parts)} missing{first}; the file was damaged, or an older copy took its "
        f"place. profile-tui verify {place} names them all; with --restore it puts them back, "
        "but decisions made since then are not in the notes"
    )
