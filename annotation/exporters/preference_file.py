"""Preference columns of Hugging Face: prompt, chosen, rejected, and beside them whose label it is."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from annotation.agents import study_agents
from annotation.answers import AnswerKind
from annotation.exporters.preference_shape import PLAIN, Shape
from annotation.exporters.report import ExportReport
from annotation.exporters.rows import ExportRow, exported_rows
from annotation.exporters.target import Target, opened
from annotation.study import Study
from profile_engine.preferences import AgentKind, only_agent

OTHER: Final = {"left": "right", "right": "left"}
TIE: Final = "tie"
KEEPS_ALL: Final = "--format jsonl keeps it"
_NO_ROOM: Final = "{} (no such column)"


def export_preference(
    study: Study, target: Target, agent: str | None = None, shape: Shape = PLAIN, *, ties: bool = False
) -> ExportReport:
    """Write a row for each label that prefers a side; all rows have the same columns, null where unknown.

    A trainer that reads the texts alone would take a tie for a preference, so ties come only where asked for.

    Args:
        study: has the pairs.
        target: gets a JSON object a line.
        agent: one annotator, by name; None: all of them.
        shape: texts with a column for the prompt, unless told otherwise.
        ties: whether ties are written, too: left as chosen, right as rejected, and `tie` as the side.

    Raises:
        UnknownAgentError: no annotator is called so.
        StudyError: the file cannot be written.
    """
    people = [one for one in study_agents(study) if one.kind is AgentKind.ANNOTATOR]
    wanted = None if agent is None else only_agent(people, agent).name
    written, tied = 0, 0
    left_out: Counter[str] = Counter()
    with opened(target) as stream:
        for row in exported_rows(study):
            for columns in _labels(row, wanted, shape, left_out, ties=ties):
                stream.write(json.dumps(columns, ensure_ascii=False) + "\n")
                written += 1
                tied += columns["chosen_side"] == TIE
    return ExportReport(written, dict(left_out), tuple(_notes(tied, left_out)), thing="label")


def _notes(tied: int, left_out: Counter[str]) -> Iterator[str]:
    if tied:
        yield f"ties among them, which a trainer has to leave out (chosen_side is tie): {tied:,}"
    if left_out:
        kept = "--ties keeps ties, --format jsonl all of it" if left_out[TIE] else KEEPS_ALL
        yield f"to keep what was left out: {kept}"


def _labels(
    row: ExportRow, wanted: str | None, shape: Shape, left_out: Counter[str], *, ties: bool
) -> Iterator[dict[str, Any]]:
    said = [answer for answer in row["answers"] if wanted in (None, answer["annotator"])]
    notes = {answer["annotator"]: answer for answer in said if answer["kind"] == AnswerKind.NOTE}
    for answer in said:
        if answer["kind"] not in (AnswerKind.LABEL, AnswerKind.NOTE):
            left_out[_NO_ROOM.format(answer["kind"])] += 1
        elif answer["kind"] == AnswerKind.LABEL and answer["choice"] == TIE and not ties:
            left_out[TIE] += 1
        elif answer["kind"] == AnswerKind.LABEL:
            yield _columns(row, answer, notes.pop(answer["annotator"], {}), shape)
    if notes:
        left_out["note without a preference"] += len(notes)


def _columns(row: ExportRow, answer: dict[str, Any], note: dict[str, Any], shape: Shape) -> dict[str, Any]:
    side = "left" if answer["choice"] == TIE else answer["choice"]
    chosen, rejected = row[side], row[OTHER[side]]
    return {
        **shape.columns(row["source"]["text"], chosen["text"], rejected["text"]),
        "pair": row["key"],
        "title": row["source"].get("title"),
        "chosen_side": answer["choice"],
        "chosen_agent": chosen.get("agent"),
        "rejected_agent": rejected.get("agent"),
        "chosen_score": chosen.get("score"),
        "rejected_score": rejected.get("score"),
        "annotator": answer["annotator"],
        "simulated": answer.get("simulated", False),
        "shown_first": answer.get("shown_first"),
        "sure": answer.get("sure"),
        "seconds": answer.get("seconds"),
        "created": answer["created"],
        "note": note.get("note"),
        "note_created": note.get("created"),
    }
