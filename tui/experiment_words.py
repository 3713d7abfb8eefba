"""The experiments in words, the same on paper and on screen."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from annotation.experiments.designs import ExperimentName
from profile_engine.experiments.alignment import AlignedAgent
from profile_engine.experiments.improvement import ImprovementMethod
from profile_engine.experiments.reward import RewardRow
from profile_engine.preferences import AgentKind, Setting
from profile_engine.ranking import FactorRanking

IN_SHORT: Final = MappingProxyType(
    {Setting.GENERATION: "gen", Setting.EVALUATION: "eval", Setting.IMPROVEMENT: "imp"}
)
METHODS: Final = MappingProxyType(
    {
        ImprovementMethod.FEEDBACK: "with feedback",
        ImprovementMethod.BOTH: "from both alone",
        ImprovementMethod.SINGLE: "from each alone",
    }
)
PURPOSES: Final = MappingProxyType(
    {
        ExperimentName.ALIGNMENT: "How close every agent's factor scores come to people's (§4.2, §4.3)",
        ExperimentName.GUIDANCE: "Whether guidance on a factor brings a judge closer to people (§4.4)",
        ExperimentName.IMPROVEMENT: "What improving with an evaluator's feedback favours (§4.4)",
        ExperimentName.REWARD: "Reward models, their policies and people (§5)",
        ExperimentName.DIRECT: "Which score is closest to a response without scores (§5, H)",
        ExperimentName.CORRELATIONS: "How factor values go together in an author's responses (G.3)",
    }
)
"""What each experiment is about, with its place in the paper."""


def ranking_name(ranking: FactorRanking) -> str:
    """An agent with its setting, as a column of factor scores is headed."""
    agent = ranking.agent
    if agent.kind is AgentKind.HUMAN:
        return "people"
    return agent.name if agent.kind is AgentKind.IMPROVER else f"{agent.name} {IN_SHORT[agent.setting]}"


def reward_roles(row: RewardRow) -> Iterator[tuple[str, str, AlignedAgent | None]]:
    """A reward model, then its policies in both settings: name, role, figures."""
    yield row.name, "reward model", row.reward_model
    for policy in row.policies:
        yield policy.name, "generation", policy.generation
        yield policy.name, "evaluation", policy.evaluation
