"""Thousands of calls through the real client to a server that fails as real ones do."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pytest
from pydantic import BaseModel

from profile_engine.backends.openai_chat import Ability, OpenAIChat
from profile_engine.extraction.calling import Caller, MemoryReplies, Patience
from profile_engine.extraction.structured import Answered, Failed, ask
from profile_engine.ports import AnswerSchema, ChatMessage, ChatReply, ChatRequest, Speaker
from tests.faulty_server import Fault, FaultyServer

CALLS = 2_000
CONCURRENCY = 32
QUIET = 600
SHARE = 0.2
OVERLOADS = (Fault.RATE_LIMIT, Fault.RATE_LIMIT_WITH_WAIT, Fault.UNAVAILABLE)
PATIENCE = Patience(first_wait=0.002, longest_wait=0.02)


class Verdict(BaseModel):
    answer: Literal["yes", "no"]
    justification: str


SCHEMA = AnswerSchema("verdict", Verdict.model_json_schema())


class CountedReplies(MemoryReplies):
    """Knows how often each key was kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Counter[str] = Counter()

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        super().keep(key, request, reply)
        self.kept[key] += 1


def verdict_request(number: int) -> ChatRequest:
    return ChatRequest((ChatMessage(Speaker.USER, f"Does the text say fact {number}?"),), SCHEMA)


def model_at(server: FaultyServer) -> OpenAIChat:
    return OpenAIChat(
        name="stub", model="stub", base_url=server.base_url, timeout=1.5, ability=Ability.JSON_SCHEMA
    )


async def ask_all(caller: Caller, numbers: Sequence[int]) -> list[Answered[Verdict] | Failed]:
    return await asyncio.gather(*(ask(caller, verdict_request(number), Verdict) for number in numbers))


def assert_paid_once(server: FaultyServer, store: CountedReplies) -> None:
    answered = Counter(tally.answered for tally in server.tallies.values())
    assert set(answered) <= {0, 1}
    assert set(store.kept.values()) == {1}
    assert len(store.kept) == answered[1]


def assert_shares(server: FaultyServer, faults: Sequence[Fault]) -> None:
    for fault in faults:
        met = server.injected[fault] / len(server.tallies)
        # REPEATED_KEYS and FENCES hit an answer only where no odder one was drawn: 0.8 or 0.64 of the share.
        low = SHARE * (0.55 if fault in (Fault.FENCES, Fault.REPEATED_KEYS) else 0.85)
        assert low < met < SHARE * 1.15, fault


async def test_a_run_through_every_other_fault_completes_and_pays_once() -> None:
    faults = [fault for fault in Fault if fault not in {*OVERLOADS, Fault.USED_UP}]
    store = CountedReplies()
    async with (
        FaultyServer(faults=faults, share=SHARE) as server,
        Caller(model := model_at(server), store, concurrency=2 * CONCURRENCY, patience=PATIENCE) as caller,
    ):
        results = await ask_all(caller, range(CALLS))
        await model.close()
    failed = [result for result in results if isinstance(result, Failed)]
    # Prose twice in a row, 0.2 x 0.2 of the calls, is all that is not mended: refusals come once a request.
    assert {failure.reason for failure in failed} == {"it holds no JSON object"}
    assert 0.02 * CALLS < len(failed) < 0.06 * CALLS
    assert all(len(failure.exchange.raw_texts) == 2 for failure in failed)
    assert all(result.answer.answer == "yes" for result in results if isinstance(result, Answered))
    assert_shares(server, faults)
    assert_paid_once(server, store)
    assert caller.counts.sent == server.requests
    assert caller.counts.failures == 0
    assert caller.counts.prompt_tokens == 11 * len(store.kept)
    assert caller.limit.lowest == 2 * CONCURRENCY  # none of these asks for fewer calls


async def test_a_run_through_rate_limits_completes_and_the_concurrency_recovers() -> None:
    store = CountedReplies()
    async with (
        FaultyServer(faults=OVERLOADS, share=SHARE, wait="0.003") as server,
        Caller(model := model_at(server), store, concurrency=CONCURRENCY, patience=PATIENCE) as caller,
    ):
        results = await ask_all(caller, range(CALLS))
        assert_shares(server, OVERLOADS)
        assert caller.limit.lowest <= CONCURRENCY // 4
        shrunk = caller.limit.current
        server.faults = ()
        # Each success adds 1/n, so from 1 to 32 it takes about 32 x 32 / 2 = 512 of them.
        results += await ask_all(caller, range(CALLS, CALLS + QUIET))
        assert shrunk < caller.limit.current == CONCURRENCY
        again = await ask_all(caller, range(CALLS + QUIET))
        await model.close()
    assert all(isinstance(result, Answered) for result in results + again)
    assert_paid_once(server, store)
    assert caller.counts.from_store == CALLS + QUIET


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.REFUSAL, Fault.EMPTY, Fault.CUT])
async def test_what_fails_for_good_is_told_with_its_reason(fault: Fault) -> None:
    reasons = {
        Fault.SERVER_ERROR: "answered 500: ",
        Fault.REFUSAL: "declined to answer: I cannot help with that.",
        Fault.EMPTY: "gave an empty answer",
        Fault.CUT: "or it was cut",
    }
    patience = Patience(attempts=1, first_wait=0.001)
    async with (
        FaultyServer(faults=[fault], share=1.0) as server,
        Caller(model := model_at(server), CountedReplies(), patience=patience) as caller,
    ):
        results = await ask_all(caller, range(5))
        await model.close()
    assert all(isinstance(result, Failed) and reasons[fault] in result.reason for result in results)
    assert all(len(result.exchange.keys) == 1 and not result.exchange.calls for result in results)
    assert caller.counts.failures == 5


def test_the_server_serves_from_a_thread_for_those_without_a_loop() -> None:
    async def call(server: FaultyServer) -> None:
        model = model_at(server)
        await model.complete(verdict_request(0))
        await model.close()

    with FaultyServer().in_thread() as server:
        for _ in range(2):  # an event loop each, as a command makes one
            asyncio.run(call(server))
    assert server.requests == 2
