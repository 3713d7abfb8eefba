"""Accuracy and its uncertainty, against SciPy, brute force and values worked out by hand."""

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from profile_engine.accuracy import (
    Judged,
    Proportion,
    Trial,
    class_figures,
    confusion,
    estimate,
    needed,
    paired_difference,
    wilson,
)


def simple(successes: int, n: int) -> Proportion:
    return estimate([Trial(place < successes, cluster=place) for place in range(n)])


@pytest.mark.parametrize(
    ("correct", "printed"), [(43, "86.0 % [73.8, 93.0]"), (46, "92.0 % [81.2, 96.8]")], ids=["intent", "tone"]
)
def test_the_papers_accuracies(correct: int, printed: str) -> None:
    found = simple(correct, 50)
    assert found.value is not None
    assert found.interval is not None
    low, high = 100 * found.interval.low, 100 * found.interval.high
    assert f"{100 * found.value:.1f} % [{low:.1f}, {high:.1f}]" == printed


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(counts: tuple[int, int]) -> None:
    ours = wilson(*counts)
    theirs = binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    found = simple(*counts)
    assert found.interval == ours
    assert found.effective_n == counts[1]


@pytest.mark.parametrize("n", range(1, 400))
def test_the_ends_of_none_and_of_all_are_exact(n: int) -> None:
    """0 and 1 by the formula; summed in floating point they come to 4.87e-17 and the like."""
    assert (wilson(0, n).low, wilson(n, n).high) == (0.0, 1.0)


def test_without_trials_nothing_is_said() -> None:
    assert estimate([]) == Proportion(0, None, None, 0.0)
    assert needed(estimate([])) is None


@given(st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_number_needed_is_the_smallest(counts: tuple[int, int]) -> None:
    correct, n = counts
    more = needed(simple(correct, n))
    assert more is not None

    def half_width(number: int) -> float:
        interval = wilson(correct / n * number, number)
        return (interval.high - interval.low) / 2

    assert half_width(n + more) <= 0.05
    assert more == 0 or half_width(n + more - 1) > 0.05


def test_a_stratified_draw_is_weighted() -> None:
    """Ten of 900 and ten of 100: 9 and 5 right, so 0.9 * 0.9 + 0.1 * 0.5 = 0.86.

    Its variance is 0.81 * 0.09 / 9 + 0.01 * 0.25 / 9 = 0.0083778; a simple draw of 20 has 0.86 * 0.14 / 19 =
    0.0063368. The effect of the design is 1.3221, the effective size 20 / 1.3221 = 15.128.
    """
    trials = [Trial(place < 9, 90.0, "most", place) for place in range(10)]
    trials += [Trial(place < 5, 10.0, "few", 10 + place) for place in range(10)]
    found = estimate(trials)
    assert found.value == pytest.approx(0.86)
    assert found.effective_n == pytest.approx(15.128, abs=0.001)
    assert found.interval == wilson(0.86 * found.effective_n, found.effective_n)


def test_facts_of_one_response_count_for_less() -> None:
    """Four responses of five facts, all right or all wrong: as sure as four, not as twenty."""
    trials = [Trial(response < 3, cluster=response) for response in range(4) for _ in range(5)]
    found = estimate(trials)
    # Deviations summed by response: 5 * 0.25 / 20 three times, 5 * -0.75 / 20 once: 4/3 * (3 * 0.0625² +
    # 0.1875²) = 0.0625 for the variance, 0.75 * 0.25 / 19 = 0.0098684 for twenty single ones.
    assert found.effective_n == pytest.approx(20 * 0.0098684 / 0.0625, rel=1e-4)


def test_where_all_are_right_a_cluster_is_one() -> None:
    trials = [Trial(True, cluster=response) for response in range(4) for _ in range(5)]
    assert estimate(trials).effective_n == 4


trials_of_any_kind = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["a", "b", "c"]), st.integers(0, 5)), min_size=1, max_size=60
)


@given(trials_of_any_kind)
def test_no_interval_is_narrower_than_that_of_a_simple_draw(drawn: list[tuple[bool, str, int]]) -> None:
    weights = {"a": 1.0, "b": 7.5, "c": 40.0}
    found = estimate([Trial(right, weights[name], name, number) for right, name, number in drawn])
    assert found.value is not None
    assert found.interval is not None
    assert 0 < found.effective_n <= len(drawn)
    assert found.interval.low - 1e-9 <= found.value <= found.interval.high + 1e-9


def test_precision_and_recall_by_hand() -> None:
    judged = [
        *(Judged("yes", "yes", cluster=place) for place in range(6)),
        *(Judged("yes", "no", cluster=place) for place in range(6, 9)),
        Judged("no", "yes", cluster=9),
        *(Judged("no", "no", cluster=place) for place in range(10, 12)),
    ]
    assert confusion(judged, ("yes", "no")) == {"yes": {"yes": 6, "no": 3}, "no": {"yes": 1, "no": 2}}
    yes, no = class_figures(judged, ("yes", "no"))
    assert (yes.precision.value, yes.recall.value) == (6 / 9, 6 / 7)
    assert (no.precision.value, no.recall.value) == (2 / 3, 2 / 5)
    assert (yes.extracted, yes.right, yes.both) == (9, 7, 6)


