"""Who is handed out which pair, in which order, with what strewn in."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.assignment import Worklist
from annotation.errors import AnswerError
from annotation.planning.plan import Role
from annotation.planning.worklist import open_worklist
from annotation.results.report import report_study
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft
from tests.annotation.planning.planned import Clock, Person, held, overlap, plan, planned_study


def test_without_a_plan_the_list_is_as_it_was(draft: Draft, log: AnswerLog) -> None:
    draft.pairs(2)
    log.register("anna")
    assert type(open_worklist(draft.study, "anna")) is Worklist


def test_everybody_labels_all_where_three_people_give_three_labels(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "three.db", 12, a_source=3)
    people = [Person(study, name) for name in ("anna", "ben", "cleo")]
    for _ in range(12):
        for person in people:
            assert person.next() is not None
            person.answer()
    assert [person.next() for person in people] == [None, None, None]
    assert overlap(study) == dict.fromkeys(range(1, 13), 3)
    for person in people:
        assert len({item.pair_id for item in person.seen}) == 12
        assert (person.worklist.done, person.worklist.total) == (12, 12)
        sources = [item.source_id for item in person.seen]
        assert len([one for one, other in pairwise(sources) if one != other]) == 3
        assert [item.number for item in person.seen] == list(range(1, 13))
        assert [item.source_number for item in person.seen[::3]] == [1, 2, 3, 4]
        assert {(item.of, item.sources) for item in person.seen} == {(12, 4)}
    assert len({person.seen[0].source_id for person in people}) > 1  # not all begin with the same post


def test_sides_are_balanced_within_each_pair_and_over_the_pairs(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "sides.db", 20, a_source=4, annotators_per_pair=4)
    people = [Person(study, f"person {number}") for number in range(4)]
    for person in people:
        person.work()
    shown: dict[int, list[int]] = {}
    for person in people:
        for item in person.seen:
            assert item.first_text.startswith("Left" if item.first is LEFT else "Right")
            shown.setdefault(item.pair_id, []).append(int(item.first))
    for sides in shown.values():
        assert sum(sides) == 0
        assert all(one == -other for one, other in pairwise(sides))
    assert sum(sides[0] for sides in shown.values()) == 0
    assert len({tuple(sides) for sides in shown.values()}) == 2


def test_reading_ahead_hands_nothing_out(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "ahead.db", 6)
    anna = Person(study, "anna")
    first = anna.next()
    assert first is not None and held(study) == 2
    second = anna.worklist.peek(first.key)
    assert second is not None and second.source_id == first.source_id
    anna.answer()
    anna.next()
    assert anna.worklist.peek(second.key) is None
    assert held(study) == 1


def test_an_own_block_is_gone_on_with_after_a_restart(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "restart.db", 30, a_source=5)
    anna = Person(study, "anna")
    before = anna.work(7)
    again = Person(study, "anna")
    assert not set(before) & set(again.work(3))
    assert {item.source_id for item in again.seen} == {anna.seen[-1].source_id}
    assert again.seen[0].source_number == 2


def test_training_comes_first_and_gold_at_its_places(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "gold.db", task=Task.SUMMARIZATION)
    pairs = Draft(study).pairs(34)
    roles = {pairs[0]: Role.TRAINING, pairs[1]: Role.TRAINING, pairs[20]: Role.GOLD, pairs[21]: Role.GOLD}
    plan(study, pairs, roles, explanation="Left is shorter.", design={"seed": 3})
    kinds = {}
    for name in ("anna", "ben"):
        person = Person(study, name)
        person.work()
        kinds[name] = [item.kind for item in person.seen]
        assert kinds[name][:2] == [AnswerKind.TRAINING] * 2
        assert Counter(kinds[name]) == {AnswerKind.TRAINING: 2, AnswerKind.LABEL: 30, AnswerKind.GOLD: 2}
        places = [place - 2 for place, kind in enumerate(kinds[name]) if kind is AnswerKind.GOLD]
        assert places[0] <= 11 < places[1] <= 24  # within the first ten labels, and within the next
        known = person.worklist.training(pairs[0])
        assert known is not None and (known.expected, known.explanation) == (LEFT, "Left is shorter.")
        assert person.worklist.training(pairs[20]) is None
    assert overlap(study) == {pair: 2 for pair in pairs if pair not in roles}  # gold and training never count
    again = Person(study, "anna")
    assert (again.next(), again.worklist.done, again.worklist.total) == (None, 34, 34)


@pytest.mark.parametrize("repeats", [0, 3])
def test_counts_run_on_over_what_is_strewn_in(tmp_path: Path, repeats: int) -> None:
    study = Study.create(tmp_path / "counts.db", task=Task.SUMMARIZATION)
    pairs = Draft(study).pairs(34, a_source=2)
    roles = {pairs[0]: Role.TRAINING, pairs[20]: Role.GOLD, pairs[33]: Role.GOLD}
    plan(study, pairs, roles, design={"repeats": repeats, "annotators_per_pair": 1})
    anna = Person(study, "anna")
    anna.work(17)
    again = Person(study, "anna")  # the same after a restart
    again.work()
    seen, everything = [*anna.seen, *again.seen], 34 + repeats
    assert Counter(item.kind for item in seen)[AnswerKind.REPEAT] == repeats
    assert [item.number for item in seen] == list(range(1, everything + 1))
    assert {(item.of, item.source_number, item.sources) for item in seen} == {(everything, None, None)}


def test_nothing_that_is_strewn_in_adds_to_the_total(tmp_path: Path) -> None:
    """Two people share the labels, so that the total falls as each takes some, and only between posts."""
    study = Study.create(tmp_path / "shared.db", task=Task.SUMMARIZATION)
    pairs = Draft(study).pairs(44, a_source=4)
    roles = dict.fromkeys(pairs[-4:], Role.GOLD)
    plan(study, pairs, roles, design={"repeats": 3, "annotators_per_pair": 1, "seed": 5})
    people = [Person(study, "anna"), Person(study, "ben")]
    at_work = people
    while at_work := [person for person in at_work if person.next() is not None]:
        for person in at_work:
            person.answer()
    for person in people:
        assert {AnswerKind.GOLD, AnswerKind.REPEAT} < {item.kind for item in person.seen}
        assert [item.number for item in person.seen] == list(range(1, len(person.seen) + 1))
        totals = [item.of for item in person.seen]
        assert totals == sorted(totals, reverse=True) and totals[-1] >= len(person.seen)
        assert (person.worklist.done, person.worklist.total) == (len(person.seen), len(person.seen))


def test_the_total_does_not_tell_a_pair_that_is_shown_again_at_the_end(tmp_path: Path) -> None:
    """Of six posts anna has four; ben takes one or both of the others while she is at her last pair.

    Where he takes one, the other is hers; where he takes both, a pair of her own comes again.
    """
    told = {}
    for taken in (2, 4):
        study = planned_study(tmp_path / f"{taken}.db", 12, annotators_per_pair=1, repeats=1)
        anna, ben = Person(study, "anna"), Person(study, "ben")
        assert len(anna.work(7)) == 7
        assert anna.next() is not None
        assert len(ben.work(taken)) == taken
        anna.answer()
        item = anna.next()
        assert item is not None
        told[item.kind] = (item.number, item.of, item.source_number, item.sources)
        anna.answer()
        anna.work()
        assert (anna.worklist.done, anna.worklist.total) == (13 - taken, 13 - taken)
    assert told[AnswerKind.LABEL] == told[AnswerKind.REPEAT] == (9, 13, None, None)


def test_training_that_was_skipped_still_comes_before_the_work(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "training.db", task=Task.SUMMARIZATION)
    pairs = Draft(study).pairs(6)
    plan(study, pairs, {pairs[0]: Role.TRAINING, pairs[1]: Role.TRAINING})
    anna = Person(study, "anna")
    anna.next()
    anna.skip()
    assert anna.work(2) == [pairs[1], pairs[0]]
    assert held(study) == 0
    assert anna.next() is not None and held(study) == 2


def test_own_pairs_come_again_with_their_sides_turned(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "again.db", 24, a_source=3, repeats=3, annotators_per_pair=1)
    anna = Person(study, "anna")
    anna.work(20)
    anna = Person(study, "anna")  # the rest after a restart
    anna.work()
    said = AnswerLog(study).since(0)
    repeats = [answer for answer in said if answer.kind is AnswerKind.REPEAT]
    assert len(repeats) == len({answer.pair_id for answer in repeats}) == 3
    for repeat in repeats:
        (label,) = (one for one in said if one.pair_id == repeat.pair_id and one.kind is AnswerKind.LABEL)
        assert label.shown_first is not None
        assert repeat.shown_first == -label.shown_first
        assert repeat.id - label.id >= 6  # another stretch of six labels lies between
    assert overlap(study) == dict.fromkeys(range(1, 25), 1)
    assert (anna.worklist.done, anna.worklist.total) == (27, 27)


def test_a_repeat_is_undone_and_skipped_for_itself(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "undone.db", 4, repeats=1, annotators_per_pair=1)
    anna = Person(study, "anna")
    anna.work(4)
    assert anna.next() is not None
    assert anna.item is not None and anna.item.kind is AnswerKind.REPEAT
    anna.answer(RIGHT)
    undone = anna.log.undo("anna")
    assert undone is not None and undone.kind is AnswerKind.REPEAT
    anna.worklist.mark(anna.item.key, labelled=False)
    assert overlap(study) == dict.fromkeys(range(1, 5), 1)
    again = anna.next()
    assert again is not None and again.kind is AnswerKind.REPEAT
    anna.skip()
    again = anna.next()
    assert again is not None and again.kind is AnswerKind.REPEAT  # the only one left
    anna.answer()
    assert anna.next() is None


def test_what_is_skipped_comes_last_and_is_open_to_others_meanwhile(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "skipped.db", 4, annotators_per_pair=1)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    skipped = anna.next()
    assert skipped is not None
    anna.skip()
    assert skipped.pair_id not in anna.work(3)
    assert held(study) == 0
    assert anna.next() == skipped  # the last one
    anna.skip()
    again = Person(study, "anna")
    assert again.next() is not None and again.item is not None and again.item.pair_id == skipped.pair_id
    again.skip()
    assert ben.work() == [skipped.pair_id]
    assert anna.next() is None
    assert overlap(study) == dict.fromkeys(range(1, 5), 1)


def test_what_was_skipped_and_handed_out_again_is_not_lost_by_a_restart(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "lost.db", 1)
    anna = Person(study, "anna")
    for _ in range(2):
        anna.next()
        anna.skip()
    anna.next()
    assert held(study) == 1
    assert Person(study, "anna").work() == [1]


def test_it_is_told_how_many_pairs_others_hold(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "elsewhere.db", 4, a_source=4, annotators_per_pair=1)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    anna.work(1)
    assert ben.next() is None
    assert ben.worklist.held_elsewhere == 3
    anna.worklist.leave()
    assert ben.next() is not None
    assert len(ben.work()) == 3


def test_a_plan_of_training_alone_ends_after_it(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "only.db", task=Task.SUMMARIZATION)
    pairs = Draft(study).pairs(2)
    plan(study, pairs, dict.fromkeys(pairs, Role.TRAINING))
    anna = Person(study, "anna")
    assert anna.work() == pairs
    assert (anna.worklist.done, anna.worklist.total) == (2, 2)


def test_a_very_long_source_is_handed_out_in_parts(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "long.db", 70, a_source=70, annotators_per_pair=1)
    anna = Person(study, "anna")
    anna.next()
    assert held(study) <= 30
    anna.answer()
    assert len(anna.work()) == 69


def test_a_decided_pair_asks_for_no_third_label(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "decided.db", 4, a_source=1, stop_when_decided=True)
    people = [Person(study, name) for name in ("anna", "ben", "cleo")]
    choices = {1: (LEFT, LEFT), 2: (LEFT, RIGHT), 3: (TIE, TIE), 4: (RIGHT, LEFT)}
    for number, person in enumerate(people[:2]):
        while (item := person.next()) is not None:
            person.answer(choices[item.pair_id][number])
    assert sorted(people[2].work()) == [2, 4]
    report = report_study(study).progress
    assert report is not None and report.spared == 2
    ben = people[1]
    undone = ben.log.undo("ben")
    assert undone is not None
    if undone.pair_id in (1, 3):  # open again: cleo is asked after all
        assert people[2].work() == [undone.pair_id]


def test_what_others_decide_meanwhile_is_no_longer_asked(tmp_path: Path) -> None:
    """All three hold the four pairs of one post; two agree on all before the third is through."""
    study = planned_study(tmp_path / "meanwhile.db", 4, a_source=4, stop_when_decided=True)
    anna, ben, cleo = (Person(study, name) for name in ("anna", "ben", "cleo"))
    for person in (anna, ben, cleo):
        person.next()
    assert (held(study), cleo.item is not None) == (12, True)
    for person in (anna, ben):
        person.answer()
        person.work()
    cleo.answer()  # it was before her already
    assert cleo.item is not None
    first = cleo.item.pair_id
    assert cleo.worklist.peek(cleo.item.key) is None
    assert cleo.next() is None
    assert (cleo.worklist.done, cleo.worklist.total, held(study)) == (1, 1, 0)
    assert overlap(study) == {pair: 2 + (pair == first) for pair in range(1, 5)}
    undone = ben.log.undo("ben")  # open again: she is asked after all
    assert undone is not None
    assert cleo.work() == [undone.pair_id] * (undone.pair_id != first)


def test_nothing_is_given_back_where_all_labels_are_wanted(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "wanted.db", 4, a_source=4)
    people = [Person(study, name) for name in ("anna", "ben", "cleo")]
    for person in people:
        person.next()
    for person in people:
        person.answer()
        person.work()
    assert overlap(study) == dict.fromkeys(range(1, 5), 3)


def test_whoever_has_withdrawn_or_was_left_out_is_handed_out_nothing(tmp_path: Path) -> None:
    from annotation.people.consent import withdraw

    study = planned_study(tmp_path / "out.db", 4, annotators_per_pair=1)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    anna.work(3)
    withdraw(study, "anna")
    assert overlap(study) == {}
    assert Person(study, "anna").next() is None
    assert sorted(ben.work()) == [1, 2, 3, 4]  # all are open again
    anna.next()
    with pytest.raises(AnswerError, match="anna has withdrawn"):
        anna.answer()


def test_a_pair_outside_the_plan_can_be_opened_and_an_unknown_one_not(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "outside.db", task=Task.SUMMARIZATION)
    *inside, outside = Draft(study).pairs(3)
    plan(study, inside)
    anna = Person(study, "anna")
    assert anna.worklist.item(outside).kind is AnswerKind.LABEL
    anna.log.save(NewAnswer(outside, "anna", choice=LEFT))
    assert len(anna.work()) == 2
    with pytest.raises(AnswerError, match="pair 99"):
        anna.worklist.item(99)


def test_a_pair_that_was_asked_for_is_held_and_no_more(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "asked.db", 8, a_source=4)
    anna = Person(study, "anna")
    assert anna.worklist.item(6).pair_id == 6
    assert held(study) == 1


def test_time_that_is_over_opens_what_was_held(tmp_path: Path) -> None:
    clock = Clock()
    study = planned_study(tmp_path / "over.db", 4, a_source=4, annotators_per_pair=1, hold_minutes=10)
    anna, ben = Person(study, "anna", clock), Person(study, "ben", clock)
    anna.next()
    clock.pass_minutes(9)
    anna.answer()  # who is at work keeps what they hold
    clock.pass_minutes(9)
    assert ben.next() is None and ben.worklist.held_elsewhere == 3
    clock.pass_minutes(1.5)  # a twentieth of the time may come on top
    assert ben.next() is not None
    ben.answer()
    anna.next()
    with pytest.raises(AnswerError, match="with others now"):
        anna.answer()
    assert anna.item is not None
    assert anna.worklist.after_refusal(anna.item.key) is None
    assert (anna.worklist.done, anna.worklist.total) == (1, 1)
    assert len(ben.work()) == 2
    assert overlap(study) == dict.fromkeys(range(1, 5), 1)
