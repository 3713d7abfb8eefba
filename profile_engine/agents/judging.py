"""Which of two responses a model prefers, and why (PROFILE §2.2, Appendix E.2; the template is our own)."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, Field, field_validator

from profile_engine.agents.tasks import BRIEFS, Brief
from profile_engine.extraction.calling import Caller
from profile_engine.extraction.prompts.answers import bare, object_schema
from profile_engine.extraction.prompts.fences import Section, fenced
from profile_engine.extraction.prompts.requests import MATERIAL_RULE
from profile_engine.extraction.structured import Exchange, Failed, ask, is_stale
from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, Speaker
from profile_engine.taxonomy import Factor, Task

VERSION: Final = "judge-1"
"""Raised with every change of what is asked."""

FIRST, TIE, SECOND = 1, 0, -1
"""A choice by the order in which the two were shown."""

_OPENING: Final = """\
{description}

You are a careful judge. You are given {source} and two {outputs} for it, the first and the second. Decide \
which {output} is better by the description above{tie}. Which of them stands first means nothing.

{rule}

Answer with one JSON object of this form, and nothing around it, the reason in one to three sentences:
{form}"""
_TIE: Final = ', or choose "tie" if neither is better'
_CLOSING: Final = "Which {output} is better, the first or the second?"
_GUIDANCE: Final = """\
When you decide, consider this factor in particular.
{title}: {definition}

"""
_CHOICES: Final = {"first": FIRST, "second": SECOND, "tie": TIE}
_OTHER_NAMES: Final = {
    **dict.fromkeys(("1", "a", "one"), "first"),
    **dict.fromkeys(("2", "b", "two"), "second"),
    **dict.fromkeys(("0", "neither", "both", "equal", "equally good", "draw", "same"), "tie"),
}
_NOUNS: Final = frozenset({"the", "summary", "response", "answer", "option"})
_ORDINARY_REASON: Final = 200
"""Characters that a justification is expected to take."""


@dataclass(frozen=True, slots=True)
class TwoResponses:
    """A source and two responses to it, in the order in which they are shown.

    Attributes:
        with_documents: whether the source is more than a question whose documents did not come along.
    """

    source: str
    first: str
    second: str
    with_documents: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge said.

    Attributes:
        choice: FIRST, TIE or SECOND; None where there is none.
        reason: why there is none.
    """

    choice: int | None
    justification: str | None
    reason: str | None
    exchange: Exchange


class Verdict(BaseModel):
    """A judge's answer; `choice` is one of those that are allowed, by whatever name."""

    justification: str = Field(validation_alias=AliasChoices("justification", "reason", "explanation"))
    choice: str = Field(validation_alias=AliasChoices("choice", "better", "preferred", "winner"))

    @field_validator("choice", mode="before")
    @classmethod
    def _known(cls, choice: object) -> str:
        return _named(choice, tuple(_CHOICES))


class SidedVerdict(Verdict):
    """An answer that cannot be a tie."""

    @field_validator("choice", mode="before")
    @classmethod
    def _known(cls, choice: object) -> str:
        return _named(choice, ("first", "second"))


def judging_request(
    task: Task, shown: TwoResponses, *, ties: bool = True, guidance: Factor | None = None
) -> ChatRequest:
    """Ask which of two responses is better.

    The source has marks of its own, so that all pairs of one source begin alike and an endpoint's cache
    serves them; what guides the judge comes last.

    Args:
        task: says what a good response is.
        shown: the source and the responses.
        ties: whether neither may be better.
        guidance: a factor that the judge is told to consider (PROFILE §4.4, F.1).
    """
    brief = BRIEFS[task]
    source = fenced(
        [brief.section(shown.source, with_documents=shown.with_documents)],
        beside=(shown.first, shown.second),
    )
    responses = fenced(
        [Section(f"first-{brief.output}", shown.first), Section(f"second-{brief.output}", shown.second)],
        beside=(shown.source,),
    )
    guided = _GUIDANCE.format(title=guidance.title, definition=guidance.definition) if guidance else ""
    closing = guided + _CLOSING.format(output=brief.output)
    messages = (
        ChatMessage(Speaker.SYSTEM, _opening(brief, shown.with_documents, ties)),
        ChatMessage(Speaker.USER, f"{source}\n\n{responses}\n\n{closing}"),
    )
    return ChatRequest(messages, _schema(ties))


async def judge(caller: Caller, request: ChatRequest, *, ties: bool = True, anew: bool = False) -> Judged:
    """Have a model judge; an answer that cannot be used gets one repair turn.

    Args:
        caller: asks, and keeps the replies.
        request: of `judging_request`.
        ties: as in the request.
        anew: ask again where what is on record cannot be used.
    """
    answer_type = Verdict if ties else SidedVerdict
    answered = await ask(caller, request, answer_type)
    if anew and is_stale(answered):
        answered = await ask(caller, request, answer_type, anew=True)
    if isinstance(answered, Failed):
        return Judged(None, None, answered.reason, answered.exchange)
    verdict = answered.answer
    return Judged(_CHOICES[verdict.choice], verdict.justification.strip(), None, answered.exchange)


def ordinary_verdict() -> str:
    """A reply as long as one is expected to be."""
    return json.dumps({"justification": "word " * (_ORDINARY_REASON // 5), "choice": "first"})


def _named(choice: object, allowed: tuple[str, ...]) -> str:
    """The choice that is meant by a name of it, such as `Summary 1` or `B`."""
    name = ""
    if isinstance(choice, str | int) and not str(choice).strip().startswith("-"):
        name = " ".join(word for word in bare(str(choice)).split() if word not in _NOUNS)
    name = _OTHER_NAMES.get(name, name)
    if name not in allowed:
        raise ValueError(f"it must be one of {', '.join(allowed)}")
    return name


@cache
def _opening(brief: Brief, with_documents: bool, ties: bool) -> str:
    source = brief.source_name(with_documents)
    choices = " or ".join(_allowed(ties))
    return _OPENING.format(
        description=brief.description,
        source=f"a {source}",
        output=brief.output,
        outputs=brief.outputs,
        tie=_TIE if ties else "",
        rule=MATERIAL_RULE.format(name=source.replace(" ", "-")),
        form=json.dumps({"justification": "why", "choice": choices}),
    )


@cache
def _schema(ties: bool) -> AnswerSchema:
    members: dict[str, Any] = {
        "justification": {"type": "string"},
        "choice": {"type": "string", "enum": list(_allowed(ties))},
    }
    return AnswerSchema("preference", object_schema(members))


def _allowed(ties: bool) -> tuple[str, ...]:
    return ("first", "second", "tie") if ties else ("first", "second")
