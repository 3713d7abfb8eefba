"""From a study to a live profile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.answers import Answer
from annotation.study import Study
from profile_engine.live import AgentPreferences, LiveProfile, ProfileSnapshot
from profile_engine.preferences import Aggregation
from profile_engine.tally import Signs


@dataclass(slots=True)
class StudyProfile:
    """A live profile and the arrays behind it, rows in the order of `pair_ids` (ascending).

    Attributes:
        pair_ids: int64, one a pair.
        source_ids: int64, the source of each pair.
        manifestations: pairs x factors.
        models: preferences of every model that has any, generators included (from their scores).
        last_answer: the log is followed up to this id.
    """

    pair_ids: npt.NDArray[np.int64]
    source_ids: npt.NDArray[np.int64]
    factors: tuple[str, ...]
    manifestations: Signs
    models: tuple[AgentPreferences, ...]
    live: LiveProfile
    last_answer: int

    def row(self, pair_id: int) -> int:
        """The row of a pair."""
        raise NotImplementedError

    def follow(self, answers: Sequence[Answer]) -> ProfileSnapshot | None:
        """Record what was answered since; None when no label changed."""
        raise NotImplementedError


def load_profile(study: Study, aggregation: Aggregation | None = None) -> StudyProfile:
    """Read a study into a live profile (100k pairs: well under a second, memory in tens of MB)."""
    raise NotImplementedError
