"""The chat backend, and what asks through it, against a real server with a real small model."""

import asyncio
import json
from collections import Counter
from enum import StrEnum
from http import HTTPStatus

import pytest
from pydantic import BaseModel

from profile_engine.backends.openai_chat import Ability, OpenAIChat
from profile_engine.extraction.calling import Caller, MemoryReplies
from profile_engine.extraction.prompts.answers import AtomicFacts
from profile_engine.extraction.prompts.requests import facts_request
from profile_engine.extraction.structured import CUT, Answered, Failed, ask
from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, Speaker
from profile_engine.taxonomy import Task
from tests.services.llm_server import CONTEXT, CountingProxy
from tests.services.program import Program

pytestmark = pytest.mark.service


class Wetness(StrEnum):
    """What may be said of water."""

    YES = "yes"
    NO = "no"


class Verdict(BaseModel):
    """An answer that is short enough to come within a second or two."""

    answer: Wetness


QUESTION = ChatRequest(
    (ChatMessage(Speaker.USER, 'Is water wet? Answer with JSON: {"answer": "yes"} or {"answer": "no"}.'),),
    AnswerSchema(
        "verdict",
        {
            "type": "object",
            "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    ),
)


def chat_at(proxy: CountingProxy, ability: Ability | None = None) -> OpenAIChat:
    return OpenAIChat(
        name="small", model="smollm2", base_url=proxy.base_url, max_tokens=128, timeout=300, ability=ability
    )


async def test_that_the_server_takes_json_object_is_found_out_once(counted: CountingProxy) -> None:
    chat = chat_at(counted)
    replies = await asyncio.gather(*(chat.complete(QUESTION) for _ in range(3)))
    await chat.close()
    assert chat.ability is Ability.JSON_OBJECT
    tried = [(one.format, one.status) for one in counted.passed]
    assert tried[0] == ("json_schema", HTTPStatus.INTERNAL_SERVER_ERROR)
    assert tried[1:] == [("json_object", HTTPStatus.OK)] * 3
    for reply in replies:
        assert reply.text.lstrip().startswith("{")
        assert reply.prompt_tokens
        assert reply.completion_tokens
        assert reply.finish_reason in ("stop", "length")


async def test_an_answer_is_valid_or_failed_with_all_that_was_said(counted: CountingProxy) -> None:
    """What the model by itself makes of the form; its raw texts are what the server sent."""
    chat = chat_at(counted, Ability.JSON_OBJECT)
    async with Caller(chat, MemoryReplies()) as caller:
        answer = await ask(caller, facts_request(Task.SUMMARIZATION, "The dog ran home."), AtomicFacts)
    await chat.close()
    sent = counted.passed
    assert answer.exchange.raw_texts == tuple(one.text for one in sent)
    assert [one.is_repair for one in sent] == [False, True][: len(sent)]
    last = sent[-1].text
    assert last is not None
    match answer:
        case Answered(answer=answered):
            said = json.loads(last)["facts"]
            assert answered.facts == list(
                dict.fromkeys(filter(None, (" ".join(fact.split()) for fact in said)))
            )
        case Failed(reason=reason):
            assert reason
            if len(sent) == 1:  # an answer that was cut off is not paid for twice
                assert reason == CUT
                assert answer.exchange.calls[0].reply.finish_reason == "length"


async def test_an_answer_that_is_held_to_the_form_is_read(counted: CountingProxy) -> None:
    counted.held = True
    chat = chat_at(counted, Ability.JSON_OBJECT)
    async with Caller(chat, MemoryReplies()) as caller:
        first = await ask(caller, QUESTION, Verdict)
        again = await ask(caller, QUESTION, Verdict)
    await chat.close()
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert first.answer == again.answer
    (only,) = counted.passed
    assert json.loads(only.text or "") == {"answer": first.answer.answer.value}
    assert (first.exchange.calls[0].from_store, again.exchange.calls[0].from_store) == (False, True)
    assert first.exchange.model == "smollm2"


async def test_equal_requests_at_once_reach_the_server_once(counted: CountingProxy) -> None:
    counted.held = True
    chat = chat_at(counted, Ability.JSON_OBJECT)
    async with Caller(chat, MemoryReplies()) as caller:
        answers = await asyncio.gather(*(ask(caller, QUESTION, Verdict) for _ in range(5)))
        assert (caller.counts.sent, caller.counts.shared) == (1, 4)
    await chat.close()
    assert len(counted.passed) == 1
    assert len({answer.exchange.raw_texts for answer in answers}) == 1


async def test_a_text_beyond_the_context_fails_without_a_second_try(counted: CountingProxy) -> None:
    chat = chat_at(counted, Ability.JSON_OBJECT)
    async with Caller(chat, MemoryReplies()) as caller:
        long = facts_request(Task.SUMMARIZATION, "The dog ran home. " * CONTEXT)
        answer = await ask(caller, long, AtomicFacts)
    await chat.close()
    assert isinstance(answer, Failed)
    assert f"maximum context length is {CONTEXT} tokens" in answer.reason
    assert [one.status for one in counted.passed] == [HTTPStatus.BAD_REQUEST]


def test_models_check_finds_out_and_remembers(program: Program, counted: CountingProxy) -> None:
    added = program(
        "models", "add", "small", "--base-url", counted.base_url, "--model", "smollm2", "--max-tokens", 64
    )
    assert added.code == 0, added.err
    assert counted.passed == []
    checked = program("models", "check", "small", "--format", "json")
    assert checked.code == 0, checked.err
    assert Counter(one.format for one in counted.passed) == {"json_schema": 1, "json_object": 1}
    found = checked.json
    assert (found["ability"], found["answered_by"], found["counts_tokens"]) == (
        "json_object",
        "smollm2",
        True,
    )
    assert found["answer"] == counted.passed[-1].text
    assert found["seconds"] > 0
    (listed,) = program("models", "list", "--format", "json").json["models"]
    assert (listed["ability"], listed["seconds"]) == ("json_object", found["seconds"])
    program("models", "check", "small")
    assert Counter(one.format for one in counted.passed) == {"json_schema": 1, "json_object": 2}
