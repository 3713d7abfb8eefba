"""The parts of a row: its source, responses, labels, verdicts and factor values."""

from collections.abc import Iterable

from annotation.importers.faults import NO_SUCH_FIELD, BadValue, UnknownLabel, describe
from annotation.importers.fields import (
    ABSENT,
    FieldPath,
    Oddity,
    Reading,
    Record,
    compared,
    needed_number,
    number,
    raw_name,
    require_person,
    side,
    written_as,
)
from annotation.importers.mapping import FactorMapping, FieldSpec, First, JudgeMapping, LabelMapping, Split
from annotation.importers.records import (
    AnswerRecord,
    Line,
    ResponseRecord,
    SourceRecord,
    ValueRecord,
    VerdictRecord,
)
from annotation.importers.rows import Row
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Factor

NO_VALUE = "the data has no value"
"""Why a response has no value of an external factor."""


class FieldOf:
    """Finds what one entry of a mapping names."""

    def __init__(self, spec: FieldSpec) -> None:
        match spec:
            case str():
                self.name, paths, self._split = spec, [spec], None
            case First():
                self.name, paths, self._split = " or ".join(spec.first), list(spec.first), None
            case Split():
                self.name, paths, self._split = spec.field, [spec.field], spec
        self._paths = [FieldPath(path) for path in paths]

    def get(self, record: Record) -> object:
        """The value, ABSENT where the row has none."""
        for path in self._paths:
            value = path.get(record)
            if value is not ABSENT:
                return value if self._split is None else self._part(value, self._split)
        return ABSENT

    def _part(self, value: object, split: Split) -> object:
        if value is None:
            return None
        parts = value.split(split.split) if isinstance(value, str) else []
        if split.part >= len(parts):
            expected = f"a text of at least {split.part + 1} parts joined by {split.split!r}"
            raise BadValue(self.name, expected, describe(value))
        return parts[split.part]


def field_of(spec: FieldSpec | None) -> FieldOf | None:
    """The finder of an entry that a mapping may leave out."""
    return None if spec is None else FieldOf(spec)


class SourceOf:
    """Makes the source text of a row from its parts."""

    def __init__(
        self,
        reading: Reading,
        parts: Iterable[FieldSpec],
        *,
        documents: Iterable[FieldSpec] = (),
        source_id: FieldSpec | None = None,
        title: FieldSpec | None = None,
        facts: FieldSpec | None = None,
    ) -> None:
        self._reading = reading
        self._parts = [FieldOf(part) for part in parts]
        self._documents = [FieldOf(document) for document in documents]
        self._id = field_of(source_id)
        self._title = field_of(title)
        self._facts = field_of(facts)

    def read(self, record: Record) -> SourceRecord:
        """The source of a row; documents count into its text and are numbered in its evidence."""
        texts = [self._reading.text(part.get(record), part.name) for part in self._parts]
        documents = self._quotes(record)
        evidence: dict[str, object] = {}
        if self._documents:
            evidence["documents"] = len(documents)
        if self._facts is not None and (facts := self._facts.get(record)) is not ABSENT:
            evidence["facts"] = facts
        return SourceRecord(
            "\n\n".join(text for text in (*texts, *documents) if text),
            self._optional(self._title, record),
            self._optional(self._id, record),
            evidence or None,
        )

    def _quotes(self, record: Record) -> list[str]:
        quotes: dict[str, None] = {}  # in order, each once: both answers often quote the same page
        for document in self._documents:
            value = document.get(record)
            for quote in value if isinstance(value, list) else (() if value in (ABSENT, None) else (value,)):
                quotes[self._reading.text(quote, document.name)] = None
        return list(quotes)

    def _optional(self, field: FieldOf | None, record: Record) -> str | None:
        return None if field is None else self._reading.optional_text(field.get(record), field.name)


class ResponseOf:
    """Makes one response of a row."""

    def __init__(
        self,
        reading: Reading,
        text: FieldSpec,
        agent: FieldSpec | None,
        score: FieldSpec | None,
        response_id: FieldSpec | None,
        *,
        simulated: bool,
    ) -> None:
        self._reading = reading
        self._text = FieldOf(text)
        self._agent = field_of(agent)
        self._score = field_of(score)
        self._id = field_of(response_id)
        self._simulated = simulated

    def read(self, record: Record, values: tuple[ValueRecord, ...] = ()) -> ResponseRecord:
        """The response; an empty text is a response of zero words."""
        text = self._reading.text(self._text.get(record), self._text.name)
        if not text.strip():
            self._reading.counts[Oddity.EMPTY] += 1
        return ResponseRecord(
            text,
            self._optional(self._agent, record),
            None if self._score is None else number(self._score.get(record), self._score.name),
            self._optional(self._id, record),
            values,
            self._simulated,
        )

    def _optional(self, field: FieldOf | None, record: Record) -> str | None:
        return None if field is None else self._reading.optional_text(field.get(record), field.name)


