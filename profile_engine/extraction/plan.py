"""Which calls fill which factors of which responses: counted exactly before anything is sent.

The number of calls does not depend on what is answered, nor on which of a call's factors are wanted, so
that another choice of factors never asks a question again that was paid for.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from math import ceil
from types import MappingProxyType
from typing import Final

from profile_engine.errors import UnknownFactorError
from profile_engine.extraction.prompts.criteria import Criterion, Part, Statements, criteria_of
from profile_engine.extraction.prompts.requests import (
    FACTS_VERSION,
    JUDGE_VERSION,
    Material,
    facts_request,
    response_request,
    statements_request,
)
from profile_engine.ports import ChatRequest
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Factor, Task

NUMBER_OF_FACTS: Final = "number_of_facts"

_CHARACTERS_A_TOKEN: Final = 4  # of English, in the tokenizers of today's models
_WORDS_A_FACT: Final = 7
_TOKENS_A_FACT: Final = 16
_TOKENS_A_JUDGEMENT: Final = 32


class Plan(StrEnum):
    """How questions are put together.

    `paper`: a call a factor, as in Appendix D. `fused`: the task's questions about the response's facts in
    one call, those about the response as a whole in another. Under both, the facts of a text are one call
    and Source Coverage is one; so is each factor of a study's own, and each that is not the task's.
    """

    PAPER = "paper"
    FUSED = "fused"


class CallKind(StrEnum):
    """What a call asks for."""

    SOURCE_FACTS = "facts of sources"
    FACTS = "facts of responses"
    FACT_VERDICTS = "verdicts on facts of responses"
    COVERAGE = "verdicts on facts of sources"
    RESPONSE_VERDICTS = "verdicts on responses"


@dataclass(frozen=True, slots=True)
class ResponseItem:
    """A response to be judged.

    Attributes:
        key: the caller's own; comes back with the values.
        material: the response, its input (post, question) and its source (post, reference).
        factors: those that it lacks; all that the questionnaire asks for where None.
    """

    key: int
    material: Material
    factors: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A factor of a study's own that a judge is asked about."""

    factor: Factor
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call for one response: questions that are asked together, or none to ask for the facts of a text."""

    kind: CallKind
    material: Material
    criteria: tuple[Criterion, ...] = ()

    @property
    def statements(self) -> Statements | None:
        """Whose facts are judged."""
        return self.criteria[0].statements if self.criteria else None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that the request is made of, in part by way of their facts."""
        return tuple(map(self.material.text, _parts(self.kind, self.criteria, self.material.together)))

    def identity(self) -> bytes:
        """Equal where the requests will be equal."""
        names = (f"{criterion.key}: {criterion.question}" for criterion in self.criteria)
        digest = hashlib.blake2b(digest_size=16)
        for text in (*names, str(self.material.together and bool(self.criteria)), *self.texts):
            encoded = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d " % len(encoded))
            digest.update(encoded)
        return digest.digest()

    def request(self, task: Task, facts: Sequence[str] = ()) -> ChatRequest:
        """What is sent, given the facts to be judged where there are any."""
        if not self.criteria:
            return facts_request(task, self.texts[0])
        if self.statements is None:
            return response_request(task, self.criteria, self.material)
        return statements_request(task, self.criteria, self.material, facts)


@cache
def _parts(kind: CallKind, criteria: tuple[Criterion, ...], together: bool) -> tuple[Part, ...]:
    """First the text whose facts are asked for or judged, then those that are shown."""
    if not criteria:
        return (Part.OUTPUT if kind is CallKind.FACTS else Part.SOURCE,)
    shown = {part for criterion in criteria for part in criterion.shows}
    if together and Part.INPUT in shown:
        shown.discard(Part.SOURCE)
    origin = criteria[0].statements
    return (*([Part(origin)] if origin else []), *(part for part in Part if part in shown))


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """What is asked for one response, and which of its wanted factors cannot be, with the reason."""

    calls: tuple[PlannedCall, ...]
    wanted: tuple[str, ...]
    unavailable: Mapping[str, str] = field(default_factory=dict)


