"""Files into a folder: all of them, or it stays as it was."""

from pathlib import Path

import pytest

from annotation.errors import StudyError
from annotation.reporting.folder import write_files


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_ours_are_replaced_and_others_left(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    write_files(folder, {"figures/a.svg": b"1", "report.html": b"1"})
    (folder / "figures" / "mine.svg").write_bytes(b"mine")
    (folder / "notes.txt").write_bytes(b"mine")
    write_files(folder, {"figures/a.svg": b"2", "report.html": b"2"})
    assert everything(folder) == {
        "figures/a.svg": b"2",
        "figures/mine.svg": b"mine",
        "notes.txt": b"mine",
        "report.html": b"2",
    }


def test_what_fails_half_way_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"a.svg": b"1", "report.html": b"1"})
    written, write = [], Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device", str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StudyError, match="cannot be written: No space left on device"):
        write_files(tmp_path, {"a.svg": b"2", "report.html": b"2"})
    assert everything(tmp_path) == {"a.svg": b"1", "report.html": b"1"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "report.html"]


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("mine")
    with pytest.raises(StudyError, match=r"report: cannot be written: ") as told:
        write_files(tmp_path / "report", {"report.html": b""})
    assert "\n" not in str(told.value)
    assert (tmp_path / "report").read_text() == "mine"
