"""Calls to a chat model that are paid for once: the record first, bounded retries, an adaptive limit."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from types import TracebackType
from typing import Final, Protocol, Self

from profile_engine.extraction.concurrency import ConcurrencyLimit
from profile_engine.ports import (
    ChatModel,
    ChatReply,
    ChatRequest,
    ModelError,
    ModelIdentity,
    RefusalError,
    RetriableModelError,
    UnsentError,
    UnusableModelError,
)

GRACE: Final = 60.0
"""Seconds that closing waits for replies under way."""


class StoppedError(ModelError):
    """The caller was closed before this request was answered; nothing was sent for it in vain."""


def request_key(identity: ModelIdentity, request: ChatRequest) -> str:
    """SHA-256 (hex) over the canonical JSON of a whole request: model, parameters, messages, schema.

    The name a person gave the model is no part of it: renaming asks nothing again.
    """
    schema = request.schema
    whole = {
        "messages": [(message.speaker, message.text) for message in request.messages],
        "model": identity.model,
        "parameters": identity.parameters,
        "schema": schema and {"name": schema.name, "schema": schema.schema},
    }
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False, default=dict)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class ReplyStore(Protocol):
    """Keeps every reply that was paid for, by the key of its request."""

    def find(self, key: str) -> ChatReply | None:
        """The reply on record; the newest where a request was asked anew."""
        ...

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        """Record a reply; it is committed when this returns."""
        ...


class MemoryReplies:
    """A `ReplyStore` that lasts as long as the process."""

    def __init__(self) -> None:
        self.replies: dict[str, ChatReply] = {}

    def find(self, key: str) -> ChatReply | None:
        """The reply on record."""
        return self.replies.get(key)

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:  # noqa: ARG002 - the port's
        """Record a reply."""
        self.replies[key] = reply


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried. Waits are in seconds.

    Attributes:
        attempts: how often a request is sent at most.
        refusals: how often a model may decline it.
        first_wait: before the second attempt; it doubles each time, and up to half of it is cut at random.
        longest_wait: where the doubling ends.
        longest_asked: the longest wait an endpoint may ask for; a longer one fails the call.
        failures_in_a_row: so many failed calls without a success between end the whole run.
    """

    attempts: int = 6
    refusals: int = 2
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_asked: float = 300.0
    failures_in_a_row: int = 20


@dataclass(slots=True)
class CallCounts:
    """What a caller did so far; tokens are those of replies received, not of those on record.

    Attributes:
        sent: requests, each as often as it was sent.
        retries: of these, those beyond a request's first time.
    """

    sent: int = 0
    retries: int = 0
    failures: int = 0
    from_store: int = 0
    shared: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Called:
    """A reply, the key it is on record by, and whether it was there already."""

    key: str
    reply: ChatReply
    from_store: bool


@dataclass(slots=True, eq=False)
class _Flight:
    """One request on its way, however many wait for it."""

    task: asyncio.Task[ChatReply] = field(init=False)
    waiting: int = 0
    sent: bool = False


