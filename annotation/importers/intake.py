"""The way into the tables: everything once, checked before it is noted, written in batches."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, text, update

from annotation.answers import AnswerKind, Origin
from annotation.importers.answer_names import AnswerNames
from annotation.importers.contradictions import Contradictions, turned_choice, value_place
from annotation.importers.faults import BadValue
from annotation.importers.known import (
    KnownPair,
    KnownThings,
    answer_token,
    response_key,
    source_key,
)
from annotation.importers.records import (
    AnswerRecord,
    Entry,
    PairRecord,
    ResponseRecord,
    SourceRecord,
    ValueRecord,
    VerdictRecord,
)
from annotation.importers.report import Count
from annotation.store import tables
from annotation.store.chain import extend
from annotation.store.contents import pair_key
from annotation.store.database import timestamp
from annotation.store.journal import import_line, is_kept, pend
from profile_engine.preferences import AgentKind

_BATCH = 5_000
_ROOMY_KILOBYTES, _USUAL_KILOBYTES = 100_000, 2_000
_NUMBERED: Final = (tables.sources, tables.responses, tables.pairs)
_ORDER: Final = (*_NUMBERED, tables.factor_values, tables.preferences, tables.answers)


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """More cache for SQLite: keys are random, so every index is written all over, in and out of 2 MB."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_ROOMY_KILOBYTES}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_USUAL_KILOBYTES}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


