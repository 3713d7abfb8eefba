"""An extraction begun from a screen: what is wanted, what it will take, and the run itself. Knows no widget.

The command line's choices and words serve here, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from annotation.study import Study
from profile_engine.taxonomy import Factor, Method
from tui.config import Config
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.extraction.run import ExtractionOutcome, ExtractionRun
    from annotation.models import ConfiguredModel, ModelBook
    from profile_engine.backends.openai_chat import OpenAIChat
    from tui.cli.extract_choice import Choice

CALLS_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person chose.

    Attributes:
        factors: by name.
        model: the configured model that judges; None where there is none.
        plan: by its name in the engine.
        at_once: calls under way at most.
        limit: responses at most; None for all.
        max_cost: no call is made that might pass it; None for no limit.
        retry: find again what could not be had before.
    """

    factors: tuple[str, ...]
    model: str | None
    plan: str
    at_once: int = CALLS_AT_ONCE
    limit: int | None = None
    max_cost: float | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from.

    Attributes:
        factors: that rules or a model can find.
        chosen: the names of those that what is configured finds.
        models: that judge, by name.
        preferred: the one to begin with.
    """

    factors: tuple[Factor, ...]
    chosen: frozenset[str]
    models: tuple["ConfiguredModel", ...]
    preferred: str | None


@dataclass(frozen=True, slots=True)
class Extraction:
    """A run that is ready: counted, and nothing of it sent.

    Attributes:
        run: to be run in a thread of its own.
        lines: what it takes, and what it will do.
    """

    run: "ExtractionRun"
    lines: tuple[str, ...]
    choice: "Choice"
    chat: "OpenAIChat | None"
    book: "ModelBook"

    def remember(self) -> None:
        """Note what the run found out about the endpoint."""
        if self.chat is not None:
            self.book.remember(self.chat)

    def told(self, outcome: "ExtractionOutcome") -> Iterator[str]:
        """What the run did, a line each."""
        from tui.cli.extract_words import outcome_lines

        return outcome_lines(outcome, self.choice, "x can ask again")


def in_short(outcome: "ExtractionOutcome") -> str:
    """What a run did, in a sentence."""
    judged = outcome.judging.report if outcome.judging is not None else None
    found = sum(report.added + report.unavailable for report in outcome.reports)
    found += judged.values + judged.unavailable if judged else 0
    without = sum(report.failed for report in outcome.reports) + (judged.failed if judged else 0)
    failed = f", {without:,} failed" if without else ""
    if outcome.stopped:
        return f"Stopped; kept {found:,} values{failed}. x goes on."
    early = f" Ended early: {judged.ended}" if judged and judged.ended else ""
    return f"Extracted {found:,} values{failed}.{early}"


def offer(study: Study, config: Config) -> Offer | None:
    """What can be chosen; None where nothing but rules is configured. Blocks.

    Raises:
        StudyError: the models or the study's own factors are declared wrongly.
    """
    from annotation.models import ModelBook
    from annotation.own_factors import read_own_factors
    from tui.cli.model_choice import chat_models

    judges = tuple(chat_models(ModelBook.of(study.location)))
    if not judges and config.unieval is None:
        return None
    read_own_factors(study)
    factors = tuple(factor for factor in study.factors if factor.method is not Method.EXTERNAL)
    methods = {Method.RULE, *([Method.LLM] if judges else []), *([Method.UNIEVAL] if config.unieval else [])}
    names = [model.name for model in judges]
    return Offer(
        factors,
        frozenset(factor.name for factor in factors if factor.method in methods),
        judges,
        config.model if config.model in names else next(iter(names), None),
    )


def prepare(study: Study, config: Config, wish: Wish) -> Extraction:
    """Count what a run will do; nothing is sent. Blocks.

    Raises:
        StudyError, EngineError, TuiError: it cannot be run as it was chosen; the message says why.
    """
    from annotation.extraction.run import ExtractionRun, ExtractionSetup
    from annotation.models import ModelBook
    from annotation.own_factors import read_own_factors
    from profile_engine.extraction.plan import Plan
    from tui.cli.extract_choice import choose
    from tui.cli.extract_words import failed_lines, judging_price, left_out, work_lines

    if not wish.factors:
        raise UsageError("choose a factor")
    own, book = read_own_factors(study), ModelBook.of(study.location)
    choice = choose(study, own, wish.factors, book, config, model=wish.model, unieval=None)
    chat, plan = choice.chat(), Plan(wish.plan)
    setup = ExtractionSetup(
        wanted=choice.wanted,
        own=own,
        scorer=choice.scorer(),
        chat=chat,
        prices=choice.prices(wish.max_cost),
        plan=plan,
        concurrency=wish.at_once,
        limit=wish.limit,
        max_cost=wish.max_cost,
        retry=wish.retry,
    )
    run = ExtractionRun(study, setup)
    estimate = run.estimate()
    takes = judging_price(estimate, choice, wish.at_once)
    failed = failed_lines(estimate, "What failed, find it again, asks for them")
    lines = (*takes, *failed, *work_lines(estimate, choice, plan), *left_out(estimate, choice))
    return Extraction(run, lines, choice, chat, book)
