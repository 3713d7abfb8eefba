"""The layout in which a row is a pair."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from annotation.importers.faults import BadValue, describe
from annotation.importers.fields import Oddity, Reading, Record, raw_name
from annotation.importers.mapping import DomainMapping, PairMapping
from annotation.importers.parts import FieldOf, JudgeOf, LabelOf, ResponseOf, SourceOf, ValueOf, field_of
from annotation.importers.records import PairRecord
from annotation.importers.rows import Row
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Factor


@dataclass(frozen=True, slots=True)
class OtherDomain:
    """A row of a part of the data set that is not wanted."""

    domain: str


@dataclass(frozen=True, slots=True)
class HumanTie:
    """A pair that people call a tie, where the card leaves such pairs out."""


class PairRows:
    """Makes pairs of rows.

    Args:
        reading: reads and counts.
        mapping: what the fields mean.
        dataset: begins the keys of pairs that have an id.
        factors: the study's factors by name, those of the mapping included.
        domain: the part of the data set that is wanted.
        exclude_ties: leave out labels that call the pair a tie, and the pair where no other is left.
        simulated: who is not real: authors, annotators.
    """

    def __init__(
        self,
        reading: Reading,
        mapping: PairMapping,
        *,
        dataset: str,
        factors: Mapping[str, Factor],
        domain: str | None = None,
        exclude_ties: bool = False,
        simulated: Iterable[str] = (),
    ) -> None:
        self._reading = reading
        self._mapping = mapping
        self._dataset = dataset
        self._exclude_ties = exclude_ties
        self._id = field_of(mapping.id)
        self._in_domain = _domain_filter(mapping.domain, domain)
        self._source = SourceOf(
            reading,
            mapping.source,
            documents=mapping.documents,
            source_id=mapping.source_id,
            title=mapping.title,
        )
        authors = "authors" in simulated
        m = mapping
        self._left = ResponseOf(reading, m.left, m.left_agent, m.left_score, m.left_id, simulated=authors)
        self._right = ResponseOf(
            reading, m.right, m.right_agent, m.right_score, m.right_id, simulated=authors
        )
        self._labels = [
            LabelOf(reading, label, simulated="annotators" in simulated) for label in mapping.labels
        ]
        self._values = [ValueOf(factor, factors[factor.name]) for factor in mapping.factors]
        self.judges = tuple(JudgeOf(reading, judge) for judge in mapping.judges)

    def read(self, row: Row) -> PairRecord | OtherDomain | HumanTie:
        """The pair of a row, or why it is left out; raises BadValue."""
        record = row.record
        if (other := self._in_domain(record)) is not None:
            return OtherDomain(other)
        source = self._source.read(record)
        left = self._left.read(record, tuple(value.left(record) for value in self._values))
        right = self._right.read(record, tuple(value.right(record) for value in self._values))
        answers = tuple(answer for label in self._labels if (answer := label.read(record)) is not None)
        verdicts = tuple(found for judge in self.judges if (found := judge.read(record)) is not None)
        if self._exclude_ties and any(answer.choice is Preference.TIE for answer in answers):
            kept = tuple(answer for answer in answers if answer.choice is not Preference.TIE)
            self._reading.counts[Oddity.HUMAN_TIE] += len(answers) - len(kept)
            if not kept:
                return HumanTie()
            answers = kept
        external = (
            None if self._id is None else self._reading.optional_text(self._id.get(record), self._id.name)
        )
        return PairRecord(
            row.file,
            row.line,
            source,
            left,
            right,
            None if external is None else f"{self._dataset}:{external}",
            external,
            answers,
            verdicts,
        )


def _domain_filter(mapping: DomainMapping | None, wanted: str | None) -> Callable[[Record], str | None]:
    if mapping is None:
        return lambda _: None
    field = FieldOf(mapping.field)
    domain = wanted or mapping.default

    def other_domain(record: Record) -> str | None:
        """The row's domain where it is not the wanted one; `askacademia_train` belongs to `askacademia`."""
        value = raw_name(field.get(record))
        if value is None:
            raise BadValue(field.name, "a domain", describe(None))
        return None if value == domain or value.startswith((f"{domain}_", f"{domain}/")) else value

    return other_domain
