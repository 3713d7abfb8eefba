"""Correlation matrices, held against those of pandas."""

import warnings

import numpy as np
import pandas as pd
import pytest

from profile_engine.experiments.choices import CorrelationMethod
from profile_engine.experiments.correlations import correlate

FACTORS = ("a", "b", "c", "d")


@pytest.mark.parametrize("method", CorrelationMethod)
def test_cells_are_those_of_pandas(method: CorrelationMethod) -> None:
    random = np.random.default_rng(4)
    values = random.integers(0, 6, (40, 4)).astype(float)
    values[random.random(values.shape) < 0.2] = np.nan
    found = correlate("m", FACTORS, values, method)
    frame = pd.DataFrame(values, columns=list(FACTORS))
    expected = frame.corr(method=method.value).to_numpy()
    assert [[cell.value for cell in row] for row in found.cells] == pytest.approx(expected, abs=1e-11)
    counts = frame.notna().astype(int)
    assert [[cell.n for cell in row] for row in found.cells] == (counts.T @ counts).to_numpy().tolist()
    assert [found.cells[place][place].value for place in range(4)] == [1.0] * 4
    assert found.responses == int(frame.notna().any(axis=1).sum())


@pytest.mark.parametrize("method", CorrelationMethod)
def test_what_is_undefined_has_a_reason_and_no_warning(method: CorrelationMethod) -> None:
    values = np.array([[1.0, 5.0, np.nan], [2.0, 5.0, 1.0], [3.0, 5.0, np.nan]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = correlate("m", FACTORS[:3], values, method)
    assert found.cells[0][1].value is None
    assert found.cells[0][1].reason == "one of the two has the same value in all responses"
    assert (found.cells[0][2].value, found.cells[0][2].n) == (None, 1)
    assert found.cells[0][2].reason == "fewer than two responses have a value of both"


def test_nothing_is_a_matrix_without_values() -> None:
    found = correlate("m", FACTORS[:1], np.empty((0, 1)), CorrelationMethod.PEARSON)
    assert found.responses == 0
    assert found.cells[0][0].value is None
