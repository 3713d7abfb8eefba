"""Reward models, the policies trained on them, and people (PROFILE §5, Figure 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profile_engine.experiments.alignment import AlignedAgent, AlignmentResult
from profile_engine.preferences import AgentKind
from profile_engine.ranking import FactorRanking


@dataclass(frozen=True, slots=True)
class Policy:
    """A model that was trained on a reward model, in both settings; None where it is not in one."""

    name: str
    generation: AlignedAgent | None
    evaluation: AlignedAgent | None


@dataclass(frozen=True, slots=True)
class RewardRow:
    """A reward model and its policies that are here; None for a reward model that is not."""

    name: str
    reward_model: AlignedAgent | None
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class RewardResult:
    """Figure 4.

    Attributes:
        people: the ranking that all are held against.
        rows: reward models in the order in which they came, then those that only policies name.
        tied: pairs left out, as people find them equal.
    """

    people: FactorRanking
    rows: tuple[RewardRow, ...]
    tied: int


def compare_rewards(aligned: AlignmentResult, trained_on: Mapping[str, str]) -> RewardResult:
    """Set reward models beside their policies.

    Args:
        aligned: every agent against the people.
        trained_on: names of reward models by names of policies.
    """
    models = _named(aligned.agents, AgentKind.REWARD_MODEL)
    generators, judges = (_named(aligned.agents, kind) for kind in (AgentKind.GENERATOR, AgentKind.JUDGE))
    policies: dict[str, list[Policy]] = {name: [] for name in models}
    for name, reward_model in trained_on.items():
        if name in generators or name in judges:
            policy = Policy(name, generators.get(name), judges.get(name))
            policies.setdefault(reward_model, []).append(policy)
    rows = tuple(RewardRow(name, models.get(name), tuple(own)) for name, own in policies.items())
    return RewardResult(aligned.people, rows, aligned.tied)


def _named(agents: Iterable[AlignedAgent], kind: AgentKind) -> dict[str, AlignedAgent]:
    return {one.ranking.agent.name: one for one in agents if one.ranking.agent.kind is kind}
