"""Made-up preferences and manifestations with ties and gaps in about real shares."""

import numpy as np

from profile_engine.preferences import MISSING
from profile_engine.tally import Signs

FACTORS = tuple(f"factor_{number}" for number in range(1, 14))

_SIGNS = np.array([-1, 0, 1, MISSING], np.int8)


def preferences(agents: int, pairs: int) -> Signs:
    return np.random.default_rng(agents).choice(_SIGNS, (agents, pairs), p=[0.4, 0.1, 0.4, 0.1])


def manifestations(pairs: int) -> Signs:
    return np.random.default_rng(pairs).choice(_SIGNS, (pairs, len(FACTORS)), p=[0.4, 0.15, 0.4, 0.05])
