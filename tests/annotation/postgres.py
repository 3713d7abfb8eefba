"""A real PostgreSQL server, made for one run of the tests and thrown away after it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine


class Server:
    """A running server, reached through a socket in its own folder."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user
        self._numbers = count(1)

    def url(self, database: str) -> URL:
        return URL.create(
            "postgresql+psycopg", username=self._user, database=database, query={"host": str(self._folder)}
        )

    def new_database(self) -> str:
        """A URL of an empty database."""
        name = f"study_{next(self._numbers)}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self.url(name).render_as_string(hide_password=False)


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it; fails, rather than skips, where PostgreSQL is not installed.

    Args:
        durable: whether a commit is on disk before it is told of, as on a server that people use.
    """
    binaries = _binaries()
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="profile-tui-postgres-"))
    data = folder / "data"
    try:
        if user:
            shutil.chown(folder, user)
        _run(user, binaries / "initdb", "--auth=trust", "--username=tester", "--encoding=UTF8", data)
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
        options += "" if durable else " -c fsync=off"
        _run(user, binaries / "pg_ctl", "--wait", "-D", data, "-l", folder / "log", "-o", options, "start")
        try:
            yield Server(folder, "tester")
        finally:
            _run(user, binaries / "pg_ctl", "--wait", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
    return installed[-1].parent


def _run(user: str | None, *command: str | Path) -> None:
    with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open in the server
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            check=False,
        )
        output.seek(0)
        assert done.returncode == 0, output.read()
