"""A call is paid for once: what is kept, retried, shared, slowed down and stopped."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import (
    CallCounts,
    Caller,
    MemoryReplies,
    Patience,
    StoppedError,
    request_key,
)
from profile_engine.extraction.concurrency import ConcurrencyLimit
from profile_engine.ports import (
    AnswerSchema,
    ChatMessage,
    ChatReply,
    ChatRequest,
    ModelError,
    ModelIdentity,
    RefusalError,
    RetriableModelError,
    Speaker,
    UnsentError,
    UnusableModelError,
)

IDENTITY = ModelIdentity("mine", "tiny", {"temperature": 0.5})
FAULT = RetriableModelError("answered 500")


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class GatedChat(ScriptedChat):
    """Answers once its gate is opened."""

    def __init__(self) -> None:
        super().__init__(lambda request: request.messages[-1].text.upper())
        self.gate = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.gate.wait()
        finally:
            self.under_way -= 1
        return await super().complete(request)


def request(text: str = "so?") -> ChatRequest:
    return ChatRequest((ChatMessage(Speaker.USER, text),))


def one_after_the_other(answers: Iterable[str | ModelError]) -> ScriptedChat:
    left: Iterator[str | ModelError] = iter(answers)
    return ScriptedChat(lambda request: next(left))


def caller_of(
    model: ScriptedChat, time: Time | None = None, *, random: Callable[[], float] = lambda: 1.0
) -> Caller:
    time = time or Time()
    return Caller(model, MemoryReplies(), clock=time.clock, sleep=time.sleep, random=random)


async def turns(count: int = 20) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_the_key_is_sha256_over_the_canonical_request() -> None:
    schema = AnswerSchema("verdict", {"type": "object", "a": "ü"})
    asked = ChatRequest((ChatMessage(Speaker.SYSTEM, "x"), ChatMessage(Speaker.USER, "y")), schema)
    canonical = (
        '{"messages":[["system","x"],["user","y"]],"model":"tiny","parameters":{"temperature":0.5},'
        '"schema":{"name":"verdict","schema":{"a":"\\u00fc","type":"object"}}}'
    )
    assert request_key(IDENTITY, asked) == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_key_changes_with_all_that_changes_an_answer_and_with_nothing_else() -> None:
    schema = AnswerSchema("verdict", {"type": "object"})
    asked = ChatRequest((ChatMessage(Speaker.USER, "y"),), schema)
    keys = [
        request_key(IDENTITY, asked),
        request_key(replace(IDENTITY, model="large"), asked),
        request_key(replace(IDENTITY, parameters={"temperature": 0.6}), asked),
        request_key(IDENTITY, replace(asked, schema=None)),
        request_key(IDENTITY, replace(asked, schema=AnswerSchema("facts", schema.schema))),
        request_key(IDENTITY, replace(asked, messages=(ChatMessage(Speaker.SYSTEM, "y"),))),
        request_key(IDENTITY, replace(asked, messages=(ChatMessage(Speaker.USER, "y "),))),
    ]
    assert len(set(keys)) == len(keys)
    assert request_key(replace(IDENTITY, name="another name"), asked) == keys[0]


async def test_what_is_on_record_is_not_asked_again() -> None:
    model = one_after_the_other(["yes"])
    caller = caller_of(model)
    first = await caller.call(request())
    second = await caller.call(request())
    assert (first.reply, first.key) == (second.reply, second.key)
    assert (first.from_store, second.from_store) == (False, True)
    assert caller.counts == CallCounts(sent=1, from_store=1)


async def test_asked_anew_the_newer_reply_is_kept() -> None:
    caller = caller_of(one_after_the_other(["yes", "no"]))
    await caller.call(request())
    assert (await caller.call(request(), anew=True)).reply.text == "no"
    assert (await caller.call(request())).reply.text == "no"


async def test_a_reply_is_kept_before_anyone_sees_it() -> None:
    class FullStore(MemoryReplies):
        def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
            raise OSError("no space left")

    caller = Caller(one_after_the_other(["yes"]), FullStore())
    with pytest.raises(OSError, match="no space"):
        await caller.call(request())
    assert caller.counts.completion_tokens == 0


async def test_equal_requests_at_the_same_time_are_asked_once() -> None:
    model = GatedChat()
    async with caller_of(model) as caller:
        calls = [asyncio.create_task(caller.call(request())) for _ in range(5)]
        await turns()
        model.gate.set()
        replies = await asyncio.gather(*calls)
    assert {called.reply.text for called in replies} == {"SO?"}
    assert len(model.requests) == 1
    assert caller.counts.shared == 4


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    model = GatedChat()
    async with Caller(model, MemoryReplies(), concurrency=3) as caller:
        calls = [asyncio.create_task(caller.call(request(str(number)))) for number in range(10)]
        await turns()
        assert model.under_way == 3
        model.gate.set()
        await asyncio.gather(*calls)
    assert model.most_under_way == 3


async def test_retries_wait_twice_as_long_each_time_and_are_bounded() -> None:
    time = Time()
    caller = caller_of(one_after_the_other([FAULT] * 6), time)
    with pytest.raises(RetriableModelError, match="500"):
        await caller.call(request())
    assert time.slept == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert caller.counts == CallCounts(sent=6, retries=5, failures=1)


async def test_up_to_half_of_a_wait_is_cut_at_random() -> None:
    time = Time()
    caller = caller_of(one_after_the_other([FAULT, FAULT, "yes"]), time, random=lambda: 0.0)
    await caller.call(request())
    assert time.slept == [0.25, 0.5]


async def test_waits_end_at_the_longest() -> None:
    time = Time()
    patience = Patience(attempts=5, longest_wait=1.5)
    caller = Caller(
        one_after_the_other([FAULT] * 5),
        MemoryReplies(),
        patience=patience,
        clock=time.clock,
        sleep=time.sleep,
        random=lambda: 1.0,
    )
    with pytest.raises(RetriableModelError):
        await caller.call(request())
    assert time.slept == [0.5, 1.0, 1.5, 1.5]


async def test_an_asked_wait_is_kept_by_every_call() -> None:
    time = Time()
    limited = RetriableModelError("answered 429", retry_after=9.0, rate_limited=True)
    caller = caller_of(one_after_the_other([limited, "yes", "no"]), time, random=lambda: 0.5)
    await caller.call(request())
    assert time.slept == [9.25]  # the wait and half of the first one's 0.5 seconds
    assert caller.limit.current == 4

    limit = ConcurrencyLimit(8, clock=time.clock, sleep=time.sleep)
    limit.shrink(0, pause=5.0)
    async with limit.place():
        assert time.slept[-1] == 5.0


async def test_a_wait_that_is_too_long_fails_the_call() -> None:
    limited = RetriableModelError("answered 429 and asked to wait", retry_after=3600.0, rate_limited=True)
    caller = caller_of(one_after_the_other([limited]))
    with pytest.raises(RetriableModelError, match="asked to wait"):
        await caller.call(request())
    assert caller.counts.sent == 1


async def test_a_refusal_is_asked_once_more() -> None:
    refusal = RefusalError("declined")
    caller = caller_of(one_after_the_other([refusal, "yes", refusal, refusal]))
    assert (await caller.call(request("a"))).reply.text == "yes"
    with pytest.raises(RefusalError):
        await caller.call(request("b"))
    assert caller.counts == CallCounts(sent=4, retries=2, failures=1)


async def test_a_request_that_is_refused_is_not_retried_and_others_go_on() -> None:
    caller = caller_of(one_after_the_other([ModelError("too long"), "yes"]))
    with pytest.raises(ModelError, match="too long"):
        await caller.call(request("a"))
    assert (await caller.call(request("b"))).reply.text == "yes"


async def test_nothing_more_is_sent_to_a_model_that_cannot_answer() -> None:
    model = one_after_the_other(["yes", UnusableModelError("wrong key")])
    caller = caller_of(model)
    await caller.call(request("known"))
    for text in "abc":
        with pytest.raises(UnusableModelError, match="wrong key"):
            await caller.call(request(text))
    assert len(model.requests) == 2
    assert str(caller.ended) == "wrong key"
    assert (await caller.call(request("known"))).from_store


async def test_what_was_not_sent_is_not_counted() -> None:
    caller = caller_of(one_after_the_other([FAULT, UnsentError("no key")]))
    with pytest.raises(UnsentError):
        await caller.call(request("a"))
    with pytest.raises(UnsentError):
        await caller.call(request("b"))
    assert caller.counts == CallCounts(sent=1, failures=1)
    assert caller.sent == {caller.key(request("a"))}


@pytest.mark.parametrize(
    ("fault", "sent"), [(FAULT, 6), (RefusalError("declined"), 6), (ModelError("bad request"), 3)]
)
async def test_a_model_that_always_fails_ends_the_run(fault: ModelError, sent: int) -> None:
    model = ScriptedChat(lambda request: fault)
    time = Time()
    caller = Caller(
        model,
        MemoryReplies(),
        patience=Patience(attempts=2, failures_in_a_row=3),
        clock=time.clock,
        sleep=time.sleep,
    )
    for number in range(3):
        with pytest.raises(type(fault)):
            await caller.call(request(str(number)))
    with pytest.raises(UnusableModelError, match=f"after 3 failed calls in a row, the last with: {fault}"):
        await caller.call(request("more"))
    assert len(model.requests) == sent


async def test_a_success_between_failures_starts_their_count_again() -> None:
    model = one_after_the_other([FAULT, FAULT, "yes", FAULT, FAULT, "yes"])
    caller = Caller(model, MemoryReplies(), patience=Patience(attempts=1, failures_in_a_row=3))
    for text in "abcdef":
        with suppress(RetriableModelError):
            await caller.call(request(text))
    assert caller.ended is None
    assert caller.counts == CallCounts(sent=6, failures=4)


async def test_a_call_that_fails_after_everyone_left_is_not_retried() -> None:
    class FailingChat(GatedChat):
        async def complete(self, request: ChatRequest) -> ChatReply:
            await super().complete(request)
            raise FAULT

    model = FailingChat()
    caller = caller_of(model)
    call = asyncio.create_task(caller.call(request()))
    await turns()
    call.cancel()
    model.gate.set()
    await turns()
    assert caller.counts == CallCounts(sent=1, failures=1)


async def test_a_cancelled_call_leaves_the_reply_under_way_to_be_kept() -> None:
    model = GatedChat()
    caller = caller_of(model)
    call = asyncio.create_task(caller.call(request()))
    await turns()
    call.cancel()
    await turns()
    assert call.cancelled()
    model.gate.set()
    await turns()
    assert (await caller.call(request())).from_store
    assert caller.counts.sent == 1


async def test_one_who_leaves_does_not_take_the_reply_from_the_others() -> None:
    model = GatedChat()
    caller = caller_of(model)
    calls = [asyncio.create_task(caller.call(request())) for _ in range(2)]
    await turns()
    calls[0].cancel()
    model.gate.set()
    assert (await calls[1]).reply.text == "SO?"


async def test_cancelled_calls_that_wait_for_a_place_are_never_sent() -> None:
    model = GatedChat()
    caller = Caller(model, MemoryReplies(), concurrency=1)
    calls = [asyncio.create_task(caller.call(request(text))) for text in "abc"]
    await turns()
    calls[1].cancel()
    await turns()
    model.gate.set()
    await asyncio.gather(calls[0], calls[2])
    assert [asked.messages[0].text for asked in model.requests] == ["a", "c"]


async def test_leaving_keeps_what_is_under_way_and_sends_nothing_more() -> None:
    model = GatedChat()
    store = MemoryReplies()

    async def run() -> None:
        async with Caller(model, store, concurrency=2) as caller:
            await asyncio.gather(*(caller.call(request(text)) for text in "abcd"))

    running = asyncio.create_task(run())
    await turns()
    running.cancel()  # as Ctrl-C does
    await turns()
    assert not running.done()
    model.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(reply.text for reply in store.replies.values()) == ["A", "B"]
    assert len(model.requests) == 2
    assert len(asyncio.all_tasks()) == 1


async def test_leaving_waits_no_longer_than_its_grace() -> None:
    model = GatedChat()
    caller = Caller(model, MemoryReplies(), grace=0.01)
    call = asyncio.create_task(caller.call(request()))
    await turns()
    await caller.close()
    with pytest.raises(StoppedError, match="run it again"):
        await call
    with pytest.raises(StoppedError):
        await caller.call(request("later"))
    assert model.under_way == 0


async def test_a_stop_ends_the_wait_for_a_retry() -> None:
    async def forever(seconds: float) -> None:
        await asyncio.Event().wait()

    caller = Caller(one_after_the_other([FAULT]), MemoryReplies(), sleep=forever)
    call = asyncio.create_task(caller.call(request()))
    await turns()
    await caller.close()
    with pytest.raises(StoppedError):
        await call
    assert caller.counts == CallCounts(sent=1)


async def test_the_limit_halves_once_for_calls_that_were_under_way_together() -> None:
    time = Time()
    limit = ConcurrencyLimit(16, clock=time.clock, sleep=time.sleep)
    async with limit.place() as first, limit.place() as second:
        limit.shrink(first)
        limit.shrink(second)
    assert limit.current == 8
    async with limit.place() as later:
        limit.shrink(later)
    assert (limit.current, limit.lowest) == (4, 4)


async def test_the_limit_grows_by_one_a_round_and_never_beyond_its_maximum() -> None:
    time = Time()
    limit = ConcurrencyLimit(8, clock=time.clock, sleep=time.sleep)
    limit.shrink(0)
    sizes = []
    for _ in range(60):
        limit.grow()
        sizes.append(limit.current)
    # 4 -> 5 takes 5 successes: 4 + 1/4 + 1/4.25 + 1/4.49 + 1/4.71 = 4.92
    assert sizes[:5] == [4, 4, 4, 4, 5]
    assert (sizes[-1], limit.lowest) == (8, 4)


async def test_the_limit_never_falls_below_one() -> None:
    time = Time()
    limit = ConcurrencyLimit(3, clock=time.clock, sleep=time.sleep)
    for taken_in in range(5):
        limit.shrink(taken_in)
    assert limit.current == 1
    async with limit.place():
        waiting = asyncio.create_task(limit.place().__aenter__())
        await turns()
        assert not waiting.done()
    await asyncio.wait_for(waiting, 1)


async def test_a_turn_that_comes_to_one_who_leaves_goes_to_the_next() -> None:
    time = Time()
    limit = ConcurrencyLimit(1, clock=time.clock, sleep=time.sleep)
    holding = limit.place()
    await holding.__aenter__()
    queue = [asyncio.create_task(limit.place().__aenter__()) for _ in range(2)]
    await turns()
    await holding.__aexit__(None, None, None)  # gives the turn to the first, who leaves before taking it
    queue[0].cancel()
    await asyncio.wait_for(queue[1], 1)


def test_a_limit_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Caller(GatedChat(), MemoryReplies(), concurrency=0)
