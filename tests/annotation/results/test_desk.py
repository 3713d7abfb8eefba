"""One adjudicator's way through the pairs without a majority."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import AnswerError
from annotation.results.adjudication import Adjudications, Said
from annotation.results.desk import AdjudicationDesk, DisputedPair, Step
from annotation.store.tables import adjudications
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan

SAID = (
    ("anna", (LEFT, LEFT, RIGHT, LEFT)),
    ("ben", (TIE, LEFT, LEFT, RIGHT)),
    ("cleo", (RIGHT, RIGHT, TIE, None)),
)


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    """An empty study, in a file or on a server."""
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        yield made


@pytest.fixture
def pairs(draft: Draft, log: AnswerLog) -> list[int]:
    """1-1-1 with a tie, a majority, 1-1-1 again, one against one."""
    made = draft.pairs(4)
    for name, choices in SAID:
        label(log, name, [(pair, one) for pair, one in zip(made, choices, strict=True) if one is not None])
    log.register("dora")
    return made


def entries(study: Study) -> list[tuple[int, int | None, str | None]]:
    with study.reading() as connection:
        rows = connection.execute(select(adjudications).order_by(adjudications.c.id))
        return [(row.pair_id, row.choice, row.note) for row in rows]


def place(pair: DisputedPair | None) -> tuple[int, int, int] | None:
    return None if pair is None else (pair.pair_id, pair.number, pair.of)


def test_one_pair_after_another(study: Study, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    assert place(desk.next()) == (pairs[0], 1, 3)
    assert desk.said(pairs[0]) == (Said("anna", LEFT), Said("ben", TIE), Said("cleo", RIGHT))
    entry = desk.settle(pairs[0], RIGHT)
    assert (entry.step, entry.choice, len(entry.said)) == (Step.CHOICE, RIGHT, 3)
    assert (desk.done, desk.total) == (1, 3)
    assert place(desk.next(pairs[0])) == (pairs[2], 2, 3)
    desk.settle(pairs[2], TIE)
    desk.settle(pairs[3], LEFT)
    assert desk.next(pairs[3]) is None
    assert [one[:2] for one in entries(study)] == [(pairs[0], -1), (pairs[2], 0), (pairs[3], 1)]


def test_skipped_pairs_come_after_all_others(study: Study, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    desk.skip(pairs[0])
    assert place(desk.next(pairs[0])) == (pairs[2], 2, 3)
    desk.settle(pairs[2], LEFT)
    desk.settle(pairs[3], LEFT)
    assert place(desk.next(pairs[3])) == (pairs[0], 1, 3)


def test_every_step_is_taken_back_the_newest_first(study: Study, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    desk.remark(pairs[0], "invents a brother")
    desk.settle(pairs[0], RIGHT)
    desk.skip(pairs[2])
    taken = [desk.undo() for _ in range(4)]
    assert [one and (one.step, one.pair_id, one.note, one.undone) for one in taken] == [
        (Step.SKIP, pairs[2], None, True),
        (Step.CHOICE, pairs[0], "invents a brother", True),
        (Step.NOTE, pairs[0], None, True),
        None,
    ]
    # Nothing was removed: each step back is an entry of its own.
    assert entries(study) == [
        (pairs[0], None, "invents a brother"),
        (pairs[0], -1, "invents a brother"),
        (pairs[0], None, "invents a brother"),
        (pairs[0], None, None),
    ]


def test_what_was_settled_before_is_taken_back_too(study: Study, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    for pair in (pairs[0], pairs[2]):
        desk.settle(pair, LEFT)
    Adjudications(study).settle(pairs[3], RIGHT, "ezra")
    again = AdjudicationDesk(study, "dora")
    assert (again.done, again.next()) == (3, None)
    taken = [again.undo() for _ in range(3)]
    assert [one and one.pair_id for one in taken] == [pairs[2], pairs[0], None]
    standing = [one.settled and one.settled.by for one in Adjudications(study).disputes()]
    assert standing == [None, None, "ezra"]


def test_a_note_outlives_the_desk_and_goes_with_the_choice(study: Study, pairs: list[int]) -> None:
    AdjudicationDesk(study, "dora").remark(pairs[0], "read twice")
    desk = AdjudicationDesk(study, "dora")
    assert desk.note(pairs[0]) == "read twice"
    desk.settle(pairs[0], LEFT)
    settled = Adjudications(study).disputes()[0].settled
    assert settled is not None
    assert (settled.choice, settled.note) == (LEFT, "read twice")


def test_two_adjudicators_do_not_overrule_one_another(study: Study, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    Adjudications(study).settle(pairs[0], RIGHT, "ezra")
    with pytest.raises(AnswerError, match=f"pair {pairs[0]} was settled by ezra meanwhile"):
        desk.settle(pairs[0], LEFT)
    with pytest.raises(AnswerError, match="that stands"):
        desk.remark(pairs[0], "too late")
    desk.refresh()
    assert not desk.is_open(pairs[0])
    assert Adjudications(study).disputes()[0].settled is not None


def test_a_majority_that_came_meanwhile_is_said(study: Study, log: AnswerLog, pairs: list[int]) -> None:
    desk = AdjudicationDesk(study, "dora")
    log.save(NewAnswer(pairs[3], "cleo", choice=LEFT))
    with pytest.raises(AnswerError, match="has a majority"):
        desk.settle(pairs[3], LEFT)
    desk.refresh()
    assert desk.total == 2


def test_pairs_whose_labels_are_still_due_wait(study: Study, pairs: list[int]) -> None:
    plan(study, pairs, design={"annotators_per_pair": 3})
    desk = AdjudicationDesk(study, "dora")
    assert (desk.total, desk.waiting) == (2, 1)  # one against one, and a third is planned
    desk.with_waiting = True
    assert (desk.total, desk.waiting) == (3, 0)


def test_sides_are_drawn_and_stay(study: Study, draft: Draft, log: AnswerLog) -> None:
    made = draft.pairs(20)
    for name, choice in (("anna", LEFT), ("ben", RIGHT)):
        label(log, name, [(pair, choice) for pair in made])
    log.register("dora")
    firsts = [AdjudicationDesk(study, "dora").item(pair).first for pair in made]
    assert firsts.count(Preference.LEFT) == 10
    assert firsts == [AdjudicationDesk(study, "dora").item(pair).first for pair in made]
