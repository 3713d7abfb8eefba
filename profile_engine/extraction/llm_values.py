"""Factor values by a model that judges: many responses at once, each call made once."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from profile_engine.extraction.calling import Caller
from profile_engine.extraction.concurrency import work_at_once
from profile_engine.extraction.plan import (
    NUMBER_OF_FACTS,
    CallKind,
    PlannedCall,
    Questionnaire,
    ResponseItem,
)
from profile_engine.extraction.prompts.answers import (
    AtomicFacts,
    StatementJudgements,
    response_answer,
    statement_answer,
)
from profile_engine.extraction.structured import (
    Answered,
    AnswerT,
    Exchange,
    Failed,
    ask,
    is_stale,
    number_verdicts,
)
from profile_engine.extraction.verdicts import (
    FoundValue,
    count_facts,
    failed,
    find_class,
    find_ratio,
    no_ratio,
    unavailable,
)
from profile_engine.ports import ChatRequest


class Spared(StrEnum):
    """Why a planned call was not made."""

    NO_FACTS = "the text has no facts"
    FACTS_FAILED = "the facts could not be had"


@dataclass(frozen=True, slots=True)
class JudgedResponse:
    """All the wanted values of one response, in the questionnaire's order."""

    key: int
    values: tuple[FoundValue, ...]


@dataclass(frozen=True, slots=True)
class JudgingReport:
    """What a run did. Of a run that went to its end, `planned` is what `plan_calls` counted.

    A call that the end of a run kept from being sent is none of these.

    Attributes:
        responses: finished, and handed over.
        values: values found.
        unavailable: values that cannot be, with a reason.
        failed: values that could not be had this time.
        made: planned calls that were made.
        on_record: planned calls whose reply was on record.
        spared: planned calls that were not made, by reason.
        repairs: second turns, sent after an answer that could not be used; not planned.
        ended: why the run ended early; None where it did not.
    """

    responses: int
    values: int
    unavailable: int
    failed: int
    made: int
    on_record: int
    spared: Mapping[Spared, int]
    repairs: int
    ended: str | None = None

    @property
    def planned(self) -> int:
        """Planned calls that are settled."""
        return self.made + self.on_record + sum(self.spared.values())


async def judge_responses(
    items: Iterable[ResponseItem],
    questionnaire: Questionnaire,
    caller: Caller,
    hand_over: Callable[[JudgedResponse], None],
    *,
    anew: bool = False,
    at_once: int = 64,
) -> JudgingReport:
    """Judge responses; each is handed over as soon as all its values are found, to be stored.

    When the caller ends (a wrong key, or it was closed), what is unfinished is not handed over: its
    replies are on record, and the next run goes on from there.

    Args:
        items: the responses, those of one source together; read as they are needed.
        questionnaire: what is asked.
        caller: asks, and keeps the replies.
        hand_over: called on the event loop.
        anew: ask again where what is on record cannot be used.
        at_once: responses under way; calls under way are the caller's to bound.
    """
    run = _Run(questionnaire, caller, anew)
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            judged = await run.judge(item)
            if caller.ended is not None and any(value.failed for value in judged.values):
                return
            hand_over(judged)
            run.tally.count_values(judged)

    await work_at_once(at_once, work)
    return run.tally.report(caller.ended)


@dataclass(slots=True)
class _Tally:
    """Counts each call once, however many responses share it."""

    values: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    spared: Counter[Spared] = field(default_factory=Counter)
    settled: set[bytes] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)

    def count_values(self, judged: JudgedResponse) -> None:
        self.values["responses"] += 1
        for value in judged.values:
            kind = "failed" if value.failed else "unavailable" if value.value is None else "values"
            self.values[kind] += 1

    def count_call(self, call: PlannedCall, exchange: Exchange, sent: Set[str]) -> None:
        first = exchange.keys[0]
        new = (sent & set(exchange.keys)) - self.sent
        self.sent |= new
        self.calls["repairs"] += len(new - {first})
        if (first in self.sent or exchange.calls) and self._is_new(call):
            self.calls["made" if first in new else "on_record"] += 1

    def spare(self, call: PlannedCall, reason: Spared) -> None:
        if self._is_new(call):
            self.spared[reason] += 1

    def report(self, ended: Exception | None) -> JudgingReport:
        values, calls = self.values, self.calls
        return JudgingReport(
            values["responses"],
            values["values"],
            values["unavailable"],
            values["failed"],
            calls["made"],
            calls["on_record"],
            MappingProxyType(dict(self.spared)),
            calls["repairs"],
            None if ended is None else str(ended),
        )

    def _is_new(self, call: PlannedCall) -> bool:
        identity = call.identity()
        known = identity in self.settled
        self.settled.add(identity)
        return not known


