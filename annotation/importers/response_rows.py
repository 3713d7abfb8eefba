"""The layout in which a row is a response; pairs are made of the responses to one source."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from annotation.importers.faults import BadValue, describe
from annotation.importers.fields import (
    ABSENT,
    Oddity,
    Reading,
    Record,
    compared,
    needed_number,
    raw_name,
    side,
)
from annotation.importers.mapping import LabelFile, ResponseMapping
from annotation.importers.parts import FieldOf, ResponseOf, SourceOf, field_of, value_record
from annotation.importers.records import (
    AnswerRecord,
    Entry,
    LoneResponse,
    PairRecord,
    ResponseRecord,
    SourceRecord,
    ValueRecord,
)
from annotation.importers.rows import Row
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Factor


@dataclass(slots=True)
class _Response:
    """A response, where it stood, and how people rated it."""

    file: str
    line: int
    source: SourceRecord
    record: ResponseRecord
    ratings: dict[str | None, list[float]] = field(default_factory=dict)

    def rating(self, annotator: str | None) -> float:
        """The mean of what one person gave: some rated a response more than once."""
        given = self.ratings[annotator]
        return sum(given) / len(given)


_Group = tuple[str, str | None]
"""The source's text, and the agent where only its own responses make pairs."""


class ResponseRows:
    """Collects responses, then makes their pairs.

    Args:
        reading: reads and counts.
        mapping: what the fields mean.
        factors: the study's factors by name.
        exclude_ties: leave out labels that call the pair a tie, and the pair where no other is left.
        simulated: who is not real: authors, annotators.
    """

    def __init__(
        self,
        reading: Reading,
        mapping: ResponseMapping,
        *,
        factors: Mapping[str, Factor],
        exclude_ties: bool = False,
        simulated: Iterable[str] = (),
    ) -> None:
        self._reading = reading
        self._mapping = mapping
        self._factors = factors
        self._exclude_ties = exclude_ties
        self._simulated_people = "annotators" in simulated
        authors = "authors" in simulated
        self._response = ResponseOf(
            reading, mapping.text, mapping.agent, mapping.score, mapping.id, simulated=authors
        )
        own = mapping.source_file
        self._own_source = (
            None
            if own is None
            else SourceOf(reading, own.text, source_id=own.key, title=own.title, facts=own.facts)
        )
        self._source = SourceOf(reading, mapping.source, source_id=mapping.source_id, title=mapping.title)
        self._source_key = field_of(mapping.source_id)
        self._values = field_of(mapping.values)
        ratings = mapping.ratings
        self._annotator = None if ratings is None else FieldOf(ratings.annotator)
        self._rating = None if ratings is None else FieldOf(ratings.rating)
        labels = mapping.label_file
        self._labels = None if labels is None else _Labels(reading, labels, self._simulated_people)
        self._sources: dict[str, SourceRecord] = {}
        self._groups: dict[_Group, dict[ResponseRecord, _Response]] = {}
        self._by_id: dict[str, _Response] = {}

    def learn_source(self, row: Row) -> None:
        """Take a row of the sources' own file; raises BadValue."""
        assert self._own_source is not None
        source = self._own_source.read(row.record)
        if source.external_id is None:
            raise BadValue("source", "an id", describe(None))
        self._sources[source.external_id] = source

    def learn_response(self, row: Row) -> None:
        """Take a row with a response, and with a rating where the mapping has one; raises BadValue."""
        source = self._source_of(row.record)
        record = self._response.read(row.record, self._values_of(row.record))
        rating: float | None = None
        annotator: str | None = None
        if self._rating is not None and self._annotator is not None:
            rating = needed_number(self._rating.get(row.record), self._rating.name)
            annotator = self._reading.optional_text(self._annotator.get(row.record), self._annotator.name)
        group = (source.text, record.agent if self._mapping.within == "agent" else None)
        response = self._groups.setdefault(group, {}).setdefault(
            _without_values(record), _Response(row.file, row.line, source, record)
        )
        if rating is not None:
            response.ratings.setdefault(annotator, []).append(rating)
        if record.external_id is not None:
            self._by_id[record.external_id] = response

    def learn_label(self, row: Row) -> None:
        """Take a row of the labels' own file; raises BadValue."""
        assert self._labels is not None
        self._labels.learn(row, self._by_id)

    def entries(self) -> Iterator[Entry]:
        """Every pair; then every response that is in none."""
        for group in self._groups.values():
            paired: set[int] = set()
            for first, second in combinations(group.values(), 2):
                pair = self._pair(first, second)
                if pair is not None:
                    paired |= {id(first), id(second)}
                    yield pair
            for response in group.values():
                if id(response) not in paired:
                    yield LoneResponse(response.file, response.line, response.source, response.record)
        if self._labels is not None:
            yield from self._labels.rest()

    def _source_of(self, record: Record) -> SourceRecord:
        if self._own_source is None or self._source_key is None:
            return self._source.read(record)
        value = self._source_key.get(record)
        source = self._sources.get(raw_name(value) or "")
        if source is None:
            expected = "the id of a source in the sources' file"
            raise BadValue(self._source_key.name, expected, describe(None if value is ABSENT else value))
        return source

    def _values_of(self, record: Record) -> tuple[ValueRecord, ...]:
        if self._values is None:
            return ()
        found = self._values.get(record)
        if not isinstance(found, dict):
            raise BadValue(self._values.name, "an object of factor values", describe(found))
        return tuple(self._value(name, value, record) for name, value in found.items())

    def _value(self, name: str, value: object, record: Record) -> ValueRecord:
        where = f"{self._values.name if self._values else ''}.{name}"
        if name not in self._factors:
            raise BadValue(where, "a factor of the study", f"no factor {name}")
        read = value_record(value, where, self._factors[name], self._mapping.method)
        kept = {key: record[key] for key in self._mapping.evidence.get(name, ()) if key in record}
        return ValueRecord(
            read.factor, read.value, read.label, read.reason, read.method, evidence=kept or None
        )

    def _pair(self, first: _Response, second: _Response) -> PairRecord | None:
        if self._labels is not None and (known := self._labels.take(first, second)) is not None:
            return known
        answers: tuple[AnswerRecord, ...] = ()
        if self._rating is not None:
            answers = tuple(self._compared(first, second))
            if not answers:
                return None
        return _pair_record(first, second, answers)

    def _compared(self, first: _Response, second: _Response) -> Iterator[AnswerRecord]:
        """A label of everybody who rated both."""
        assert self._rating is not None
        for annotator in first.ratings:
            if annotator not in second.ratings:
                continue
            choice = compared(first.rating(annotator), second.rating(annotator))
            if choice is Preference.TIE and self._exclude_ties:
                self._reading.counts[Oddity.HUMAN_TIE] += 1
            else:
                yield AnswerRecord(
                    annotator, choice, simulated=self._simulated_people, field=self._rating.name
                )


