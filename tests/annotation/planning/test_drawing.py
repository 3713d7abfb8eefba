"""The draw: seeded, and balanced over score gaps as far as there are pairs."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise, product

import pytest

from annotation.planning.drawing import Candidate, draw

SCORES = (1.0, 2.0, 3.0, 4.0, 5.0)


def candidates(
    sources: int, agents: Sequence[str] = ("a",), scores: Sequence[float] = SCORES, first: int = 0
) -> list[Candidate]:
    """All pairs of all responses; the ids follow no order."""
    return [
        Candidate(1000 - source, f"source {source}", f"{source} {agent} {pair}", 7, 8, agent, pair)
        for source in range(first, first + sources)
        for agent in agents
        for pair in combinations(scores, 2)
    ]


def gaps(drawn: Sequence[Candidate]) -> Counter[float | None]:
    return Counter(one.gap for one in drawn)


def fairest(sources: int, pairs_per_source: int) -> list[int]:
    """Every way to draw, gone through: the gap counts (1 to 4) whose smallest is largest, and so on.

    Only how many of each gap a source gives matters; it has 4, 3, 2 and 1 of them.
    """
    of_one = [
        taken for taken in product(range(5), range(4), range(3), range(2)) if sum(taken) == pairs_per_source
    ]
    reached = {(0, 0, 0, 0)}
    for _ in range(sources):
        reached = {(a + p, b + q, c + r, d + s) for (a, b, c, d), (p, q, r, s) in product(reached, of_one)}
    return max(sorted(counts) for counts in reached)


@pytest.mark.parametrize(
    ("sources", "pairs_per_source"), [(1, 3), (2, 3), (5, 3), (6, 1), (5, 2), (5, 5), (4, 7)]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_draw_is_fairer(sources: int, pairs_per_source: int, seed: int) -> None:
    drawn = draw(candidates(sources), pairs_per_source, seed)
    assert sorted(gaps(drawn)[gap] for gap in (1, 2, 3, 4)) == fairest(sources, pairs_per_source)


@pytest.mark.parametrize("seed", range(5))
def test_the_papers_study_is_balanced_per_model_and_in_all(seed: int) -> None:
    models = [f"model {number}" for number in range(6)]
    drawn = draw(candidates(30, models), 3, seed)
    assert len(drawn) == 540
    # 540 pairs in four gaps: 135 each. Of a model 90, so 22 or 23 each.
    assert gaps(drawn) == dict.fromkeys((1.0, 2.0, 3.0, 4.0), 135)
    for model in models:
        of_model = gaps([one for one in drawn if one.agent == model])
        assert sorted(of_model.values()) == [22, 22, 23, 23]
    # 135 pairs with a gap of 1 are of four pairs of scores: 33.75 each.
    cells = Counter(one.scores for one in drawn if one.gap == 1)
    assert max(cells.values()) - min(cells.values()) <= 2
    per_group = Counter((one.source_key, one.agent) for one in drawn)
    assert set(per_group.values()) == {3}
    assert len({one.key for one in drawn}) == 540


def test_the_same_seed_draws_the_same_in_any_copy() -> None:
    there = candidates(12, ("a", "b"))
    drawn = draw(there, 3, 7)
    assert draw(reversed(there), 3, 7) == drawn
    others = {tuple(one.key for one in draw(there, 3, seed)) for seed in range(5)}
    assert len(others) == 5


def test_every_pair_can_be_drawn() -> None:
    times = Counter(one.scores for seed in range(200) for one in draw(candidates(1), 3, seed))
    assert len(times) == 10
    # Of one post each gap comes in 3 of 4 draws; so (1, 5) in 150 of 200, and each of four pairs in 37.5.
    assert 125 <= times[1.0, 5.0] <= 175
    assert all(15 <= times[pair] <= 65 for pair in ((1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0)))


def test_pairs_of_a_source_stand_together_in_an_order_of_their_own() -> None:
    drawn = draw(candidates(20, ("a", "b")), 3, 1)
    order = [one.source_key for one in drawn]
    switches = sum(one != other for one, other in pairwise(order))
    assert switches == 19
    assert list(dict.fromkeys(order)) != sorted(set(order))
    agents = [
        "".join(one.agent for one in drawn if one.source_key == source) for source in dict.fromkeys(order)
    ]
    assert len(set(agents)) > 3  # not always one model after the other


def test_sources_are_drawn_and_a_larger_number_holds_the_smaller_one() -> None:
    there = candidates(30)
    few, more = (draw(there, 3, 5, sources=number) for number in (8, 12))
    assert len({one.source_key for one in few}) == 8
    assert [one for one in more if one.source_key in {other.source_key for other in few}] == few


def test_sources_with_most_to_draw_go_first_and_short_ones_are_made_up_for() -> None:
    short = candidates(5, scores=(1.0, 2.0), first=100)  # one pair each, of gap 1
    drawn = draw([*short, *candidates(10)], 3, 0, sources=10)
    assert {one.source_key for one in drawn} == {f"source {number}" for number in range(10)}
    everything = draw([*short, *candidates(10)], 3, 0)
    # 35 pairs, 5 of them gap 1 by force; gap 4 at most 10 times, and no gap needs more than 9.
    assert sorted(gaps(everything).values()) == [8, 9, 9, 9]


def test_pairs_without_scores_are_drawn_at_random() -> None:
    there = [Candidate(source, f"s{source}", f"{source}.{n}", 1, 2) for source in range(9) for n in range(5)]
    drawn = draw(there, 2, 3)
    assert Counter(one.source_key for one in drawn) == {f"s{source}": 2 for source in range(9)}
    assert len(draw(there, 9, 3)) == 45
    assert draw([], 3, 0) == []
