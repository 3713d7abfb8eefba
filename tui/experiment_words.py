"""The experiments in words, the same on paper and on screen."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

from textual.content import Content

from annotation.experiments.log import StoredExperiment
from annotation.experiments.names import ExperimentName
from annotation.experiments.needs import Need
from annotation.staleness import Age
from annotation.wording import counted
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
ASKING: Final = frozenset({ExperimentName.GUIDANCE})
"""The experiments that ask a model themselves."""

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


def age_words(age: Age) -> str:
    """What an experiment was run on and whether that has moved on; empty where there is nothing to say."""
    labels, since = age.labels, list(age.since)
    parts = []
    if labels is not None and labels.then != labels.now:
        parts.append(f"{counted(labels.then, 'label')} then, {labels.now:,} now")
        since = [what for what in since if what != "labels"]
    elif labels is not None:
        parts.append(f"{counted(labels.now, 'label')} then as now")
    if since:
        parts.append(f"{' and '.join(since)} new or changed since")
    return "; ".join(parts) + (": run it again" if age.is_stale else "")


def state_of(
    name: ExperimentName, needs: Sequence[Need], stored: StoredExperiment | None, age: Age | None
) -> Content:
    """How an experiment stands, on a line."""
    if stored is not None:
        when = f"{stored.created[:10]} {stored.created[11:16]}"
        if age is not None and age.is_stale:
            return Content.assemble(("↻ old: ", "$warning"), when)
        return Content.assemble(("✓ ", "$success"), f"run {when}")
    lacking = [need.what for need in needs if not need.met]
    if lacking:
        return Content.styled(f"○ no {lacking[0]}", "$quiet")
    return Content.assemble(("○ ", "$quiet"), "asks a model" if name in ASKING else "ready: x runs it")


def what_it_takes(name: ExperimentName, needs: Sequence[Need]) -> Content:
    """What an experiment takes that was not run yet, and what brings what is lacking."""
    lines = [Content("Not run yet. It takes:"), Content(), needs_lines(needs), Content()]
    command = f"profile-tui experiment {name} STUDY" + (" --model NAME" if name in ASKING else "")
    if all(need.met for need in needs):
        how = "All is there; it asks a model:" if name in ASKING else "All is there: x runs it, as does"
    else:
        how = "Then:" if name in ASKING else "Then x runs it, as does"
    lines += [Content(how), Content.styled(f"    {command}", "$quiet")]
    return Content("\n").join(lines)


def needs_lines(needs: Sequence[Need]) -> Content:
    """What is there and what is not, with what brings it."""
    lines = []
    for need in needs:
        mark = ("✓ ", "$success") if need.met else ("✗ ", "$warning")
        lines.append(Content.assemble(mark, need.what))
        if not need.met:
            lines.append(Content.styled(f"    {need.command}", "$quiet"))
    return Content("\n").join(lines)
