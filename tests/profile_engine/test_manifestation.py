"""Factor values become signs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_engine.errors import EngineError
from profile_engine.manifestation import manifest
from profile_engine.preferences import MISSING

NAN = float("nan")


def signs(left: list[float], right: list[float], tie_tolerance: float = 0.0) -> list[int]:
    found = manifest(np.array(left, dtype=float), np.array(right, dtype=float), tie_tolerance)
    assert found.dtype == np.int8
    return [int(sign) for sign in found]


def test_the_side_with_more_of_the_factor_manifests_it() -> None:
    assert signs([3, 1, 2], [1, 3, 2]) == [1, -1, 0]


def test_a_value_that_is_unavailable_on_either_side_is_missing_and_no_tie() -> None:
    assert signs([NAN, 1, NAN], [1, NAN, NAN]) == [MISSING] * 3


@pytest.mark.parametrize(("left", "right"), [(0.8, 0.6), (0.6, 0.8), (0.3, 0.1), (1000.2, 1000.0)])
def test_a_difference_of_exactly_the_tolerance_is_a_tie_whatever_the_rounding(
    left: float, right: float
) -> None:
    assert signs([left], [right], tie_tolerance=0.2) == [0]


def test_a_difference_above_the_tolerance_is_none() -> None:
    assert signs([0.81, 0.6], [0.6, 0.81], tie_tolerance=0.2) == [1, -1]


def test_without_a_tolerance_the_least_difference_counts() -> None:
    assert signs([1.0], [float(np.nextafter(1.0, 2.0))]) == [-1]


@pytest.mark.parametrize("tolerance", [-0.1, NAN])
def test_a_tolerance_that_is_no_tolerance_is_refused(tolerance: float) -> None:
    with pytest.raises(EngineError, match="give 0 or more"):
        signs([1], [2], tie_tolerance=tolerance)


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6) | st.just(NAN), st.floats(-1e6, 1e6) | st.just(NAN))),
    st.sampled_from([0.0, 0.1, 5.0]),
)
def test_swapping_sides_turns_every_sign(pairs: list[tuple[float, float]], tolerance: float) -> None:
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    turned = [sign if sign == MISSING else -sign for sign in signs(right, left, tolerance)]
    assert signs(left, right, tolerance) == turned