class Intake:
    """Puts entries into a study, inside one transaction, each thing once.

    An entry is checked as a whole before any part of it is noted, so that a refused one leaves nothing.

    Args:
        connection: the transaction.
        dataset: the card's name.
        files: the names of the files read.
        before_writing: called before rows are written that need it done, such as factors for their values.
        replace_values: as `ImportChoices` has it.
        one_word_each: what to do about somebody who says two things of one pair.

    Attributes:
        replaced_values: how many values have taken another's place.
        labelled: ids of the pairs of which this import has labels, also such as are there already.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        dataset: str | None,
        files: Iterable[str],
        before_writing: Callable[[], None],
        replace_values: bool = False,
        one_word_each: str = "",
    ) -> None:
        self._connection = connection
        self._before_writing = before_writing
        self._now = timestamp()
        self._import = {"card": dataset, "files": list(files), "created": self._now}
        self._import_id: int | None = None
        self._buffers: dict[Table, list[dict[str, Any]]] = {table: [] for table in _ORDER}
        self._known = KnownThings(connection)
        self._before = dict(self._known.last)
        self._added: Counter[str] = Counter()
        self._met: dict[str, set[object]] = defaultdict(set)
        self._names = AnswerNames(self._known.agents.keys())
        self._silent: set[int] = set()
        self.labelled: set[int] = set()
        self._replace_values = replace_values
        self._contradictions = Contradictions(self._known, replace_values, one_word_each)
        self.replaced_values = 0
        self._answered = 0
        self._answer_ends: list[str] = []

    def count(self, kind: str) -> Count:
        """How many of a kind were added, and how many the study had before this import."""
        return Count(self._added[kind], len(self._met[kind]))

    @property
    def unlabelled(self) -> int:
        """How many pairs of this import have no label, neither of this import nor of an earlier one."""
        return len(self._silent.difference(pair for pair, _ in self._known.labels))

    @property
    def lookalikes(self) -> tuple[tuple[str, ...], ...]:
        """As `AnswerNames` has them."""
        return self._names.lookalikes

    def add(self, entry: Entry) -> None:
        """Take an entry; raises BadValue where it, BadPart where only a part of it contradicts the study."""
        if isinstance(entry, PairRecord):
            self._add_pair(entry)
        else:
            self._contradictions.check_values(entry.source, (entry.response,))
            key = response_key(source_key(entry.source), entry.response)
            self._response(entry.source, entry.response, key)
        if sum(map(len, self._buffers.values())) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is noted."""
        if not any(self._buffers.values()):
            return
        self._before_writing()
        if self._import_id is None:
            made = self._connection.execute(insert(tables.imports).values(**self._import, report={}))
            self._import_id = _new_id(made.inserted_primary_key)
        for table, rows in self._buffers.items():
            if not rows:
                continue
            if "import_id" in table.c:
                for row in rows:
                    row["import_id"] = self._import_id
            if table is tables.answers:
                self._chain(rows)
            self._connection.execute(insert(table), rows)
            rows.clear()

    def _chain(self, rows: list[dict[str, Any]]) -> None:
        names = {id_: name for (name, kind), id_ in self._known.agents.items() if kind == AgentKind.ANNOTATOR}
        extend(self._connection, rows, names)
        self._answered += len(rows)
        self._answer_ends = [*self._answer_ends[:1], *(rows[place]["token"] for place in (0, -1))]

    def _note_answers(self) -> None:
        """Have the answers noted beside the study, all in one line: the files have them."""
        if self._answered and is_kept(self._connection):
            tokens = (self._answer_ends[0], self._answer_ends[-1])
            pend(self._connection, [import_line(self._connection, self._answered, tokens, self._now)])

    def finish(self, report: Mapping[str, Any]) -> None:
        """Write the rest and the report; an import that brought nothing leaves no trace."""
        self.flush()
        if self._import_id is None:
            return
        self._note_answers()
        self._connection.execute(
            update(tables.imports).where(tables.imports.c.id == self._import_id).values(report=report)
        )
        if self._connection.dialect.name == "postgresql":
            # Ids were given by us; the sequences have to follow, or the next writer would repeat them.
            for table in _NUMBERED:
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                self._connection.execute(text(f"SELECT setval({sequence}, max(id)) FROM {table.name}"))

    def _add_pair(self, pair: PairRecord) -> None:
        of_source = source_key(pair.source)
        left_key, right_key = (response_key(of_source, side) for side in (pair.left, pair.right))
        key = pair.key or pair_key(left_key, right_key)
        known = self._known.pairs.get(key)
        turned = self._is_turned(pair, known, left_key, right_key)
        answers = self._names.by_name(pair.answers, None if known is None else known.id)
        self._contradictions.check_answers(known, answers, turned)
        self._contradictions.check_verdicts(known, pair.verdicts, turned)
        self._contradictions.check_values(pair.source, (pair.left, pair.right))
        left = self._response(pair.source, pair.left, left_key)
        right = self._response(pair.source, pair.right, right_key)
        self._note("pairs", tables.pairs, None if known is None else known.id)
        if known is None:
            known = self._new_pair(key, pair, KnownPair(self._number(tables.pairs), left, right))
        self._names.count_unnamed(pair.answers, known.id)
        if not answers:
            self._silent.add(known.id)
        for annotator, answer in answers:
            self._answer(known.id, annotator, answer, answer_token(key, annotator, answer), turned)
        for verdict in pair.verdicts:
            self._verdict(known.id, verdict, turned)

    def _is_turned(self, pair: PairRecord, known: KnownPair | None, left: bytes, right: bytes) -> bool:
        """Whether the pair is known with its sides the other way round."""
        if known is None:
            return False
        ids = (self._known.responses.get(left), self._known.responses.get(right))
        if ids == (known.left, known.right):
            return False
        if ids != (known.right, known.left):
            raise BadValue(
                "id", f"the same texts as before for {pair.external_id or pair.key}", "other texts"
            )
        return True

    def _new_pair(self, key: str, pair: PairRecord, new: KnownPair) -> KnownPair:
        self._known.pairs[key] = new
        self._buffers[tables.pairs].append(
            {
                "id": new.id,
                "key": key,
                "external_id": pair.external_id,
                "source_id": self._known.sources[source_key(pair.source)],
                "left_id": new.left,
                "right_id": new.right,
            }
        )
        return new

    def _source(self, source: SourceRecord) -> int:
        key = source_key(source)
        known = self._known.sources.get(key)
        self._note("sources", tables.sources, known)
        if known is None:
            known = self._known.sources[key] = self._number(tables.sources)
            self._buffers[tables.sources].append(
                {
                    "id": known,
                    "key": key.hex(),
                    "external_id": source.external_id,
                    "title": source.title,
                    "text": source.text,
                    "evidence": source.evidence,
                }
            )
        return known

    def _response(self, source: SourceRecord, response: ResponseRecord, key: bytes) -> int:
        source_id = self._source(source)
        known = self._known.responses.get(key)
        self._note("responses", tables.responses, known)
        if known is None:
            known = self._known.responses[key] = self._number(tables.responses)
            self._buffers[tables.responses].append(
                {
                    "id": known,
                    "key": key.hex(),
                    "source_id": source_id,
                    "agent_id": self._author(response),
                    "score": response.score,
                    "external_id": response.external_id,
                    "text": response.text,
                }
            )
        for value in response.values:
            self._value(known, value)
            if self._replace_values:
                self._contradictions.note_value(key, value)
        return known

    def _author(self, response: ResponseRecord) -> int | None:
        if response.agent is None:
            return None
        return self._agent(response.agent, AgentKind.GENERATOR, response.simulated)

    def _value(self, response_id: int, value: ValueRecord) -> None:
        place, found = value_place(response_id, value), (value.value, value.label)
        values = self._known.values
        if self._replace_values and place in values and values.standing(place) != found:
            place = (*place[:-1], values.next_version(place))
            self.replaced_values += 1
        if self._is_known("values", tables.responses, place, place in values):
            return
        values.add(place, found)
        self._buffers[tables.factor_values].append(
            {
                "response_id": response_id,
                "factor": value.factor,
                "value": value.value,
                "label": value.label,
                "reason": value.reason,
                "method": value.method,
                "version": place[-1],
                "created": value.created or self._now,
                "evidence": value.evidence,
            }
        )

    def _answer(self, pair_id: int, annotator: str, answer: AnswerRecord, token: str, turned: bool) -> None:
        annotator_id = self._agent(annotator, AgentKind.ANNOTATOR, answer.simulated)
        choice = turned_choice(answer.choice, turned)
        if self._is_said(pair_id, annotator_id, answer, choice, token):
            return
        shown_first = turned_choice(answer.shown_first, turned)
        self._buffers[tables.answers].append(
            {
                "token": token,
                "pair_id": pair_id,
                "annotator_id": annotator_id,
                "kind": answer.kind.value,
                "choice": choice,
                "shown_first": shown_first,
                "shown_choice": None if choice is None or shown_first is None else choice * shown_first,
                "sure": answer.sure,
                "set": answer.set,
                "note": answer.note,
                "seconds": answer.seconds,
                "origin": Origin.IMPORT.value,
                "created": answer.created or self._now,
            }
        )

    def _is_said(
        self, pair_id: int, annotator_id: int, answer: AnswerRecord, choice: int | None, token: str
    ) -> bool:
        """Whether the log has this already; keeps it in mind where not."""
        known = self._known
        if answer.kind is AnswerKind.LABEL and choice is not None:
            self.labelled.add(pair_id)
            label = (pair_id, annotator_id)
            there = known.labels.get(label)
            stands = there is not None and (there == choice or not answer.revision)
            if self._is_known("labels", tables.pairs, label, stands):
                return True
            known.labels[label] = choice
            return False
        remark = (pair_id, annotator_id, answer.kind)
        says = (choice, answer.set, answer.note)
        stands = known.remarks.get(remark) == says or token in known.tokens
        if self._is_known("remarks", tables.pairs, remark, stands):
            return True
        known.tokens.add(token)
        known.remarks[remark] = says
        return False

    def _verdict(self, pair_id: int, verdict: VerdictRecord, turned: bool) -> None:
        agent_id = self._agent(verdict.agent, verdict.kind, verdict.simulated)
        place = (pair_id, agent_id)
        if self._is_known("verdicts", tables.pairs, place, place in self._known.verdicts):
            return
        choice = self._known.verdicts[place] = turned_choice(verdict.choice, turned)
        self._buffers[tables.preferences].append(
            {
                "pair_id": pair_id,
                "agent_id": agent_id,
                "value": choice,
                "raw": verdict.raw,
                "justification": verdict.justification,
                "created": verdict.created or self._now,
            }
        )

    def _agent(self, name: str, kind: AgentKind, simulated: bool) -> int:
        known = self._known.agents.get((name, kind))
        if known is None:
            made = self._connection.execute(
                insert(tables.agents).values(name=name, kind=kind.value, simulated=simulated)
            )
            known = self._known.agents[name, kind.value] = _new_id(made.inserted_primary_key)
        return known

    def _number(self, table: Table) -> int:
        self._known.last[table] += 1
        return self._known.last[table]

    def _note(self, kind: str, table: Table, known: int | None) -> None:
        """Count one as added, or as there already where it was there before this import."""
        if known is None:
            self._added[kind] += 1
        elif known <= self._before[table]:
            self._met[kind].add(known)

    def _is_known(self, kind: str, parents: Table, place: tuple[Any, ...], known: bool) -> bool:
        """Whether something said of a pair or response is there; counts it as `_note` does."""
        if not known:
            self._added[kind] += 1
        elif place[0] <= self._before[parents]:
            self._met[kind].add(place)
        return known


def _new_id(key: Sequence[int] | None) -> int:
    assert key is not None
    return key[0]
