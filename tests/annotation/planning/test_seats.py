"""Seats under everything that can happen to them: no pair ever has more people than planned."""

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.errors import AnswerError
from annotation.store.database import timestamp
from annotation.store.tables import participation, seats
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, TIE
from tests.annotation.planning.planned import Clock, Person, held, overlap, planned_study


def states(study: Study, pair_id: int) -> dict[str, int]:
    """How many seats of a pair are in which state; items and pairs have the same numbers here."""
    with study.reading() as connection:
        found = connection.execute(select(seats.c.state).where(seats.c.item_id == pair_id)).scalars()
        return Counter(found)


def test_twenty_people_at_once_never_exceed_the_overlap(location: str) -> None:
    pairs, wanted = 60, 3
    study = planned_study(location, pairs, a_source=3, annotators_per_pair=wanted)
    names = [f"person {number}" for number in range(20)]
    for name in names:
        AnswerLog(study).register(name)
    study.close()
    begin = Barrier(len(names))

    def work(name: str) -> list[int]:
        with Study.open(location) as own:  # a connection of its own, as another process has
            begin.wait()
            return Person(own, name).work()

    with ThreadPoolExecutor(len(names)) as pool:
        seen = list(pool.map(work, names))
    assert all(len(one) == len(set(one)) for one in seen)
    with Study.open(location) as study:
        rest = [Person(study, name).work() for name in names]
        assert overlap(study) == dict.fromkeys(range(1, pairs + 1), wanted)
        assert sum(map(len, (*seen, *rest))) == pairs * wanted
        for pair_id in range(1, pairs + 1):
            assert states(study, pair_id) == {"taken": wanted}
            sides = {answer.shown_first for answer in AnswerLog(study).since(0) if answer.pair_id == pair_id}
            assert sides == {LEFT, RIGHT}


def test_the_database_alone_keeps_a_seat_from_being_had_twice(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "index.db", 2)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    anna.next()
    row = {"item_id": 1, "number": 1, "shown_first": 1, "state": "held", "created": timestamp()}
    for whose, number in ((anna, 1), (ben, 0)):  # a second seat for anna; her seat for ben
        with pytest.raises(IntegrityError), study.writing() as connection:
            values = {**row, "annotator_id": whose.worklist._id, "number": number}
            connection.execute(insert(seats).values(**values))


def test_a_label_takes_its_seat_an_undo_leaves_it_held(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "undo.db", 1)
    anna = Person(study, "anna")
    anna.next()
    assert states(study, 1) == {"held": 1}
    anna.answer()
    anna.answer(RIGHT)  # a change of mind
    assert states(study, 1) == {"taken": 1}
    anna.log.undo("anna")  # the first label stands again
    assert states(study, 1) == {"taken": 1}
    anna.log.undo("anna")
    assert states(study, 1) == {"held": 1}
    assert anna.worklist.leave() == 1
    assert states(study, 1) == {"given_back": 1}


def test_expired_and_free_is_taken_again_expired_and_had_is_refused(tmp_path: Path) -> None:
    clock = Clock()
    study = planned_study(tmp_path / "expired.db", 2, a_source=1, annotators_per_pair=1, hold_minutes=5)
    anna, ben = Person(study, "anna", clock), Person(study, "ben", clock)
    first = anna.next()
    assert first is not None
    clock.pass_minutes(6)
    anna.answer()
    second = anna.next()
    assert second is not None
    clock.pass_minutes(6)
    assert ben.work() == [second.pair_id]
    last = AnswerLog(study).last()
    with pytest.raises(AnswerError, match=f"pair {second.pair_id} is with others now") as refusal:
        anna.answer()
    assert "\n" not in str(refusal.value) and "5 minutes" in str(refusal.value)
    assert AnswerLog(study).last() == last
    assert states(study, second.pair_id) == {"given_back": 1, "taken": 1}


def test_a_seat_given_back_is_taken_again_with_the_side_that_was_shown(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "side.db", 1)
    anna, ben = Person(study, "anna"), Person(study, "ben")
    anna.next()
    anna.worklist.leave()
    ben.next()  # has her seat by now, and its side
    ben.answer()
    anna.answer()
    assert anna.item is not None and ben.item is not None and anna.item.first is ben.item.first
    with study.reading() as connection:
        had = connection.execute(
            select(seats.c.number, seats.c.shown_first).where(seats.c.state == "taken").order_by("number")
        ).all()
    assert [tuple(row) for row in had] == [(0, anna.item.first), (1, anna.item.first)]


def test_imported_labels_count_towards_the_overlap_and_need_no_seat(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "imported.db", 2, annotators_per_pair=2)
    log = AnswerLog(study)
    for name in ("x", "y", "z"):
        log.register(name)
        log.save(NewAnswer(1, name, choice=LEFT, origin=Origin.IMPORT))
    log.save(NewAnswer(2, "x", choice=LEFT, origin=Origin.IMPORT))
    assert Person(study, "anna").work() == [2]
    assert Person(study, "x").work() == []
    assert Person(study, "ben").work() == []
    assert overlap(study) == {1: 3, 2: 2}
    assert states(study, 1) == {}


