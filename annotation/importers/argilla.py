"""Argilla records, as `export` writes them and `rg.Dataset.records.to_json` gives them back."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection

from annotation.answers import AnswerKind
from annotation.importers.faults import NO_SUCH_FIELD, BadValue, describe
from annotation.importers.fields import ABSENT, Reading, raw_name, require_person
from annotation.importers.mapping import SIDES
from annotation.importers.planned_pairs import PlannedPairs
from annotation.importers.records import AnswerRecord, PairRecord, ResponseRecord, SourceRecord
from annotation.importers.rows import Row
from annotation.importers.study_pairs import StudyPairs
from annotation.importers.study_rows import read_answer
from annotation.pseudonyms import Pseudonyms
from annotation.store.annotators import annotator_names
from profile_engine.preferences import Preference

_SHOWN: Final = MappingProxyType({"first": 1, "second": -1, "tie": 0})
LABEL: Final = "preference"
"""The question whose answers are `first`, `second` and `tie`."""

NOTE: Final = "note"
"""The question for a remark."""

_QUESTIONS: Final = MappingProxyType({LABEL: AnswerKind.LABEL, NOTE: AnswerKind.NOTE})
_SUBMITTED: Final = (None, "submitted")


class ArgillaRows:
    """Makes pairs of records; one that is not of this study is a pair of its own, known by its id.

    Args:
        reading: reads and counts.
        connection: the transaction of the import.
    """

    def __init__(self, reading: Reading, connection: Connection) -> None:
        self._reading = reading
        self._pairs = StudyPairs(connection)
        self._planned = PlannedPairs(connection)
        self._users = _users(connection)
        self._left_out: Counter[str] = Counter()

    def read(self, row: Row) -> PairRecord:
        """The pair of a record with what stands of its responses; raises BadValue."""
        record = self._reading.storable_within(row.record)
        assert isinstance(record, dict)
        shown = self._pairs.shown(str(record.get("id")), row)
        if shown is not None:
            return replace(shown.pair, answers=tuple(self._answers(record, shown.first, shown.key)))
        pair, first = self._new_pair(record, row)
        return replace(pair, answers=tuple(self._answers(record, first, None)))

    def left_out(self) -> dict[str, int]:
        """Responses that were not submitted."""
        return dict(self._left_out)

    def finish(self) -> tuple[str, ...]:
        """Nothing is left to do."""
        return ()

    def _new_pair(self, record: Mapping[str, Any], row: Row) -> tuple[PairRecord, Preference]:
        fields = _object(record, "fields")
        source, one, two = (
            self._reading.text(fields.get(name, ABSENT), f"fields.{name}")
            for name in ("source", "response_1", "response_2")
        )
        metadata = _object(record, "metadata")
        first = SIDES.get(raw_name(metadata.get("first")) or "left", Preference.TIE)
        if first is Preference.TIE:
            raise BadValue("metadata.first", "left or right", describe(metadata.get("first")))
        title = self._reading.optional_text(metadata.get("title"), "metadata.title")
        left, right = (one, two) if first is Preference.LEFT else (two, one)
        id_ = self._reading.optional_text(record.get("id"), "id")
        made = PairRecord(
            row.file,
            row.line,
            SourceRecord(source, title),
            ResponseRecord(left),
            ResponseRecord(right),
            None if id_ is None else f"argilla:{id_}",
            id_,
        )
        return made, first

    def _answers(
        self, record: Mapping[str, Any], first: Preference, key: str | None
    ) -> Iterator[AnswerRecord]:
        """The responses, each with what the metadata says of it; then what only the metadata has.

        Users are whom the metadata says, else the annotators of this study who were given such an id.
        """
        metadata = _object(record, "metadata")
        names = _unpacked(metadata, "annotators", dict)
        told = [
            read_answer(self._reading.storable_within(answer))
            for answer in _unpacked(metadata, "answers", list)
        ]
        known = {(answer.annotator, answer.kind): answer for answer in told}
        for question, response in self._responses(record):
            kind, field = _QUESTIONS[question], f"responses.{question}"
            user = self._reading.name(response.get("user_id"), f"{field}.user_id")
            name = self._reading.name(names.get(user, self._users.get(user, user)), "metadata.annotators")
            require_person(name, f"{field}.user_id")
            if kind is AnswerKind.NOTE:
                yield self._note(response, field, name, known.get((name, kind)))
            else:
                label = _label(response, field, name, first, known.get((name, kind)))
                yield label if key is None else replace(label, kind=self._planned.kind(name, key))
        yield from (answer for answer in told if answer.kind not in _QUESTIONS.values())

    def _responses(self, record: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
        responses = _object(record, "responses")
        for question in _QUESTIONS:
            given = responses.get(question) or []
            if not isinstance(given, list) or not all(isinstance(response, dict) for response in given):
                raise BadValue(f"responses.{question}", "a list of objects", describe(given))
            for response in given:
                if response.get("status") not in _SUBMITTED:
                    self._left_out["responses that were not submitted"] += 1
                else:
                    yield question, response

    def _note(
        self, response: Mapping[str, Any], field: str, name: str, known: AnswerRecord | None
    ) -> AnswerRecord:
        note = self._reading.text(response.get("value"), f"{field}.value")
        made = known or AnswerRecord(name, None, AnswerKind.NOTE)
        return replace(made, note=note, field=field)


def _users(connection: Connection) -> dict[str, str]:
    """The annotators of a study by the ids that its export gives them."""
    names = Pseudonyms.of_study(connection)
    return {names.user_id(name): name for name in annotator_names(connection)}


def _label(
    response: Mapping[str, Any], field: str, name: str, first: Preference, known: AnswerRecord | None
) -> AnswerRecord:
    value = raw_name(response.get("value"))
    if value is None or value not in _SHOWN:
        raise BadValue(f"{field}.value", f"one of {', '.join(_SHOWN)}", describe(response.get("value")))
    choice = Preference(_SHOWN[value] * first)
    if known is not None and known.choice is choice:
        return replace(known, field=field, called_first=first)
    return AnswerRecord(name, choice, shown_first=first, field=field, called_first=first)


def _object(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    if found is None and name != "fields":
        return {}
    if not isinstance(found, dict):
        raise BadValue(name, "an object", NO_SUCH_FIELD if name not in record else describe(found))
    return found


def _unpacked(metadata: Mapping[str, Any], name: str, kind: type[Any]) -> Any:  # noqa: ANN401 (JSON)
    """What a metadata property holds as JSON; empty where there is none."""
    packed = metadata.get(name)
    if packed is None:
        return kind()
    try:
        found = json.loads(packed)
    except (TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, kind):
        raise BadValue(f"metadata.{name}", "JSON as `export --format argilla` writes it", describe(packed))
    return found
