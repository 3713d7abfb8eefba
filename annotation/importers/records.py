"""What the layouts make of rows, and what goes into a study."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from annotation.answers import AnswerKind
from profile_engine.preferences import AgentKind, Preference


@dataclass(frozen=True, slots=True)
class Line:
    """Where something stood that does not stand on the line of its pair."""

    file: str
    number: int


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source text; equal texts are one source."""

    text: str
    title: str | None = None
    external_id: str | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A factor's value of a response, or the reason why it has none; a class may stand for its number."""

    factor: str
    value: float | None
    label: str | None = None
    reason: str | None = None
    method: str = "external"
    version: str = "1"
    created: str | None = None
    evidence: Mapping[str, Any] | None = None
    line: Line | None = None

    @property
    def field(self) -> str:
        """What it is called in messages."""
        return f"factor {self.factor}"


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """A response to a source."""

    text: str
    agent: str | None = None
    score: float | None = None
    external_id: str | None = None
    values: tuple[ValueRecord, ...] = ()
    simulated: bool = False

    def without(self, part: object) -> Self:
        """All but one of its values."""
        return replace(self, values=tuple(value for value in self.values if value is not part))


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What a person said of a pair.

    Attributes:
        annotator: None: nobody said who.
        choice: of a label; None: withdrawn.
        field: where it stood, for messages.
        called_first: the side that the file calls the first; None: it says left and right. For messages.
        revision: tells a later word from an earlier one, where people can change what they said: another
            choice is then a change. Empty: nobody can, and it is a contradiction.
    """

    annotator: str | None
    choice: Preference | None
    kind: AnswerKind = AnswerKind.LABEL
    simulated: bool = False
    shown_first: Preference | None = None
    sure: bool | None = None
    set: bool | None = None
    note: str | None = None
    seconds: float | None = None
    created: str | None = None
    field: str = "label"
    called_first: Preference | None = None
    line: Line | None = None
    revision: str = ""


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What a model said of a pair; `choice` None: it gave no preference, and `raw` is what it said."""

    agent: str
    kind: AgentKind
    choice: Preference | None
    raw: str | None = None
    justification: str | None = None
    created: str | None = None
    simulated: bool = False
    field: str = "verdict"
    line: Line | None = None


Part = ValueRecord | AnswerRecord | VerdictRecord
"""What may be wrong while the pair or response that it is of is right."""


@dataclass(frozen=True, slots=True)
class PairRecord:
    """Two responses to one source, and all that the data says of them.

    Attributes:
        key: the data set's own id of the pair with the data set's name, None where it has none.
    """

    file: str
    line: int
    source: SourceRecord
    left: ResponseRecord
    right: ResponseRecord
    key: str | None = None
    external_id: str | None = None
    answers: tuple[AnswerRecord, ...] = ()
    verdicts: tuple[VerdictRecord, ...] = ()

    def without(self, part: Part) -> Self:
        """All but one of its values, answers or verdicts."""
        return replace(
            self,
            left=self.left.without(part),
            right=self.right.without(part),
            answers=tuple(answer for answer in self.answers if answer is not part),
            verdicts=tuple(verdict for verdict in self.verdicts if verdict is not part),
        )


@dataclass(frozen=True, slots=True)
class LoneResponse:
    """A response that is in no pair."""

    file: str
    line: int
    source: SourceRecord
    response: ResponseRecord

    def without(self, part: Part) -> Self:
        """All but one of its values."""
        return replace(self, response=self.response.without(part))


Entry = PairRecord | LoneResponse