_Facts = Answered[AtomicFacts] | Failed
_FACTS_OF: Final = {CallKind.FACT_VERDICTS: CallKind.FACTS, CallKind.COVERAGE: CallKind.SOURCE_FACTS}
_WHOSE: Final = {CallKind.FACTS: "its facts: ", CallKind.SOURCE_FACTS: "the facts of its source: "}


class _Run:
    """One run over many responses."""

    def __init__(self, questionnaire: Questionnaire, caller: Caller, anew: bool) -> None:
        self.tally = _Tally(sent=set(caller.sent))
        self._questionnaire = questionnaire
        self._caller = caller
        self._anew = anew
        self._renewed: set[str] = set()
        self._renewing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def judge(self, item: ResponseItem) -> JudgedResponse:
        """Make the calls of one response, each as soon as it can be."""
        plan = self._questionnaire.plan_item(item)
        facts: dict[CallKind, asyncio.Task[_Facts]] = {}
        answers: list[asyncio.Task[list[FoundValue]]] = []
        async with asyncio.TaskGroup() as group:
            for call in plan.calls:
                if not call.criteria:
                    facts[call.kind] = group.create_task(self._find_facts(call))
                elif call.statements is None:
                    answers.append(group.create_task(self._judge_response(call)))
                else:
                    answers.append(group.create_task(self._judge_facts(call, facts[_FACTS_OF[call.kind]])))
        values = [unavailable(name, reason) for name, reason in plan.unavailable.items()]
        values += [value for answer in answers for value in answer.result()]
        if NUMBER_OF_FACTS in plan.wanted:
            values.append(_number(facts[CallKind.FACTS].result() if CallKind.FACTS in facts else None))
        found = {value.factor: value for value in values}
        return JudgedResponse(item.key, tuple(found[name] for name in plan.wanted))

    async def _find_facts(self, call: PlannedCall) -> _Facts:
        return await self._ask(call, call.request(self._questionnaire.task), AtomicFacts)

    async def _judge_response(self, call: PlannedCall) -> list[FoundValue]:
        request = call.request(self._questionnaire.task)
        answered = await self._ask(call, request, response_answer(call.criteria))
        if isinstance(answered, Failed):
            return [failed(criterion.factor, answered) for criterion in call.criteria]
        return [
            find_class(criterion, self._questionnaire.factor(criterion.factor), answered)
            for criterion in call.criteria
        ]

    async def _judge_facts(self, call: PlannedCall, finding: asyncio.Task[_Facts]) -> list[FoundValue]:
        facts = await finding
        if isinstance(facts, Failed):
            if facts.exchange.unanswered is None or self._caller.ended is None:
                self.tally.spare(call, Spared.FACTS_FAILED)
            about = _WHOSE[_FACTS_OF[call.kind]]
            return [failed(criterion.factor, facts, about) for criterion in call.criteria]
        texts = facts.answer.facts
        if not texts:
            self.tally.spare(call, Spared.NO_FACTS)
            return [no_ratio(criterion, facts) for criterion in call.criteria]

        def incomplete(answer: StatementJudgements) -> str | None:
            return number_verdicts(answer.verdicts, len(texts)).problem

        request = call.request(self._questionnaire.task, texts)
        answered = await self._ask(call, request, statement_answer(call.criteria), incomplete)
        if isinstance(answered, Failed):
            return [
                failed(criterion.factor, answered, before=(facts.exchange,)) for criterion in call.criteria
            ]
        verdicts = number_verdicts(answered.answer.verdicts, len(texts)).verdicts
        return [
            find_ratio(criterion, facts, verdicts, answered.exchange, answered.notes)
            for criterion in call.criteria
        ]

    async def _ask(
        self,
        call: PlannedCall,
        request: ChatRequest,
        answer_type: type[AnswerT],
        check: Callable[[AnswerT], str | None] | None = None,
    ) -> Answered[AnswerT] | Failed:
        result = await ask(self._caller, request, answer_type, check=check)
        if self._anew and is_stale(result):
            key = result.exchange.keys[0]
            async with self._renewing[key]:  # others may ask the same, and one asking anew is enough
                result = await ask(self._caller, request, answer_type, check=check)
                if is_stale(result) and key not in self._renewed:
                    self._renewed.add(key)
                    result = await ask(self._caller, request, answer_type, check=check, anew=True)
        self.tally.count_call(call, result.exchange, self._caller.sent)
        return result


def _number(facts: _Facts | None) -> FoundValue:
    """Number Of Facts; an empty response, of which nothing is asked, has none."""
    if facts is None:
        return FoundValue(NUMBER_OF_FACTS, 0.0, evidence={"facts": []})
    if isinstance(facts, Failed):
        return failed(NUMBER_OF_FACTS, facts)
    return count_facts(NUMBER_OF_FACTS, facts)
