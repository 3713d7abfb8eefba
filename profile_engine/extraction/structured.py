"""Answers that must be JSON of a given shape: read leniently, validated, repaired once, never guessed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NoReturn, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from profile_engine.extraction.calling import Called, Caller, request_key
from profile_engine.ports import ChatMessage, ChatRequest, ModelError, Speaker

__all__ = [
    "Answered",
    "Exchange",
    "Failed",
    "Numbering",
    "ask",
    "is_stale",
    "json_values",
    "number_verdicts",
    "request_key",
]

REPAIR: Final = """\
That answer cannot be used: {reason}.
Answer the same task again, completely: one JSON object of the form asked for, and nothing around it."""

CUT: Final = "the answer was cut off at the most tokens allowed; allow the model more (max_tokens)"

THOUGHTS: Final = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
TRAILING_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
# Braces in prose are common and skipped; a bare list counts only where it is what the text begins with.
JSON_START: Final = re.compile(r'\{(?=\s*["}])|\A\s*(?:```\w*\s*)?\[')

AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said: every reply in order, and the key of the request that got none, if one did not."""

    calls: tuple[Called, ...]
    unanswered: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Of every request, answered or not, in order."""
        keys = tuple(call.key for call in self.calls)
        return keys if self.unanswered is None else (*keys, self.unanswered)

    @property
    def is_old(self) -> bool:
        """Whether every reply was on record before."""
        return bool(self.calls) and all(call.from_store for call in self.calls)

    @property
    def raw_texts(self) -> tuple[str, ...]:
        """The replies as they came."""
        return tuple(call.reply.text for call in self.calls)

    @property
    def model(self) -> str | None:
        """The model that the endpoint says answered last; None where nothing came."""
        return self.calls[-1].reply.model if self.calls else None

    @property
    def prompt_tokens(self) -> int | None:
        """Over all replies; None where the endpoint does not tell."""
        return _total([call.reply.prompt_tokens for call in self.calls])

    @property
    def completion_tokens(self) -> int | None:
        """Over all replies; None where the endpoint does not tell."""
        return _total([call.reply.completion_tokens for call in self.calls])


@dataclass(frozen=True, slots=True)
class Answered(Generic[AnswerT]):
    """A valid answer, and what was tolerated to read it."""

    answer: AnswerT
    exchange: Exchange
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """No valid answer, and why, in one line."""

    reason: str
    exchange: Exchange


class Numbered(Protocol):
    """Anything that says which of the items asked about it answers."""

    @property
    def number(self) -> int:
        """From 1."""
        ...


NumberedT = TypeVar("NumberedT", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Numbering(Generic[NumberedT]):
    """Verdicts in the order of the items asked about; none where `problem` says what is wrong."""

    verdicts: tuple[NumberedT, ...]
    problem: str | None = None


def number_verdicts(verdicts: Sequence[NumberedT], expected: int) -> Numbering[NumberedT]:
    """Match verdicts to the items 1 to `expected` by their numbers, which must be a permutation of these."""
    given = Counter(verdict.number for verdict in verdicts)
    asked = range(1, expected + 1)
    problems = (
        ("missing", [number for number in asked if number not in given]),
        ("given more than once", sorted(number for number, times in given.items() if times > 1)),
        ("not asked for", sorted(number for number in given if number not in asked)),
    )
    found = [f"{what}: {_listed(numbers)}" for what, numbers in problems if numbers]
    if found:
        return Numbering((), f"of the numbers 1 to {expected}, " + "; ".join(found))
    return Numbering(tuple(sorted(verdicts, key=lambda verdict: verdict.number)))


async def ask(
    caller: Caller,
    request: ChatRequest,
    answer_type: type[AnswerT],
    *,
    check: Callable[[AnswerT], str | None] | None = None,
    anew: bool = False,
) -> Answered[AnswerT] | Failed:
    """Ask for an answer of a type; a bad one gets one repair turn.

    One that was cut off gets none, as its repair would be cut off, too.
    `check` may find fault with a valid answer, such as verdicts that are missing: it says what is wrong,
    or None. `anew` asks the model even where replies are on record, as for what failed before.
    """
    exchange = Exchange(())
    turn = request
    while True:
        try:
            called = await caller.call(turn, anew=anew)
        except ModelError as error:
            return Failed(str(error), Exchange(exchange.calls, unanswered=caller.key(turn)))
        exchange = Exchange((*exchange.calls, called))
        reading = _read(called, answer_type, check)
        if reading.answer is not None:
            return Answered(reading.answer, exchange, reading.notes)
        if len(exchange.calls) > 1 or was_cut(called):
            return Failed(CUT if was_cut(called) else reading.problem, exchange)
        turn = _repair(request, called.reply.text, reading.problem)


def is_stale(result: Answered[AnswerT] | Failed) -> bool:
    """Whether what cannot be used was on record before: only asked `anew` it may come out otherwise."""
    return isinstance(result, Failed) and result.exchange.is_old


def was_cut(called: Called) -> bool:
    """Whether a reply ended only because no more tokens were allowed."""
    return called.reply.finish_reason == "length"


def _repair(request: ChatRequest, text: str, problem: str) -> ChatRequest:
    turns = (
        ChatMessage(Speaker.ASSISTANT, text),
        ChatMessage(Speaker.USER, REPAIR.format(reason=problem)),
    )
    return ChatRequest((*request.messages, *turns), request.schema)


@dataclass(frozen=True, slots=True)
class _Reading(Generic[AnswerT]):
    answer: AnswerT | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()


def _read(
    called: Called, answer_type: type[AnswerT], check: Callable[[AnswerT], str | None] | None
) -> _Reading[AnswerT]:
    notes: list[str] = []
    try:
        candidates = list(json_values(called.reply.text, notes))
    except UnreadableJSONError as error:
        return _Reading(problem=str(error))
    answers: list[AnswerT] = []
    problems: list[str] = []
    for value in candidates:
        try:
            answer = answer_type.model_validate(_wrapped(value, answer_type))
        except ValidationError as error:
            problems.append(_faults(error))
        else:
            if answer not in answers:
                answers.append(answer)
    if len(answers) > 1:
        return _Reading(problem=f"it holds {len(answers)} different answers")
    if not answers:
        return _Reading(problem=problems[0] if problems else "it holds no JSON object")
    if check and (problem := check(answers[0])):
        return _Reading(problem=problem)
    if problems:
        notes.append("other JSON beside the answer")
    return _Reading(answers[0], notes=tuple(notes))


class UnreadableJSONError(ValueError):
    """JSON begins but does not end, or is broken."""


def json_values(text: str, notes: list[str]) -> Iterator[Any]:
    """Every outermost JSON object in a text, or the list that it begins with; notes what was odd.

    What looks like JSON but is not ends the reading: a complete object inside a broken one is not an answer.
    Raises UnreadableJSONError then.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated = sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
            notes.append(f"repeated keys, the last counts: {', '.join(repeated)}")
        return found

    decoder = json.JSONDecoder(object_pairs_hook=members, parse_constant=_refuse_constant, strict=False)
    text = THOUGHTS.sub("", text)
    position = 0
    while start := JSON_START.search(text, position):
        try:
            value, position = decoder.raw_decode(text, start.end() - 1)
        except (ValueError, RecursionError) as error:
            rest = text[start.end() - 1 :]
            without = TRAILING_COMMA.sub(lambda match: match[1] or "", rest)
            if without == rest:
                raise UnreadableJSONError(f"its JSON is broken: {_where(error)}") from error
            notes.append("trailing commas")
            text, position = without, 0
        else:
            yield value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _where(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}"
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)


def _wrapped(value: object, answer_type: type[BaseModel]) -> object:
    """A bare list stands for the only field of a type that has one."""
    fields = list(answer_type.model_fields.items())
    if isinstance(value, list) and len(fields) == 1 and fields[0][0] != "root":
        name, field = fields[0]
        return {field.alias or name: value}
    return value


def _faults(error: ValidationError, most: int = 3) -> str:
    faults = [
        f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    more = f" and {len(faults) - most} more" if len(faults) > most else ""
    return "; ".join(faults[:most]) + more


def _listed(numbers: Sequence[int], most: int = 10) -> str:
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return ", ".join(map(str, numbers[:most])) + more


def _total(counts: Sequence[int | None]) -> int | None:
    known = [tokens for tokens in counts if tokens is not None]
    return sum(known) if known else None
