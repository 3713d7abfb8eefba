"""Models against people, as PROFILE Table 4 has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from annotation.profiles import StudyProfile
from annotation.results.labels import Labelling, Outcomes, StudyLabels
from annotation.settings import StudySettings
from profile_engine.alignment import Alignment, align
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.preferences import MISSING, Agent, AgentKind
from profile_engine.rates import Rate
from profile_engine.tally import Signs

TOGETHER: Final = "all models"


@dataclass(frozen=True, slots=True)
class ModelResult:
    """A row of Table 4.

    Attributes:
        model: its name; `TOGETHER` for the pairs of all models.
        pairs: pairs with labels whose responses it scored differently, and that need no more labels.
        waiting: such pairs that do need more, or that are planned and have none; they count nowhere else.
        labels: on `pairs`.
        agreement: by each labelling, the pairs whose outcome is the response that the model scored higher,
            among `pairs`. By majority that is the paper's agreement rate: two of three people or more. A
            pair without an outcome, or with a tie, does not agree.
        alignment: of the model's factor scores, setting generation, with those of the people together, both
            over `pairs` and no others.
    """

    model: str
    pairs: int
    waiting: int
    labels: int
    agreement: Mapping[Labelling, Rate]
    alignment: Alignment


@dataclass(frozen=True, slots=True)
class ModelResults:
    """Every model that scored responses of its own, in the order in which they came, and all of them."""

    each: tuple[ModelResult, ...]
    together: ModelResult


def compare_models(
    profile: StudyProfile, labels: StudyLabels, outcomes: Outcomes, settings: StudySettings
) -> ModelResults:
    """Hold what each model scored higher against what people chose."""
    signs = {
        entry.agent.name: entry.preferences
        for entry in profile.models
        if entry.agent.kind is AgentKind.GENERATOR
    }
    pooled = np.full(len(profile.pair_ids), MISSING, np.int8)
    for own in signs.values():  # each pair is of one model at most
        pooled = np.where(own != MISSING, own, pooled)
    rows = _Rows(profile, labels, outcomes, settings)
    return ModelResults(
        tuple(rows.result(name, own) for name, own in signs.items()), rows.result(TOGETHER, pooled)
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """What rows of the table are made of."""

    profile: StudyProfile
    labels: StudyLabels
    outcomes: Outcomes
    settings: StudySettings

    def result(self, name: str, signs: Signs) -> ModelResult:
        """The row of one who prefers so, one sign for each pair of the study."""
        outcomes = self.outcomes
        unlabelled = signs[self._places(outcomes.unlabelled)]
        signs = signs[self._places(outcomes.pair_ids)]
        prefers = (signs & 1) == 1  # -1 and 1 are odd, 0 and MISSING even
        counted = prefers & outcomes.complete
        of = int(np.count_nonzero(counted))
        return ModelResult(
            model=name,
            pairs=of,
            waiting=int(np.count_nonzero(prefers & ~outcomes.complete) + np.count_nonzero(unlabelled & 1)),
            labels=int(outcomes.ballots[counted].sum()),
            agreement={
                labelling: Rate(int(np.count_nonzero(counted & (outcome == signs))), of)
                for labelling, outcome in outcomes.signs.items()
            },
            alignment=self._alignment(Agent(name, AgentKind.GENERATOR), signs, counted),
        )

    def _alignment(self, model: Agent, signs: Signs, counted: npt.NDArray[np.bool_]) -> Alignment:
        """Of a model with the people together, on some pairs alone."""
        snapshot = LiveProfile(
            self.profile.factors,
            self.profile.manifestations[self._places(self.outcomes.pair_ids[counted])],
            [AgentPreferences(model, signs[counted])],
            aggregation=self.settings.aggregation,
            people={name: said[counted] for name, said in self.labels.signs().items()},
            settings=self.settings.agent_settings,
        ).snapshot
        return align(snapshot.people, snapshot.rankings[model])

    def _places(self, pair_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows of pairs in the profile, which was read after them and has them all."""
        return np.searchsorted(self.profile.pair_ids, pair_ids)
