"""Dawid-Skene and MACE against their formulas written out in loops, by hand, and on people of known skill."""

from collections.abc import Sequence
from math import exp, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma

from profile_engine.crowd import CrowdLabels, CrowdMethod, CrowdVotes, weigh
from profile_engine.preferences import MISSING
from profile_engine.votes import CHOICES, majority_of

Vote = tuple[int, int, int]
"""Annotator, item, choice."""

Table = list[dict[int, float]]
"""Of each item the probability of each choice."""


def votes_of(said: Sequence[Vote]) -> CrowdVotes:
    annotators, items, choices = zip(*said, strict=True) if said else ((), (), ())
    return CrowdVotes(np.array(annotators, np.int64), np.array(items, np.int64), np.array(choices, np.int8))


def table_of(found: CrowdLabels) -> Table:
    signs = [choice.value for choice in CHOICES]
    return [dict(zip(signs, row, strict=True)) for row in found.probabilities.tolist()]


def dawid_skene(said: Sequence[Vote], rounds: int) -> Table:
    """The three formulas of Dawid & Skene (1979), a sum a line."""
    people, items, classes = (sorted({vote[place] for vote in said}) for place in range(3))
    truth = {
        i: {k: sum(v[1:] == (i, k) for v in said) / sum(v[1] == i for v in said) for k in classes}
        for i in items
    }
    for _ in range(rounds):
        share = {k: sum(truth[i][k] for i in items) / len(items) for k in classes}
        confusion: dict[tuple[int, int, int], float] = {}
        for j in people:
            for k in classes:
                whole = sum(truth[i][k] for a, i, _ in said if a == j)
                for told in classes:
                    part = sum(truth[i][k] for a, i, c in said if a == j and c == told)
                    confusion[j, k, told] = part / whole if whole else 0.0
        for i in items:
            likely = {k: share[k] * prod(confusion[a, k, c] for a, n, c in said if n == i) for k in classes}
            truth[i] = {k: likely[k] / sum(likely.values()) for k in classes}
    return [truth[i] for i in items]


def mace(said: Sequence[Vote], rounds: int) -> Table:
    """Hovy et al. (2013) with their priors: expected counts of knowing and guessing, vote by vote."""
    people, items, classes = (sorted({vote[place] for vote in said}) for place in range(3))
    knows, guesses = dict.fromkeys(people, 0.5), dict.fromkeys(people, 0.5)
    strategy = {(j, c): 1 / len(classes) for j in people for c in classes}

    def infer() -> dict[int, dict[int, float]]:
        truth = {}
        for i in items:
            likely = {
                k: prod(guesses[a] * strategy[a, c] + knows[a] * (c == k) for a, n, c in said if n == i)
                for k in classes
            }
            truth[i] = {k: likely[k] / sum(likely.values()) for k in classes}
        return truth

    truth = infer()
    for _ in range(rounds):
        known, guessed = dict.fromkeys(people, 0.0), dict.fromkeys(strategy, 0.0)
        for j, i, c in said:
            for k in classes:
                by_guess = guesses[j] * strategy[j, c] / (guesses[j] * strategy[j, c] + knows[j] * (c == k))
                guessed[j, c] += truth[i][k] * by_guess
                known[j] += truth[i][k] * (1 - by_guess)
        for j in people:
            spam = sum(guessed[j, c] for c in classes)
            whole = digamma(known[j] + spam + 1)
            knows[j], guesses[j] = exp(digamma(known[j] + 0.5) - whole), exp(digamma(spam + 0.5) - whole)
            for c in classes:
                strategy[j, c] = exp(digamma(guessed[j, c] + 10) - digamma(spam + 10 * len(classes)))
        truth = infer()
    return [truth[i] for i in items]


ORACLES = {CrowdMethod.DAWID_SKENE: dawid_skene, CrowdMethod.MACE: mace}


@st.composite
def tables(draw: st.DrawFn) -> list[Vote]:
    """Up to four people on up to six items, each of which has a vote; gaps."""
    people, items = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    choice = st.sampled_from([-1, 0, 1])
    return [(a, i, draw(choice)) for i in range(items) for a in range(people) if not a or draw(st.booleans())]


@given(tables(), st.sampled_from(CrowdMethod))
def test_the_formulas(said: list[Vote], method: CrowdMethod) -> None:
    found = weigh(method, votes_of(said))
    for mine, theirs in zip(table_of(found), ORACLES[method](said, found.rounds), strict=True):
        assert mine == pytest.approx({**dict.fromkeys(mine, 0.0), **theirs}, abs=1e-6)
        assert sum(mine.values()) == pytest.approx(1)


