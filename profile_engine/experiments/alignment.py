"""Every agent against the people, in its setting (PROFILE §4.2, §4.3; Tables 1, 6 to 9; Figure 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from profile_engine.alignment import Alignment, ResponseAgreement, align, response_agreement
from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.preferences import MISSING, Aggregation, Preference, Setting
from profile_engine.ranking import FactorRanking
from profile_engine.tally import Signs
from profile_engine.votes import Votes


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
    all_pairs: bool = False,
) -> AlignmentResult:
    """Hold every model against the people.

    In the evaluation setting models count on the pairs on which people have a preference: the paper has both
    choose on the pairs of one data set (§4.1). Where people have none at all, every pair counts.

    Args:
        factors: names, in the order of the columns of `manifestations`.
        manifestations: pairs x factors.
        models: their preferences, one sign a pair.
        people: each annotator's labels, one sign a pair.
        aggregation: how labels become preferences of the people together.
        settings: of agents whose setting does not follow from their kind.
        keep_ties: whether pairs that the people find equal count. §4.1 excludes them; with every label
            counted by itself, single labels that say so go, too.
        all_pairs: whether models in the evaluation setting count on every pair that they chose on.
    """
    tied = LiveProfile(factors, manifestations, people=people).human_preferences() == Preference.TIE
    kept = np.ones(len(tied), bool) if keep_ties else ~tied
    labels = {name: signs[kept] for name, signs in people.items()}
    if not keep_ties and aggregation is Aggregation.EVERY_LABEL:
        labels = {name: without_ties(signs) for name, signs in labels.items()}
    shared = np.ones(np.count_nonzero(kept), bool)
    if not all_pairs and (said := _said(labels, aggregation, len(shared))).any():
        shared = said
    live = LiveProfile(
        factors,
        manifestations[kept],
        [_on(entry, kept, shared) for entry in models],
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


def _said(labels: Mapping[str, Signs], aggregation: Aggregation, size: int) -> npt.NDArray[np.bool_]:
    """On which pairs people have a preference, as their labels count."""
    if aggregation is Aggregation.MAJORITY:
        return np.not_equal(Votes(size, labels).majority, MISSING)
    said = np.zeros(size, bool)
    for signs in labels.values():
        said |= signs != MISSING
    return said


def _on(
    entry: AgentPreferences, kept: npt.NDArray[np.bool_], shared: npt.NDArray[np.bool_]
) -> AgentPreferences:
    preferences = entry.preferences[kept]
    if entry.agent.setting is Setting.EVALUATION:
        preferences = np.where(shared, preferences, MISSING).astype(np.int8)
    return replace(entry, preferences=preferences)


def without_ties(preferences: Signs) -> Signs:
    """The same, without a preference where neither side is preferred."""
    return np.where(preferences == Preference.TIE, MISSING, preferences).astype(np.int8)
