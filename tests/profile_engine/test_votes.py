"""What people say together."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING, Preference
from profile_engine.votes import CHOICES, SignChange, Votes, majority_choice, majority_of, majority_signs


@pytest.mark.parametrize(
    ("votes", "majority"),
    [
        ([], MISSING),
        ([1], 1),
        ([0], 0),
        ([1, -1], MISSING),
        ([1, 1], 1),
        ([1, 1, -1], 1),
        ([0, 0, 1], 0),  # a tie is voted for like a side
        ([1, 0, -1], MISSING),
        ([1, 1, 0, -1], MISSING),  # half is not more than half
        ([1, 1, 1, 0, -1], 1),
    ],
)
def test_a_majority_is_more_than_half_of_the_votes(votes: list[int], majority: int) -> None:
    ballot = [votes.count(choice) for choice in CHOICES]
    assert majority_choice(ballot) == majority
    assert majority_signs(np.array([ballot], np.int16)).tolist() == [majority]


@given(st.lists(st.sampled_from([*Preference, None]), max_size=7))
def test_who_has_no_choice_is_none_of_the_people(choices: list[Preference | None]) -> None:
    counted = Counter(choice for choice in choices if choice is not None)
    winners = [choice for choice, votes in counted.items() if 2 * votes > counted.total()]
    assert majority_of(choices) == (winners[0] if winners else None)


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=20))
def test_many_ballots_at_once_are_each_by_itself(ballots: list[tuple[int, int, int]]) -> None:
    table = np.array(ballots, np.int16).reshape(-1, 3)
    assert majority_signs(table).tolist() == [majority_choice(ballot) for ballot in ballots]


def test_a_change_says_what_it_did_to_the_vote_and_to_the_majority() -> None:
    votes = Votes(2, {"ann": np.array([1, MISSING], np.int8), "ben": np.array([-1, 1], np.int8)})
    assert (votes.majority.tolist(), votes.undecided) == ([MISSING, 1], 1)
    change = votes.cast("ben", 0, 0)
    assert (change.vote, change.majority) == (SignChange(-1, 0), SignChange(MISSING, MISSING))
    change = votes.cast("cid", 0, 1)
    assert (change.vote, change.majority) == (SignChange(MISSING, 1), SignChange(MISSING, 1))
    assert (votes.majority.tolist(), votes.undecided) == ([1, 1], 0)


casts = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 2), st.sampled_from([-1, 0, 1, MISSING])), max_size=40
)


@given(casts)
def test_the_majority_follows_every_vote(entered: list[tuple[str, int, int]]) -> None:
    votes, said = Votes(3, {}), dict[tuple[str, int], int]()
    for annotator, pair, sign in entered:
        votes.cast(annotator, pair, sign)
        said[annotator, pair] = sign
    undecided = 0
    for pair in range(3):
        ballot = Counter(sign for (_, where), sign in said.items() if where == pair and sign != MISSING)
        winners = [sign for sign, count in ballot.items() if 2 * count > ballot.total()]
        assert votes.majority[pair] == (winners[0] if winners else MISSING)
        undecided += bool(ballot) and not winners
    assert votes.undecided == undecided


def test_signs_over_other_pairs_are_refused() -> None:
    with pytest.raises(EngineError, match="3 labels of ann for 2 pairs"):
        Votes(2, {"ann": np.zeros(3, np.int8)})
