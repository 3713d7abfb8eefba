"""Coefficients against published values, against two libraries, and against counting by hand."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import binary_distance, interval_distance

from annotation.agreement import (
    Metric,
    Ratings,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    measure_agreement,
)
from annotation.answers import AnswerLog
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label

NONE = float("nan")


def _ratings_of(table: dict[str, dict[str, str]]) -> Ratings:
    """From annotator -> item -> rating, words standing for numbers in their order."""
    items = sorted({item for rated in table.values() for item in rated})
    values = sorted({value for rated in table.values() for value in rated.values()})
    number = {value: float(value) if value.isdigit() else values.index(value) for value in values}
    return np.array(
        [[number[rated[item]] if item in rated else NONE for item in items] for rated in table.values()]
    )


def test_alpha_of_published_tables(shared_data: Path) -> None:
    tables = json.loads((shared_data / "agreement" / "krippendorff.json").read_text())
    checked = 0
    for table in tables:
        for metric, published in table["alpha"].items():
            found = krippendorff_alpha(_ratings_of(table["ratings"]), Metric(metric)).value
            # As many decimals as are printed.
            decimals = len(str(published).partition(".")[2])
            assert found == pytest.approx(published, abs=0.51 * 10**-decimals), table["name"]
            checked += 1
    assert checked == 6


_TABLES = arrays.arrays(
    float,
    st.tuples(st.integers(2, 4), st.integers(1, 8)),
    elements=st.sampled_from([-1.0, 0.0, 1.0, NONE]),
)


@given(_TABLES, st.sampled_from(Metric))
def test_alpha_is_what_two_libraries_find(ratings: Ratings, metric: Metric) -> None:
    found = krippendorff_alpha(ratings, metric)
    assume(found.value is not None)
    alpha = krippendorff.alpha(ratings, level_of_measurement=metric.value)
    assert found.value == pytest.approx(alpha)
    distance = interval_distance if metric is Metric.INTERVAL else binary_distance
    assert found.value == pytest.approx(AnnotationTask(_triples(ratings), distance).alpha())


@given(_TABLES)
def test_cohen_is_what_nltk_finds(ratings: Ratings) -> None:
    both = ratings[:2, ~np.isnan(ratings[:2]).any(axis=0)]
    found = cohen_kappa(ratings[0], ratings[1])
    assert found.items == both.shape[1]
    assume(found.value is not None)
    assert found.value == pytest.approx(AnnotationTask(_triples(both)).kappa_pairwise(0, 1))


@given(_TABLES)
def test_fleiss_is_what_nltk_finds(ratings: Ratings) -> None:
    """On full tables: multi-pi pools everybody's marginals, as Fleiss does."""
    full = ratings[:, ~np.isnan(ratings).any(axis=0)]
    found = fleiss_kappa(full)
    assume(found.value is not None)
    assert found.value == pytest.approx(AnnotationTask(_triples(full)).pi())


def _triples(ratings: Ratings) -> list[tuple[int, int, float]]:
    return [
        (annotator, item, rating)
        for (annotator, item), rating in np.ndenumerate(ratings)
        if not np.isnan(rating)
    ]


def test_cohen_by_hand() -> None:
    """Agreed on 3 of 4; by chance 3/4 * 2/4 + 1/4 * 2/4 = 1/2: (3/4 - 1/2) / (1/2) = 1/2."""
    found = cohen_kappa(np.array([1.0, 1, 1, -1, NONE]), np.array([1.0, 1, -1, -1, 1]))
    assert (found.value, found.items, found.left_out) == (0.5, 4, 1)


def test_fleiss_takes_the_usual_number_of_ratings() -> None:
    """Three items with two ratings (AA, AB, BB), one with three, one with one.

    Agreement 2/3; half of the ratings are A: by chance 1/2. (2/3 - 1/2) / (1/2) = 1/3.
    """
    a, b = 0.0, 1.0
    found = fleiss_kappa(np.array([[a, NONE, b, a, a], [a, a, NONE, a, NONE], [NONE, b, b, a, NONE]]))
    assert found.value == pytest.approx(1 / 3)
    assert (found.items, found.left_out) == (3, 2)


