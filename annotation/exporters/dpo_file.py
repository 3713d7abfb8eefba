"""Pairs for preference training: prompt, chosen, rejected (the layout of DPO trainers)."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from annotation.agents import study_agents
from annotation.answers import AnswerKind
from annotation.exporters.preference_shape import PLAIN, Shape
from annotation.exporters.report import ExportReport
from annotation.exporters.rows import ExportRow, exported_rows
from annotation.exporters.target import Target, opened
from annotation.study import Study
from profile_engine.preferences import HUMAN, Agent, AgentKind, only_agent

_OTHER: Final = {"left": "right", "right": "left"}
_NO_PREFERENCE: Final = "no preference"
_LOST: Final = (
    "ties, annotators, times and notes have no place in it: --format preference --ties keeps them, jsonl "
    "all of it"
)


def export_dpo(
    study: Study,
    target: Target,
    agent: str = HUMAN.name,
    shape: Shape = PLAIN,
    only: Sequence[int] | None = None,
) -> ExportReport:
    """Write the pairs of which an agent prefers one side; ties and pairs without a preference are counted.

    Args:
        study: has the pairs.
        target: gets a JSON object a line.
        agent: whose choice is followed: the majority of people, or one annotator or model by `name` or
            `name:kind`.
        shape: texts with a column for the prompt, unless told otherwise.
        only: ids of the pairs wanted; None: all.

    Raises:
        UnknownAgentError: no such agent, or several.
    """
    followed = only_agent(study_agents(study), agent)
    written = 0
    left_out: Counter[str] = Counter()
    with opened(target) as stream:
        for row in exported_rows(study, only):
            choice = _choice(row, followed)
            if choice not in _OTHER:
                left_out[choice] += 1
                continue
            texts = (row["source"]["text"], row[choice]["text"], row[_OTHER[choice]]["text"])
            pair = shape.columns(*texts)
            stream.write(json.dumps(pair, ensure_ascii=False) + "\n")
            written += 1
    return ExportReport(written, dict(left_out), (_LOST,))


def _choice(row: ExportRow, agent: Agent) -> str:
    """The side that the agent prefers, or why there is none."""
    if agent.kind is AgentKind.HUMAN:
        return _people_say(row)
    said = [
        answer["choice"]
        for answer in row["answers"]
        if (answer["annotator"], agent.kind) == (agent.name, AgentKind.ANNOTATOR)
        and answer["kind"] == AnswerKind.LABEL
    ]
    said += [
        verdict.get("choice", _NO_PREFERENCE)
        for verdict in row["verdicts"]
        if (verdict["agent"], verdict["kind"]) == (agent.name, agent.kind)
    ]
    if not said and agent.kind is AgentKind.GENERATOR:
        return _by_score(row, agent.name)
    return str(said[0]) if said else _NO_PREFERENCE


def _people_say(row: ExportRow) -> str:
    if "human" in row:
        return str(row["human"])
    labelled = any(answer["kind"] == AnswerKind.LABEL for answer in row["answers"])
    return "no majority" if labelled else "no label"


def _by_score(row: ExportRow, author: str) -> str:
    """A model that wrote both responses to be of different quality prefers the one it scored higher."""
    left, right = row["left"], row["right"]
    scores = (left.get("score"), right.get("score"))
    if left.get("agent") != author or right.get("agent") != author or None in scores:
        return _NO_PREFERENCE
    return "tie" if scores[0] == scores[1] else "left" if scores[0] > scores[1] else "right"
