"""The way through the items, without a screen."""

from pathlib import Path
from threading import Event, Thread

import pytest

from annotation.answers import NewAnswer
from annotation.assignment import Item, Worklist
from profile_engine.preferences import Preference
from tests.tui.desk_study import make_study
from tui.labelling import Labelling
from tui.session import Role, Session


def test_an_answer_is_entered_while_the_database_keeps_a_reader_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(make_study(tmp_path / "slow.db"), Role.ANNOTATOR, "nina")
    labelling = Labelling(session, "nina")
    reading, go_on = Event(), Event()
    read = Worklist._read

    def wait(worklist: Worklist, place: int) -> Item:
        reading.set()
        go_on.wait(10)
        return read(worklist, place)

    monkeypatch.setattr(Worklist, "_read", wait)
    reader = Thread(target=labelling.read_ahead, args=[1])
    reader.start()
    assert reading.wait(10)
    answer = session.save(NewAnswer(1, "nina", choice=Preference.LEFT))
    taker = Thread(target=labelling.take, args=[answer])
    taker.start()
    taker.join(5)
    assert not taker.is_alive()
    assert labelling.done == 1
    go_on.set()
    reader.join()
    ahead = labelling.ready(1)
    assert ahead is None or ahead.pair_id == 2


def test_what_was_read_ahead_is_taken_once_and_for_its_item_only(tmp_path: Path) -> None:
    session = Session(make_study(tmp_path / "ahead.db"), Role.ANNOTATOR, "nina")
    labelling = Labelling(session, "nina")
    labelling.read_ahead(1)
    assert labelling.ready(2) is None
    labelling.read_ahead(1)
    ahead = labelling.ready(1)
    assert ahead is not None and ahead.pair_id == 2
    assert labelling.ready(1) is None
