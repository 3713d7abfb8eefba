"""Values that a model judges, each reply kept before it counts."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from sqlalchemy import true

from annotation.extraction.spending import AbsentChat, MeteredChat, Prices
from annotation.extraction.stopping import StoppableCalls
from annotation.extraction.values import (
    FAILURES_KEPT,
    Failure,
    NewValue,
    OpenResponse,
    Origin,
    is_any_open,
    open_factors,
    read_open,
    store_values,
    why_none,
)
from annotation.replies import StudyReplies, count_replies
from annotation.store.standing import FAILED
from annotation.study import Study
from profile_engine.extraction.calling import Caller, Patience
from profile_engine.extraction.llm_values import JudgedResponse, JudgingReport, Spared, judge_responses
from profile_engine.extraction.plan import (
    CallPlan,
    Questionnaire,
    ResponseItem,
    plan_calls,
)
from profile_engine.extraction.prompts.requests import Material
from profile_engine.ports import ChatModel, ModelIdentity
from profile_engine.taxonomy import Method

_PORTION: Final = 64


@dataclass(frozen=True, slots=True)
class JudgingEstimate:
    """What a run will ask.

    Attributes:
        plan: the calls for all that is open, whether on record or not.
        calls: those that will be made, where every text has facts; repairs and retries come on top.
        on_record: calls whose reply is there already.
    """

    plan: CallPlan
    calls: int
    on_record: int

    @property
    def share(self) -> float:
        """How much of the plan is still to be made."""
        return self.calls / self.plan.total.calls if self.plan.total.calls else 0.0

    @property
    def longest_answer(self) -> int:
        """The most tokens that one answer is expected to take."""
        return self.plan.longest_answer

    @property
    def prompt_tokens(self) -> int:
        """About how many will be sent."""
        return round(self.plan.total.prompt_tokens * self.share)

    @property
    def completion_tokens(self) -> int:
        """About how many will come back."""
        return round(self.plan.total.completion_tokens * self.share)


@dataclass(frozen=True, slots=True)
class JudgingProgress:
    """How far a run is; calls are those that were planned and are settled."""

    calls: int
    of: int
    responses: int
    failed: int
    cost: float


@dataclass(frozen=True, slots=True)
class JudgingOutcome:
    """What a run did.

    Attributes:
        expected: planned calls that were to be made.
        sent: calls sent: `report.made`, `report.repairs` and `retries`.
        retries: those that repeat a call.
        failures: the first ones; `report.failed` counts all.
        cost: of the replies that came.
    """

    report: JudgingReport
    expected: int
    sent: int
    retries: int
    failures: tuple[Failure, ...]
    cost: float


Told = Callable[[JudgingProgress], None]


class Judging:
    """The questions to one model about the responses of a study."""

    def __init__(
        self,
        study: Study,
        questionnaire: Questionnaire,
        identity: ModelIdentity,
        *,
        limit: int | None = None,
        retry: bool = False,
    ) -> None:
        """`limit`: responses at most; `retry`: ask again where a value could not be had before."""
        self._study = study
        self._questionnaire = questionnaire
        self._identity = identity
        self._limit = limit
        self._retry = retry
        self._calls = StoppableCalls()
        self._without_source: dict[int, OpenResponse] = {}
        self.origins = {
            name: Origin(Method.LLM, questionnaire.version(name), identity.model)
            for name in questionnaire.factors
        }

    def estimate(self) -> JudgingEstimate:
        """Count what a run will ask, by going through it without sending anything."""
        plan = plan_calls(self._items(), self._questionnaire)
        if not plan.total.calls or not count_replies(self._study):
            return JudgingEstimate(plan, plan.total.calls, 0)
        report = asyncio.run(self._rehearse())
        facts_first = report.spared.get(Spared.FACTS_FAILED, 0)
        return JudgingEstimate(plan, report.made + facts_first, report.on_record)

    def run(
        self,
        chat: ChatModel,
        *,
        calls: int,
        concurrency: int = 8,
        prices: Prices | None = None,
        max_cost: float | None = None,
        told: Told | None = None,
    ) -> JudgingOutcome:
        """Ask, and store each response's values in one transaction as soon as they are complete.

        Blocks; `stop` may be called from another thread or a signal handler meanwhile.

        Args:
            chat: the model.
            calls: how many are expected, for `told`.
            concurrency: calls under way at most.
            prices: of the model.
            max_cost: no call is made that might pass it.
            told: called in this thread after each reply and each response.
        """
        metered = MeteredChat(chat, prices, max_cost)
        return asyncio.run(self._run(chat, metered, calls, concurrency, told))

    @property
    def under_way(self) -> int:
        """Calls that are sent and not answered yet."""
        return self._calls.under_way

    def stop(self) -> bool:
        """Start no new call and keep the replies under way, as `StoppableCalls.stop`."""
        return self._calls.stop()

    async def _run(
        self, chat: ChatModel, metered: MeteredChat, calls: int, concurrency: int, told: Told | None
    ) -> JudgingOutcome:
        live = LiveTally(metered, calls, told or (lambda _: None))

        def hand_over(judged: JudgedResponse) -> None:
            self._store(judged)
            live.count(judged)

        async with self._calls.open(self._study, chat, metered, concurrency, live.tell) as caller:
            report = await judge_responses(
                self._items(),
                self._questionnaire,
                caller,
                hand_over,
                anew=self._retry,
                at_once=max(64, 2 * concurrency),
            )
        counts = caller.counts
        return JudgingOutcome(report, calls, counts.sent, counts.retries, tuple(live.failures), metered.cost)

    async def _rehearse(self) -> JudgingReport:
        store = StudyReplies(self._study, self._identity)
        patience = Patience(attempts=1, failures_in_a_row=sys.maxsize)
        async with Caller(AbsentChat(self._identity), store, patience=patience) as caller:
            return await judge_responses(
                self._items(), self._questionnaire, caller, lambda _: None, anew=self._retry
            )

    def _items(self) -> Iterator[ResponseItem]:
        condition = is_any_open(self.origins, retry=self._retry)
        for portion in read_open(self._study, condition, _PORTION, self._limit):
            lacking = open_factors(self._study, self.origins, portion, retry=self._retry)
            for response in portion:
                if self._calls.stopping:
                    return
                if response.source is None:
                    self._without_source[response.id] = response
                yield ResponseItem(response.id, _material(response), lacking[response.id])

    def _store(self, judged: JudgedResponse) -> None:
        values, response = [], self._without_source.pop(judged.key, None)
        for value in judged.values:
            evidence = dict(value.evidence)
            if value.model is not None:
                evidence["answered_by"] = value.model
            reason = value.reason if response is None else why_none(response, value.reason)
            values.append(NewValue(judged.key, value.factor, value.value, value.label, reason, evidence))
        store_values(self._study, self.origins, values, retry=self._retry)


@dataclass(slots=True)
class LiveTally:
    """How far a run is."""

    metered: MeteredChat
    calls: int
    told: Told
    failures: list[Failure] = field(default_factory=list)
    responses: int = 0
    failed: int = 0

    def count(self, judged: JudgedResponse, about: str = "") -> None:
        """Count a response that is finished, and tell; `about` stands before the reasons of its failures."""
        failed = [value for value in judged.values if value.failed]
        self.responses += 1
        self.failed += len(failed)
        self.failures += [
            Failure(judged.key, value.factor, about + (value.reason or "").removeprefix(FAILED))
            for value in failed[: FAILURES_KEPT - len(self.failures)]
        ]
        self.tell()

    def tell(self) -> None:
        """Say how far it is."""
        settled = min(self.calls, self.metered.replies)
        self.told(JudgingProgress(settled, self.calls, self.responses, self.failed, self.metered.cost))


def asking(study: Study, identity: ModelIdentity) -> AbstractContextManager[None]:
    """Keep other processes from asking a model the same meanwhile; raises StudyError where one does."""
    return study.claiming(f"asking {identity.model}")


def first_items(study: Study, count: int) -> list[ResponseItem]:
    """The first responses, those of one source together, with all factors wanted."""
    portions = read_open(study, true(), _PORTION, count)
    items = (ResponseItem(response.id, _material(response)) for portion in portions for response in portion)
    return list(islice(items, count))


def _material(response: OpenResponse) -> Material:
    return Material(response.text, response.input, response.source)
