"""From a judge's answers to factor values, with what stands behind each (PROFILE §3.2, Appendix D.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from profile_engine.extraction.prompts.answers import (
    AtomicFacts,
    Judgement,
    ResponseJudgements,
    StatementJudgement,
)
from profile_engine.extraction.prompts.criteria import Criterion, Statements
from profile_engine.extraction.structured import Answered, Exchange, Failed
from profile_engine.taxonomy import Factor

NO_FACTS: Final[Mapping[Statements, str]] = MappingProxyType(
    {Statements.OUTPUT: "the response has no facts", Statements.SOURCE: "the source has no facts"}
)
"""Why a ratio is undefined."""


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A factor's value, or why there is none.

    Attributes:
        label: the class, of yes/no and ordered classes.
        reason: why there is no value, readable; begins with "failed: " where it `failed`.
        failed: a call did not bring a usable answer; asked again it may.
        evidence: as JSON. `facts` of the response, each with `text`, the question's answer under its key
            (`supported`, `on_focus`, `helpful`, `misleading`) and `justification`; for Source Coverage
            `source_facts` likewise (`covered`) and `covers`, which of them are covered, from 0; the
            `justification` of a response as a whole; `replies`, the keys of the replies on record, and
            `unusable`, those among them that failed; and `notes` on what was odd about them.
        model: as the endpoint names it; None where it never answered.
    """

    factor: str
    value: float | None = None
    label: str | None = None
    reason: str | None = None
    failed: bool = False
    evidence: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None


def unavailable(factor: str, reason: str) -> FoundValue:
    """A factor that has no value whatever the judge says."""
    return FoundValue(factor, reason=reason)


def failed(factor: str, failure: Failed, about: str = "", before: Sequence[Exchange] = ()) -> FoundValue:
    """A factor whose value could not be had; `about` says what failed where it is not the question itself."""
    exchanges = (*before, failure.exchange)
    return FoundValue(
        factor,
        reason=f"failed: {about}{failure.reason}",
        failed=True,
        evidence={**_replies(exchanges), "unusable": [call.key for call in failure.exchange.calls]},
        model=_model(exchanges),
    )


def count_facts(factor: str, facts: Answered[AtomicFacts]) -> FoundValue:
    """Number Of Facts."""
    exchanges = (facts.exchange,)
    evidence = {"facts": [{"text": text} for text in facts.answer.facts], **_replies(exchanges, facts.notes)}
    return FoundValue(factor, float(len(facts.answer.facts)), evidence=evidence, model=_model(exchanges))


def no_ratio(criterion: Criterion, facts: Answered[AtomicFacts]) -> FoundValue:
    """A ratio over no facts: undefined."""
    assert criterion.statements is not None
    exchanges = (facts.exchange,)
    return FoundValue(
        criterion.factor,
        reason=NO_FACTS[criterion.statements],
        evidence=_replies(exchanges, facts.notes),
        model=_model(exchanges),
    )


def find_ratio(
    criterion: Criterion,
    facts: Answered[AtomicFacts],
    verdicts: Sequence[StatementJudgement],
    exchange: Exchange,
    notes: Sequence[str] = (),
) -> FoundValue:
    """The share of facts with the answer that counts; `verdicts` in the order of the facts, at least one."""
    judgements = [verdict.on(criterion) for verdict in verdicts]
    counted = sum(judgement.decision == criterion.counted for judgement in judgements)
    rows = [
        {"text": text, criterion.key: judgement.decision == "yes", "justification": judgement.justification}
        for text, judgement in zip(facts.answer.facts, judgements, strict=True)
    ]
    evidence: dict[str, Any] = {"facts": rows}
    if criterion.statements is Statements.SOURCE:
        covers = [position for position, row in enumerate(rows) if row[criterion.key]]
        evidence = {"covers": covers, "source_facts": rows}
    exchanges = (facts.exchange, exchange)
    return FoundValue(
        criterion.factor,
        counted / len(judgements),
        evidence={**evidence, **_replies(exchanges, (*facts.notes, *notes))},
        model=_model(exchanges),
    )


def find_class(criterion: Criterion, factor: Factor, answered: Answered[ResponseJudgements]) -> FoundValue:
    """The value of the class that was chosen."""
    judgement: Judgement = answered.answer.on(criterion)
    exchanges = (answered.exchange,)
    return FoundValue(
        criterion.factor,
        dict(factor.classes)[judgement.decision],
        judgement.decision,
        evidence={"justification": judgement.justification, **_replies(exchanges, answered.notes)},
        model=_model(exchanges),
    )


def _replies(exchanges: Sequence[Exchange], notes: Sequence[str] = ()) -> dict[str, Any]:
    keys = [call.key for exchange in exchanges for call in exchange.calls]
    return {"replies": keys, **({"notes": list(notes)} if notes else {})}


def _model(exchanges: Sequence[Exchange]) -> str | None:
    named = [exchange.model for exchange in exchanges if exchange.model]
    return named[-1] if named else None