class _Labels:
    """Labels that name two responses by their ids; the side that a label calls left is the pair's left."""

    def __init__(self, reading: Reading, mapping: LabelFile, simulated: bool) -> None:
        self._reading = reading
        self._mapping = mapping
        self._simulated = simulated
        self._left = FieldOf(mapping.left)
        self._right = FieldOf(mapping.right)
        self._annotator = FieldOf(mapping.annotator)
        self._choice = FieldOf(mapping.choice)
        self._pairs: dict[frozenset[int], tuple[_Response, _Response, list[AnswerRecord]]] = {}

    def learn(self, row: Row, responses: Mapping[str, _Response]) -> None:
        """Take a label; raises BadValue."""
        left = self._response(self._left, row.record, responses)
        right = self._response(self._right, row.record, responses)
        if left.source != right.source or left is right:
            raise BadValue(self._right.name, "another response to the same source", "none")
        choice = side(self._choice.get(row.record), self._choice.name, self._mapping.values)
        annotator = self._reading.text(self._annotator.get(row.record), self._annotator.name, "a name")
        if choice is None:
            raise BadValue(self._choice.name, f"one of {', '.join(self._mapping.values)}", describe(None))
        known = self._pairs.setdefault(frozenset((id(left), id(right))), (left, right, []))
        turned = choice if known[0] is left else Preference(-choice)
        known[2].append(AnswerRecord(annotator, turned, simulated=self._simulated, field=self._choice.name))

    def take(self, first: _Response, second: _Response) -> PairRecord | None:
        """The labelled pair of two responses, None where nobody labelled it."""
        known = self._pairs.pop(frozenset((id(first), id(second))), None)
        return None if known is None else _pair_record(known[0], known[1], tuple(known[2]))

    def rest(self) -> Iterator[PairRecord]:
        """Labelled pairs that were not taken: responses of two agents, where each agent's make pairs."""
        for left, right, answers in self._pairs.values():
            yield _pair_record(left, right, tuple(answers))

    def _response(self, field: FieldOf, record: Record, responses: Mapping[str, _Response]) -> _Response:
        value = field.get(record)
        response = responses.get(raw_name(value) or "")
        if response is None:
            raise BadValue(field.name, "the id of a response", describe(None if value is ABSENT else value))
        return response


def _pair_record(left: _Response, right: _Response, answers: tuple[AnswerRecord, ...]) -> PairRecord:
    return PairRecord(right.file, right.line, left.source, left.record, right.record, answers=answers)


def _without_values(record: ResponseRecord) -> ResponseRecord:
    """What makes a response the same one: everything but its values, which cannot be hashed."""
    return ResponseRecord(record.text, record.agent, record.score)
