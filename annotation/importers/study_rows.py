"""The program's own layout, which `export` writes: everything of a pair in one row."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from annotation.answers import CHOICES, AnswerKind
from annotation.importers.faults import BadValue, describe
from annotation.importers.fields import Oddity, Reading
from annotation.importers.mapping import SIDES, Name, Person, Side
from annotation.importers.records import (
    AnswerRecord,
    PairRecord,
    ResponseRecord,
    SourceRecord,
    ValueRecord,
    VerdictRecord,
)
from annotation.importers.rows import Row
from profile_engine.preferences import AgentKind, Preference

MARK: Final = "profile_tui"
"""The field by which a row says that it is in this layout; its value is the layout's version."""

VERSION: Final = 1

SIDE_NAMES: Final = {int(choice): name for name, choice in SIDES.items()}
"""How a preference is written."""


Word = Annotated[Name, Field(max_length=80)]
Time = Annotated[Name, Field(max_length=32)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class _Source(_Part):
    text: str
    id: str | None = None
    title: str | None = None
    evidence: dict[str, Any] | None = None


class _Value(_Part):
    factor: Word
    value: float | None
    label: str | None = None
    reason: str | None = None
    method: Annotated[Name, Field(max_length=40)]
    version: Word
    created: Time
    evidence: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.value is None and self.reason is None:
            raise ValueError("expected a value, or the reason why there is none")
        return self


class _Response(_Part):
    text: str
    id: str | None = None
    agent: Name | None = None
    score: float | None = None
    simulated: bool = False
    values: list[_Value] = []


class _Answer(_Part):
    annotator: Person
    kind: Annotated[AnswerKind, Field(strict=False)]
    created: Time
    choice: Side | None = None
    shown_first: Side | None = None
    sure: bool | None = None
    set: bool | None = None
    note: str | None = None
    seconds: float | None = None
    simulated: bool = False


def _of_a_model(kind: AgentKind) -> AgentKind:
    if kind in (AgentKind.HUMAN, AgentKind.ANNOTATOR):
        raise ValueError(f"expected a kind of model, found {kind}")
    return kind


class _Verdict(_Part):
    agent: Name
    kind: Annotated[AgentKind, Field(strict=False), AfterValidator(_of_a_model)]
    created: Time
    choice: Side | None = None
    raw: str | None = None
    justification: str | None = None
    simulated: bool = False


class _Pair(_Part):
    key: Name
    id: str | None = None
    source: _Source
    left: _Response
    right: _Response
    answers: list[_Answer] = []
    verdicts: list[_Verdict] = []


class StudyRows:
    """Makes pairs of the rows that `export` wrote."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, row: Row) -> PairRecord:
        """The pair of a row; raises BadValue."""
        mark = row.record.get(MARK)
        if mark != VERSION:
            expected = (
                f"{VERSION}, as `export` writes it (for other data say what the fields mean: card or map)"
            )
            raise BadValue(MARK, expected, describe(mark))
        try:
            pair = _Pair.model_validate(self._reading.storable_within(row.record))
        except ValidationError as error:
            raise _bad_value(error) from None
        except RecursionError:
            raise BadValue("(the row)", "fewer nested brackets", "too many") from None
        return PairRecord(
            row.file,
            row.line,
            SourceRecord(pair.source.text, pair.source.title, pair.source.id, pair.source.evidence),
            self._response(pair.left),
            self._response(pair.right),
            pair.key,
            pair.id,
            tuple(_answer(answer) for answer in pair.answers),
            tuple(VerdictRecord(**dict(verdict)) for verdict in pair.verdicts),
        )

    def _response(self, response: _Response) -> ResponseRecord:
        if not response.text.strip():
            self._reading.counts[Oddity.EMPTY] += 1
        return ResponseRecord(
            response.text,
            response.agent,
            response.score,
            response.id,
            tuple(ValueRecord(**dict(value)) for value in response.values),
            response.simulated,
        )


def read_answer(content: object) -> AnswerRecord:
    """An answer as `export` writes it; raises BadValue."""
    try:
        return _answer(_Answer.model_validate(content))
    except ValidationError as error:
        raise _bad_value(error) from None


def _bad_value(error: ValidationError) -> BadValue:
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return BadValue(field, "a value", "nothing")
    expected = (
        " ".join(first["msg"].split()).removeprefix("Input should be ").removeprefix("Value error, expected ")
    )
    return BadValue(field, expected, describe(first["input"]))


def _answer(answer: _Answer) -> AnswerRecord:
    if answer.kind in CHOICES and answer.choice is None:
        raise BadValue("answers.choice", "left, right or tie", "nothing")
    if answer.shown_first is Preference.TIE:
        raise BadValue("answers.shown_first", "left or right", "tie")
    return AnswerRecord(**dict(answer), field="answers")
