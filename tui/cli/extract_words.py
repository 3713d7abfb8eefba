"""An extraction in words: what it will do, how far it is, what it did."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from annotation.wording import counted
from tui.cli.asking_words import AGAIN, price_lines, replies, retries_and_cost

if TYPE_CHECKING:
    from annotation.extraction import ExtractionReport
    from annotation.extraction.comparing import ComparisonOutcome
    from annotation.extraction.judging import JudgingOutcome
    from annotation.extraction.run import ExtractionEstimate, ExtractionOutcome
    from annotation.extraction.values import Failure
    from profile_engine.extraction.llm_values import JudgingReport
    from tui.cli.extract_choice import Choice

_GROUPS_TOLD: Final = 20
_RESPONSES_NAMED: Final = 5


def plan_lines(
    estimate: "ExtractionEstimate", choice: "Choice", plan: str, concurrency: int
) -> Iterator[str]:
    """What will be done, and what it takes."""
    work = tuple(work_lines(estimate, choice, plan))
    yield from work or ("Nothing to find: all that is wanted was looked for",)
    yield from judging_price(estimate, choice, concurrency)
    yield from failed_lines(estimate)
    yield from left_out(estimate, choice)


def left_out(estimate: "ExtractionEstimate", choice: "Choice") -> Iterator[str]:
    """What nothing here finds, and why."""
    yield from choice.left_out
    yield from (f"Left out: {line}" for line in estimate.missing)


def failed_lines(estimate: "ExtractionEstimate", again: str = AGAIN) -> Iterator[str]:
    """What failed before and is left out; `again` says how to ask again for it."""
    if estimate.failed_before:
        yield f"{counted(estimate.failed_before, 'value')} failed before and are left out; {again}"


def work_lines(estimate: "ExtractionEstimate", choice: "Choice", plan: str) -> Iterator[str]:
    """What will be done."""
    wanted = choice.wanted
    if estimate.rule_values:
        yield f"By rules: {counted(estimate.rule_values, 'value')} ({', '.join(wanted.rules)})"
    if estimate.quality_values:
        values = counted(estimate.quality_values, "value")
        yield f"By UniEval, {choice.unieval}: {values} ({', '.join(wanted.quality)})"
    yield from _judging_lines(estimate, choice, f"plan {plan}")


def judging_price(estimate: "ExtractionEstimate", choice: "Choice", concurrency: int) -> Iterator[str]:
    """What the calls to the judge take: how many, tokens, price, time."""
    if estimate.judging is not None and choice.judge is not None:
        yield from price_lines(estimate.judging, choice.judge, concurrency)


def comparison_lines(estimate: "ExtractionEstimate", choice: "Choice", concurrency: int) -> Iterator[str]:
    """What will be asked to compare the plans, and what it takes."""
    yield from _judging_lines(estimate, choice, "plans fused and paper")
    yield from judging_price(estimate, choice, concurrency)


def _judging_lines(estimate: "ExtractionEstimate", choice: "Choice", how: str) -> Iterator[str]:
    judging = estimate.judging
    if judging is None or choice.judge is None or not judging.plan.responses:
        return
    model = choice.judge.model
    responses, factors = counted(judging.plan.responses, "response"), ", ".join(choice.wanted.judged)
    yield f"By {model.name} ({model.model}), {how}: {responses} ({factors})"
    for kind, calls in judging.plan.by_kind.items():
        if calls.calls:
            yield f"  {calls.calls:,} for {kind}"
    if judging.on_record:
        yield f"  {replies(judging.on_record)} of these on record, which cost nothing"


def report_line(report: "ExtractionReport") -> str:
    """What was done for a factor."""
    why = f" ({'; '.join(report.why)})" if report.why else ""
    unavailable = f", {report.unavailable} unavailable{why}" if report.unavailable else ""
    failed = f", {report.failed:,} failed" if report.failed else ""
    already = f", {report.already} had one already" if report.already else ""
    cut = f", {report.truncated} of texts cut at the model's limit" if report.truncated else ""
    return f"{report.factor}: {counted(report.added, 'value')} added{unavailable}{failed}{cut}{already}"


def outcome_lines(outcome: "ExtractionOutcome", choice: "Choice", again: str = AGAIN) -> Iterator[str]:
    """What was done, and what failed and why; `again` says how to ask again for it."""
    yield from map(report_line, outcome.reports)
    if outcome.device:
        yield f"UniEval ran on {outcome.device}"
    if outcome.judging is not None and choice.judge is not None:
        yield from judged_lines(outcome.judging, choice.judge.model.name)
    yield from failure_lines(outcome.failures, again)
    yield from (f"Left out: {line}" for line in outcome.missing)


def judged_lines(outcome: "JudgingOutcome", name: str) -> Iterator[str]:
    """What the judge did."""
    report = outcome.report
    yield f"{name}: {_values(report)} added{_without(report)}"
    expected = outcome.expected if report.ended else None
    yield _calls(report, expected) + retries_and_cost(outcome.retries, outcome.cost)
    if report.ended:
        yield f"Ended early: {report.ended}"


def compared_lines(outcome: "ComparisonOutcome") -> Iterator[str]:
    """What was asked under both plans, and what failed and why."""
    reports = outcome.comparison.reports
    for plan, report in reports.items():
        yield f"plan {plan}: {_values(report)}{_without(report)}; {_calls(report)}"
    made = sum(report.made for report in reports.values())
    early = {report.ended for report in reports.values() if report.ended}
    expected = f" of {outcome.expected:,}" if early else ""
    yield f"{made:,}{expected} calls made{retries_and_cost(outcome.retries, outcome.cost)}"
    yield from failure_lines(outcome.failures)
    yield from (f"Ended early: {why}" for why in early)


def _values(report: "JudgingReport") -> str:
    return f"{counted(report.values, 'value')} of {counted(report.responses, 'response')}"


def _without(report: "JudgingReport") -> str:
    unavailable = f", {report.unavailable:,} unavailable" if report.unavailable else ""
    return unavailable + (f", {report.failed:,} failed" if report.failed else "")


def _calls(report: "JudgingReport", expected: int | None = None) -> str:
    made = counted(report.made, "call") if expected is None else f"{report.made:,} of {expected:,} calls"
    calls = [f"{made} made"]
    calls += [f"{report.on_record:,} on record"] if report.on_record else []
    calls += [f"{count:,} spared: {reason}" for reason, count in report.spared.items()]
    calls += [counted(report.repairs, "repair")] if report.repairs else []
    return ", ".join(calls)


def failure_lines(failures: "Sequence[Failure]", again: str = AGAIN) -> Iterator[str]:
    """What failed, and why; `again` says how to ask again for it."""
    alike = _alike(failures)
    if alike:
        yield f"Failed, and why; {again}:"
    for (reason, factors), ids in list(alike.items())[:_GROUPS_TOLD]:
        more = f" and {len(ids) - _RESPONSES_NAMED} more" if len(ids) > _RESPONSES_NAMED else ""
        named = ", ".join(map(str, ids[:_RESPONSES_NAMED]))
        yield f"  {', '.join(factors)} of response{'s' if len(ids) > 1 else ''} {named}{more}: {reason}"
    if len(alike) > _GROUPS_TOLD:
        yield f"  and {len(alike) - _GROUPS_TOLD} more of the kind"


def _alike(failures: "Sequence[Failure]") -> dict[tuple[str, tuple[str, ...]], list[int]]:
    """The responses of which the same factors failed for the same reason, by reason and factors."""
    factors: dict[tuple[int, str], list[str]] = {}
    for failure in failures:
        factors.setdefault((failure.response_id, failure.reason), []).append(failure.factor)
    alike: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for (response_id, reason), failed in factors.items():
        alike.setdefault((reason, tuple(failed)), []).append(response_id)
    return alike