@pytest.mark.parametrize(
    ("ratings", "says"),
    [
        (np.full((2, 3), NONE), "no item"),
        (np.empty((0, 0)), "no item"),
        (np.array([[1.0, NONE], [NONE, 0.0]]), "no item"),
        (np.ones((2, 3)), "the same"),
    ],
)
def test_undefined_is_none_with_a_reason(ratings: Ratings, says: str) -> None:
    for found in (krippendorff_alpha(ratings), krippendorff_alpha(ratings, Metric.INTERVAL)):
        assert found.value is None
        assert says in (found.reason or "")
    assert says in (fleiss_kappa(ratings).reason or "")
    if len(ratings):
        assert says in (cohen_kappa(ratings[0], ratings[1]).reason or "")


@given(
    arrays.arrays(
        np.float64, st.tuples(st.integers(2, 4), st.integers(2, 8)), elements=st.sampled_from([-1.0, 0, 1])
    )
)
def test_chance_is_exactly_nothing(ratings: Ratings) -> None:
    """No coefficient of so few ratings is nearer to 0 than a millionth without being 0."""
    for found in (krippendorff_alpha(ratings), fleiss_kappa(ratings), cohen_kappa(ratings[0], ratings[1])):
        assert not found.value or abs(found.value) > 1e-6
        assert str(found.value) != "-0.0"


def test_many_equal_ratings_stay_undefined() -> None:
    """Shares added up in floating point would leave a tiny chance of disagreement to divide by."""
    ratings = np.full((3, 999), 0.1)
    for found in (krippendorff_alpha(ratings), fleiss_kappa(ratings), cohen_kappa(ratings[0], ratings[1])):
        assert found.value is None


def test_people_of_pandalm_agree_as_published(shared_data: Path) -> None:
    """The test set's own figures: three kappas, Fleiss' kappa, and what majorities say of 999 pairs."""
    rows = json.loads((shared_data / "pandalm" / "testset-v1.json").read_text())
    ratings = np.array([[float(row[f"annotator{number}"]) for row in rows] for number in (1, 2, 3)])
    kappas = sorted(cohen_kappa(ratings[a], ratings[b]).value or 0 for a, b in combinations(range(3), 2))
    assert kappas == pytest.approx([0.852, 0.862, 0.879], abs=0.0006)
    assert fleiss_kappa(ratings).value == pytest.approx(0.864, abs=0.0006)
    # The same labels in a study.
    expected = Counter(_majority([row[f"annotator{number}"] for number in (1, 2, 3)]) for row in rows)
    assert expected == {"left": 422, "right": 472, "tie": 105}


def _majority(said: list[Any]) -> str:
    names = {0: "tie", 1: "left", 2: "right"}
    choice, votes = Counter(int(one) for one in said).most_common(1)[0]
    return names[choice] if 2 * votes > len(said) else "none"


def test_majorities_of_a_study(study: Study, draft: Draft, log: AnswerLog) -> None:
    """LLR left, RRR right, TTL tie, LTR none, L (alone) left, LR none."""
    pairs = draft.pairs(6)
    for name, choices in (
        ("anna", (LEFT, RIGHT, TIE, LEFT, LEFT, LEFT)),
        ("ben", (LEFT, RIGHT, TIE, TIE, None, RIGHT)),
        ("cleo", (RIGHT, RIGHT, LEFT, RIGHT, None, None)),
    ):
        given_labels = [
            (pair, choice) for pair, choice in zip(pairs, choices, strict=True) if choice is not None
        ]
        label(log, name, given_labels)
    found = measure_agreement(study)
    assert found.items == 6
    majority = found.majority
    assert (majority.left, majority.right, majority.tie, majority.none) == (2, 1, 1, 2)
    assert [(one.a, one.b) for one in found.pairwise_kappa] == [
        ("anna", "ben"),
        ("anna", "cleo"),
        ("ben", "cleo"),
    ]
    assert (found.fleiss_kappa.items, found.fleiss_kappa.left_out) == (4, 2)


def test_a_study_without_labels_has_no_agreement(study: Study) -> None:
    found = measure_agreement(study)
    assert (found.items, found.annotators, found.pairwise_kappa) == (0, (), ())
    assert found.krippendorff_alpha.reason
    assert found.fleiss_kappa.reason