def test_recall_is_weighted_back() -> None:
    """5 of 10 no's drawn from 100 should be yes, 9 of 10 yes's from 900 are: recall 810 / (810 + 50)."""
    judged = [Judged("yes", "yes" if place < 9 else "no", 90.0, "yes", place) for place in range(10)]
    judged += [Judged("no", "no" if place < 5 else "yes", 10.0, "no", 10 + place) for place in range(10)]
    yes, _ = class_figures(judged, ("yes", "no"))
    assert yes.recall.value == pytest.approx(810 / 860)
    assert yes.precision.value == pytest.approx(0.9)


def test_how_many_should_have_a_class_is_chance_too() -> None:
    """18 of 20 drawn of 200 yes's, and 2 of 20 drawn of 800 no's, should be yes: recall 180 / (180 + 80).

    e = 10 * (1 - 9/13) / 260 = 0.011834 eighteen times and 0 twice; 40 * (0 - 9/13) / 260 = -0.106509 twice
    and 0 eighteen times: V = 20/19 * (18 * e² * 0.1 + 2 * e² * 0.9) = 0.0002654 + 0.0214946.
    Twenty single ones have (9/13 * 4/13) / 19 = 0.0112114.
    """
    judged = [Judged("yes", "yes" if place < 18 else "no", 10.0, "yes", place) for place in range(20)]
    judged += [Judged("no", "yes" if place < 2 else "no", 40.0, "no", 20 + place) for place in range(20)]
    yes, _ = class_figures(judged, ("yes", "no"))
    assert yes.recall.value == pytest.approx(9 / 13)
    assert yes.recall.effective_n == pytest.approx(20 * 0.0112114 / 0.02176, rel=1e-3)
    assert yes.precision.effective_n == 20


def test_a_paired_difference_by_hand() -> None:
    """36, 12, 2 and 0 of 50: 0.96 [0.8654, 0.9890] and 0.76 [0.6259, 0.8570], phi = -0.1144.

    phi = (36 * 0 - 12 * 2) / sqrt(48 * 2 * 38 * 12) = -24 / 209.2; below: a = 0.0946, b = 0.0970, so
    sqrt(a² + 2 * 0.1147 a b + b²) = 0.1431; above: c = 0.0290, e = 0.1341 give 0.1403.
    """
    found = paired_difference(36, 12, 2, 0)
    assert found.interval is not None
    assert found.difference == pytest.approx(0.2)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0569, 0.3404), abs=0.0005)


def test_a_positive_correlation_is_lowered() -> None:
    """Published: -0.507 to -0.026 for 1, 1, 7, 12 (Fagerland, Lydersen and Laake, Stat. Med. 33, 2014).

    1 * 12 - 1 * 7 = 5 is below 21 / 2, so phi is 0. Of 14, 5, 0, 22 it is (308 - 20.5) / sqrt(81928).
    """
    found = paired_difference(1, 1, 7, 12).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((-0.507, -0.026), abs=0.0005)
    found = paired_difference(14, 5, 0, 22).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0115, 0.2265), abs=0.0001)


@given(*[st.integers(0, 30)] * 4)
def test_the_difference_turns_round(both: int, first: int, second: int, neither: int) -> None:
    one, other = (
        paired_difference(both, first, second, neither),
        paired_difference(both, second, first, neither),
    )
    if one.interval is None or other.interval is None:
        assert one.n == 0
        assert one.difference is None
    else:
        turned = (-other.interval.high, -other.interval.low)
        assert (one.interval.low, one.interval.high) == pytest.approx(turned, abs=1e-12)
        assert one.interval.low - 1e-9 <= (first - second) / one.n <= one.interval.high + 1e-9


@pytest.mark.parametrize("chances", [(0.7, 0.15, 0.05, 0.1), (0.5, 0.2, 0.2, 0.1), (0.3, 0.4, 0.1, 0.2)])
def test_the_paired_interval_covers(chances: tuple[float, float, float, float]) -> None:
    """Summed over every outcome of 20 items: about 95 % of the intervals hold the true difference."""
    n, truth = 20, chances[1] - chances[2]
    covered = 0.0
    for both, first, second in product(range(n + 1), repeat=3):
        neither = n - both - first - second
        if neither < 0:
            continue
        ways = comb(n, both) * comb(n - both, first) * comb(n - both - first, second)
        chance = (
            ways * chances[0] ** both * chances[1] ** first * chances[2] ** second * chances[3] ** neither
        )
        found = paired_difference(both, first, second, neither).interval
        assert found is not None
        if found.low <= truth <= found.high:
            covered += chance
    assert 0.93 <= covered <= 0.985
