"""Models against people, as PROFILE Table 4 has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotation.profiles import StudyProfile
from annotation.results.labels import Labelling, Outcomes
from profile_engine.alignment import Alignment, align
from profile_engine.preferences import MISSING, Agent, AgentKind, Setting
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.rates import Rate
from profile_engine.scoring import tau14
from profile_engine.tally import PairTally, Signs, tally_table

TOGETHER: Final = "all models"


@dataclass(frozen=True, slots=True)
class ModelResult:
    """A row of Table 4.

    Attributes:
        model: its name; `TOGETHER` for the pairs of all models.
        pairs: pairs with labels whose responses it scored differently, and that need no more labels.
        waiting: such pairs that do need more; they count nowhere else.
        labels: on `pairs`.
        agreement: by each labelling, the pairs whose outcome is the response that the model scored higher,
            among `pairs`. By majority that is the paper's agreement rate: two of three people or more. A
            pair without an outcome, or with a tie, does not agree.
        alignment: of the model's factor scores, setting generation, with those of the people together.
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


def compare_models(profile: StudyProfile, outcomes: Outcomes) -> ModelResults:
    """Hold what each model scored higher against what people chose."""
    generators = {
        entry.agent: profile.live.preferences_of(entry.agent)
        for entry in profile.models
        if entry.agent.kind is AgentKind.GENERATOR
    }
    people = profile.live.snapshot.people
    pooled = np.full(len(profile.pair_ids), MISSING, np.int8)
    for signs in generators.values():  # each pair is of one model at most
        pooled = np.where(signs != MISSING, signs, pooled)

    def result(name: str, signs: Signs, ranking: FactorRanking) -> ModelResult:
        return _result(name, _on_labelled(profile, outcomes, signs), outcomes, align(people, ranking))

    return ModelResults(
        tuple(
            result(agent.name, signs, profile.live.snapshot.rankings[agent])
            for agent, signs in generators.items()
        ),
        result(TOGETHER, pooled, _ranking(profile, pooled)),
    )


def _on_labelled(profile: StudyProfile, outcomes: Outcomes, signs: Signs) -> Signs:
    """A model's signs on the pairs with labels; a pair that came after loading has none."""
    rows = np.searchsorted(profile.pair_ids, outcomes.pair_ids)
    known = np.isin(outcomes.pair_ids, profile.pair_ids)
    return np.where(known, signs[np.where(known, rows, 0)], MISSING) if len(signs) else signs


def _result(name: str, signs: Signs, outcomes: Outcomes, alignment: Alignment) -> ModelResult:
    prefers = (signs == 1) | (signs == -1)
    counted = prefers & outcomes.complete
    of = int(np.count_nonzero(counted))
    return ModelResult(
        model=name,
        pairs=of,
        waiting=int(np.count_nonzero(prefers & ~outcomes.complete)),
        labels=int(outcomes.ballots[counted].sum()),
        agreement={
            labelling: Rate(int(np.count_nonzero(counted & (outcome == signs))), of)
            for labelling, outcome in outcomes.signs.items()
        },
        alignment=alignment,
    )


def _ranking(profile: StudyProfile, signs: Signs) -> FactorRanking:
    """The ranking of one who prefers so."""
    [table] = tally_table(signs[np.newaxis], profile.manifestations)
    scores = [
        tau14(factor, PairTally(*counts), Setting.GENERATION)
        for factor, counts in zip(profile.factors, table.tolist(), strict=True)
    ]
    pairs = int(np.count_nonzero(signs != MISSING))
    return FactorRanking(Agent(TOGETHER, AgentKind.GENERATOR), pairs, 0, rank_factors(scores))
