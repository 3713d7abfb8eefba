"""Every agent against the people, in its setting (PROFILE §4.2, §4.3; Tables 1, 6 to 9; Figure 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profile_engine.alignment import Alignment, ResponseAgreement, align, response_agreement
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.preferences import MISSING, Aggregation, Preference, Setting
from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs


@dataclass(frozen=True, slots=True)
class AlignedAgent:
    """An agent's factor scores and ranks, and how close they and its choices are to the people's."""

    ranking: FactorRanking
    alignment: Alignment
    agreement: ResponseAgreement


@dataclass(frozen=True, slots=True)
class AlignmentResult:
    """What Table 1 and the tables of Appendix G are made of.

    Attributes:
        people: the ranking that the others are held against.
        agents: models in the order in which they came.
        tied: pairs that the people's majority finds equal, left out for everybody (§4.1).
    """

    people: FactorRanking
    agents: tuple[AlignedAgent, ...]
    tied: int


def align_agents(
    factors: Sequence[str],
    manifestations: Signs,
    models: Sequence[AgentPreferences],
    people: Mapping[str, Signs],
    *,
    aggregation: Aggregation = Aggregation.MAJORITY,
    settings: Mapping[str, Setting] | None = None,
    keep_ties: bool = False,
) -> AlignmentResult:
    """Hold every model against the people.

    Args:
        factors: names, in the order of the columns of `manifestations`.
        manifestations: pairs x factors.
        models: their preferences, one sign a pair.
        people: each annotator's labels, one sign a pair.
        aggregation: how labels become preferences of the people together.
        settings: of agents whose setting does not follow from their kind.
        keep_ties: whether pairs that the people find equal count. §4.1 excludes them; with every label
            counted by itself, single labels that say so go, too.
    """
    everything = LiveProfile(factors, manifestations, models, people=people)
    tied = everything.human_preferences() == Preference.TIE
    kept = np.ones(len(tied), bool) if keep_ties else ~tied
    labels = {name: signs[kept] for name, signs in people.items()}
    if not keep_ties and aggregation is Aggregation.EVERY_LABEL:
        labels = {name: without_ties(signs) for name, signs in labels.items()}
    live = LiveProfile(
        factors,
        manifestations[kept],
        [replace(entry, preferences=entry.preferences[kept]) for entry in models],
        aggregation=aggregation,
        people=labels,
        settings=settings,
    )
    rankings, together = live.snapshot.rankings, live.human_preferences()
    return AlignmentResult(
        live.snapshot.people,
        tuple(
            AlignedAgent(
                rankings[entry.agent],
                align(live.snapshot.people, rankings[entry.agent]),
                response_agreement(together, live.preferences_of(entry.agent)),
            )
            for entry in models
        ),
        int(np.count_nonzero(~kept)),
    )


def without_ties(preferences: Signs) -> Signs:
    """The same, without a preference where neither side is preferred."""
    return np.where(preferences == Preference.TIE, MISSING, preferences).astype(np.int8)
