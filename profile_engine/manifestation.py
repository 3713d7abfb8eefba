"""From factor values to manifestations M_k (PROFILE §2.1)."""

import numpy as np
import numpy.typing as npt

from profile_engine.tally import Signs


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
    """
    raise NotImplementedError
