"""One run over everything that is wanted: counted before, told while it goes on, stopped at any time."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from annotation.cluster import Here, Workplace
from annotation.extraction.judging import Judging, JudgingEstimate, JudgingOutcome, JudgingProgress, asking
from annotation.extraction.quality import Scorer, extract_quality, quality_origin
from annotation.extraction.rules import ExtractionReport, extract_rules, rule_origins
from annotation.extraction.spending import Prices
from annotation.extraction.values import Failure, Origin, count_responses, has_failed, is_open
from annotation.study import Study
from profile_engine.extraction.own import OwnFactorError, OwnFactors
from profile_engine.extraction.plan import Plan, Questionnaire
from profile_engine.ports import ChatModel, ModelError
from profile_engine.taxonomy import Factor, Method


class Stage(StrEnum):
    """What a run does, one after the other."""

    RULES = "rules"
    UNIEVAL = "UniEval"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Factors by the way in which their values are found."""

    rules: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()

    @classmethod
    def of(cls, factors: Iterable[Factor]) -> "Wanted":
        """Sort factors; those whose values come with the data are nobody's to find."""
        by_method: dict[Method, list[str]] = {method: [] for method in Method}
        for factor in factors:
            by_method[factor.method].append(factor.name)
        found = (tuple(by_method[method]) for method in (Method.RULE, Method.UNIEVAL, Method.LLM))
        return cls(*found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionSetup:
    """What is wanted, and what finds it.

    Attributes:
        scorer: UniEval; needed for `wanted.quality`.
        chat: the judge; needed for `wanted.judged`.
        concurrency: calls under way at most.
        limit: responses at most, of each stage.
        max_cost: no call is made that might pass it.
        retry: find again what failed.
        place: where rules and UniEval are computed.
    """

    wanted: Wanted
    own: OwnFactors = field(default_factory=OwnFactors)
    scorer: Scorer | None = None
    chat: ChatModel | None = None
    prices: Prices = field(default_factory=Prices)
    plan: Plan = Plan.FUSED
    concurrency: int = 8
    limit: int | None = None
    max_cost: float | None = None
    retry: bool = False
    place: Workplace = field(default_factory=Here)


@dataclass(frozen=True, slots=True)
class ExtractionEstimate:
    """What a run will do: values by rules and by UniEval, calls to the judge (None where none is asked).

    Attributes:
        failed_before: values that could not be had before, and are left out without `retry`.
        missing: functions of the study's own that are not there, and why.
    """

    rule_values: int
    quality_values: int
    judging: JudgingEstimate | None
    failed_before: int = 0
    missing: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """To the judge."""
        return self.judging.calls if self.judging else 0


@dataclass(frozen=True, slots=True)
class ExtractionProgress:
    """How far a stage is: values of rules, responses of UniEval, calls of the judge.

    Attributes:
        failed: values that could not be had.
        cost: so far; None where nothing costs.
    """

    stage: Stage
    done: int
    of: int
    failed: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class ExtractionOutcome:
    """What a run did.

    Attributes:
        reports: of rules and UniEval, a factor.
        judging: of the judge.
        missing: why a stage or a factor could not be done, and how it can.
        stopped: asked to stop before the end.
        device: where UniEval ran, if it did so here.
    """

    reports: tuple[ExtractionReport, ...]
    judging: JudgingOutcome | None
    missing: tuple[str, ...]
    stopped: bool
    device: str | None = None

    @property
    def failed(self) -> bool:
        """Whether something that was wanted could not be had."""
        judged = self.judging is not None and bool(self.judging.report.failed or self.judging.report.ended)
        return bool(self.missing) or judged or any(report.failed for report in self.reports)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The values that could not be had this time, or the first of many."""
        judged = self.judging.failures if self.judging is not None else ()
        return (*(failure for report in self.reports for failure in report.failures), *judged)


Told = Callable[[ExtractionProgress], None]


class ExtractionRun:
    """A run, without a screen: `estimate`, then `run` in any thread, `stop` from any other."""

    def __init__(self, study: Study, setup: ExtractionSetup) -> None:
        self._study = study
        self._setup = setup
        self._stopping = False
        self._judging = self._make_judging()
        self._estimate: ExtractionEstimate | None = None

    def estimate(self) -> ExtractionEstimate:
        """Count what is to be done; nothing is sent and nothing stored."""
        if self._estimate is None:
            setup, origins = self._setup, rule_origins(self._setup.own.rules)
            self._estimate = ExtractionEstimate(
                sum(self._open(name, origins[name]) for name in self._rules),
                0
                if setup.scorer is None
                else sum(self._open(name, quality_origin(setup.scorer)) for name in setup.wanted.quality),
                None if self._judging is None else self._judging.estimate(),
                0 if setup.retry else self._failed_before(),
                tuple(self._missing.values()),
            )
        return self._estimate

    def _failed_before(self) -> int:
        setup, judging = self._setup, self._judging
        rules = rule_origins(setup.own.rules)
        origins = {name: rules[name] for name in setup.wanted.rules} | (judging.origins if judging else {})
        return sum(count_responses(self._study, has_failed(*each)) for each in origins.items())

    def run(self, told: Told | None = None) -> ExtractionOutcome:
        """Find and store what is wanted, the cheap things first. Blocks.

        Raises:
            StudyError: another process asks the judge about this study.
        """
        chat = self._setup.chat if self._judging else None
        with asking(self._study, chat.identity) if chat else nullcontext():
            return self._run(told)

    def _run(self, told: Told | None) -> ExtractionOutcome:
        told = told or (lambda _: None)
        missing = list(self._missing.values())
        reports = self._apply_rules(told)
        try:
            reports += self._score(told)
        except ModelError as error:
            missing.append(str(error))
        outcome = None if self._stopping else self._judge(told)
        stopped = self._stopping or any(report.stopped for report in reports)
        device = None if self._setup.scorer is None else self._setup.scorer.device
        return ExtractionOutcome(reports, outcome, tuple(missing), stopped, device)

    @property
    def under_way(self) -> int:
        """Calls to the judge that are sent and not answered yet."""
        return self._judging.under_way if self._judging else 0

    def stop(self) -> bool:
        """Ask to stop at the next safe point, what is found is kept; as `StoppableCalls.stop`."""
        self._stopping = True
        return self._judging is not None and self._judging.stop()

    def _make_judging(self) -> Judging | None:
        setup = self._setup
        if setup.chat is None or not setup.wanted.judged:
            return None
        questionnaire = Questionnaire(self._study.task, setup.plan, setup.wanted.judged, setup.own.questions)
        return Judging(self._study, questionnaire, setup.chat.identity, limit=setup.limit, retry=setup.retry)

    @cached_property
    def _missing(self) -> Mapping[str, str]:
        """The wanted functions that cannot be had, and why: each is left out, and nothing else is."""
        missing = {}
        for rule in self._setup.own.rules:
            if rule.factor.name in self._setup.wanted.rules:
                try:
                    rule.load()
                except OwnFactorError as error:
                    missing[rule.factor.name] = f"{rule.factor.name}: {error}"
        return missing

    @property
    def _rules(self) -> tuple[str, ...]:
        return tuple(name for name in self._setup.wanted.rules if name not in self._missing)

    def _open(self, name: str, origin: Origin) -> int:
        count = count_responses(self._study, is_open(name, origin, retry=self._setup.retry))
        return count if self._setup.limit is None else min(count, self._setup.limit)

    def _apply_rules(self, told: Told) -> tuple[ExtractionReport, ...]:
        setup = self._setup
        return extract_rules(
            self._study,
            self._rules,
            self._watch(Stage.RULES, told),
            own=setup.own.rules,
            place=setup.place,
            limit=setup.limit,
            retry=setup.retry,
        )

    def _score(self, told: Told) -> tuple[ExtractionReport, ...]:
        setup = self._setup
        if setup.scorer is None or not setup.wanted.quality or self._stopping:
            return ()
        return extract_quality(
            self._study,
            setup.scorer,
            setup.wanted.quality,
            self._watch(Stage.UNIEVAL, told),
            place=setup.place,
            limit=setup.limit,
        )

    def _judge(self, told: Told) -> JudgingOutcome | None:
        setup, judging = self._setup, self._judging
        if judging is None or setup.chat is None:
            return None

        def tell(progress: JudgingProgress) -> None:
            told(ExtractionProgress(Stage.MODEL, progress.calls, progress.of, progress.failed, progress.cost))

        return judging.run(
            setup.chat,
            calls=self.estimate().calls,
            concurrency=setup.concurrency,
            prices=setup.prices,
            max_cost=setup.max_cost,
            told=tell,
        )

    def _watch(self, stage: Stage, told: Told) -> Callable[[int, int], bool]:
        def watch(done: int, of: int) -> bool:
            told(ExtractionProgress(stage, done, of))
            return not self._stopping

        return watch
