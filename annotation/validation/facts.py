"""The facts behind a value, what a person says of them, and the value that follows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from profile_engine.extraction.plan import NUMBER_OF_FACTS
from profile_engine.extraction.prompts.criteria import criteria_of
from profile_engine.taxonomy import Task

SOURCE_COVERAGE: Final = "source_coverage"
"""The factor whose facts are those of the source."""
_CRITERIA: Final = criteria_of(Task.SUMMARIZATION)  # keys and counted answers are those of every task


class FactFault(StrEnum):
    """What is wrong with a fact itself, whatever the verdict on it.

    SPLIT is a part of another fact of the list; MERGED holds several facts.
    """

    SPLIT = "split"
    MERGED = "merged"
    NOT_IN_RESPONSE = "not in the response"


@dataclass(frozen=True, slots=True)
class FactLine:
    """An atomic fact of a value's list.

    Attributes:
        index: its place, from 0.
        verdict: the extraction's answer to the question; None where the list has no question.
    """

    index: int
    text: str
    verdict: bool | None = None
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class FactList:
    """The facts that a value rests on.

    Attributes:
        question: what was asked of each, as evidence calls it: `supported`, `on_focus`, ...; None where
            nothing was, or there are no facts.
        of_source: facts of the source against the response, else of the response.
    """

    factor: str
    facts: tuple[FactLine, ...] = ()
    question: str | None = None
    of_source: bool = False


@dataclass(frozen=True, slots=True)
class FactMarks:
    """What a person says of a list of facts.

    Attributes:
        verdicts: their verdict on a fact, None where they cannot tell; a fact that is not here is accepted
            as extracted.
        faults: of single facts.
        missing: facts of the response that the list lacks, in their words or empty.
    """

    verdicts: Mapping[int, bool | None] = field(default_factory=dict)
    faults: Mapping[int, FactFault] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def changes(self, listed: FactList) -> bool:
        """Whether the value may be another one by these marks."""
        turned = self.over(listed).verdicts.values()
        return bool(self.faults or self.missing) or any(verdict is not None for verdict in turned)

    def over(self, listed: FactList) -> "FactMarks":
        """The same without verdicts that only repeat what was extracted."""
        extracted = {fact.index: fact.verdict for fact in listed.facts}
        turned = {
            index: verdict for index, verdict in self.verdicts.items() if extracted.get(index) is not verdict
        }
        return FactMarks(turned, self.faults, self.missing)

    def as_json(self) -> dict[str, Any]:
        """As the log keeps it; what is empty is left out."""
        told = {
            "verdicts": {str(index): verdict for index, verdict in sorted(self.verdicts.items())},
            "faults": {str(index): fault.value for index, fault in sorted(self.faults.items())},
            "missing": list(self.missing),
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def from_json(cls, told: Mapping[str, Any] | None) -> "FactMarks | None":
        """What the log keeps, read again."""
        if told is None:
            return None
        return cls(
            {int(index): verdict for index, verdict in told.get("verdicts", {}).items()},
            {int(index): FactFault(fault) for index, fault in told.get("faults", {}).items()},
            tuple(told.get("missing", ())),
        )


def read_facts(
    factor: str, evidence: Mapping[str, Any] | None, source_evidence: Mapping[str, Any] | None = None
) -> FactList:
    """The facts in a value's evidence; those of the source may lie with the source, with `covers` here."""
    told = evidence or {}
    if factor == SOURCE_COVERAGE:
        return _source_facts(told, source_evidence or {})
    rows = [row for row in told.get("facts", ()) if isinstance(row, Mapping)]
    question = None if factor == NUMBER_OF_FACTS else _question(factor, rows)
    return FactList(factor, tuple(_lines(rows, question)), question)


def revalue(listed: FactList, marks: Iterable[FactMarks]) -> float | None:
    """The value that follows when marks are applied in their order; None where no fact is left.

    Number Of Facts counts what is in the response: a SPLIT fact and one that is NOT_IN_RESPONSE do not
    count, a MERGED one counts as two, a missing one as one. A ratio is over the listed facts that remain.
    """
    verdicts, faults, missing = merge_marks(listed, marks)
    gone = {index for index, fault in faults.items() if fault is not FactFault.MERGED}
    if listed.factor == NUMBER_OF_FACTS:
        merged = sum(fault is FactFault.MERGED for fault in faults.values())
        return float(len(listed.facts) - len(gone) + merged + missing)
    left = [verdicts[fact.index] for fact in listed.facts if fact.index not in gone]
    criterion = _CRITERIA.get(listed.factor)
    counted = criterion is None or criterion.counted == "yes"
    return sum(verdict is counted for verdict in left) / len(left) if left else None


def merge_marks(
    listed: FactList, marks: Iterable[FactMarks]
) -> tuple[dict[int, bool | None], dict[int, FactFault], int]:
    """Verdicts and faults as they are after all marks, and how many facts are missing."""
    verdicts = {fact.index: fact.verdict for fact in listed.facts}
    faults: dict[int, FactFault] = {}
    missing = 0
    for mark in marks:
        said = {index: verdict for index, verdict in mark.verdicts.items() if verdict is not None}
        verdicts.update({index: verdict for index, verdict in said.items() if index in verdicts})
        faults.update({index: fault for index, fault in mark.faults.items() if index in verdicts})
        missing += len(mark.missing)
    return verdicts, faults, missing


def _source_facts(told: Mapping[str, Any], source: Mapping[str, Any]) -> FactList:
    rows = [row for row in told.get("source_facts", ()) if isinstance(row, Mapping)]
    if rows:
        return FactList(SOURCE_COVERAGE, tuple(_lines(rows, "covered")), "covered", of_source=True)
    covers = told.get("covers")
    texts = source.get("facts", ())
    if not isinstance(covers, list) or not isinstance(texts, list):
        return FactList(SOURCE_COVERAGE, of_source=True)
    facts = (FactLine(index, str(text), index in covers) for index, text in enumerate(texts))
    return FactList(SOURCE_COVERAGE, tuple(facts), "covered", of_source=True)


def _question(factor: str, rows: list[Mapping[str, Any]]) -> str | None:
    """The key of the answers: that of the factor, or of a factor of the study's own the only one."""
    if not rows:
        return None
    if factor in _CRITERIA:
        return _CRITERIA[factor].key
    return next((key for row in rows for key, answer in row.items() if isinstance(answer, bool)), None)


def _lines(rows: list[Mapping[str, Any]], question: str | None) -> Iterator[FactLine]:
    for index, row in enumerate(rows):
        answer = row.get(question) if question else None
        why = row.get("justification")
        yield FactLine(
            index,
            str(row.get("text", "")),
            answer if isinstance(answer, bool) else None,
            why if isinstance(why, str) and question else None,
        )
