"""The stub models of `stub_improver` behind a real loopback server."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import request_key
from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, ModelIdentity, Speaker
from tests.annotation.deeds.stub_improver import Improve, a_word_more, generator, shorter_is_better
from tests.judge_server import NOT_PARAMETERS


def request_of(body: Mapping[str, Any]) -> ChatRequest:
    """The request that a server was sent, with or without a schema."""
    messages = tuple(ChatMessage(Speaker(one["role"]), one["content"]) for one in body["messages"])
    if "response_format" not in body:
        return ChatRequest(messages)
    wanted = body["response_format"]["json_schema"]
    return ChatRequest(messages, AnswerSchema(wanted["name"], wanted["schema"]))


def key_of(body: Mapping[str, Any]) -> str:
    """The key under which the reply is kept."""
    parameters = {name: value for name, value in body.items() if name not in NOT_PARAMETERS}
    return request_key(ModelIdentity("any", body["model"], parameters), request_of(body))


def answer_as_stubs(body: Mapping[str, Any], improve: Improve = a_word_more) -> str:
    """The model e-1 judges, every other one writes and improves."""
    stub: ScriptedChat = shorter_is_better() if body["model"] == "e-1" else generator(improve)
    with ThreadPoolExecutor(1) as pool:  # the server's own loop runs in this thread
        return pool.submit(lambda: asyncio.run(stub.complete(request_of(body))).text).result()
