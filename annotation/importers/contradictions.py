"""What in an entry contradicts what the study has, or what the same files said before."""

from collections.abc import Iterable

from annotation.answers import AnswerKind
from annotation.importers.faults import BadValue
from annotation.importers.known import (
    KnownPair,
    KnownThings,
    ValueFound,
    ValuePlace,
    response_key,
    source_key,
)
from annotation.importers.records import (
    AnswerRecord,
    Line,
    Part,
    ResponseRecord,
    SourceRecord,
    ValueRecord,
    VerdictRecord,
)
from profile_engine.preferences import AgentKind, Preference


class BadPart(BadValue):
    """A label, verdict or value that contradicts the study, on a line of its own: the rest may go in."""

    def __init__(self, part: Part, line: Line, expected: str, found: str, advice: str = "") -> None:
        super().__init__(part.field, expected, found, advice)
        self.part = part
        self.line = line


_Given = tuple[bytes, str, str, str]
"""A response's key, factor, method, version."""


class Contradictions:
    """Looks for two things said of one pair or response by the same one.

    Args:
        known: what the study has, those things included that this import has brought so far.
        replace_values: whether a value that differs from the study's is to take its place.
        one_word_each: what to do about somebody who says two things of one pair.
    """

    def __init__(self, known: KnownThings, replace_values: bool, one_word_each: str = "") -> None:
        self._known = known
        self._one_word_each = one_word_each
        self._replace_values = replace_values
        self._given: dict[_Given, ValueFound] = {}

    def note_value(self, response: bytes, value: ValueRecord) -> None:
        """Keep a value in mind that these files gave."""
        self._given[_given(response, value)] = (value.value, value.label)

    def check_answers(
        self, known: KnownPair | None, answers: Iterable[tuple[str, AnswerRecord]], turned: bool
    ) -> None:
        """Nobody may say two things of one pair."""
        here: dict[str, int | None] = {}
        for annotator, answer in answers:
            if answer.kind is not AnswerKind.LABEL or answer.revision:
                continue
            choice = turned_choice(answer.choice, turned)
            said = here.setdefault(annotator, choice)
            agent = self._known.agents.get((annotator, AgentKind.ANNOTATOR))
            if known is not None and agent is not None:
                said = self._known.labels.get((known.id, agent), said)
            if said != choice:
                before = _said(answer, turned_choice(said, turned))
                expected = f"{before}, as {annotator} said of this pair before"
                raise _contradiction(answer, expected, _said(answer, answer.choice), self._one_word_each)

    def check_verdicts(
        self, known: KnownPair | None, verdicts: Iterable[VerdictRecord], turned: bool
    ) -> None:
        """Nor may a model."""
        for verdict in verdicts:
            agent = self._known.agents.get((verdict.agent, verdict.kind))
            if known is None or agent is None or (known.id, agent) not in self._known.verdicts:
                continue
            told = turned_choice(self._known.verdicts[known.id, agent], turned)
            if told != verdict.choice:
                expected = f"{_word(told)}, as {verdict.agent} said of this pair before"
                raise _contradiction(verdict, expected, _word(verdict.choice))

    def check_values(self, source: SourceRecord, responses: Iterable[ResponseRecord]) -> None:
        """A response has one value of a factor."""
        here: dict[_Given, ValueFound] = {}
        for response in responses:
            if not response.values:
                continue
            key = response_key(source_key(source), response)
            known = self._known.responses.get(key)
            for value in response.values:
                new, given = (value.value, value.label), _given(key, value)
                found = here.setdefault(given, self._given.get(given, new))
                if found != new:
                    expected = f"{_number(found[0])}, as these files say elsewhere"
                    raise _contradiction(value, expected, _number(value.value))
                if known is not None:
                    self._check_known_value(value_place(known, value), value)

    def _check_known_value(self, place: ValuePlace, value: ValueRecord) -> None:
        known = self._known.values
        if self._replace_values or place not in known or known.has_had(place, (value.value, value.label)):
            return
        stands = known.standing(place)[0]
        expected = f"{_number(stands)}, as this response had before (--replace-values lets the new one stand)"
        raise _contradiction(value, expected, _number(value.value))


def _given(response: bytes, value: ValueRecord) -> _Given:
    return response, value.factor, value.method, value.version


def _number(value: float | None) -> str:
    return "no value" if value is None else str(value)


def _contradiction(part: Part, expected: str, found: str, advice: str = "") -> BadValue:
    if part.line is None:
        return BadValue(part.field, expected, found, advice)
    return BadPart(part, part.line, expected, found, advice)


def value_place(response_id: int, value: ValueRecord) -> ValuePlace:
    """Where a value belongs."""
    return response_id, value.factor, value.method, value.version


def turned_choice(choice: int | None, turned: bool) -> int | None:
    """A plain number: drivers do not all take an enum."""
    return None if choice is None else -int(choice) if turned else int(choice)


def _said(answer: AnswerRecord, choice: int | None) -> str:
    """A choice in the words of the file that the answer stands in."""
    if not choice or answer.called_first is None:
        return _word(choice)
    return "first" if choice == answer.called_first else "second"


def _word(choice: int | None) -> str:
    return "no preference" if choice is None else Preference(choice).name.lower()
