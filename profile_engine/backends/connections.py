"""Clients of one endpoint: as many as the calls under way need, and the calls kept apart."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import openai

_CALLS_A_CLIENT: Final = 8
"""A client goes through all its connections twice a call: with 64 that is a fifth of the call's time."""

_GAP: Final = 0.001
"""Seconds between two calls at the least, about as long as the client works for one.

Replies that come together are followed by calls that go out together, round after round, and the work for
each of them delays all the others. Calls that were once kept apart stay apart.
"""


class Clients:
    """Shares calls out among clients, a few to each, which are made as they are needed."""

    def __init__(self, make: Callable[[], "openai.AsyncOpenAI"]) -> None:
        self._make = make
        self._calls: dict[openai.AsyncOpenAI, int] = {}
        self._next_at = 0.0

    @asynccontextmanager
    async def one(self) -> AsyncIterator["openai.AsyncOpenAI"]:
        """A client for one call."""
        await self._keep_apart()
        client = next((one for one, calls in self._calls.items() if calls < _CALLS_A_CLIENT), None)
        if client is None:
            client = self._make()
        self._calls[client] = self._calls.get(client, 0) + 1
        try:
            yield client
        finally:
            if client in self._calls:
                self._calls[client] -= 1

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        clients, self._calls = list(self._calls), {}
        for client in clients:
            await client.close()

    async def _keep_apart(self) -> None:
        now = time.monotonic()
        at = max(now, self._next_at)
        self._next_at = at + _GAP
        if at > now:
            await asyncio.sleep(at - now)
