"""What the factor table says, by hand."""

import numpy as np
import pytest

from annotation.study import FactorValue, PairView, ResponseView
from profile_engine.live import Label, LiveProfile
from profile_engine.preferences import Preference
from profile_engine.ranking import FactorRanking
from profile_engine.taxonomy import FACTORS, ValueKind, own_factor
from tui.factor_rows import LOADING, factor_rows, shown_value

LENGTH, FORMALITY, NOVEL = FACTORS["length"], FACTORS["formality_alignment"], FACTORS["novel_words"]


def value(
    number: float | None, *, label: str | None = None, reason: str | None = None, method: str = "rule"
) -> FactorValue:
    return FactorValue("any", number, label, reason, method, "1", "2026-01-01")


def pair(left: dict[str, FactorValue], right: dict[str, FactorValue]) -> PairView:
    responses = (ResponseView(1, None, None, "left", left), ResponseView(2, None, None, "right", right))
    return PairView(1, None, 1, None, "source", *responses, verdicts=(), labels=(), human=None)


def people(length: list[int]) -> FactorRanking:
    """The ranking of people who chose the left response of every pair, by the manifestations of Length."""
    labels = [Label("a", row, Preference.LEFT) for row in range(len(length))]
    return LiveProfile(["length"], np.array([length], np.int8).T, labels=labels).snapshot.people


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ("93", value(93.0)),
        ("~93", value(93.0, method="hand-written")),
        ("not yet", None),
        ("no source", value(None, reason="no source text")),
        ("failed", value(None, reason="extraction failed twice")),
        ("no words", value(None, reason="no words")),
    ],
)
def test_a_value_or_why_there_is_none(shown: str, given: FactorValue | None) -> None:
    assert shown_value(LENGTH, given) == shown


def test_ratios_have_three_digits_classes_their_word() -> None:
    assert shown_value(NOVEL, value(0.38888)) == "0.389"
    assert shown_value(FORMALITY, value(0.5, label="Partially Aligned")) == "Partially Aligned"
    assert shown_value(FORMALITY, value(1.0)) == "Aligned"  # a value that came without its word


def test_more_is_the_side_with_more_and_pulls_to_whom_the_score_speaks_for() -> None:
    # Length: people chose the longer one in 3 of 4 pairs: (3 - 1) / 4 = +.50.
    likes_length = people([1, 1, 1, -1])
    # ... and the other's score is -.50: there Length speaks for the shorter side.
    hates_length = people([-1, -1, -1, 1])
    view = pair({"length": value(61)}, {"length": value(93)})
    (row,) = factor_rows(view, [LENGTH], likes_length, hates_length)
    assert row.more is Preference.RIGHT
    assert (row.people.score, row.people.side) == ("+.50", Preference.RIGHT)
    assert (row.model.score, row.model.side) == ("-.50", Preference.LEFT)


def test_ties_and_missing_values_pull_to_neither_side() -> None:
    ranking = people([1, 1, 1, -1])
    tie, missing = pair({"length": value(5)}, {"length": value(5)}), pair({"length": value(5)}, {})
    (tied,) = factor_rows(tie, [LENGTH], ranking, ranking)
    (unavailable,) = factor_rows(missing, [LENGTH], ranking, ranking)
    assert tied.more is Preference.TIE and tied.people.side is None
    assert unavailable.more is None and unavailable.reason == "not yet" and unavailable.people.side is None
    assert unavailable.people.score == "+.50"


def test_a_tolerance_makes_near_values_tie() -> None:
    near = own_factor("tone", "Tone", "How it sounds.", kind=ValueKind.SCORE, tie_tolerance=0.1)
    view = pair({"tone": value(0.50)}, {"tone": value(0.55)})
    assert factor_rows(view, [near], None, None)[0].more is Preference.TIE


def test_before_the_profile_is_read_scores_are_dots_and_values_stand() -> None:
    (row,) = factor_rows(pair({"length": value(2)}, {"length": value(1)}), [LENGTH], None, None)
    assert (row.left, row.right, row.more) == ("2", "1", Preference.LEFT)
    assert row.people.score == row.model.score == LOADING
    assert row.people.side is None


def test_differences_compare_between_factors() -> None:
    view = pair(
        {"length": value(100), "novel_words": value(0.1), "fluency": value(0.0)},
        {"length": value(90), "novel_words": value(0.4), "fluency": value(0.0)},
    )
    rows = factor_rows(view, [LENGTH, NOVEL, FACTORS["fluency"]], None, None)
    assert [round(row.difference, 3) for row in rows] == [0.1, 0.75, 0.0]  # 10 of 100, .3 of .4, nothing