class Caller:
    """Answers requests, from the record or from the model; made for many calls at once on one event loop.

    Use it as a context: leaving it, also by Ctrl-C, starts nothing new and waits for the replies that
    are under way, since they are paid for.
    """

    def __init__(
        self,
        model: ChatModel,
        store: ReplyStore,
        *,
        concurrency: int = 8,
        patience: Patience | None = None,
        grace: float = GRACE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        """`grace`: seconds that closing waits for replies under way; `random` gives numbers in [0, 1)."""
        self._model = model
        self._store = store
        self._patience = patience or Patience()
        self._grace = grace
        self._sleep = sleep
        self._random = random
        self._limit = ConcurrencyLimit(concurrency, clock=clock, sleep=sleep)
        self._flights: dict[str, _Flight] = {}
        self._counts = CallCounts()
        self._sent: set[str] = set()
        self._failed_in_a_row = 0
        self._end: ModelError | None = None

    @property
    def model(self) -> ChatModel:
        """Who is called."""
        return self._model

    @property
    def counts(self) -> CallCounts:
        """What was done so far, as it stands now."""
        return replace(self._counts)

    @property
    def limit(self) -> ConcurrencyLimit:
        """How many calls may be under way, now and at the least."""
        return self._limit

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def ended(self) -> ModelError | None:
        """Why nothing more is sent; None as long as there is no reason."""
        return self._end

    def key(self, request: ChatRequest) -> str:
        """The key of a request to this model."""
        return request_key(self._model.identity, request)

    @property
    def sent(self) -> Set[str]:
        """The keys of the requests that went out to the model, as it stands now."""
        return self._sent

    @property
    def under_way(self) -> int:
        """Requests that are sent and not answered yet."""
        return sum(flight.sent for flight in self._flights.values())

    async def call(self, request: ChatRequest, *, anew: bool = False) -> Called:
        """A request's reply; asked of the model only where none is on record, or `anew`.

        Equal requests at the same time are asked once.

        Raises:
            ModelError: it was not answered; the message says why.
        """
        key = self.key(request)
        if not anew and (reply := self._store.find(key)) is not None:
            self._counts.from_store += 1
            return Called(key, reply, from_store=True)
        return Called(key, await self._join(key, request), from_store=False)

    async def close(self) -> None:
        """Start nothing new, wait for the replies under way at most the grace, then leave them."""
        self._end = self._end or StoppedError("stopped before this was asked; run it again to go on")
        flights = list(self._flights.values())
        for flight in flights:
            if not flight.sent:
                flight.task.cancel()
        if flights:
            _, late = await asyncio.wait([flight.task for flight in flights], timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def leave(self) -> None:
        """Give up the replies under way, too; whoever waits for one gets a StoppedError."""
        self._end = self._end or StoppedError("stopped before this was answered; run it again to go on")
        for flight in self._flights.values():
            flight.task.cancel()

    async def _join(self, key: str, request: ChatRequest) -> ChatReply:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, request)
        else:
            self._counts.shared += 1
        flight.waiting += 1
        try:
            await asyncio.wait((flight.task,))  # unlike awaiting the task, leaves it be when we are cancelled
        finally:
            flight.waiting -= 1
            if not (flight.waiting or flight.sent or flight.task.done()):
                self._land(key, flight)
                flight.task.cancel()
        if flight.task.cancelled():
            raise StoppedError("stopped before this was answered; run it again to go on")
        return flight.task.result()

    def _start(self, key: str, request: ChatRequest) -> _Flight:
        flight = self._flights[key] = _Flight()
        flight.task = asyncio.create_task(self._fly(flight, key, request))

        def land(task: asyncio.Task[ChatReply]) -> None:
            self._land(key, flight)
            if not task.cancelled():
                task.exception()  # seen, though nobody may be left to see it

        flight.task.add_done_callback(land)
        return flight

    def _land(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _fly(self, flight: _Flight, key: str, request: ChatRequest) -> ChatReply:
        refusals = 0
        for attempt in count(1):
            try:
                return await self._send(flight, key, request)
            except ModelError as error:
                refusals += isinstance(error, RefusalError)
                wait = self._wait_after(error, attempt, refusals)
                if wait is None or not flight.waiting or self._end:
                    self._fail(error)
                    raise
            await self._sleep(wait)
        raise AssertionError("unreachable: the loop has no end")

    async def _send(self, flight: _Flight, key: str, request: ChatRequest) -> ChatReply:
        """Send once, and record the reply before anyone is given it."""
        async with self._limit.place() as taken_in:
            if self._end:
                raise self._end.with_traceback(None)  # one error for many callers: its trace would grow
            flight.sent = True
            try:
                with self._counting(key):
                    reply = await self._model.complete(request)
                self._store.keep(key, request, reply)
            except RetriableModelError as error:
                if error.rate_limited:
                    self._limit.shrink(taken_in, self._asked_pause(error))
                raise
            finally:
                flight.sent = False
            self._succeed(reply)
            return reply

    @contextmanager
    def _counting(self, key: str) -> Iterator[None]:
        """Count a request as sent, unless it turns out that it was not."""
        counts, again = self._counts, key in self._sent
        counts.sent += 1
        counts.retries += again
        self._sent.add(key)
        try:
            yield
        except UnsentError:
            counts.sent -= 1
            counts.retries -= again
            if not again:
                self._sent.remove(key)
            raise

    def _asked_pause(self, error: RetriableModelError) -> float:
        asked = error.retry_after or 0.0
        return asked if asked <= self._patience.longest_asked else 0.0

    def _wait_after(self, error: ModelError, attempt: int, refusals: int) -> float | None:
        """Seconds before the next attempt; None where there is none."""
        patience = self._patience
        if attempt >= patience.attempts:
            return None
        backoff = min(patience.longest_wait, patience.first_wait * 2.0 ** (attempt - 1))
        jittered = backoff * (0.5 + self._random() / 2)
        if isinstance(error, RefusalError):
            return jittered if refusals < patience.refusals else None
        if not isinstance(error, RetriableModelError):
            return None
        if error.retry_after is None:
            return jittered
        if error.retry_after > patience.longest_asked:
            return None
        # Those who were told the same time should not all come at that time.
        return error.retry_after + patience.first_wait * self._random()

    def _succeed(self, reply: ChatReply) -> None:
        self._failed_in_a_row = 0
        self._limit.grow()
        self._counts.prompt_tokens += reply.prompt_tokens or 0
        self._counts.completion_tokens += reply.completion_tokens or 0

    def _fail(self, error: ModelError) -> None:
        if error is self._end:
            return  # never sent
        self._counts.failures += 1
        self._failed_in_a_row += 1
        if isinstance(error, UnusableModelError):
            self._end = self._end or error
        elif self._failed_in_a_row >= self._patience.failures_in_a_row:
            self._end = self._end or UnusableModelError(
                f"gave up after {self._failed_in_a_row} failed calls in a row, the last with: {error}"
            )
