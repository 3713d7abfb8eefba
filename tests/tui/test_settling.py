"""While a screen stands open, a copy of the study's file alone soon has what was answered."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from annotation.study import Study
from tests.tui.label_task import annotate, press, ready
from tests.tui.waiting import until
from tui import flow


async def test_an_open_screen_brings_the_wal_into_the_file(
    fast_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "SETTLE_SECONDS", 0.2)
    path, copy = fast_study.database.place.path, tmp_path / "by-hand.db"
    assert path is not None

    def answers() -> int:
        shutil.copy(path, copy)
        with sqlite3.connect(f"file:{copy}?immutable=1", uri=True) as connection:
            (count,) = connection.execute("SELECT COUNT(*) FROM answers").fetchone()
        connection.close()
        return int(count)

    fast_study.database.settle()
    assert answers() == 0
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1")
        await until(pilot, lambda: answers() == 1, "the answer is in the file itself", seconds=20)
