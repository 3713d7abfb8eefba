"""Responses that a model writes: one for each score, one as it would anyway, or two to begin with.

PROFILE §2.2 and Appendix E.1.1; the templates are lost and are in our own words.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final

from profile_engine.agents.numbered import Numbered, read_numbered, without_label
from profile_engine.agents.tasks import BRIEFS, Brief
from profile_engine.extraction.calling import Called, Caller
from profile_engine.extraction.prompts.answers import object_schema
from profile_engine.extraction.prompts.fences import fenced
from profile_engine.extraction.prompts.requests import MATERIAL_RULE
from profile_engine.extraction.structured import CUT, THOUGHTS, Exchange, was_cut
from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, ModelError, Speaker
from profile_engine.taxonomy import Task

VERSION: Final = "1"
"""Raised with every change of what is asked."""


class Purpose(StrEnum):
    """What responses are written for."""

    SCORED = "scored"
    DIRECT = "direct"
    INITIAL = "initial"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the responses to one source: their scores, or counted from 1."""
        return {Purpose.SCORED: (1, 2, 3, 4, 5), Purpose.DIRECT: (1,), Purpose.INITIAL: (1, 2)}[self]

    @property
    def version(self) -> str:
        """Of the prompt."""
        return f"{self}-{VERSION}"


_OPENING: Final = """\
{description}

You are given {source}. {task}

{rule}

{form}"""
_TASKS: Final = {
    Purpose.SCORED: """\
Write five {outputs} for it, one for each score from 1 to 5. The score says how good the {output} is by the \
description above: 5 is for a very good one, 1 for a very poor one, and each one between is better than that \
of the score below it. Each must be a {output} that somebody might have written in earnest, and none may \
speak of its score.""",
    Purpose.DIRECT: "Write a {output} for it.",
    Purpose.INITIAL: "Write two {outputs} for it, each as good as you can, and different from each other.",
}
_IN_JSON: Final = "Answer with one JSON object of this form, and nothing around it:\n{form}"
_ALONE: Final = "Answer with the {output} alone: no heading, and nothing about it."
_CLOSING: Final = {
    Purpose.SCORED: "Write the five {outputs}, for the scores 1 to 5.",
    Purpose.DIRECT: "Write the {output}.",
    Purpose.INITIAL: "Write the two {outputs}.",
}
_REPAIR: Final = """\
That answer cannot be used: {problem}.
Write {these}, and answer with one JSON object of the form asked for, and nothing around it."""

SAME: Final = "it is the same text as the other one"
"""Why one of two initial responses is none."""

_ORDINARY_LENGTH: Final = {
    Task.SUMMARIZATION: 160,
    Task.HELPFUL_RESPONSE: 600,
    Task.DOCUMENT_QA: 600,
}
"""Characters that a response is expected to take."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of one source.

    Attributes:
        texts: by number.
        reasons: why there is none, by number.
    """

    texts: Mapping[int, str]
    reasons: Mapping[int, str]
    exchange: Exchange


def generation_request(task: Task, purpose: Purpose, source: str, *, with_documents: bool) -> ChatRequest:
    """Ask for responses to a source; `with_documents`: whether a response can draw on it."""
    brief = BRIEFS[task]
    section = brief.section(source, with_documents=with_documents)
    closing = _CLOSING[purpose].format(output=brief.output, outputs=brief.outputs)
    messages = (
        ChatMessage(Speaker.SYSTEM, _opening(brief, purpose, with_documents)),
        ChatMessage(Speaker.USER, f"{fenced([section])}\n\n{closing}"),
    )
    return ChatRequest(messages, None if purpose is Purpose.DIRECT else _schema(purpose))


async def generate(
    caller: Caller,
    request: ChatRequest,
    purpose: Purpose,
    brief: Brief,
    wanted: Collection[int],
    *,
    anew: bool = False,
) -> Generated:
    """Have a model write; what its answer lacks is asked for once more.

    Args:
        caller: asks, and keeps the replies.
        request: of `generation_request`.
        purpose: as in the request.
        brief: of the task.
        wanted: the numbers that matter.
        anew: ask again where something of these is lacking in replies on record.
    """
    found = await _converse(caller, request, purpose, brief, wanted)
    if anew and found.reasons and found.exchange.is_old:
        found = await _converse(caller, request, purpose, brief, wanted, anew=True)
    return found


