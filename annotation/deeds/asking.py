"""Work of one model on many things of a study: counted before, paid for once, stored as it comes."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from sqlalchemy import Connection

from annotation.extraction.judging import asking
from annotation.extraction.spending import MeteredChat, Prices, RehearsedChat
from annotation.extraction.stopping import StoppableCalls
from annotation.replies import StudyReplies
from annotation.store.seals import sealing
from annotation.store.tables import pairs, preferences
from annotation.study import Study
from profile_engine.extraction.calling import Caller, Patience
from profile_engine.extraction.concurrency import work_at_once
from profile_engine.extraction.structured import Exchange
from profile_engine.ports import ChatModel, ChatReply, ChatRequest, ModelIdentity, UnusableModelError

LACKS_KEPT: Final = 1000
"""So many are told one by one; all of them are counted."""

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that could not be had (`score 2 of source 7`), and why."""

    of: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done(Generic[ValueT]):
    """What came of one item.

    Attributes:
        value: to be stored, whatever came: that something failed is a row, too.
        exchanges: what was said; the first request of each is a call that was foreseen.
        made: how many things came of it.
        lacks: those that did not.
    """

    value: ValueT
    exchanges: tuple[Exchange, ...]
    made: int
    lacks: tuple[Lack, ...] = ()


class Deed(Protocol[ItemT, ValueT]):
    """One kind of work that a model does, item by item."""

    @property
    def identity(self) -> ModelIdentity:
        """Whose work it is."""
        ...

    def items(self) -> Iterator[ItemT]:
        """What is still to be done, that of one source together; read as it is needed."""
        ...

    def failed_before(self) -> int:
        """Things that could not be had before, and are left out of `items`."""
        ...

    async def do(self, caller: Caller, item: ItemT) -> Done[ValueT]:
        """Ask what an item takes; a model's faults become lacks."""
        ...

    def store(self, connection: Connection, item: ItemT, value: ValueT) -> None:
        """Write what came of an item, inside the transaction of its own that is given."""
        ...

    def rehearse(self, request: ChatRequest) -> str:
        """An ordinary answer to a request: as long as one is expected to be, and one that can be read."""
        ...


@dataclass(frozen=True, slots=True)
class AskingEstimate:
    """What a run will ask.

    Attributes:
        items: how many are to be done.
        calls: that will be made; repairs and retries come on top.
        on_record: calls whose reply is there already.
        prompt_tokens: about how many will be sent.
        completion_tokens: about how many will come back.
        longest_answer: the most tokens that one answer is expected to take.
        failed_before: things that could not be had before, and are left out.
    """

    items: int
    calls: int
    on_record: int
    prompt_tokens: int
    completion_tokens: int
    longest_answer: int
    failed_before: int


@dataclass(frozen=True, slots=True)
class AskingProgress:
    """How far a run is, in calls that were foreseen.

    Attributes:
        failed: things that could not be had.
        cost: so far.
    """

    done: int
    of: int
    failed: int
    cost: float


