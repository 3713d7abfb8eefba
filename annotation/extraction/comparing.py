"""Both plans on the same responses of a study; replies are kept, values are not changed."""

import asyncio
import sys
from dataclasses import dataclass

from annotation.errors import StudyError
from annotation.extraction.judging import JudgingEstimate, JudgingProgress, LiveTally, asking, first_items
from annotation.extraction.run import ExtractionEstimate, ExtractionProgress, ExtractionSetup, Stage, Told
from annotation.extraction.spending import AbsentChat, MeteredChat
from annotation.extraction.stopping import StoppableCalls
from annotation.extraction.values import Failure
from annotation.replies import StudyReplies, count_replies
from annotation.study import Study
from profile_engine.extraction.calling import Caller, Patience
from profile_engine.extraction.comparison import HandOver, PlanComparison, compare_plans
from profile_engine.extraction.llm_values import JudgedResponse, Spared
from profile_engine.extraction.plan import Plan, Questionnaire, plan_calls


@dataclass(frozen=True, slots=True)
class ComparisonOutcome:
    """What a run did.

    Attributes:
        expected: calls that were to be made under both plans.
        retries: those sent that repeat a call.
        failures: the first ones, with the plan that they are of.
        cost: of the replies that came.
        stopped: asked to stop before the end.
    """

    comparison: PlanComparison
    expected: int
    retries: int
    failures: tuple[Failure, ...]
    cost: float
    stopped: bool

    @property
    def failed(self) -> bool:
        """Whether something that was wanted could not be had."""
        return any(report.failed or report.ended for report in self.comparison.reports.values())


class ComparisonRun:
    """A run under both plans: `estimate`, then `run` in any thread, `stop` from any other."""

    def __init__(self, study: Study, setup: ExtractionSetup, count: int) -> None:
        """`count`: responses at most. Raises StudyError where the setup has no judge or no question to it."""
        if setup.chat is None or not setup.wanted.judged:
            raise StudyError("to compare the plans, name factors that a model judges, and a model")
        self._study = study
        self._setup = setup
        self._chat = setup.chat
        self._items = first_items(study, count)
        self._calls = StoppableCalls()

    @property
    def responses(self) -> int:
        """How many are asked about."""
        return len(self._items)

    def estimate(self) -> ExtractionEstimate:
        """Count what will be asked; nothing is sent."""
        setup = self._setup
        questionnaires = [
            Questionnaire(self._study.task, plan, setup.wanted.judged, setup.own.questions) for plan in Plan
        ]
        plan = plan_calls(self._items, *questionnaires)
        calls = plan.total.calls
        if calls and count_replies(self._study):
            calls = min(calls, asyncio.run(self._rehearse()))
        return ExtractionEstimate(0, 0, JudgingEstimate(plan, calls, plan.total.calls - calls))

    def run(self, told: Told | None = None) -> ComparisonOutcome:
        """Ask under both plans. Blocks.

        Raises:
            StudyError: another process asks this model.
        """
        expected = self.estimate().calls
        with asking(self._study, self._chat.identity):
            return asyncio.run(self._run(expected, told or (lambda _: None)))

    @property
    def under_way(self) -> int:
        """Calls that are sent and not answered yet."""
        return self._calls.under_way

    def stop(self) -> bool:
        """Start no new call and keep the replies under way, as `StoppableCalls.stop`."""
        return self._calls.stop()

    async def _run(self, expected: int, told: Told) -> ComparisonOutcome:
        setup, calls = self._setup, self._calls
        metered = MeteredChat(self._chat, setup.prices, setup.max_cost)

        def tell(progress: JudgingProgress) -> None:
            told(ExtractionProgress(Stage.MODEL, progress.calls, progress.of, progress.failed, progress.cost))

        def hand_over(plan: Plan, judged: JudgedResponse) -> None:
            tally.count(judged, f"plan {plan}: ")

        tally = LiveTally(metered, expected, tell)
        async with calls.open(self._study, self._chat, metered, setup.concurrency, tally.tell) as caller:
            comparison = await self._compare(caller, hand_over)
        failures = tuple(tally.failures)
        return ComparisonOutcome(
            comparison, expected, caller.counts.retries, failures, metered.cost, calls.stopping
        )

    async def _rehearse(self) -> int:
        """How many calls would be sent, where every text has facts."""
        store = StudyReplies(self._study, self._chat.identity)
        patience = Patience(attempts=1, failures_in_a_row=sys.maxsize)
        async with Caller(AbsentChat(self._chat.identity), store, patience=patience) as caller:
            comparison = await self._compare(caller)
        reports = comparison.reports.values()
        return sum(report.made + report.spared.get(Spared.FACTS_FAILED, 0) for report in reports)

    async def _compare(self, caller: Caller, hand_over: HandOver | None = None) -> PlanComparison:
        setup = self._setup
        return await compare_plans(
            self._items, self._study.task, setup.wanted.judged, caller, setup.own.questions, hand_over
        )
