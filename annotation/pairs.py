"""Finding pairs: steps, filters, search."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from annotation.profiles import StudyProfile
from annotation.study import Study


class LabelState(StrEnum):
    """What people have said of a pair."""

    LABELLED = "labelled"
    UNLABELLED = "unlabelled"
    NO_MAJORITY = "no majority"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs to step through; an empty filter takes all.

    Attributes:
        agent: wrote one of the responses, or has a preference on the pair.
        state: what people have said.
        factor: pairs that differ in this factor.
        misaligned_with: the human majority and this agent prefer different sides (an agent's tie counts).
        text: occurs in the source or a response, case ignored.
    """

    agent: str | None = None
    state: LabelState | None = None
    factor: str | None = None
    misaligned_with: str | None = None
    text: str | None = None


def find_pairs(study: Study, profile: StudyProfile, wanted: PairFilter) -> npt.NDArray[np.int64]:
    """Ids of the pairs that pass, ascending."""
    raise NotImplementedError
