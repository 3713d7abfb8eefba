"""Argilla records: a JSON array as `rg.Dataset.records.to_json` writes it and `from_json` reads it."""

import json
from typing import Any

from annotation.answers import AnswerKind
from annotation.exporters.blinded import BlindedPair, blinded_pairs, standing_plan
from annotation.exporters.report import ExportReport
from annotation.exporters.target import Target, opened
from annotation.importers.argilla import LABEL, NOTE
from annotation.importers.study_rows import SIDE_NAMES
from annotation.pseudonyms import Pseudonyms
from annotation.study import Study


def export_argilla(study: Study, target: Target) -> ExportReport:
    """Write a record for each item of the plan, training excepted, without a plan for each pair.

    Sides are random and nothing says who wrote what. Labels and notes are responses of their annotators;
    what responses have no room for (times, certainty, skips, flags) is metadata.

    Raises:
        StudyError: the file cannot be written.
    """
    plan = standing_plan(study)
    with study.reading() as connection:
        names = Pseudonyms.of_study(connection)
    written = 0
    with opened(target) as stream:
        stream.write("[")
        for pair in blinded_pairs(study, plan):
            stream.write(",\n" if written else "\n")
            stream.write(json.dumps(_record(pair, names), ensure_ascii=False))
            written += 1
        stream.write("\n]\n")
    return ExportReport(written)


def _record(pair: BlindedPair, names: Pseudonyms) -> dict[str, Any]:
    said = pair.row["answers"]
    people = {names.user_id(answer["annotator"]): answer["annotator"] for answer in said}
    ids = {name: id_ for id_, name in people.items()}
    first = SIDE_NAMES[pair.first]
    shown = {first: "first", "tie": "tie", SIDE_NAMES[-pair.first]: "second"}
    responses: dict[str, list[dict[str, str]]] = {}
    for answer in said:
        if answer["kind"] == AnswerKind.LABEL:
            question, value = LABEL, shown[answer["choice"]]
        elif answer["kind"] == AnswerKind.NOTE:
            question, value = NOTE, answer["note"]
        else:
            continue
        responses.setdefault(question, []).append({"value": value, "user_id": ids[answer["annotator"]]})
    metadata = {
        "first": first,
        "title": pair.row["source"].get("title"),
        "annotators": json.dumps(people, ensure_ascii=False),
        "answers": json.dumps([_without_note(answer) for answer in said], ensure_ascii=False),
    }
    return {
        "id": pair.id,
        "fields": {"source": pair.source, "response_1": pair.response_1, "response_2": pair.response_2},
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "suggestions": {},
        "responses": responses,
        "vectors": {},
    }


def _without_note(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "note"}