def test_an_imported_label_takes_the_seat_its_person_holds(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "own.db", 1, annotators_per_pair=2)
    anna = Person(study, "anna")
    anna.next()
    anna.log.save(NewAnswer(1, "anna", choice=LEFT, origin=Origin.IMPORT))
    assert states(study, 1) == {"taken": 1}
    assert Person(study, "ben").work() == [1]


def test_a_label_without_having_been_handed_the_pair_takes_a_seat_or_is_refused(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "without.db", 1, annotators_per_pair=2)
    log = AnswerLog(study)
    for name in ("anna", "ben", "cleo"):
        log.register(name)
    log.save(NewAnswer(1, "anna", choice=LEFT))
    log.save(NewAnswer(1, "anna", choice=RIGHT))
    log.save(NewAnswer(1, "ben", choice=LEFT))
    with pytest.raises(AnswerError, match="with others"):
        log.save(NewAnswer(1, "cleo", choice=TIE))
    assert overlap(study) == {1: 2}
    assert states(study, 1) == {"taken": 2}


def test_who_is_left_out_makes_room_and_is_not_asked_again(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "left-out.db", 2, annotators_per_pair=1)
    anna = Person(study, "anna")
    anna.work()
    with study.writing() as connection:
        said = {"annotator_id": anna.worklist._id, "matter": "counting", "created": timestamp()}
        connection.execute(insert(participation).values(event="left_out", **said))
    assert Person(study, "anna").work() == []
    assert sorted(Person(study, "ben").work()) == [1, 2]
    with study.writing() as connection:
        connection.execute(insert(participation).values(event="taken_in", **said))
    assert overlap(study) == {1: 2, 2: 2}  # a decision, and reversible
    assert Person(study, "cleo").work() == []


def test_what_is_no_label_leaves_seats_alone(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "other.db", 2)
    anna = Person(study, "anna")
    anna.next()
    anna.log.save(NewAnswer(1, "anna", AnswerKind.FLAG, set=True))
    anna.log.save(NewAnswer(1, "anna", AnswerKind.NOTE, note="odd"))
    anna.log.save(NewAnswer(2, "anna", AnswerKind.GOLD, choice=LEFT))
    assert held(study) == 2
    anna.log.undo("anna")
    assert held(study) == 2


class People(RuleBasedStateMachine):
    """Three people do whatever they can while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = Clock()
        design = {"annotators_per_pair": 2, "hold_minutes": 10}
        self.study = planned_study(Path(self.folder.name) / "study.db", 4, **design)
        self.people = {name: Person(self.study, name, self.clock) for name in ("anna", "ben", "cleo")}

    names = st.sampled_from(["anna", "ben", "cleo"])

    @rule(name=names)
    def goes_on(self, name: str) -> None:
        self.people[name].next()

    @rule(name=names, choice=st.sampled_from([LEFT, RIGHT]))
    def answers(self, name: str, choice: int) -> None:
        person = self.people[name]
        if person.item is not None:
            full = overlap(self.study).get(person.item.pair_id, 0) >= 2
            try:
                person.answer(LEFT if choice == LEFT else RIGHT)
            except AnswerError:
                before, person.item = person.item, person.worklist.after_refusal(person.item.key)
                assert person.item is None or person.item.key != before.key
            else:
                own = name in {a.annotator for a in person.log.since(0) if a.pair_id == person.item.pair_id}
                assert own or not full

    @rule(name=names)
    def skips(self, name: str) -> None:
        if self.people[name].item is not None:
            self.people[name].skip()

    @rule(name=names)
    def undoes(self, name: str) -> None:
        person = self.people[name]
        undone = person.log.undo(name)
        if undone is not None:
            standing = person.log.standing(name)
            labelled = undone.pair_id in standing.labels
            person.worklist.mark(
                undone.pair_id, labelled=labelled, skipped=undone.pair_id in standing.skipped
            )
            person.item = person.worklist.item(undone.pair_id)

    @rule(name=names)
    def comes_back(self, name: str) -> None:
        self.people[name].worklist.leave()
        self.people[name] = Person(self.study, name, self.clock)

    @rule(minutes=st.sampled_from([4, 11]))
    def waits(self, minutes: int) -> None:
        self.clock.pass_minutes(minutes)

    @invariant()
    def overlap_is_kept(self) -> None:
        assert max(overlap(self.study).values(), default=0) <= 2

    @invariant()
    def labels_have_their_seats(self) -> None:
        for pair_id in range(1, 5):
            assert states(self.study, pair_id).get("taken", 0) == overlap(self.study).get(pair_id, 0)

    @precondition(lambda self: True)
    @rule()
    def everybody_finishes(self) -> None:
        self.clock.pass_minutes(11)
        for name in self.people:
            self.people[name] = Person(self.study, name, self.clock)
        for person in self.people.values():
            person.work()
        assert overlap(self.study) == dict.fromkeys(range(1, 5), 2)

    def teardown(self) -> None:
        self.study.close()
        self.folder.cleanup()


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_items_have_the_numbers_of_their_pairs_here(tmp_path: Path) -> None:
    """What `states` relies on."""
    planned_study(tmp_path / "numbers.db", 3).close()
    rows = sqlite3.connect(tmp_path / "numbers.db").execute("SELECT id, pair_id FROM plan_items").fetchall()
    assert all(id_ == pair_id for id_, pair_id in rows)
