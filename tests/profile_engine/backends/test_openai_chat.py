"""The client against a real endpoint on loopback: what is sent, what is found out, and what errors say."""

import traceback
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import pytest

from profile_engine.backends.openai_chat import Ability, OpenAIChat, retry_after
from profile_engine.ports import (
    AnswerSchema,
    ChatMessage,
    ChatRequest,
    ModelError,
    RefusalError,
    RetriableModelError,
    Speaker,
    UnusableModelError,
)
from tests.faulty_server import YES, Fault, FaultyServer

SCHEMA = AnswerSchema("verdict", {"type": "object", "properties": {"answer": {"type": "string"}}})
PLAIN = ChatRequest((ChatMessage(Speaker.SYSTEM, "You judge."), ChatMessage(Speaker.USER, "Is it so?")))
STRUCTURED = ChatRequest(PLAIN.messages, SCHEMA)
KEY = "sk-very-secret-0123456789"

chat = partial(OpenAIChat, name="stub", model="stub-1")


def formats(server: FaultyServer) -> list[str | None]:
    return [body.get("response_format", {}).get("type") for body in server.bodies]


async def test_a_plain_request_carries_the_parameters_and_nothing_else() -> None:
    async with FaultyServer() as server:
        model = chat(base_url=server.base_url, temperature=0, top_p=None, max_tokens=64, extra={"seed": 7})
        reply = await model.complete(PLAIN)
        await model.close()
    assert server.bodies == [
        {
            "model": "stub-1",
            "messages": [
                {"role": "system", "content": "You judge."},
                {"role": "user", "content": "Is it so?"},
            ],
            "temperature": 0.0,
            "max_tokens": 64,
            "seed": 7,
        }
    ]
    assert model.identity.parameters == {"temperature": 0.0, "max_tokens": 64, "seed": 7}
    assert (reply.text, reply.model, reply.prompt_tokens, reply.completion_tokens, reply.finish_reason) == (
        YES,
        "stub-2024",
        11,
        7,
        "stop",
    )


async def test_the_key_is_read_at_each_call_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    async with FaultyServer(abilities=[], inability=(400, f"bad key {KEY}\nhere")) as server:
        model = chat(base_url=server.base_url, key_variable="STUB_KEY")
        with pytest.raises(ModelError) as caught:
            await model.complete(PLAIN)
        monkeypatch.setenv("STUB_KEY", "sk-other")
        with pytest.raises(ModelError):
            await model.complete(PLAIN)
        monkeypatch.delenv("STUB_KEY")
        with pytest.raises(UnusableModelError, match="STUB_KEY is not set; set it"):
            await model.complete(PLAIN)
        await model.close()
    assert server.authorizations == {f"Bearer {KEY}", "Bearer sk-other"}
    assert "bad key *** here" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value.with_traceback(None), chain=False))
    assert KEY not in shown + repr(model) + repr(vars(model)) + repr(model.identity)


@pytest.mark.parametrize("masked", ["sk-very***6789", "sk-ve...6789", "sk-very-****", "****6789", "sk-v…89"])
async def test_a_key_that_is_masked_in_part_is_not_shown(
    masked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    async with FaultyServer(abilities=[], inability=(400, f"the key {masked} is **no** good...")) as server:
        model = chat(base_url=server.base_url, key_variable="STUB_KEY")
        with pytest.raises(ModelError, match=r"the key \*\*\* is \*\*no\*\* good\.\.\."):
            await model.complete(PLAIN)
        await model.close()


async def test_an_answer_that_repeats_the_key_comes_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    async with FaultyServer(answer=lambda body: f"You sent {KEY}.", model=f"m-{KEY}") as server:
        model = chat(base_url=server.base_url, key_variable="STUB_KEY")
        reply = await model.complete(PLAIN)
        monkeypatch.setenv("STUB_KEY", "sent")
        other = await model.complete(PLAIN)
        await model.close()
    assert (reply.text, reply.model) == ("You sent ***.", "m-***")
    assert other.text.startswith("You sent"), "a short word is no secret"


async def test_a_server_that_needs_no_key_gets_a_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)  # which the client would take by itself
    async with FaultyServer() as server:
        model = chat(base_url=server.base_url)
        await model.complete(PLAIN)
        await model.close()
    assert server.authorizations == {"Bearer none"}


