"""Annotations of a Label Studio project as answers of its users."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection

from annotation.answers import AnswerKind
from annotation.importers.faults import BadValue, describe
from annotation.importers.fields import Reading, number, raw_name, require_person
from annotation.importers.mturk_row import in_utc
from annotation.importers.planned_pairs import PlannedPairs
from annotation.importers.records import AnswerRecord, PairRecord
from annotation.importers.rows import Row
from annotation.importers.study_pairs import StudyPairs
from annotation.importers.worker_names import WorkerNames
from annotation.revision import Revision
from annotation.wording import counted
from profile_engine.preferences import Preference

PREFERENCE: Final = "preference"
"""The `<Pairwise>` whose answers are `left` and `right`, as shown."""

TIE: Final = "tie"
"""The `<Choices>` beside it, and its one choice: a `<Pairwise>` has none for a tie."""

NOTE: Final = "note"
"""The `<TextArea>` for a remark."""

NOTHING: Final = "none"
"""What a `<Pairwise>` says after a click on the side that was chosen already."""

_SHOWN: Final = MappingProxyType({"left": 1, "right": -1, TIE: 0})


@dataclass(frozen=True, slots=True)
class _Said:
    """What an annotation says: of `left`, `right` and `tie` those that are chosen, and the note."""

    chosen: tuple[str, ...]
    note: str | None


class LabelStudioRows:
    """Makes answers of annotations; a row is one with its task's item and its user's e-mail address.

    Args:
        reading: reads and counts.
        connection: the transaction of the import.
        plain_worker_ids: whether users keep their e-mail addresses, instead of a hash keyed by the study.
    """

    def __init__(self, reading: Reading, connection: Connection, *, plain_worker_ids: bool = False) -> None:
        self._reading = reading
        self._plain = plain_worker_ids
        self._names = WorkerNames(
            connection, plain=plain_worker_ids, ids="e-mail addresses", option="--plain-emails"
        )
        self._pairs = StudyPairs(connection)
        self._planned = PlannedPairs(connection)
        self._ties = Revision(connection).settings.allow_ties
        self._left_out: Counter[str] = Counter()
        self._skipped: set[tuple[str, str]] = set()

    def read(self, row: Row) -> PairRecord | None:
        """The pair of an annotation with what its user said, None where that is nothing; raises BadValue."""
        annotation = row.record["annotation"]
        shown = self._pairs.shown(str(row.record["item"]), row)
        if shown is None:
            expected = "the id of a pair that `label-studio push` of this study wrote"
            raise BadValue(f"item of task {annotation['task']}", expected, describe(row.record["item"]))
        name = self._name(row.record.get("user"))
        if name is None:
            self._left_out["by a user that is no longer there"] += 1
            return None
        if annotation["was_cancelled"]:
            self._left_out["skipped"] += 1
            self._skipped.add((name, shown.key))
            return None
        return replace(shown.pair, answers=self._answers(annotation, name, shown.key, shown.first))

    def left_out(self) -> dict[str, int]:
        """Annotations that say nothing, or nobody's."""
        return dict(self._left_out)

    def finish(self) -> tuple[str, ...]:
        """Tell of labels whose annotation is skipped by now."""
        labels = self._planned.labels({key for _, key in self._skipped})
        still = self._skipped.intersection(labels)
        about_skipped = (
            f"{counted(len(still), 'label')} came in before the annotation was skipped, and stay: "
            "`study leave-out` takes an annotator's labels out of the results",
        )
        return about_skipped if still else ()

    def _name(self, user: object) -> str | None:
        if user is None:
            return None
        email = self._reading.name(user, "e-mail of the user")
        if self._plain:
            require_person(email, "e-mail of the user")
        return self._names.of(email)

    def _answers(
        self, annotation: Mapping[str, Any], name: str, key: str, first: Preference
    ) -> tuple[AnswerRecord, ...]:
        place = f"annotation {annotation['id']} of task {annotation['task']}"
        said = self._said(annotation["result"], place)
        created = in_utc(annotation["updated_at"])
        revision = f"{annotation['id']} {annotation['updated_at']}"
        ties = self._ties or self._planned.has_said(name, key, Preference.TIE)
        label = AnswerRecord(
            name,
            Preference(_SHOWN[_choice(said, place, ties)] * first),
            self._planned.kind(name, key),
            shown_first=first,
            seconds=number(annotation.get("lead_time"), f"{place}, lead_time"),
            created=created,
            field=place,
            revision=revision,
        )
        if said.note is None:
            return (label,)
        note = AnswerRecord(
            name, None, AnswerKind.NOTE, note=said.note, created=created, field=place, revision=revision
        )
        return (label, note)

    def _said(self, result: Iterable[Mapping[str, Any]], place: str) -> _Said:
        chosen: list[str] = []
        notes: list[str] = []
        for region in result:
            name, value = region.get("from_name"), region.get("value") or {}
            if name == PREFERENCE:
                side = raw_name(value.get("selected")) or NOTHING
                chosen += [] if side == NOTHING else [side]
            elif name == TIE:
                chosen += map(str, value.get("choices") or ())
            elif name == NOTE:
                told = value.get("text") or ()
                notes += [told] if isinstance(told, str) else map(str, told)
        note = self._reading.optional_text("\n".join(notes), place) if any(notes) else None
        return _Said(tuple(dict.fromkeys(chosen)), note)


def _choice(said: _Said, place: str, ties: bool) -> str:
    allowed = [choice for choice in _SHOWN if choice != TIE or ties]
    if len(said.chosen) != 1 or said.chosen[0] not in allowed:
        why = "" if ties or TIE not in said.chosen else "; this study has no ties"
        found = " and ".join(said.chosen) or "no choice"
        raise BadValue(place, f"one of {', '.join(allowed)}{why}", found)
    return said.chosen[0]
