"""Twenty annotators at once on a real PostgreSQL server, each a process of their own."""

from collections import Counter

import pytest

from annotation.answers import AnswerLog
from annotation.integrity import check
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.planning.crowd import work_at_once
from tests.annotation.planning.planned import Person, held, overlap, planned_study
from tests.annotation.postgres import running_server

pytestmark = pytest.mark.service

PEOPLE = tuple(f"person {number}" for number in range(1, 21))
LABELS, WANTED, PAIRS = 100, 3, 900


def test_twenty_people_lose_and_double_nothing() -> None:
    """A key pressed as soon as there is a pair: as much at the same moment as there can be."""
    with running_server() as server:
        location = server.new_database()
        with planned_study(location, PAIRS, a_source=3, annotators_per_pair=WANTED) as study:
            for name in PEOPLE:
                AnswerLog(study).register(name)
        done = work_at_once(location, PEOPLE, LABELS)
        with Study.open(location) as study:
            entries = AnswerLog(study).since(0)
            acknowledged = [id_ for one in done for id_ in one.ids]
            assert sorted(acknowledged) == [entry.id for entry in entries]
            assert Counter(entry.annotator for entry in entries) == dict.fromkeys(PEOPLE, LABELS)
            assert len({(entry.annotator, entry.pair_id) for entry in entries}) == len(entries)
            assert max(overlap(study).values()) == WANTED
            assert held(study) == 0

            for name in PEOPLE:
                Person(study, name).work()
            assert overlap(study) == dict.fromkeys(range(1, PAIRS + 1), WANTED)
            assert check(study) == ()
            assert verify(study).faults == ()
