"""Rankings from scores, and from preferences counted pair by pair."""

from collections.abc import Mapping

import numpy as np

from profile_engine.live import AgentPreferences, LiveProfile
from profile_engine.preferences import MISSING, Agent, AgentKind, Setting
from profile_engine.ranking import FactorRanking, rank_factors
from profile_engine.scoring import FactorScore, tau14
from profile_engine.tally import PairTally, Signs


def scored(name: str, kind: AgentKind, scores: Mapping[str, int | None]) -> FactorRanking:
    """A ranking whose scores are these hundredths; of 100 pairs each."""
    agent = Agent(name, kind)

    def score(factor: str, hundredths: int | None) -> FactorScore:
        if hundredths is None:
            return tau14(factor, PairTally(), agent.setting)
        # C - D = hundredths and C + D + T = 100 in every setting
        tied = 100 - abs(hundredths)
        is_evaluation = agent.setting is Setting.EVALUATION
        return tau14(
            factor,
            PairTally(
                max(hundredths, 0),
                max(-hundredths, 0),
                0 if is_evaluation else tied,
                tied if is_evaluation else 0,
            ),
            agent.setting,
        )

    return FactorRanking(agent, 100, 0, rank_factors(score(*one) for one in scores.items()))


def ranked(
    agent: Agent, preferences: Signs, manifestations: Signs, factors: tuple[str, ...]
) -> FactorRanking:
    """What the live profile, tested elsewhere, makes of one agent."""
    live = LiveProfile(factors, manifestations, [AgentPreferences(agent, preferences)])
    return live.snapshot.rankings[agent]


def random_signs(random: np.random.Generator, *shape: int) -> Signs:
    """Signs and gaps, of all four kinds."""
    return random.choice(np.array([-1, 0, 1, MISSING], np.int8), shape)
