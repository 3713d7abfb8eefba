"""Stepping through ids, and what a filter is called."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import StudyError
from annotation.pairs import LabelState, PairFilter
from tests.tui.desk_study import make_study
from tui.pair_walk import NOVEL_WORDS, PairShelf, PairWalk, filter_words


def walk(*ids: int) -> PairWalk:
    return PairWalk(np.array(ids, np.int64), PairFilter())


def test_steps_from_pairs_in_and_outside_the_walk() -> None:
    of = walk(3, 5, 9)
    assert (of.step(3, 1), of.step(9, 1), of.step(3, -1), of.step(9, -1)) == (5, None, None, 5)
    assert (of.step(4, 1), of.step(4, -1), of.step(1, -1), of.step(10, 1)) == (5, 3, None, None)
    assert (of.nearest(5), of.nearest(6), of.nearest(99)) == (5, 9, 9)
    assert (of.after(5), of.after(9), of.after(99)) == (9, 3, 3)
    assert (of.number(5), of.number(6), of.number(9)) == (2, 2, 3)
    assert (of.numbered(3), of.numbered(0), of.numbered(4)) == (9, None, None)


def test_an_empty_walk_leads_nowhere() -> None:
    of = walk()
    assert (of.step(1, 1), of.nearest(1), of.after(1), of.numbered(1)) == (None, None, None, None)
    assert of.number(1) == 0


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(0, 61))
def test_stepping_agrees_with_a_search_through_the_list(ids: set[int], at: int) -> None:
    of = walk(*sorted(ids))
    assert of.step(at, 1) == min((i for i in ids if i > at), default=None)
    assert of.step(at, -1) == max((i for i in ids if i < at), default=None)


def test_a_filter_in_words_shows_no_control_character() -> None:
    wanted = PairFilter("gpt\x1b[2J", LabelState.NO_MAJORITY, "length", "gpt-4o:judge", "a\x07b")
    words = filter_words(wanted, {"length": "Length"}, {"gpt-4o:judge": "gpt-4o"})
    assert words == "gpt-4o ≠ people · with gpt␛[2J · no majority · differ in Length · “a␇b”"
    assert filter_words(PairFilter(), {}, {}) == ""


def test_the_shelf_keeps_what_it_read_until_told_to_forget(tmp_path: Path) -> None:
    study = make_study(tmp_path / "shelf.db")
    shelf = PairShelf(study)
    assert shelf.at_hand(1) is None
    view = shelf.read(1)
    assert shelf.at_hand(1) is view and shelf.read(1) is view
    shelf.forget()
    assert shelf.at_hand(1) is None
    with pytest.raises(StudyError, match="pair 99"):
        shelf.read(99)


def test_the_shelf_finds_novel_words_once(tmp_path: Path) -> None:
    shelf = PairShelf(make_study(tmp_path / "words.db"))
    view = shelf.read(2)
    assert shelf.marks_at_hand(2, NOVEL_WORDS) is None
    shelf.find_marks(view, NOVEL_WORDS)
    found = shelf.marks_at_hand(2, NOVEL_WORDS)
    assert found is not None
    # "Somebody misplaced a bunch of keys.": the post speaks of keys only.
    assert [view.left.text[mark.start : mark.end] for mark in found.responses.first] == [
        "Somebody",
        "misplaced",
        "a",
        "bunch",
        "of",
    ]
    shelf.forget()
    assert shelf.marks_at_hand(2, NOVEL_WORDS) is found