async def test_an_able_endpoint_is_held_to_the_schema_at_once() -> None:
    async with FaultyServer() as server:
        model = chat(base_url=server.base_url)
        await model.complete(STRUCTURED)
        await model.close()
    assert model.ability is Ability.JSON_SCHEMA
    wanted = {"name": "verdict", "schema": SCHEMA.schema, "strict": False}
    assert server.bodies[0]["response_format"] == {"type": "json_schema", "json_schema": wanted}
    assert server.bodies[0]["messages"][-1]["content"] == "Is it so?"


async def test_a_closed_schema_is_strict() -> None:
    closed = {**SCHEMA.schema, "required": ["answer"], "additionalProperties": False}
    async with FaultyServer() as server:
        model = chat(base_url=server.base_url)
        await model.complete(ChatRequest(PLAIN.messages, AnswerSchema("verdict", closed)))
        await model.close()
    assert server.bodies[0]["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("abilities", "found", "sent"),
    [
        ([Ability.JSON_OBJECT, Ability.TEXT], Ability.JSON_OBJECT, ["json_schema", "json_object"]),
        ([Ability.TEXT], Ability.TEXT, ["json_schema", "json_object", None]),
    ],
)
async def test_what_an_endpoint_lacks_is_found_out_once(
    status: int, abilities: Collection[Ability], found: Ability, sent: list[str | None]
) -> None:
    async with FaultyServer(abilities=abilities, inability=(status, "no")) as server:
        model = chat(base_url=server.base_url)
        await model.complete(STRUCTURED)
        assert model.ability is found
        await model.complete(STRUCTURED)
        await model.complete(PLAIN)
        await model.close()
    assert formats(server) == [*sent, sent[-1], None]
    told = server.bodies[-2]["messages"]
    assert [turn["role"] for turn in told] == ["system", "user"]
    assert told[-1]["content"].startswith("Is it so?\n\nAnswer with one JSON object")
    assert '{"answer": {"type": "string"}}' in told[-1]["content"]


async def test_a_500_that_names_the_format_is_believed() -> None:
    words = (
        "[{'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]"
    )
    async with FaultyServer(abilities=[Ability.JSON_OBJECT, Ability.TEXT], inability=(500, words)) as server:
        model = chat(base_url=server.base_url)
        await model.complete(STRUCTURED)
        await model.close()
    assert model.ability is Ability.JSON_OBJECT


async def test_a_500_that_may_pass_is_believed_the_fourth_time() -> None:
    async with FaultyServer(abilities=[Ability.JSON_OBJECT, Ability.TEXT], inability=(500, "oops")) as server:
        model = chat(base_url=server.base_url)
        found = []
        for _ in range(5):
            await model.complete(STRUCTURED)
            found.append(model.ability)
        await model.close()
    assert found == [None, None, None, Ability.JSON_OBJECT, Ability.JSON_OBJECT]
    assert formats(server) == ["json_schema", "json_object"] * 4 + ["json_object"]


async def test_a_passing_500_costs_no_ability() -> None:
    async with FaultyServer(faults=[Fault.SERVER_ERROR], share=1.0) as server:
        model = chat(base_url=server.base_url)
        found = []
        for _ in range(2):
            await model.complete(STRUCTURED)
            found.append(model.ability)
        await model.close()
    assert found == [None, Ability.JSON_SCHEMA]
    assert formats(server) == ["json_schema", "json_object", None, "json_schema"]


@pytest.mark.parametrize("odd", ["```json\n{}\n```", "```\n{}```", "<think>Is it {{so}}?</think>\n{}"])
async def test_json_in_a_fence_is_no_sign_against_the_schema(odd: str) -> None:
    async with FaultyServer(answer=lambda body: odd.replace("{}", YES)) as server:
        model = chat(base_url=server.base_url)
        await model.complete(STRUCTURED)
        await model.close()
    assert model.ability is Ability.JSON_SCHEMA


async def test_an_endpoint_that_takes_a_schema_without_heeding_it_is_stepped_down() -> None:
    def careless(body: Mapping[str, Any]) -> str:
        return "Well, yes." if body["response_format"]["type"] == "json_schema" else YES

    async with FaultyServer(answer=careless) as server:
        model = chat(base_url=server.base_url)
        texts = [(await model.complete(STRUCTURED)).text for _ in range(5)]
        await model.close()
    assert texts == ["Well, yes."] * 4 + [YES]
    assert model.ability is Ability.JSON_OBJECT


