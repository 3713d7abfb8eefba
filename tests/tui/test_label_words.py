"""What the Label screen says, by hand."""

from profile_engine.live import FactorMove, ProfileChange
from tui.label_words import what_moved

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
