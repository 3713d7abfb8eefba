"""tau_14 against the paper's sums, worked values and reference code."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.preferences import MISSING, Agent, AgentKind, Setting
from profile_engine.scoring import FactorScore, tau14
from profile_engine.tally import PairTally, tally_table

PREF = [1, 1, -1, -1, 0, 1, 0, -1, 1, -1]
M = [1, -1, -1, 0, 1, 0, 0, 1, 1, -1]


def score(pref: list[int], m: list[int], setting: Setting) -> FactorScore:
    counts = tally_table(np.array([pref], np.int8), np.array([m], np.int8).T)[0, 0]
    return tau14("length", PairTally(*counts.tolist()), setting)


def sums_of_the_paper(pref: list[int], m: list[int], setting: Setting) -> list[int]:
    """C, D and T of §3.2, written out over the pairs."""
    known = [(p, k) for p, k in zip(pref, m, strict=True) if MISSING not in (p, k)]
    concordant = sum(1 for p, k in known if p * k == 1)
    discordant = sum(1 for p, k in known if p * k == -1)
    if setting is Setting.EVALUATION:
        ties = sum(1 for p, k in known if k != 0 and p == 0)
    else:
        ties = sum(1 for p, k in known if p != 0 and k == 0)
    return [concordant, discordant, ties]


def test_the_worked_example_in_generation() -> None:
    # C: pairs 1, 3, 9, 10; D: 2, 8; M = 0 with a preference: 4, 6; Pref = 0: 5, and both in 7.
    found = score(PREF, M, Setting.GENERATION)
    assert (found.concordant, found.discordant, found.ties, found.score) == (4, 2, 2, 0.25)
    assert (found.excluded.preference_tie, found.excluded.both_tie, found.excluded.factor_tie) == (1, 1, 0)


def test_the_worked_example_in_evaluation() -> None:
    # Pairs 4, 6 and 7 are tied in the factor and go; pair 5 is a tie of the preference and stays.
    found = score(PREF, M, Setting.EVALUATION)
    assert (found.concordant, found.discordant, found.ties, found.score) == (4, 2, 1, 2 / 7)
    assert (found.excluded.factor_tie, found.excluded.both_tie, found.excluded.preference_tie) == (2, 1, 0)


def test_improvement_counts_as_generation_does() -> None:
    # (improved, initial): Pref is +1 throughout; the factor grows thrice, shrinks once, stays once.
    found = score([1] * 5, [1, 1, 1, -1, 0], Setting.IMPROVEMENT)
    assert (found.concordant, found.discordant, found.ties, found.score) == (3, 1, 1, 0.4)


signs = st.lists(st.tuples(*[st.sampled_from([-1, 0, 1, MISSING])] * 2), max_size=30)


@given(signs, st.sampled_from(Setting))
def test_counts_are_the_sums_of_the_paper(pairs: list[tuple[int, int]], setting: Setting) -> None:
    pref, m = [p for p, _ in pairs], [k for _, k in pairs]
    found = score(pref, m, setting)
    concordant, discordant, ties = sums_of_the_paper(pref, m, setting)
    assert [found.concordant, found.discordant, found.ties] == [concordant, discordant, ties]
    counted = concordant + discordant + ties
    assert found.score == ((concordant - discordant) / counted if counted else None)
    assert (found.reason is None) == (counted > 0)
    assert found.counted + found.excluded.total == sum(p != MISSING for p in pref)


@given(signs, st.sampled_from(Setting))
def test_swapping_the_sides_of_any_pairs_keeps_the_score(
    pairs: list[tuple[int, int]], setting: Setting
) -> None:
    def turn(sign: int) -> int:
        return sign if sign == MISSING else -sign

    pref, m = [p for p, _ in pairs], [k for _, k in pairs]
    swapped = score(
        [turn(p) if i % 2 else p for i, p in enumerate(pref)],
        [turn(k) if i % 2 else k for i, k in enumerate(m)],
        setting,
    )
    assert swapped == score(pref, m, setting)


@given(signs, st.sampled_from(Setting))
def test_a_factor_turned_round_has_the_opposite_score(pairs: list[tuple[int, int]], setting: Setting) -> None:
    pref, m = [p for p, _ in pairs], [k for _, k in pairs]
    found = score(pref, m, setting).score
    opposite = score(pref, [k if k == MISSING else -k for k in m], setting).score
    assert opposite == (None if found is None else -found)


@pytest.mark.parametrize(
    ("pref", "m", "setting", "reason"),
    [
        ([], [], Setting.EVALUATION, "no pair with a preference"),
        ([MISSING], [1], Setting.GENERATION, "no pair with a preference"),
        ([1, 0], [MISSING] * 2, Setting.EVALUATION, "the factor has no value on any pair with a preference"),
        ([1, 0], [0, 0], Setting.EVALUATION, "the factor is tied on every pair"),
        ([0, 0], [1, 0], Setting.GENERATION, "the preference is tied on every pair"),
        (
            [1, 1],
            [0, MISSING],
            Setting.EVALUATION,
            "the factor is tied on every pair where the factor has a value",
        ),
    ],
)
def test_an_empty_denominator_is_undefined_and_says_why(
    pref: list[int], m: list[int], setting: Setting, reason: str
) -> None:
    found = score(pref, m, setting)
    assert (found.score, found.counted, found.reason) == (None, 0, reason)


def test_as_many_for_as_against_is_zero_and_not_undefined() -> None:
    found = score([1, 1], [1, -1], Setting.EVALUATION)
    assert (found.score, found.reason) == (0.0, None)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (AgentKind.HUMAN, Setting.EVALUATION),
        (AgentKind.ANNOTATOR, Setting.EVALUATION),
        (AgentKind.JUDGE, Setting.EVALUATION),
        (AgentKind.REWARD_MODEL, Setting.EVALUATION),
        (AgentKind.GENERATOR, Setting.GENERATION),
    ],
)
def test_the_setting_follows_the_kind_unless_told_otherwise(kind: AgentKind, setting: Setting) -> None:
    assert Agent("a", kind).setting is setting
    assert Agent("a", kind, Setting.IMPROVEMENT).setting is Setting.IMPROVEMENT


def test_the_reference_vectors_of_deutsch_et_al(shared_data: Path) -> None:
    # Their T is the metric's ties: the metric is the factor in generation, the preference in evaluation.
    cases = json.loads((shared_data / "tau" / "tau_reference_vectors.json").read_text())
    assert len(cases) == 10
    for case in cases.values():
        human, metric = (
            [int(np.sign(b - a)) for a, b in combinations(case[name], 2)] for name in ("human_x", "metric_y")
        )
        generation = score(human, metric, Setting.GENERATION)
        evaluation = score(metric, human, Setting.EVALUATION)
        for found in (generation, evaluation):
            assert (found.concordant, found.discordant) == (case["C"], case["D"])
            assert (found.ties, found.excluded.both_tie) == (case["ties_metric_only"], case["ties_both"])
            assert found.score == pytest.approx(case["tau_14"], abs=1e-15)
        assert generation.excluded.preference_tie == case["ties_human_only"]
        assert evaluation.excluded.factor_tie == case["ties_human_only"]
        # The other denominators of the paper they are from, out of the same counts.
        tally = PairTally(
            *tally_table(np.array([human], np.int8), np.array([metric], np.int8).T)[0, 0].tolist()
        )
        difference, decided = tally.concordant - tally.discordant, tally.concordant + tally.discordant
        assert difference / tally.pairs == pytest.approx(case["tau_a"])
        assert difference / decided == pytest.approx(case["tau_13"])
        assert (difference - tally.factor_ties) / (decided + tally.factor_ties) == pytest.approx(
            case["tau_10"]
        )
        assert (tally.concordant + tally.both_ties) / tally.pairs == pytest.approx(case["tau_acc_eq"])
        x_untied, y_untied = decided + tally.factor_ties, decided + tally.preference_ties
        assert difference / (x_untied * y_untied) ** 0.5 == pytest.approx(case["tau_b"])
        classes = min(len(set(case["human_x"])), len(set(case["metric_y"])))
        n = len(case["human_x"])
        assert difference * 2 * classes / (n * n * (classes - 1)) == pytest.approx(case["tau_c"])