class Questionnaire:
    """The questions that fill some factors of a task's responses."""

    def __init__(
        self, task: Task, plan: Plan, factors: Iterable[str], own: Sequence[OwnQuestion] = ()
    ) -> None:
        """Raises UnknownFactorError for a factor that no judge is asked about."""
        self.task = task
        self.plan = plan
        self._own = {question.factor.name: question for question in own}
        self._criteria = {**criteria_of(task), **{name: one.criterion for name, one in self._own.items()}}
        self.factors = tuple(dict.fromkeys(factors))
        for name in self.factors:
            if name != NUMBER_OF_FACTS and name not in self._criteria:
                known = ", ".join((NUMBER_OF_FACTS, *self._criteria))
                raise UnknownFactorError(f"no model is asked about {name}; it is asked about {known}")
        self._groups = {
            name: self._group(self._criteria[name]) for name in self.factors if name != NUMBER_OF_FACTS
        }

    def factor(self, name: str) -> Factor:
        """A factor by its name."""
        return self._own[name].factor if name in self._own else FACTORS[name]

    def version(self, name: str) -> str:
        """The plan and the versions of the prompts that give a factor's value; short enough for a column."""
        facts = f"facts-{FACTS_VERSION}"
        if name == NUMBER_OF_FACTS:
            return f"{self.plan} {facts}"
        group = self._groups[name]
        questions = f"judge-{JUDGE_VERSION}.{'.'.join(criterion.version for criterion in group)}"
        return (
            f"{self.plan} {questions}" if group[0].statements is None else f"{self.plan} {facts} {questions}"
        )

    def plan_item(self, item: ResponseItem) -> ItemPlan:
        """The calls for one response."""
        wanted = [name for name in self.factors if item.factors is None or name in item.factors]
        missing = {name: reason for name in wanted if (reason := self._obstacle(name, item.material))}
        calls: dict[PlannedCall, None] = {}
        for name in wanted:
            if name in missing:
                continue
            if name == NUMBER_OF_FACTS:
                if item.material.output.strip():
                    calls[PlannedCall(CallKind.FACTS, item.material)] = None
                continue
            asked = tuple(
                criterion
                for criterion in self._groups[name]
                if not self._obstacle(criterion.factor, item.material)
            )
            calls.update(dict.fromkeys(_with_facts(asked, item.material)))
        return ItemPlan(tuple(calls), tuple(wanted), missing)

    def _group(self, criterion: Criterion) -> tuple[Criterion, ...]:
        """The questions that are asked together with one."""
        together = TASK_FACTORS[self.task] if self.plan is Plan.FUSED else ()
        if criterion.factor in self._own or criterion.factor not in together:
            return (criterion,)
        return tuple(
            other
            for other in criteria_of(self.task).values()
            if other.factor in together and other.statements == criterion.statements
        )

    def _obstacle(self, name: str, material: Material) -> str | None:
        """Why a factor has no value whatever the judge would say."""
        if name == NUMBER_OF_FACTS:
            return None
        criterion = self._criteria[name]
        needed = {*criterion.shows, *([Part(criterion.statements)] if criterion.statements else [])}
        if not material.output.strip():
            return "the response is empty"
        absent = [
            part for part in (Part.INPUT, Part.SOURCE) if part in needed and not material.text(part).strip()
        ]
        return f"no {absent[0]}" if absent else None


def _with_facts(criteria: tuple[Criterion, ...], material: Material) -> Iterator[PlannedCall]:
    """The call that asks questions, after the call for the facts that they are asked of."""
    match criteria[0].statements:
        case Statements.OUTPUT:
            yield PlannedCall(CallKind.FACTS, material)
            yield PlannedCall(CallKind.FACT_VERDICTS, material, criteria)
        case Statements.SOURCE:
            yield PlannedCall(CallKind.SOURCE_FACTS, material)
            yield PlannedCall(CallKind.COVERAGE, material, criteria)
        case None:
            yield PlannedCall(CallKind.RESPONSE_VERDICTS, material, criteria)


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """So many calls and, roughly, tokens: four characters are a token, seven words a fact."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "CallEstimate") -> "CallEstimate":
        return CallEstimate(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a run will ask.

    `total.calls` is what a run makes that finds nothing on record and where every text has facts. A run may
    make fewer, and says why: replies on record, and calls spared because a text has no facts or its
    facts could not be had. Repair turns and retries come on top and are counted apart.

    Attributes:
        responses: with something to ask about.
        by_kind: estimates by what is asked for.
        longest_answer: completion tokens of the longest answer expected; a model's limit should be above it.
    """

    responses: int
    by_kind: Mapping[CallKind, CallEstimate]
    longest_answer: int

    @property
    def total(self) -> CallEstimate:
        """Over all kinds."""
        return sum(self.by_kind.values(), CallEstimate())

    def cost(self, price_in: float, price_out: float) -> float:
        """In the unit of the prices, which are for a million tokens."""
        total = self.total
        return (total.prompt_tokens * price_in + total.completion_tokens * price_out) / 1e6

    def seconds(self, concurrency: int, seconds_a_call: float) -> float:
        """How long it takes with so many calls at a time."""
        return ceil(self.total.calls / concurrency) * seconds_a_call


def plan_calls(items: Iterable[ResponseItem], *questionnaires: Questionnaire) -> CallPlan:
    """Count the distinct calls that the responses take, under all questionnaires together."""
    seen: set[bytes] = set()
    responses = longest = 0
    by_kind = dict.fromkeys(CallKind, CallEstimate())
    for item in items:
        calls = [
            (call, questionnaire.task)
            for questionnaire in questionnaires
            for call in questionnaire.plan_item(item).calls
        ]
        responses += bool(calls)
        for call, task in calls:
            identity = call.identity()
            if identity not in seen:
                seen.add(identity)
                estimate = _estimate(call, task)
                by_kind[call.kind] += estimate
                longest = max(longest, estimate.completion_tokens)
    return CallPlan(responses, MappingProxyType(by_kind), longest)


def _estimate(call: PlannedCall, task: Task) -> CallEstimate:
    characters = _framing(call.criteria, call.material.together, task) + sum(map(len, call.texts))
    judgements = len(call.criteria)
    if call.kind in (CallKind.FACTS, CallKind.SOURCE_FACTS):
        answer = _facts_in(call.texts[0]) * _TOKENS_A_FACT
    elif call.statements is None:
        answer = judgements * _TOKENS_A_JUDGEMENT
    else:
        # The text that the facts are of stands for them: they are about as long as it is.
        answer = _facts_in(call.texts[0]) * judgements * _TOKENS_A_JUDGEMENT
    return CallEstimate(1, ceil(characters / _CHARACTERS_A_TOKEN), answer)


def _facts_in(text: str) -> int:
    return max(1, round(len(text.split()) / _WORDS_A_FACT))


@cache
def _framing(criteria: tuple[Criterion, ...], together: bool, task: Task) -> int:
    """Characters of a request that are not the response's own, its schema among them."""
    text = "" if together else None
    kind = CallKind.RESPONSE_VERDICTS if criteria else CallKind.FACTS
    request = PlannedCall(kind, Material("", text, ""), criteria).request(task)
    schema = json.dumps(request.schema.schema) if request.schema else ""
    return sum(len(message.text) for message in request.messages) + len(schema)
