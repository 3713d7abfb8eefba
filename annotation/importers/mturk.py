"""Amazon Mechanical Turk: the results of a batch as answers of its workers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection

from annotation.answers import AnswerKind
from annotation.importers.faults import NO_SUCH_FIELD, BadValue, describe
from annotation.importers.fields import Reading, number, raw_name, require_person
from annotation.importers.mturk_row import answers_of, chosen, consent_version, in_utc, item_of
from annotation.importers.planned_pairs import PlannedPairs
from annotation.importers.records import AnswerRecord, PairRecord
from annotation.importers.rows import Row
from annotation.importers.study_pairs import StudyPairs
from annotation.importers.worker_names import WorkerNames
from annotation.people.consent import asks_consent, note_consent
from annotation.revision import Revision
from annotation.store.annotators import find_annotator
from annotation.store.decisions import Matter, last_decision
from annotation.wording import counted
from profile_engine.preferences import Preference

_STATUSES: Final = ("Submitted", "Approved", "Rejected")
_CHOICES: Final = MappingProxyType({"first": 1, "second": -1, "tie": 0})


@dataclass(frozen=True, slots=True)
class _Work:
    """What one assignment says."""

    worker: str
    item: str
    choice: str | None
    note: str | None
    consent: str | None
    seconds: float | None
    submitted: str | None


class MturkRows:
    """Makes answers of assignments; rejected ones are left out.

    Args:
        reading: reads and counts.
        connection: the transaction of the import.
        plain_worker_ids: whether workers keep their ids, instead of a hash keyed by the study.
    """

    def __init__(self, reading: Reading, connection: Connection, *, plain_worker_ids: bool = False) -> None:
        self._reading = reading
        self._connection = connection
        self._plain = plain_worker_ids
        self._names = WorkerNames(
            connection, plain=plain_worker_ids, ids="worker ids", option="--plain-worker-ids"
        )
        self._pairs = StudyPairs(connection)
        self._ties = Revision(connection).settings.allow_ties
        self._planned = PlannedPairs(connection)
        self._rejected: list[tuple[str | None, str | None]] = []
        self._consents: dict[str, tuple[str, str | None]] = {}
        self._asks = asks_consent(connection)
        self._unconsented: Counter[str] = Counter()  # rows by worker
        self._odd_times: list[str] = []

    def read(self, row: Row) -> PairRecord | None:
        """The pair of an assignment with its worker's label, None for rejected work; raises BadValue."""
        said = answers_of(row.record)
        status = raw_name(row.record.get("AssignmentStatus"))
        if status is not None and status not in _STATUSES:
            raise BadValue("AssignmentStatus", f"one of {', '.join(_STATUSES)}", describe(status))
        if status == "Rejected" or raw_name(row.record.get("Reject")) is not None:
            self._note_rejected(row.record, said)
            return None
        work = self._work(row.record, said)
        shown = self._pairs.shown(work.item, row)
        if shown is None:
            expected = "the id of a pair that `export --format mturk` of this study wrote"
            raise BadValue("Input.item", expected, describe(work.item))
        name = self._names.of(work.worker)
        entry = replace(shown.pair, answers=self._answers(work, name, shown.key, shown.first))
        if work.consent is not None:
            self._consents[name] = (work.consent, work.submitted)
        elif self._asks:
            self._unconsented[name] += 1
        return entry

    def left_out(self) -> dict[str, int]:
        """Rejected work."""
        return {"rejected": len(self._rejected)} if self._rejected else {}

    def finish(self) -> tuple[str, ...]:
        """Note who has given consent; tell of labels of rejected work, and of times that nobody can read."""
        for name, (version, when) in self._consents.items():
            if find_annotator(self._connection, name) is not None:  # whoever was erased has not come in
                note_consent(self._connection, name, version, when)
        return (*self._about_consent(), *self._about_rejected(), *self._about_times())

    def _about_consent(self) -> Iterator[str]:
        if self._consents:
            given = counted(len(self._consents), "worker")
            yield f"consent came with the answers of {given}"
        rows = {name: rows for name, rows in self._unconsented.items() if not self._has_consented(name)}
        if rows:
            yield (
                f"{counted(sum(rows.values()), 'row')} of {counted(len(rows), 'worker')} without consent to "
                "the plan's words: Answer.consent is not what the page of the export sends. They came in: "
                "`study annotators list` shows who has consented, `study leave-out` takes out who has not"
            )

    def _has_consented(self, name: str) -> bool:
        id_ = find_annotator(self._connection, name)  # whoever was erased has not come in
        return id_ is None or last_decision(self._connection, id_, Matter.CONSENT).event is not None

    def _work(self, record: Mapping[str, Any], said: Mapping[str, object]) -> _Work:
        worker = self._reading.name(record.get("WorkerId"), "WorkerId").strip()
        if self._plain:
            require_person(worker, "WorkerId")
        item = raw_name(item_of(record, said))
        if item is None:
            raise BadValue("Input.item", "the id of a pair", NO_SUCH_FIELD)
        seconds = number(record.get("WorkTimeInSeconds"), "WorkTimeInSeconds")
        if seconds is not None and seconds < 0:
            raise BadValue("WorkTimeInSeconds", "seconds from 0 up", describe(seconds))
        return _Work(
            worker,
            item,
            chosen(said, "choice"),
            self._reading.optional_text(said.get("note"), "Answer.note"),
            consent_version(chosen(said, "consent")),
            seconds,
            self._submitted(record),
        )

    def _submitted(self, record: Mapping[str, Any]) -> str | None:
        told = raw_name(record.get("SubmitTime"))
        time = in_utc(told)
        if told is not None and time is None:
            self._odd_times.append(told)
        return time

    def _choice(self, choice: str | None, name: str, key: str) -> int:
        """1 first, 0 tie, -1 second; a tie from before the study had none is as good as it was."""
        ties = self._ties or self._planned.has_said(name, key, Preference.TIE)
        allowed = [choice for choice in _CHOICES if choice != "tie" or ties]
        if choice is None or choice not in allowed:
            why = "" if ties or choice != "tie" else "; this study has no ties"
            expected = f"{', '.join(allowed[:-1])} or {allowed[-1]}{why}"
            raise BadValue("Answer.choice", expected, describe(choice))
        return _CHOICES[choice]

    def _answers(self, work: _Work, name: str, key: str, first: Preference) -> tuple[AnswerRecord, ...]:
        label = AnswerRecord(
            name,
            Preference(self._choice(work.choice, name, key) * first),
            self._planned.kind(name, key, self._pairs.role_of(work.item)),
            shown_first=first,
            seconds=work.seconds,
            created=work.submitted,
            field="Answer.choice",
            called_first=first,
        )
        if work.note is None:
            return (label,)
        note = AnswerRecord(
            name, None, AnswerKind.NOTE, note=work.note, created=work.submitted, field="Answer.note"
        )
        return (label, note)

    def _note_rejected(self, record: Mapping[str, Any], said: Mapping[str, object]) -> None:
        worker, item = raw_name(record.get("WorkerId")), raw_name(item_of(record, said))
        found = None if item is None else self._pairs.shown_as(item)
        self._rejected.append((None if worker is None else worker, None if found is None else found[0]))

    def _about_times(self) -> tuple[str, ...]:
        if not self._odd_times:
            return ()
        return (
            f"{counted(len(self._odd_times), 'SubmitTime')} that cannot be read, such as "
            f"{describe(self._odd_times[0])}: what is new of these rows has the time of the import",
        )

    def _about_rejected(self) -> tuple[str, ...]:
        there = set(self._planned.labels({key for _, key in self._rejected if key is not None}))
        names = {worker: self._names.either(worker) for worker, _ in self._rejected if worker}
        still = [
            (worker, key)
            for worker, key in self._rejected
            if worker is not None and any((name, key) in there for name in names[worker])
        ]
        if not still:
            return ()
        return (
            f"{counted(len(still), 'label')} of rejected work came in before it was rejected, and stay: "
            "`study leave-out` takes a worker's labels out of the results",
        )