def ordinary_answer(task: Task, purpose: Purpose) -> str:
    """A reply as long as one is expected to be."""
    text = "word " * (_ORDINARY_LENGTH[task] // 5)
    if purpose is Purpose.DIRECT:
        return text
    return json.dumps(
        {"responses": [{_key(purpose): number, "text": f"{number} {text}"} for number in purpose.numbers]}
    )


async def _converse(
    caller: Caller,
    request: ChatRequest,
    purpose: Purpose,
    brief: Brief,
    wanted: Collection[int],
    *,
    anew: bool = False,
) -> Generated:
    calls: tuple[Called, ...] = ()
    texts: dict[int, str] = {}
    turn = request
    while True:
        try:
            called = await caller.call(turn, anew=anew)
        except ModelError as error:
            exchange = Exchange(calls, unanswered=caller.key(turn))
            return Generated(texts, _reasons(wanted, texts, {}, str(error)), exchange)
        calls = (*calls, called)
        read = _read(called, purpose)
        texts = {**read.texts, **texts}  # what was written first stands
        reasons = _reasons(wanted, texts, read.reasons, SAME)
        if purpose is Purpose.INITIAL and len(texts) > len(set(texts.values())):
            del texts[2]
            reasons[2] = SAME
        if not reasons or len(calls) > 1 or purpose is Purpose.DIRECT:
            return Generated(texts, reasons, Exchange(calls))
        turn = _repair(request, called, purpose, brief, reasons)


def _read(called: Called, purpose: Purpose) -> Numbered:
    text, cut = called.reply.text, was_cut(called)
    if purpose is Purpose.DIRECT:
        alone = without_label(THOUGHTS.sub("", text))
        why = CUT if cut else "the answer is empty"
        return Numbered({}, {1: why}) if cut or not alone else Numbered({1: alone}, {})
    read = read_numbered(text, purpose.numbers, cut=cut, in_order=purpose is Purpose.INITIAL)
    return replace(read, reasons=dict.fromkeys(read.reasons, CUT)) if cut else read


def _reasons(
    wanted: Collection[int], texts: Mapping[int, str], told: Mapping[int, str], otherwise: str
) -> dict[int, str]:
    return {number: told.get(number, otherwise) for number in wanted if number not in texts}


def _repair(
    request: ChatRequest, called: Called, purpose: Purpose, brief: Brief, reasons: Mapping[int, str]
) -> ChatRequest:
    """Ask for what is lacking; all else stands."""
    numbers = ", ".join(map(str, reasons))
    these = f"the {brief.output if len(reasons) == 1 else brief.outputs} of {_key(purpose)} {numbers}"
    told = _REPAIR.format(problem="; ".join(dict.fromkeys(reasons.values())), these=these)
    turns = (ChatMessage(Speaker.ASSISTANT, called.reply.text), ChatMessage(Speaker.USER, told))
    return ChatRequest((*request.messages, *turns), request.schema)


@cache
def _opening(brief: Brief, purpose: Purpose, with_documents: bool) -> str:
    name = brief.source_name(with_documents)
    names = {"output": brief.output, "outputs": brief.outputs}
    example = {"responses": [{_key(purpose): number, "text": "..."} for number in purpose.numbers]}
    form = _ALONE if purpose is Purpose.DIRECT else _IN_JSON
    return _OPENING.format(
        description=brief.description,
        source=f"a {name}",
        task=_TASKS[purpose].format(**names),
        rule=MATERIAL_RULE.format(name=name.replace(" ", "-")),
        form=form.format(form=json.dumps(example), **names),
    )


@cache
def _schema(purpose: Purpose) -> AnswerSchema:
    number = {"type": "integer", "enum": list(purpose.numbers)}
    one = object_schema({_key(purpose): number, "text": {"type": "string"}})
    return AnswerSchema(f"{purpose}_responses", object_schema({"responses": {"type": "array", "items": one}}))


def _key(purpose: Purpose) -> str:
    return "score" if purpose is Purpose.SCORED else "number"
