"""In which order people read the posts of a plan, one after another or at once."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import fmean

import pytest
from scipy.stats import spearmanr

from annotation.answers import AnswerLog
from annotation.assignment import Item
from annotation.planning.order import order_for
from profile_engine.preferences import Preference
from tests.annotation.drafts import LEFT, RIGHT
from tests.annotation.planning.planned import Person, overlap, planned_study


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 30])
def test_every_block_comes_at_every_place_equally_often(count: int) -> None:
    orders = [order_for(count, number, seed=4) for number in range(2 * count)]
    assert all(sorted(order) == list(range(count)) for order in orders)
    for place in range(count):
        assert Counter(order[place] for order in orders) == dict.fromkeys(range(count), 2)
    for even, odd in zip(orders[::2], orders[1::2], strict=True):
        assert even == odd[::-1]


def work_in_turn(people: Sequence[Person], choices: Callable[[Item], Preference] = lambda _: LEFT) -> None:
    """Have people at work at once: everybody gives a label, then everybody the next, until all is done."""
    at_work = list(people)
    while at_work:
        at_work = [person for person in at_work if person.next() is not None]
        for person in at_work:
            assert person.item is not None
            person.answer(choices(person.item))


def rank_correlations(people: Sequence[Person]) -> dict[tuple[int, int], float]:
    """Spearman's of the places at which every two people read the posts that they have in common."""
    places = []
    for person in people:
        posts = dict.fromkeys(item.source_id for item in person.seen)
        places.append({post: place for place, post in enumerate(posts)})
    found = {}
    for one, other in combinations(range(len(people)), 2):
        both = sorted(places[one].keys() & places[other].keys())
        if len(both) > 2:
            found[one, other] = float(
                spearmanr([places[one][post] for post in both], [places[other][post] for post in both])[0]
            )
    return found


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_order_is_counterbalanced_also_over_people_at_work_at_once(tmp_path: Path, count: int) -> None:
    """Thirty posts as in the paper; two or three people do all of them, six do half of them each."""
    study = planned_study(tmp_path / "at_once.db", 60)
    people = [Person(study, f"person {number}") for number in range(count)]
    work_in_turn(people)
    assert overlap(study) == dict.fromkeys(range(1, 61), min(count, 3))
    assert [len(person.seen) for person in people] == [60 * min(count, 3) // count] * count
    found = rank_correlations(people)
    assert fmean(found.values()) < -0.15
    for number in (0, 2, 4):
        assert found.get((number, number + 1), -1.0) == pytest.approx(-1)  # where they meet at all
    if count == 3:
        # The third begins half way round: every post moves by 15 places, 1 - 6 * 30 * 15**2 / (30**3 - 30).
        assert found == pytest.approx({(0, 1): -1, (0, 2): -0.5017, (1, 2): 0.5017}, abs=0.02)


def test_what_others_left_unfinished_leads_nobody_off_their_way(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "unfinished.db", 40, annotators_per_pair=2)
    anna = Person(study, "anna")
    begun = anna.work(1)
    anna.worklist.leave()
    ben = Person(study, "ben")
    first = ben.next()
    assert first is not None and first.source_id != anna.seen[0].source_id
    ben.answer()
    ben.work()
    assert ben.seen[-1].source_id == ben.seen[-2].source_id == anna.seen[0].source_id  # backwards: at the end
    anna = Person(study, "anna")
    anna.next()
    assert (
        anna.item is not None and anna.item.source_id == anna.seen[0].source_id
    )  # her own, of which one is left
    assert anna.item.pair_id not in begun
    assert (anna.item.number, anna.worklist.done) == (2, 1)


@pytest.mark.parametrize("leaving", range(4))
def test_nobody_ends_with_nothing_while_seats_are_open_to_them(tmp_path: Path, leaving: int) -> None:
    """Five people come and go at random; whoever stays to the end finds every seat that is left."""
    chance = Random(leaving)
    study = planned_study(tmp_path / "coming.db", 24, a_source=3)
    names = [f"person {number}" for number in range(5)]
    for _ in range(12):
        person = Person(study, chance.choice(names))
        person.work(chance.randint(0, 7))
        if chance.random() < 0.7:
            person.worklist.leave()
    people = [Person(study, name) for name in names]
    for person in people:
        person.worklist.leave()
    work_in_turn([Person(study, name) for name in names])
    assert overlap(study) == dict.fromkeys(range(1, 25), 3)


def test_stopping_early_still_spares_what_people_at_once_decide(tmp_path: Path) -> None:
    """Who comes third keeps away from a post that two others are at, so that they may decide it."""
    study = planned_study(tmp_path / "spared.db", 120, a_source=6, stop_when_decided=True)
    chance = Random(3)
    work_in_turn(
        [Person(study, f"person {number}") for number in range(5)],
        lambda _: LEFT if chance.random() < 0.8 else RIGHT,
    )
    said: dict[int, list[Preference | None]] = {}
    for answer in AnswerLog(study).since(0):
        said.setdefault(answer.pair_id, []).append(answer.choice)
    decided = [choices for choices in said.values() if choices[0] == choices[1]]
    assert len(decided) > 60 and {len(choices) for choices in said.values()} == {2, 3}
    assert sum(len(choices) == 3 for choices in decided) <= len(decided) // 20