@dataclass(frozen=True, slots=True)
class AskingOutcome:
    """What a run did.

    Attributes:
        items: finished.
        made: things that came of them.
        failed: things that did not.
        lacks: the first of these.
        expected: calls that were foreseen.
        calls: of these, made.
        on_record: of these, answered before.
        repairs: second turns, sent after an answer that could not be used.
        retries: calls that repeat a call.
        cost: of the replies that came.
        ended: why it ended early; None where it did not, and where it was stopped.
        stopped: asked to stop before the end.
    """

    items: int
    made: int
    failed: int
    lacks: tuple[Lack, ...]
    expected: int
    calls: int
    on_record: int
    repairs: int
    retries: int
    cost: float
    ended: str | None
    stopped: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lacking."""
        return not (self.failed or self.ended or self.stopped)


Told = Callable[[AskingProgress], None]


class AskingRun(Generic[ItemT, ValueT]):
    """A run, without a screen: `estimate`, then `run` once in any thread, `stop` from any other."""

    def __init__(
        self,
        study: Study,
        deed: Deed[ItemT, ValueT],
        chat: ChatModel,
        *,
        concurrency: int = 8,
        prices: Prices | None = None,
        max_cost: float | None = None,
    ) -> None:
        """`chat` is the model of the deed; `concurrency`: calls under way at most.

        No call is made that might pass `max_cost`, in the currency of `prices`.
        """
        self._study = study
        self._deed = deed
        self._chat = chat
        self._concurrency = concurrency
        self._prices = prices
        self._max_cost = max_cost
        self._calls = StoppableCalls()
        self._estimate: AskingEstimate | None = None

    def estimate(self) -> AskingEstimate:
        """Count what a run will ask, by going through it with answers made up; nothing is sent or stored."""
        if self._estimate is None:
            self._estimate = asyncio.run(self._rehearse())
        return self._estimate

    def run(self, told: Told | None = None) -> AskingOutcome:
        """Ask, and store what came of each item in one transaction as soon as it is complete. Blocks.

        What an early end kept from being asked is not stored: the next run goes on there. Neither is what
        failed where no call at all was answered.

        Raises:
            StudyError: another process asks this model about this study.
        """
        with asking(self._study, self._deed.identity):
            return asyncio.run(self._run(told or (lambda _: None)))

    @property
    def under_way(self) -> int:
        """Calls that are sent and not answered yet."""
        return self._calls.under_way

    def stop(self) -> bool:
        """Start no new call and keep the replies under way, as `StoppableCalls.stop`."""
        return self._calls.stop()

    async def _rehearse(self) -> AskingEstimate:
        chat = RehearsedChat(self._deed.identity, self._deed.rehearse)
        store = _Rehearsal(StudyReplies(self._study, self._deed.identity))
        tally = _Tally()
        async with Caller(chat, store, patience=Patience(failures_in_a_row=sys.maxsize)) as caller:
            await self._work(caller, lambda _, done: tally.count(done, caller.sent))
        return AskingEstimate(
            tally.items,
            tally.calls["made"],
            tally.calls["on record"],
            chat.prompt_tokens,
            chat.completion_tokens,
            chat.longest_answer,
            self._deed.failed_before(),
        )

    async def _run(self, told: Told) -> AskingOutcome:
        expected = (await self._rehearse() if self._estimate is None else self._estimate).calls
        metered, tally = MeteredChat(self._chat, self._prices, self._max_cost), _Tally()
        unheard: list[tuple[ItemT, Done[ValueT]]] = []

        def tell() -> None:
            told(AskingProgress(min(expected, metered.replies), expected, tally.failed, metered.cost))

        def hand_over(item: ItemT, done: Done[ValueT]) -> None:
            if done.lacks and caller.counts.failures and not metered.heard:
                unheard.append((item, done))
            else:
                keep(item, done)

        def keep(item: ItemT, done: Done[ValueT]) -> None:
            with self._study.writing() as connection, sealing(connection, pairs, preferences):
                self._deed.store(connection, item, done.value)
            tally.count(done, caller.sent)
            tell()

        async with self._calls.open(self._study, self._chat, metered, self._concurrency, tell) as caller:
            await self._work(caller, hand_over)
            ended = caller.ended
            if metered.heard:
                for item, done in unheard:
                    keep(item, done)
            elif unheard and ended is None:
                # Where nothing answers at all it is not the items that failed.
                ended = UnusableModelError(f"no call was answered: {unheard[-1][1].lacks[0].reason}")
        return AskingOutcome(
            tally.items,
            tally.made,
            tally.failed,
            tuple(tally.lacks),
            expected,
            tally.calls["made"],
            tally.calls["on record"],
            tally.calls["repairs"],
            caller.counts.retries,
            metered.cost,
            None if ended is None or self._calls.stopping else str(ended),
            self._calls.stopping,
        )

    async def _work(self, caller: Caller, hand_over: Callable[[ItemT, Done[ValueT]], None]) -> None:
        waiting = self._deed.items()

        async def work() -> None:
            for item in waiting:
                if self._calls.stopping:
                    return
                done = await self._deed.do(caller, item)
                if caller.ended is not None and done.lacks:
                    return
                hand_over(item, done)

        # Few more than there are calls, so that those of one source go out together while its beginning
        # is still in the endpoint's cache.
        await work_at_once(2 * self._concurrency, work)


@dataclass(slots=True)
class _Tally:
    """Counts items, what came of them, and each call once."""

    items: int = 0
    made: int = 0
    failed: int = 0
    lacks: list[Lack] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    sent: set[str] = field(default_factory=set)

    def count(self, done: Done[ValueT], sent: Set[str]) -> None:
        self.items += 1
        self.made += done.made
        self.failed += len(done.lacks)
        self.lacks += done.lacks[: LACKS_KEPT - len(self.lacks)]
        for exchange in done.exchanges:
            new = (sent & set(exchange.keys)) - self.sent
            self.sent |= new
            first = exchange.keys[0]
            self.calls["repairs"] += len(new - {first})
            self.calls["made" if first in new else "on record"] += 1


class _Rehearsal:
    """A store of replies that reads a study's record and writes nothing to it."""

    def __init__(self, record: StudyReplies) -> None:
        self._record = record
        self._made_up: dict[str, ChatReply] = {}

    def find(self, key: str) -> ChatReply | None:
        return self._made_up.get(key) or self._record.find(key)

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:  # noqa: ARG002 - the port's
        self._made_up[key] = reply
