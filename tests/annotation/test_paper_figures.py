"""The paper's figures are possible ones: what tau and rho of ten factors can be at all."""

from itertools import permutations
from math import comb

import pytest
from scipy import stats

from annotation.paper_figures import PaperFigures, load_paper_figures
from profile_engine.alignment import align
from profile_engine.preferences import Agent, AgentKind, Setting
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.scoring import Exclusions, FactorScore
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Task

TEN = 10


@pytest.fixture(scope="module")
def paper() -> PaperFigures:
    return load_paper_figures()


def printed(paper: PaperFigures, what: str) -> list[float]:
    return [getattr(one, what) for row in paper.alignments for one in (row.generation, row.evaluation)]


def reachable_taus(n: int) -> set[float]:
    """Each swap of two neighbours moves one of the n(n-1)/2 pairs from in order to not."""
    pairs = comb(n, 2)
    return {round((pairs - 2 * wrong) / pairs, 3) for wrong in range(pairs + 1)}


def reachable_rhos(n: int) -> set[float]:
    """From every sum of squared rank differences: place by place, over the sets of ranks given away."""
    sums: dict[int, set[int]] = {0: {0}}
    for place in range(n):
        longer: dict[int, set[int]] = {}
        for given, found in sums.items():
            for rank in range(n):
                if not given >> rank & 1:
                    longer.setdefault(given | 1 << rank, set()).update(s + (place - rank) ** 2 for s in found)
        sums = longer
    (every,) = sums.values()
    return {round(1 - 6 * total / (n * (n * n - 1)), 3) for total in every}


def test_what_is_reachable_is_what_scipy_finds_of_every_order() -> None:
    orders = list(permutations(range(5)))
    taus = {round(float(stats.kendalltau(range(5), order).statistic), 3) for order in orders}
    rhos = {round(float(stats.spearmanr(range(5), order).statistic), 3) for order in orders}
    assert reachable_taus(5) == taus
    assert reachable_rhos(5) == rhos


def test_ten_factors_reach_every_printed_tau_and_rho(paper: PaperFigures) -> None:
    taus, rhos = printed(paper, "tau"), printed(paper, "rho")
    assert len(taus) + len(rhos) == 24
    assert set(taus) <= reachable_taus(TEN)
    assert set(rhos) <= reachable_rhos(TEN)
    assert len(TASK_FACTORS[Task.SUMMARIZATION]) == TEN


@pytest.mark.parametrize("n", [8, 9, 11, 12, 13])
def test_no_other_number_of_factors_does(paper: PaperFigures, n: int) -> None:
    assert not set(printed(paper, "tau")) <= reachable_taus(n)


def test_tau_is_in_forty_fifths_and_rho_comes_of_an_even_sum(paper: PaperFigures) -> None:
    for tau in printed(paper, "tau"):
        more = round(tau * 45)
        assert round(more / 45, 3) == tau
        assert more % 2 == 1  # 45 pairs are odd, so what is more in order than not is odd as well
    for rho in printed(paper, "rho"):
        total = 2 * round((1 - rho) * 990 / 12)
        assert round(1 - 6 * total / 990, 3) == rho


def test_the_best_in_generation_has_thirteen_pairs_more_in_order_than_not(paper: PaperFigures) -> None:
    assert max(row.generation.tau for row in paper.alignments) == 0.289
    assert round(13 / 45, 3) == 0.289  # 29 pairs in order, 16 not
    # The first stands behind the nine others, the second behind seven of them.
    order = [9, 7, 0, 1, 2, 3, 4, 5, 6, 8]
    wrong = sum(order[a] > order[b] for a in range(TEN) for b in range(a + 1, TEN))
    assert wrong == 16
    found = align(ranking("people", list(range(TEN))), ranking("model", order))
    assert found.kendall is not None
    assert round(found.kendall, 3) == 0.289


def ranking(name: str, scores: list[int]) -> FactorRanking:
    nothing = Exclusions()
    entries = (
        FactorScore(f"f{place}", Setting.EVALUATION, score / TEN, 1, 0, 0, nothing, None)
        for place, score in enumerate(scores)
    )
    return FactorRanking(Agent(name, AgentKind.JUDGE), 1, 0, rank_factors(entries))


def test_every_factor_is_of_the_taxonomy_and_of_its_task(paper: PaperFigures) -> None:
    for one in paper.factor_scores:
        assert set(one.scores) <= set(TASK_FACTORS[one.task])
        assert all(-1 <= score <= 1 for score in one.scores.values())
    assert {one.factor for one in paper.validations} | set(paper.mentions.mentions) <= set(FACTORS)
    assert all(mentions <= paper.mentions.texts for mentions in paper.mentions.mentions.values())


def test_counted_shares_are_their_counts(paper: PaperFigures) -> None:
    counted = [one for one in paper.validations if one.correct is not None and one.of is not None]
    assert [round(100 * (one.correct or 0) / (one.of or 1)) for one in counted] == [86, 92]
    assert [one.share for one in counted] == [0.86, 0.92]


def test_the_contradiction_is_told_and_the_table_used(paper: PaperFigures) -> None:
    (told,) = paper.contradictions
    (mixtral,) = (row for row in paper.alignments if row.model == "Mixtral")
    assert (told.used.value, told.other.value) == (mixtral.agreement, 0.524)
