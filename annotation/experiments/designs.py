"""What each experiment can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annotation.experiments.names import TRAINED_ON
from annotation.store.moment import Moment
from profile_engine.experiments.choices import DRAWS, CorrelationMethod
from profile_engine.preferences import Aggregation


@dataclass(frozen=True, slots=True)
class AlignmentDesign:
    """How people's labels count.

    Attributes:
        aggregation: as their majority, or every label by itself.
        keep_ties: whether pairs that people find equal count; the paper leaves them out (§4.1).
        all_pairs: whether judges and reward models count on every pair that they chose on, not only where
            people have a preference.
    """

    aggregation: Aggregation = Aggregation.MAJORITY
    keep_ties: bool = False
    all_pairs: bool = False


@dataclass(frozen=True, slots=True)
class ImprovementDesign(AlignmentDesign):
    """As in alignment."""


@dataclass(frozen=True, slots=True)
class RewardDesign(AlignmentDesign):
    """As in alignment.

    Attributes:
        trained_on: names of reward models by names of the policies trained on them.
    """

    trained_on: Mapping[str, str] = field(default_factory=lambda: dict(TRAINED_ON))


@dataclass(frozen=True, slots=True)
class DirectDesign:
    """Whose responses, and how often sources are drawn.

    Attributes:
        agents: names of generators; empty for all that have direct responses.
    """

    agents: tuple[str, ...] = ()
    draws: int = DRAWS
    seed: int = 0


@dataclass(frozen=True, slots=True)
class CorrelationsDesign:
    """Whose responses, and which correlation.

    Attributes:
        agents: names of authors; empty for all.
        pooled: whether direct and initial responses count beside the others.
    """

    agents: tuple[str, ...] = ()
    method: CorrelationMethod = CorrelationMethod.PEARSON
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class GuidanceDesign:
    """Which judge was guided on what, on which pairs.

    Attributes:
        judge: name of the agent.
        factors: that guidance was given on, by the name of the condition; None without guidance.
        pair_ids: that were judged in every condition, ascending.
        before: how far the study was when factors and pairs were picked.
        draws: of the sources, for intervals.
        seed: of the draws, of the pairs and of the random factor.
        all_pairs: as in alignment, of the factor scores from which was picked.
    """

    judge: str
    factors: Mapping[str, str | None]
    pair_ids: tuple[int, ...]
    before: Moment
    draws: int = DRAWS
    seed: int = 0
    all_pairs: bool = False


Design = (
    AlignmentDesign | GuidanceDesign | ImprovementDesign | RewardDesign | DirectDesign | CorrelationsDesign
)
