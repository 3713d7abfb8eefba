"""Pairs for preference training: prompt, chosen, rejected (the layout of DPO trainers)."""

import json
from collections import Counter
from typing import Final

from annotation.errors import StudyError
from annotation.exporters.report import ExportReport
from annotation.exporters.rows import ExportRow, exported_rows
from annotation.exporters.target import Target, opened
from annotation.study import Study
from profile_engine.preferences import HUMAN

_OTHER: Final = {"left": "right", "right": "left"}


def export_dpo(study: Study, target: Target, agent: str = HUMAN.name) -> ExportReport:
    """Write the pairs of which an agent prefers one side; ties and pairs without a preference are counted.

    Args:
        study: has the pairs.
        target: gets a JSON object a line.
        agent: whose choice is followed: the majority of people, or one annotator or model by name.

    Raises:
        StudyError: no such agent.
    """
    _require(study, agent)
    written = 0
    left_out: Counter[str] = Counter()
    with opened(target) as stream:
        for row in exported_rows(study):
            choice = _choice(row, agent)
            if choice not in _OTHER:
                left_out[choice] += 1
                continue
            pair = {
                "prompt": row["source"]["text"],
                "chosen": row[choice]["text"],
                "rejected": row[_OTHER[choice]]["text"],
            }
            stream.write(json.dumps(pair, ensure_ascii=False) + "\n")
            written += 1
    return ExportReport(written, dict(left_out))


def _require(study: Study, agent: str) -> None:
    summary = study.summary()
    known = [
        HUMAN.name,
        *(one.annotator for one in summary.annotators),
        *(one.agent for one in summary.agents),
    ]
    if agent not in known:
        raise StudyError(f"no agent {agent!r} in this study; there are {', '.join(known)}")


def _choice(row: ExportRow, agent: str) -> str:
    """The side that the agent prefers, or why there is none."""
    if agent == HUMAN.name:
        return _people_say(row)
    said = [
        verdict.get("choice", "no preference") for verdict in row["verdicts"] if verdict["agent"] == agent
    ]
    said += [
        answer["choice"]
        for answer in row["answers"]
        if answer["kind"] == "label" and answer["annotator"] == agent
    ]
    return str(said[0]) if said else _by_score(row, agent)


def _people_say(row: ExportRow) -> str:
    if "human" in row:
        return str(row["human"])
    labelled = any(answer["kind"] == "label" for answer in row["answers"])
    return "no majority" if labelled else "no label"


def _by_score(row: ExportRow, agent: str) -> str:
    """A model that wrote both responses to be of different quality prefers the one it scored higher."""
    left, right = row["left"], row["right"]
    scores = (left.get("score"), right.get("score"))
    if left.get("agent") != agent or right.get("agent") != agent or None in scores:
        return "no preference"
    return "tie" if scores[0] == scores[1] else "left" if scores[0] > scores[1] else "right"
