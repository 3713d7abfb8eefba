"""Files into a folder: all of them whole, or the folder as it was."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from annotation.errors import StudyError


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files by their path in the folder; those of the same name are replaced, others left alone.

    All are written beside first and then put in their places, in the order given.

    Raises:
        StudyError: the folder or a file in it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".report-", dir=folder) as beside:
            for place, (name, content) in enumerate(contents.items()):
                Path(beside, str(place)).write_bytes(content)
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
            for place, name in enumerate(contents):
                Path(beside, str(place)).replace(folder / name)
    except OSError as error:
        where = error.filename2 or error.filename or folder
        raise StudyError(f"{where}: cannot be written: {error.strerror or error}") from error
