"""What to do next in a study: one step, with the key or command that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.study import StudySummary
from profile_engine.taxonomy import Factor, Method
from tui.wording import safe_name


@dataclass(frozen=True, slots=True)
class NextStep:
    """One step: `how` is a key of the Study screen or a command, `what` says what it brings."""

    how: str
    what: str


def next_step(summary: StudySummary, factors: Sequence[Factor]) -> NextStep:
    """The first thing that is missing, on the way from data to a ranking."""
    if not summary.pairs:
        command = f"profile-tui import {summary.location} --card tldr"
        return NextStep(command, "brings response pairs (--map ... reads a file of your own)")
    if waiting := rule_values_missing(summary, factors):
        return NextStep("x", f"computes the {waiting:,} rule-based values that are missing")
    if summary.open_items:
        return NextStep("v", f"judges extracted values: {summary.open_items:,} are drawn and open")
    if summary.labelled_pairs < summary.work_pairs:
        done = f"{summary.labelled_pairs:,} of {summary.work_pairs:,} pairs have labels"
        return NextStep("l", f"labels as yourself: {done}")
    if any(agent.preferences for agent in summary.agents):
        return NextStep("a", "shows how close each model comes to the people")
    return NextStep("r", "shows which factors drive the people's choices")


def rule_values_missing(summary: StudySummary, factors: Sequence[Factor]) -> int:
    """Values of rule-based factors that nobody has computed."""
    by_rule = {factor.name for factor in factors if factor.method is Method.RULE}
    counts = (count for count in summary.factors if count.factor in by_rule)
    return sum(summary.responses - count.settled for count in counts)


def nothing_to_extract(summary: StudySummary | None, factors: Sequence[Factor]) -> str:
    """Why rules found nothing more, and what would."""
    words = "Every value that rules find is there."
    if summary is None or not summary.responses:
        return words
    counts = {count.factor: count.settled for count in summary.factors}
    others = [
        safe_name(factor.title)
        for factor in factors
        if factor.method in (Method.LLM, Method.UNIEVAL) and counts.get(factor.name, 0) < summary.responses
    ]
    if not others:
        return words
    return f"{words} {', '.join(others)}: profile-tui extract says what finds them."
