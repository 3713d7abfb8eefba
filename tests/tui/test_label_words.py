"""What the Label screen says, by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotation.assignment import Item
from profile_engine.live import FactorMove, ProfileChange
from tests.annotation.drafts import LEFT
from tests.annotation.planning.planned import planned_study
from tui.label_words import all_done, what_moved, where
from tui.labelling import Labelling, labelled
from tui.session import Role, Session

TITLES = {"length": "Length", "fluency": "Fluency", "coherence": "Coherence"}


def test_what_moved_ends_at_a_whole_factor_where_there_is_no_room_for_all() -> None:
    # The change of Fluency is the largest, .2; then Coherence, .1; then Length, .05.
    moves = (
        FactorMove("length", 0.4, 0.45, 1, 1),
        FactorMove("fluency", 0.1, 0.3, 3, 2),
        FactorMove("coherence", 0.2, 0.1, 2, 3),
    )
    change = ProfileChange("Ada", 1, moves)
    fluency = "Fluency 0.100 → 0.300, rank 3 → 2"
    both = f"{fluency} · Coherence 0.200 → 0.100, rank 2 → 3"
    assert what_moved(change, TITLES, 200).plain == f"moved: {both} · Length 0.400 → 0.450, rank 1"
    assert what_moved(change, TITLES, 100).plain == f"moved: {both} … and 1 more"
    assert what_moved(change, TITLES, 76).plain == f"moved: {fluency} … and 2 more"
    assert what_moved(change, TITLES, 30).plain == "moved: 3 factors"
    assert what_moved(ProfileChange("Ada", 1, ()), TITLES, 30).plain == "moved: nothing"


def test_where_one_is_says_nothing_of_sources_where_they_would_betray_an_item() -> None:
    item = Item(1, 1, None, "", "", "", LEFT, number=3, of=8, source_number=2, sources=4)
    told = where(item, 2).plain
    assert told.startswith("3 of 8 ") and told.endswith(" · source 2 of 4")
    untold = replace(item, source_number=None, sources=None)
    assert where(untold, 2).plain == told.removesuffix(" · source 2 of 4")


@pytest.mark.parametrize(("pairs", "words"), [(1, "1 item labelled"), (2, "2 items labelled")])
def test_one_item_is_one(tmp_path: Path, pairs: int, words: str) -> None:
    session = Session(planned_study(tmp_path / "one.db", pairs), Role.ANNOTATOR, "nina")
    labelling = Labelling(session, "nina")
    while (item := labelling.next()) is not None:
        labelling.take(session.save(labelled(item, "nina", LEFT, sure=False)))
    assert words in all_done(labelling, researcher=False).plain.splitlines()
