"""Sides are balanced, opposite between neighbours, and never change; the list leads through all items."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.assignment import Item, Worklist, first_side
from annotation.errors import AnswerError
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, Draft, label

SEEDS = st.integers(-(2**40), 2**40)


@given(SEEDS, st.integers(0, 20), st.integers(1, 301))
def test_sides_are_balanced_for_each_annotator(seed: int, annotator: int, pairs: int) -> None:
    sides = [first_side(seed, pair, annotator) for pair in range(1, pairs + 1)]
    assert set(sides) <= {LEFT, RIGHT}
    assert abs(sum(sides)) <= 1


@given(SEEDS, st.integers(1, 10**7), st.integers(0, 20))
def test_consecutive_annotators_see_opposite_sides(seed: int, pair: int, annotator: int) -> None:
    assert first_side(seed, pair, annotator) == -first_side(seed, pair, annotator + 1)


def test_the_seed_decides_the_sides() -> None:
    by_seed = {tuple(first_side(seed, pair, 0) for pair in range(1, 101)) for seed in range(20)}
    assert len(by_seed) == 20


def test_sides_do_not_follow_a_pattern_within_the_blocks() -> None:
    """Of 1,000 blocks about half begin with the left side (four standard deviations are 63)."""
    beginning_left = sum(first_side(0, pair, 0) is LEFT for pair in range(1, 2001, 2))
    assert abs(beginning_left - 500) < 63


def test_the_rule_never_changes() -> None:
    """Written down when it was made: a study under way must show the same sides for ever."""
    assert "".join("LR"[first_side(7, pair, 0) is RIGHT] for pair in range(1, 17)) == "LRRLRLLRRLLRRLLR"


def test_an_item_shows_the_sides_by_the_rule(draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(6)
    for number, name in enumerate(("anna", "ben")):
        log.register(name)
        for item in map(Worklist(draft.study, name).item, pairs):
            assert item.first == first_side(draft.study.settings.seed, item.pair_id, number)
            texts = (f"Left {item.pair_id}.", f"Right {item.pair_id}.")
            assert (item.first_text, item.second_text) == (texts if item.first is LEFT else texts[::-1])


def test_items_of_one_source_stand_together(draft: Draft, log: AnswerLog) -> None:
    """Pairs in the order of import: source 1, source 2, source 1."""
    sources = [draft.source("one", "One"), draft.source("two")]
    pairs = [
        draft.pair(source, draft.response(source, "l"), draft.response(source, "r"))
        for source in (sources[0], sources[1], sources[0])
    ]
    log.register("anna")
    worklist = Worklist(draft.study, "anna")
    items = list(_walk(worklist))
    assert [item.pair_id for item in items] == [pairs[0], pairs[2], pairs[1]]
    assert [(item.number, item.of) for item in items] == [(1, 3), (2, 3), (3, 3)]
    assert [(item.source_number, item.sources) for item in items] == [(1, 2), (1, 2), (2, 2)]
    assert (items[0].title, items[0].source, items[2].title) == ("One", "one", None)


def _walk(worklist: Worklist) -> Iterator[Item]:
    item = worklist.next()
    while item is not None:
        yield item
        worklist.mark(item.pair_id, labelled=True)
        item = worklist.next(item.pair_id)


def test_skipped_items_come_last_and_again(draft: Draft, log: AnswerLog) -> None:
    one, two, three = draft.pairs(3)
    log.register("anna")
    worklist = Worklist(draft.study, "anna")
    worklist.mark(one, labelled=False, skipped=True)
    assert _next(worklist) == two
    worklist.mark(two, labelled=True)
    worklist.mark(three, labelled=True)
    assert _next(worklist, three) == one
    assert _next(worklist, one) == one  # the only one left, however often it is skipped
    worklist.mark(one, labelled=True)
    assert (worklist.next(), worklist.done, worklist.total) == (None, 3, 3)
    worklist.mark(two, labelled=False)
    assert (_next(worklist, three), worklist.done) == (two, 2)


def _next(worklist: Worklist, after: int | None = None) -> int | None:
    item = worklist.next(after)
    return None if item is None else item.pair_id


def test_a_worklist_goes_on_where_it_was_left(draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(4)
    label(log, "anna", [(pairs[0], LEFT), (pairs[2], RIGHT)])
    log.save(NewAnswer(pairs[1], "anna", AnswerKind.SKIP, set=True))
    log.save(NewAnswer(pairs[2], "anna", AnswerKind.SKIP, set=True))  # a label counts for more
    label(log, "ben", [(pairs[3], LEFT)])
    worklist = Worklist(draft.study, "anna")
    assert (worklist.done, _next(worklist)) == (2, pairs[3])
    worklist.mark(pairs[3], labelled=True)
    assert _next(worklist) == pairs[1]


def test_every_item_comes_once(draft: Draft, log: AnswerLog) -> None:
    draft.pairs(9, a_source=3)
    log.register("anna")
    visited = [item.pair_id for item in _walk(Worklist(draft.study, "anna"))]
    assert visited == list(range(1, 10))


def test_an_empty_study_has_nothing_to_do(study: Study, log: AnswerLog) -> None:
    log.register("anna")
    worklist = Worklist(study, "anna")
    assert (worklist.next(), worklist.done, worklist.total) == (None, 0, 0)


def test_what_is_not_there_is_refused(draft: Draft, log: AnswerLog) -> None:
    draft.pairs(1)
    with pytest.raises(AnswerError, match="not an annotator"):
        Worklist(draft.study, "anna")
    log.register("anna")
    worklist = Worklist(draft.study, "anna")
    with pytest.raises(AnswerError, match="pair 5"):
        worklist.item(5)
    worklist.mark(5, labelled=True)
    assert worklist.done == 0
