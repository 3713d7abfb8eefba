"""From factor values to manifestations M_k (PROFILE §2.1)."""

import numpy as np
import numpy.typing as npt

from profile_engine.errors import EngineError
from profile_engine.preferences import MISSING
from profile_engine.tally import Signs

# Room for rounding, so that 0.8 and 0.6 tie at a tolerance of 0.2; none where the tolerance is 0.
_ROUNDING = 1e-9


def manifest(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], tie_tolerance: float = 0.0
) -> Signs:
    """M(left, right): +1 where the factor is more manifest in the left response.

    Args:
        left: the factor's values on the left sides, one a pair; NaN where unavailable.
        right: the same for the right sides.
        tie_tolerance: values that differ by no more than this manifest equally.

    Returns:
        One sign a pair; MISSING where either side is unavailable.

    Raises:
        EngineError: the tolerance is negative or not a number.
    """
    if not tie_tolerance >= 0:
        raise EngineError(f"a tie tolerance of {tie_tolerance} is not possible: give 0 or more")
    signs = np.subtract(left > right, left < right, dtype=np.int8)
    if tie_tolerance:
        signs[np.abs(left - right) <= tie_tolerance * (1 + _ROUNDING)] = 0
    signs[np.isnan(left) | np.isnan(right)] = MISSING
    return signs
