"""A copy of a study to keep: one consistent state of its file with the notes beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from annotation.errors import LocationError, StudyError
from annotation.store.database import Database, sync
from annotation.store.journal import ENDING
from annotation.store.safekeeping import catch_up, forget_erased, noted
from annotation.study import Study

_BESIDE: Final = (ENDING, "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Copy:
    """What was copied.

    Attributes:
        path: of the copy.
        notes: of the notes beside it; None where the study has none.
        size: of the copy in bytes.
    """

    path: Path
    notes: Path | None
    size: int


def copy_study(study: Study, destination: str | Path) -> Copy:
    """Copy a study as it is at one moment, its WAL included, also while others write to it.

    The copy appears under its name once all of it is on disk; what is there is never overwritten.

    Raises:
        LocationError: something is there already, or nothing can be made there.
        StudyError: the study lies on a server, or cannot be read.
    """
    path = Path(destination)
    if not study.database.is_sqlite:
        raise StudyError(f"{study.location}: a study on a server is copied with pg_dump")
    with _in_the_making(path) as draft:
        journal = noted(study.database)
        # Before the file: notes without their answers would be missing ones, the reverse is caught up with.
        notes = None if journal is None else journal.path.read_bytes()
        study.database.copy_into(draft)
        if notes is not None:
            _write_notes(draft, notes)
    written = Path(f"{path}{ENDING}")
    return Copy(path, written if written.exists() else None, path.stat().st_size)


@contextmanager
def _in_the_making(path: Path) -> Iterator[Path]:
    """A place to write to that becomes `path`, the notes first, when the block ends without an error."""
    _refuse_what_is_there(path)
    try:
        with TemporaryDirectory(dir=path.parent, prefix=f"{path.name}-") as folder:
            draft = Path(folder, path.name)
            yield draft
            path.open("x").close()  # somebody may have made it meanwhile
            try:
                notes = Path(f"{draft}{ENDING}")
                if notes.exists():
                    notes.replace(f"{path}{ENDING}")
                draft.replace(path)
            except OSError:
                path.unlink(missing_ok=True)
                raise
        sync(path.parent)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LocationError(f"{path}: cannot be made ({reason}); choose another place") from error


def _refuse_what_is_there(path: Path) -> None:
    for one in (path, *(Path(f"{path}{ending}") for ending in _BESIDE)):
        if one.exists() or one.is_symlink():
            raise _taken(one)


def _taken(path: Path) -> LocationError:
    return LocationError(f"{path}: exists already, and no copy overwrites it; choose another name")


def _write_notes(draft: Path, notes: bytes) -> None:
    """Notes beside a copy that tell of its answers and no others."""
    beside = Path(f"{draft}{ENDING}")
    beside.write_bytes(notes)
    beside.chmod(draft.stat().st_mode & 0o777)
    database = Database.open(draft)
    try:
        forget_erased(database)
        catch_up(database)
    finally:
        database.close()
    sync(beside)
