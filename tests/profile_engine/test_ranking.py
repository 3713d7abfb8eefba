"""Ranks of factor scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.errors import UnknownFactorError
from profile_engine.preferences import HUMAN, Setting
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.scoring import FactorScore, tau14
from profile_engine.tally import PairTally


def scored(name: str, concordant: int, discordant: int) -> FactorScore:
    return tau14(name, PairTally(concordant, discordant), Setting.EVALUATION)


def ranks(*scores: FactorScore) -> list[tuple[str, int | None]]:
    return [(ranked.score.factor, ranked.rank) for ranked in rank_factors(scores)]


def test_highest_first_and_equal_scores_share_a_rank() -> None:
    # a .0, b .5, c 1, d .5 from other counts
    found = ranks(scored("a", 1, 1), scored("b", 3, 1), scored("c", 1, 0), scored("d", 6, 2))
    assert found == [("c", 1), ("b", 2), ("d", 2), ("a", 4)]


def test_equal_fractions_of_different_counts_are_equal_scores() -> None:
    # 1/3 = 2/6 = 333333/999999
    found = ranks(scored("a", 2, 1), scored("b", 4, 2), scored("c", 666_666, 333_333))
    assert [rank for _, rank in found] == [1, 1, 1]


def test_undefined_scores_come_last_and_have_no_rank() -> None:
    assert ranks(scored("a", 0, 0), scored("b", 0, 1), scored("c", 0, 0)) == [
        ("b", 1),
        ("a", None),
        ("c", None),
    ]


def test_no_factors_make_an_empty_ranking() -> None:
    assert ranks() == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=13))
def test_a_rank_is_one_more_than_the_number_of_higher_scores(counts: list[tuple[int, int]]) -> None:
    ranking = rank_factors(scored(str(index), c, d) for index, (c, d) in enumerate(counts))
    scores = [ranked.score.score for ranked in ranking if ranked.score.score is not None]
    assert len(ranking) == len(counts)
    for ranked in ranking:
        if ranked.score.score is None:
            assert ranked.rank is None
        else:
            assert ranked.rank == 1 + sum(score > ranked.score.score for score in scores)
    defined = [ranked.rank for ranked in ranking if ranked.rank is not None]
    assert [ranked.rank for ranked in ranking] == sorted(defined) + [None] * (len(ranking) - len(defined))


def test_a_factor_is_found_by_name_or_refused_with_the_choice() -> None:
    ranking = FactorRanking(HUMAN, 1, 0, rank_factors([scored("length", 1, 0), scored("fluency", 0, 1)]))
    assert ranking.of("fluency").rank == 2
    with pytest.raises(
        UnknownFactorError, match="no factor 'tone' in the ranking of human: choose from length, fluency"
    ):
        ranking.of("tone")
