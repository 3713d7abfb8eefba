"""How many calls may be under way at once: shrinks when an endpoint is overloaded, and recovers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager


async def work_at_once(times: int, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Do the same work so many times at once; raises the first error alone, having stopped the others."""
    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(times):
                workers.create_task(work())
    except ExceptionGroup as group:
        raise _first(group) from group


def _first(error: Exception) -> Exception:
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


class ConcurrencyLimit:
    """Places for calls: halved by an overload, one more after each round of successes (AIMD).

    Starts at its maximum, and never goes beyond it or below 1.
    """

    def __init__(
        self, maximum: int, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        if maximum < 1:
            raise ValueError(f"at least one call at a time must be allowed, not {maximum}")
        self._maximum = maximum
        self._clock = clock
        self._sleep = sleep
        self._size = float(maximum)
        self._lowest = maximum
        self._taken = 0
        self._round = 0
        self._open_at = clock()
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def current(self) -> int:
        """How many calls may be under way now."""
        return int(self._size)

    @property
    def lowest(self) -> int:
        """The fewest there ever were."""
        return self._lowest

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; yields the round it was taken in, for `shrink`."""
        await self._enter()
        try:
            yield self._round
        finally:
            self._taken -= 1
            self._wake()

    def grow(self) -> None:
        """Count a success."""
        self._size = min(self._maximum, self._size + 1 / self._size)
        self._wake()

    def shrink(self, taken_in: int, pause: float = 0.0) -> None:
        """Count an overload met by a call of round `taken_in`; nobody enters for `pause` seconds.

        Calls that were under way together meet the same overload: only the first of them halves the limit.
        """
        self._open_at = max(self._open_at, self._clock() + pause)
        if taken_in == self._round:
            self._round += 1
            self._size = max(1.0, self._size / 2)
            self._lowest = min(self._lowest, self.current)

    async def _enter(self) -> None:
        while True:
            if (pause := self._open_at - self._clock()) > 0:
                await self._sleep(pause)
            elif self._taken < self.current:
                self._taken += 1
                return
            else:
                await self._wait_for_turn()

    async def _wait_for_turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn had come: it belongs to the next one now
                self._wake()
            raise

    def _wake(self) -> None:
        room = self.current - self._taken
        while room > 0 and self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1
