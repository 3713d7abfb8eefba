"""What can be wrong with the place of a study, and what is said about it; SQLite's own ways."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from annotation.answers import AnswerLog
from annotation.errors import LocationError, StudyError
from annotation.store import tables
from annotation.store.database import HEAD, Database, Place
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, Draft, label


def test_head_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "annotation.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_place_is_a_path_or_a_url() -> None:
    assert Place.of("a b/study.db").path == Path("a b/study.db")
    assert Place.of("sqlite:///study.db").path == Path("study.db")
    assert str(Place.of("postgresql://ann:secret@host/tldr")) == "postgresql+psycopg://ann:***@host/tldr"
    assert Place.of("postgresql://host/tldr").name == "tldr"
    assert Place.of("a/study.db").name == "study"


@pytest.mark.parametrize(
    "location",
    ["sqlite://", "sqlite:///:memory:", "what://is this", "no-such-db://x/y", "mysql://ann:secret@host/tldr"],
)
def test_what_is_no_place_is_refused_in_one_line(location: str) -> None:
    with pytest.raises(LocationError) as refusal:
        Study.open(location)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("dialect", ["mysql", "mysql+pymysql", "mariadb", "oracle", "mssql"])
def test_another_database_is_refused_whose_driver_may_be_there(dialect: str) -> None:
    with pytest.raises(LocationError, match="a study is a SQLite file or lies in PostgreSQL") as refusal:
        Place.of(f"{dialect}://ann:secret@host/tldr")
    assert "secret" not in str(refusal.value)


def _nothing(path: Path) -> None:
    pass


def _text(path: Path) -> None:
    path.write_text('{"prompt": "p"}\n' * 10)


def _empty(path: Path) -> None:
    path.touch()


def _folder(path: Path) -> None:
    path.mkdir()


def _other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_nothing, "no such study"),
        (_text, "not a study"),
        (_empty, "not a study"),
        (_folder, "directory"),
        (_other_database, "not a study"),
    ],
)
def test_what_is_no_study_is_refused_in_one_line(
    tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "study.db"
    make(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(LocationError) as refusal:
        Study.open(path)
    assert says in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("make", [_text, _empty, _folder, _other_database])
def test_nothing_is_overwritten(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "study.db"
    make(path)
    with pytest.raises(LocationError, match="exists already"):
        Study.create(path, task=Task.SUMMARIZATION)
    assert path.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocationError, match="no such file or directory"):
        Study.create(tmp_path / "nowhere" / "study.db", task=Task.SUMMARIZATION)


def test_a_study_that_cannot_be_made_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Database, "migrate", fail)
    with pytest.raises(RuntimeError):
        Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "#1.db", "ä.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    Study.create(tmp_path / name, task=Task.SUMMARIZATION).close()
    with Study.open(tmp_path / name) as study:
        assert study.location == str(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_writes_are_on_disk_when_they_return(study: Study) -> None:
    with study.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert pragmas == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_busy_study_says_so(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.store.dialects._BUSY_MILLISECONDS", 50)
    with Study.open(study.location) as other, study.writing():
        with pytest.raises(StudyError, match="busy"), other.writing():
            pass
        assert other.summary().pairs == 0  # reading goes on meanwhile


def test_a_writer_that_reads_first_does_not_fail(study: Study) -> None:
    """With a lock taken late, another's write between the read and the write would be an error."""
    with study.writing() as connection:
        connection.execute(tables.sources.select()).all()
        with Study.open(study.location) as other:
            assert other.summary().sources == 0
        connection.execute(insert(tables.sources).values(key="1", text="one"))
    assert study.summary().sources == 1


def test_an_older_study_is_migrated_in_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "study.db"
    Study.create(path, task=Task.SUMMARIZATION).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()

    def fail_halfway(_: Database, connection: object) -> None:
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")  # type: ignore[attr-defined]
        raise StudyError("broken off")

    monkeypatch.setattr(Database, "migrate", fail_halfway)
    with pytest.raises(StudyError, match="broken off"):
        Study.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []
    connection.close()


def test_a_study_up_to_date_opens_without_alembic(study: Study) -> None:
    program = (
        "import sys; from annotation.study import Study; Study.open(sys.argv[1]).summary();"
        "sys.exit(any(name in sys.modules for name in ('alembic', 'pandas', 'nltk', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", program, study.location], check=False).returncode == 0


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that any user of the machine can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="profile-tui-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of this system differ")
@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
def test_a_read_only_study_can_be_looked_at(public_folder: Path, folder_mode: int) -> None:
    path = public_folder / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        (pair,) = Draft(study).pairs(1)
        label(AnswerLog(study), "anna", [(pair, LEFT)])
    path.chmod(0o444)
    public_folder.chmod(folder_mode)

    def look() -> None:
        with Study.open(path) as study:
            assert study.read_only
            assert study.pair(pair).human is LEFT
            with pytest.raises(StudyError, match="read-only") as refusal:
                AnswerLog(study).undo("anna")
            assert "\n" not in str(refusal.value)

    _as_nobody(look)


def _as_nobody(action: Callable[[], None]) -> None:
    """Run in a process without the rights of root, whom permissions do not stop."""
    process = os.fork()
    if process == 0:
        outcome = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            action()
            outcome = 0
        finally:
            traceback.print_exc()
            os._exit(outcome)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