async def test_a_remembered_ability_is_used_as_it_is() -> None:
    async with FaultyServer() as server:
        model = chat(base_url=server.base_url, ability=Ability.TEXT)
        await model.complete(STRUCTURED)
        await model.close()
    assert formats(server) == [None]


@pytest.mark.parametrize(
    "refusal",
    [
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, "Developer instruction is not enabled for this model"),
        (422, "Template error: System role not supported"),
        (500, "Only user and assistant roles are supported!"),
    ],
)
@pytest.mark.parametrize("abilities", [tuple(Ability), (Ability.TEXT,)])
async def test_where_a_system_turn_is_refused_it_begins_the_first_question(
    refusal: tuple[int, str], abilities: Collection[Ability]
) -> None:
    async with FaultyServer(no_system=refusal, abilities=abilities) as server:
        model = chat(base_url=server.base_url)
        assert (await model.complete(STRUCTURED)).text == YES
        assert model.folds_system
        assert model.ability is (Ability.TEXT if len(abilities) == 1 else Ability.JSON_SCHEMA)
        seen = server.requests
        assert (await model.complete(PLAIN)).text == YES
        await model.close()
    assert server.requests == seen + 1
    assert server.bodies[-1]["messages"] == [{"role": "user", "content": "You judge.\n\nIs it so?"}]


async def test_a_refusal_that_has_to_do_with_no_role_folds_nothing() -> None:
    async with FaultyServer(abilities=[], inability=(400, "too long")) as server:
        model = chat(base_url=server.base_url)
        with pytest.raises(ModelError, match="too long"):
            await model.complete(PLAIN)
        await model.close()
    assert (server.requests, model.folds_system) == (1, False)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, UnusableModelError, "did not accept the key in STUB_KEY"),
        (402, UnusableModelError, "no credit left"),
        (403, UnusableModelError, "may not use 'stub-1'"),
        (404, UnusableModelError, "no model 'stub-1'.*usually ends in /v1"),
        (410, UnusableModelError, "no longer has 'stub-1'"),
        (400, ModelError, "refused the request \\(400\\): so it is"),
        (408, RetriableModelError, "408"),
        (500, RetriableModelError, "500"),
        (502, RetriableModelError, "502"),
    ],
)
async def test_a_status_is_told_with_what_to_do(
    status: int, kind: type[ModelError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)
    async with FaultyServer(abilities=[], inability=(status, "so it is")) as server:
        model = chat(base_url=server.base_url, key_variable="STUB_KEY")
        with pytest.raises(ModelError, match=words) as caught:
            await model.complete(PLAIN)
        await model.close()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


async def test_rate_limits_say_how_long_to_wait() -> None:
    async with FaultyServer(faults=[Fault.RATE_LIMIT_WITH_WAIT], share=1.0, wait="7") as server:
        model = chat(base_url=server.base_url)
        with pytest.raises(RetriableModelError, match="asked to wait 7 seconds") as caught:
            await model.complete(PLAIN)
        await model.close()
    assert caught.value.rate_limited
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault.SILENCE, RetriableModelError, "silent for 0.2 seconds"),
        (Fault.CUT, RetriableModelError, "or it was cut"),
        (Fault.EMPTY, RetriableModelError, "empty answer"),
        (Fault.USED_UP, ModelError, "used up all tokens before it answered; allow it more"),
        (Fault.REFUSAL, RefusalError, "declined to answer: I cannot help with that."),
    ],
)
async def test_an_answer_that_does_not_come_is_told(fault: Fault, kind: type[ModelError], words: str) -> None:
    async with FaultyServer(faults=[fault], share=1.0) as server:
        model = chat(base_url=server.base_url, timeout=0.2)
        with pytest.raises(kind, match=words) as caught:
            await model.complete(PLAIN)
        await model.close()
    assert type(caught.value) is kind


async def test_nobody_there_is_told_without_what_a_url_may_hide() -> None:
    model = OpenAIChat(name="stub", model="stub-1", base_url="http://me:hush@127.0.0.1:9/v1?token=hush")
    with pytest.raises(RetriableModelError, match=r"no connection to http://127\.0\.0\.1:9/v1") as caught:
        await model.complete(PLAIN)
    await model.close()
    assert "hush" not in str(caught.value) + repr(model)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        # 1994-11-06 08:49:37 GMT is 784,111,777 seconds after 1970
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 77.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:40:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers, 784_111_700.0) == seconds