class LabelOf:
    """Reads one person's label from a row."""

    def __init__(self, reading: Reading, mapping: LabelMapping, *, simulated: bool = False) -> None:
        self._reading = reading
        self._mapping = mapping
        self._field = field_of(mapping.field)
        self._numbers = [FieldOf(spec) for spec in mapping.higher_of or ()]
        self._annotator = field_of(mapping.annotator_field)
        self._simulated = simulated

    def read(self, record: Record) -> AnswerRecord | None:
        """The label, None where the row has none."""
        if self._field is not None:
            value, name = self._field.get(record), self._field.name
            try:
                choice = side(value, name, self._mapping.values)
            except BadValue as fault:
                if value is ABSENT:
                    raise
                raise UnknownLabel(fault, self._field.get) from None
        else:
            left, right = (needed_number(field.get(record), field.name) for field in self._numbers)
            choice, name = compared(left, right), self._numbers[0].name
        if choice is None:
            return None
        annotator = self._mapping.annotator
        if self._annotator is not None:
            annotator = self._reading.optional_text(self._annotator.get(record), self._annotator.name)
            require_person(annotator, self._annotator.name)
        return AnswerRecord(annotator, choice, simulated=self._simulated, field=name)


class JudgeOf:
    """Reads a model's verdicts, from a file of their own or from the pairs' rows."""

    def __init__(self, reading: Reading, mapping: JudgeMapping) -> None:
        self._reading = reading
        self._mapping = mapping
        self._join = field_of(mapping.join)
        self._field = FieldOf(mapping.field)
        self._justification = field_of(mapping.justification)
        self._known: dict[str, VerdictRecord] = {}
        self._used: set[str] = set()

    @property
    def file(self) -> str | None:
        """The role of the file with the verdicts."""
        return self._mapping.file

    @property
    def unmatched(self) -> int:
        """Verdicts on pairs that no row was."""
        return len(self._known) - len(self._used)

    def learn(self, row: Row) -> None:
        """Take a row of the verdicts' own file; raises BadValue."""
        key = self._key(row.record)
        if key in self._known:
            raise BadValue(self._mapping.join or "", "an id once", f"{key} a second time")
        self._known[key] = self._verdict(row.record, Line(row.file, row.line))

    def read(self, record: Record) -> VerdictRecord | None:
        """The verdict on the pair of a row, None where the model was not asked."""
        if self._join is None:
            return None if self._field.get(record) in (None, "") else self._verdict(record)
        key = self._key(record)
        self._used.add(key) if key in self._known else None
        return self._known.get(key)

    def _key(self, record: Record) -> str:
        assert self._join is not None
        value = self._join.get(record)
        key = raw_name(value)
        if key is None:
            raise BadValue(self._join.name, "an id", describe(None if value is ABSENT else value))
        return key

    def _verdict(self, record: Record, line: Line | None = None) -> VerdictRecord:
        value = self._field.get(record)
        raw = raw_name(value)
        choice: Preference | None = None
        if raw is None or written_as(raw, self._mapping.no_preference) is None:
            choice = side(value, self._field.name, self._mapping.values)
        why = self._justification
        return VerdictRecord(
            self._mapping.agent,
            self._mapping.kind,
            choice,
            None if raw is None else self._reading.storable(raw),
            None if why is None else self._reading.optional_text(why.get(record), why.name),
            field=self._field.name,
            line=line,
        )


class ValueOf:
    """Reads the values of an external factor from a row."""

    def __init__(self, mapping: FactorMapping, factor: Factor) -> None:
        self._factor = factor
        self._left = FieldOf(mapping.left)
        self._right = FieldOf(mapping.right)

    def left(self, record: Record) -> ValueRecord:
        """The left response's value."""
        return value_record(self._left.get(record), self._left.name, self._factor)

    def right(self, record: Record) -> ValueRecord:
        """The right response's value."""
        return value_record(self._right.get(record), self._right.name, self._factor)


def value_record(value: object, field: str, factor: Factor, method: str = "external") -> ValueRecord:
    """A value as a factor takes it: a number, true or false as 1 or 0, a class by its name."""
    if value is ABSENT:
        raise BadValue(field, "a value or null", NO_SUCH_FIELD)
    if value is None or (raw_name(value) is None and isinstance(value, str | float)):
        return ValueRecord(factor.name, None, reason=NO_VALUE, method=method)
    if factor.classes and not isinstance(value, bool):
        label, found = _class_of(value, field, factor)
        return ValueRecord(factor.name, found, label, method=method)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        value = value.strip().lower() == "true"
    found = float(value) if isinstance(value, bool) else needed_number(value, field)
    return ValueRecord(factor.name, found, _label_of(found, factor), method=method)


def _class_of(value: object, field: str, factor: Factor) -> tuple[str, float]:
    raw = raw_name(value) or ""
    for label, found in factor.classes:
        if raw.casefold() == label.casefold() or raw == raw_name(found):
            return label, found
    names = ", ".join(label for label, _ in factor.classes)
    raise BadValue(field, f"one of {names}", describe(value))


def _label_of(value: float, factor: Factor) -> str | None:
    return next((label for label, found in factor.classes if found == value), None)
