"""Values that rules compute: Length, Novel Words, and functions of a study's own."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, true

from annotation.cluster import Here, Workplace
from annotation.errors import StudyError
from annotation.extraction.values import (
    FAILURES_KEPT,
    Failure,
    NewValue,
    OpenResponse,
    Origin,
    count_responses,
    is_open,
    read_open,
    store_values,
    why_none,
)
from annotation.store.standing import FAILED
from annotation.study import Study
from profile_engine.extraction.own import OwnRule
from profile_engine.extraction.rules import RULES, RULES_VERSION, RuleValue
from profile_engine.taxonomy import Method

Progress = Callable[[int, int], bool]
"""Told (done, of) now and then; False asks to stop."""

_PORTION: Final = 2000


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What an extraction did, a factor.

    Attributes:
        added: responses that got a value.
        unavailable: responses of which it was noted why they have none.
        already: responses that had one or the other before.
        stopped: asked to stop before the end.
        truncated: values that rest on a text which went beyond the model's limit.
        why: reasons for values that are unavailable, the most frequent first.
        failed: responses whose value could not be had this time.
        failures: the first of them.
    """

    factor: str
    added: int
    unavailable: int
    already: int
    stopped: bool
    truncated: int = 0
    why: tuple[str, ...] = ()
    failed: int = 0
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class RulePortion:
    """Responses of which a rule is to find values, wherever that is done."""

    factor: str
    responses: tuple[OpenResponse, ...]


def apply_rule(portion: RulePortion) -> list[RuleValue]:
    """One value a response, in order."""
    rule = RULES[portion.factor]
    return [rule(response.text, response.source) for response in portion.responses]


def extract_rules(
    study: Study,
    factors: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    own: Sequence[OwnRule] = (),
    place: Workplace | None = None,
    limit: int | None = None,
    retry: bool = False,
) -> tuple[ExtractionReport, ...]:
    """Compute the rule-based factors of every response that has none of the present version.

    Works in committed portions, so that a stop keeps what is done, and done again it adds nothing.

    Args:
        study: gets the values.
        factors: names; all rule-based factors of the study when None.
        progress: counts values over all factors.
        own: functions of the study's own, which are called here wherever the rules are computed.
        place: where the rules are computed.
        limit: responses of each factor at most.
        retry: compute again what failed.

    Raises:
        StudyError: a factor that the study does not have, or that no rule finds.
        OwnFactorError: a function of the study's own is not there.
    """
    run = _Run(study, own, place or Here(), limit, retry)
    return run.extract(_chosen(study, factors, run.origins), progress)


def rule_origins(own: Sequence[OwnRule] = ()) -> dict[str, Origin]:
    """What is noted with the values of each rule."""
    return {name: Origin(Method.RULE, RULES_VERSION) for name in RULES} | {
        rule.factor.name: Origin(Method.RULE, rule.version) for rule in own
    }


def _chosen(study: Study, factors: Sequence[str] | None, origins: Mapping[str, Origin]) -> tuple[str, ...]:
    known = {factor.name for factor in study.factors}
    if factors is None:
        return tuple(name for name in origins if name in known)
    for name in factors:
        if name not in origins:
            raise StudyError(f"no rule finds {name}; rules find {', '.join(origins)}")
        if name not in known:
            raise StudyError(f"{name} is not a factor of this study; it has {', '.join(sorted(known))}")
    return tuple(dict.fromkeys(factors))


@dataclass(slots=True)
class _Tally:
    """What was done for one factor."""

    added: int = 0
    failed: int = 0
    why: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def count(self, values: Sequence[NewValue]) -> None:
        for value in values:
            reason = value.reason or ""
            if value.value is not None:
                self.added += 1
            elif not reason.startswith(FAILED):
                self.why[reason] += 1
            else:
                self.failed += 1
                if self.failed <= FAILURES_KEPT:
                    failure = Failure(value.response_id, value.factor, reason.removeprefix(FAILED))
                    self.failures.append(failure)

    def report(self, name: str, already: int, *, stopped: bool) -> ExtractionReport:
        reasons = tuple(reason for reason, _ in self.why.most_common() if reason)
        return ExtractionReport(
            name,
            self.added,
            self.why.total(),
            already,
            stopped,
            why=reasons,
            failed=self.failed,
            failures=tuple(self.failures),
        )


class _Run:
    def __init__(
        self, study: Study, own: Sequence[OwnRule], place: Workplace, limit: int | None, retry: bool
    ) -> None:
        self._study = study
        self._own = {rule.factor.name: rule for rule in own}
        self._place = place
        self._limit = limit
        self._retry = retry
        self.origins = rule_origins(own)

    def extract(self, names: Sequence[str], progress: Progress | None) -> tuple[ExtractionReport, ...]:
        every = count_responses(self._study, true())
        open_before = {name: count_responses(self._study, self._is_open(name)) for name in names}
        of = sum(min(count, self._limit or count) for count in open_before.values())
        done, reports, stopped = 0, [], False
        for name in names:
            tally = _Tally()
            for portion, found in self._values(name) if not stopped else ():
                tally.count(self._store(portion, found))
                done += len(found)
                if progress is not None and not progress(done, of):
                    stopped = True
                    break
            reports.append(tally.report(name, every - open_before[name], stopped=stopped))
        return tuple(reports)

    def _is_open(self, name: str) -> ColumnElement[bool]:
        return is_open(name, self.origins[name], retry=self._retry)

    def _values(self, name: str) -> Iterator[tuple[RulePortion, list[RuleValue]]]:
        portions = (
            RulePortion(name, responses)
            for responses in read_open(self._study, self._is_open(name), _PORTION, self._limit)
        )
        if name not in self._own:
            return self._place.map(apply_rule, portions)
        return Here().map(self._apply_own, portions)

    def _apply_own(self, portion: RulePortion) -> list[RuleValue]:
        rule = self._own[portion.factor].rule
        return [rule(response.text, response.source) for response in portion.responses]

    def _store(self, portion: RulePortion, found: Sequence[RuleValue]) -> list[NewValue]:
        values = [
            NewValue(
                response.id,
                portion.factor,
                value.value,
                reason=why_none(response, value.reason),
                evidence=value.detail,
            )
            for response, value in zip(portion.responses, found, strict=True)
        ]
        store_values(self._study, self.origins, values, retry=self._retry)
        return values