@pytest.mark.parametrize("method", CrowdMethod)
def test_who_agree_are_right(method: CrowdMethod) -> None:
    """Three people say the same of ten items: it is true. By Dawid-Skene all of them always say it."""
    truth = [1, -1, 0, 1, -1, 1, -1, 0, 1, -1]
    found = weigh(method, votes_of([(a, i, c) for a in range(3) for i, c in enumerate(truth)]))
    assert found.choices.tolist() == truth
    assert found.settled
    if method is CrowdMethod.DAWID_SKENE:
        assert list(found.skills) == [1, 1, 1]
        assert found.probabilities.max(axis=1).tolist() == [1] * 10


@pytest.mark.parametrize("method", CrowdMethod)
def test_two_who_differ_leave_it_open(method: CrowdMethod) -> None:
    """L against R on one item and R against L on another: nothing says whom to trust."""
    found = weigh(method, votes_of([(0, 0, 1), (1, 0, -1), (0, 1, -1), (1, 1, 1)]))
    assert found.choices.tolist() == [MISSING, MISSING]
    assert found.probabilities[:, [0, 2]].ravel().tolist() == pytest.approx([0.5] * 4)


def test_dawid_skene_of_one_person() -> None:
    """Who is alone is right: L, L, R is 2/3, 1/3 of the classes, each always said where it is true."""
    found = weigh(CrowdMethod.DAWID_SKENE, votes_of([(0, 0, 1), (0, 1, 1), (0, 2, -1)]))
    assert (found.choices.tolist(), found.skills) == ([1, 1, -1], (1,))


@pytest.mark.parametrize("method", CrowdMethod)
def test_nobody_and_nothing(method: CrowdMethod) -> None:
    empty = weigh(method, votes_of([]))
    assert (empty.choices.tolist(), empty.skills, empty.settled) == ([], (), True)
    gap = weigh(method, votes_of([(2, 2, 1)]))
    assert gap.choices.tolist() == [MISSING, MISSING, 1]
    assert gap.skills[:2] == (None, None)


def simulate(
    items: int, knowing: Sequence[float], classes: Sequence[int], seed: int
) -> tuple[list[int], list[Vote]]:
    """People who know the truth so often, and guess evenly else."""
    random = np.random.default_rng(seed)
    truth: list[int] = random.choice(classes, items).tolist()
    said = [
        (a, i, right if random.random() < knows else int(random.choice(classes)))
        for a, knows in enumerate(knowing)
        for i, right in enumerate(truth)
    ]
    return truth, said


def share_right(choices: Sequence[int | None], truth: Sequence[int]) -> float:
    return sum(one == right for one, right in zip(choices, truth, strict=True)) / len(truth)


@pytest.mark.parametrize("method", CrowdMethod)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("knowing", "classes"), [((0.9, 0.8, 0.6, 0.0), (-1, 0, 1)), ((0.8, 0.8, 0.8, 0.0, 0.0), (-1, 1))]
)
def test_people_of_known_skill(
    method: CrowdMethod, seed: int, knowing: tuple[float, ...], classes: tuple[int, ...]
) -> None:
    """With somebody who only guesses among them, nearer the truth than the majority; and they are found."""
    truth, said = simulate(800, knowing, classes, seed)
    majority = [majority_of([c for _, i, c in said if i == item]) for item in range(len(truth))]
    found = weigh(method, votes_of(said))
    assert share_right(found.choices.tolist(), truth) > share_right(majority, truth)
    skills = [skill or 0 for skill in found.skills]
    guessing = [skill for skill, knows in zip(skills, knowing, strict=True) if not knows]
    assert max(guessing) < min(skill for skill, knows in zip(skills, knowing, strict=True) if knows)
    if method is CrowdMethod.MACE:
        # 800 items tell a share to within about 0.1.
        assert skills == pytest.approx(list(knowing), abs=0.1)


def test_three_who_know_as_much_stay_as_good() -> None:
    """Weighing takes nothing away where there is nobody to distrust."""
    truth, said = simulate(540, (0.7, 0.7, 0.7), (-1, 1), 0)
    majority = [majority_of([c for _, i, c in said if i == item]) for item in range(540)]
    for method in CrowdMethod:
        weighed = share_right(weigh(method, votes_of(said)).choices.tolist(), truth)
        assert weighed > share_right(majority, truth) - 0.03
