"""What the engine needs of models: three ports, implemented in `profile_engine.backends`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from profile_engine.errors import EngineError


class ModelError(EngineError):
    """A model did not answer; the message says what happened and what to do."""


class RetriableModelError(ModelError):
    """A fault that may pass: a rate limit, a 5xx, a time-out, a cut connection, an empty answer.

    Attributes:
        retry_after: seconds the endpoint asked to wait; None where it did not say.
        rate_limited: whether the endpoint asked for fewer calls.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, rate_limited: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.rate_limited = rate_limited


class RefusalError(ModelError):
    """The model, or a filter before it, declined to answer; asked once more it may not."""


class UnusableModelError(ModelError):
    """No call can succeed until a person does something: a wrong key, no such model, nothing there."""


class UnsentError(UnusableModelError):
    """Such an error of a call that was not even sent."""


class Speaker(StrEnum):
    """Who speaks in a chat."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a chat."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """The JSON an answer must be: a name and a JSON schema."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked: the whole of it, so that equal requests have equal answers on record."""

    messages: tuple[ChatMessage, ...]
    schema: AnswerSchema | None = None


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back. Token counts are None where the endpoint does not tell."""

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model answers under which parameters; part of every stored answer's key and provenance."""

    name: str
    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class ChatModel(Protocol):
    """Answers chats. Implementations are safe for many calls at once on one event loop."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        ...

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer once, without retries.

        Raises:
            RetriableModelError: a fault that may pass.
            RefusalError: the model declined.
            UnusableModelError: no call can succeed, such as with a wrong key.
            ModelError: this request was not answered, and will not be.
        """
        ...


@dataclass(frozen=True, slots=True)
class BooleanQuestion:
    """A yes/no question with its text, as the model reads it."""

    text: str


@dataclass(frozen=True, slots=True)
class QualityScore:
    """P(Yes) / (P(Yes) + P(No)); `truncated` where the text went beyond the model's limit."""

    probability: float
    truncated: bool


class QualityModel(Protocol):
    """Scores boolean questions (UniEval)."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        ...

    def score(self, questions: Sequence[BooleanQuestion]) -> Sequence[QualityScore]:
        """One score a question, in order; independent of how the questions are batched."""
        ...


@dataclass(frozen=True, slots=True)
class Reward:
    """How much a model likes a response; `truncated` where prompt and response went beyond its limit."""

    value: float
    truncated: bool


class RewardModel(Protocol):
    """Gives a response a scalar reward."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        ...

    def reward(self, prompts: Sequence[str], responses: Sequence[str]) -> Sequence[Reward]:
        """One reward a (prompt, response), in order; independent of how they are batched."""
        ...
