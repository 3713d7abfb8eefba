"""A judge behind a real loopback server: what the stub answers, and which key each request has."""

from collections.abc import Mapping
from typing import Any

from profile_engine.backends.scripted import Script
from profile_engine.extraction.calling import request_key
from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, ModelIdentity, Speaker
from tests.faulty_server import FaultyServer
from tests.profile_engine.fake_chat import FakeJudge

NOT_PARAMETERS = {"model", "messages", "response_format"}


def request_of(body: Mapping[str, Any]) -> ChatRequest:
    """The request that a server was sent, by one that holds it to a JSON schema."""
    messages = tuple(
        ChatMessage(Speaker(message["role"]), message["content"]) for message in body["messages"]
    )
    if "response_format" not in body:
        return ChatRequest(messages)
    wanted = body["response_format"]["json_schema"]
    return ChatRequest(messages, AnswerSchema(wanted["name"], wanted["schema"]))


def key_of(body: Mapping[str, Any]) -> str:
    """The key under which the reply is kept."""
    parameters = {name: value for name, value in body.items() if name not in NOT_PARAMETERS}
    return request_key(ModelIdentity("any", body["model"], parameters), request_of(body))


def judge_server(judge: FakeJudge | None = None, **options: Any) -> FaultyServer:  # noqa: ANN401
    """A server that judges; options as `FaultyServer` has them."""
    return script_server(judge or FakeJudge(), **options)


def script_server(script: Script, **options: Any) -> FaultyServer:  # noqa: ANN401
    """A server that answers what a script does; options as `FaultyServer` has them."""

    def answer(body: Mapping[str, Any]) -> str:
        reply = script(request_of(body))
        assert isinstance(reply, str)
        return reply

    return FaultyServer(answer=answer, **options)
