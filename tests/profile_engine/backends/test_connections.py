"""Calls are shared out among clients, and kept apart."""

import asyncio
import time

import openai

from profile_engine.backends.connections import Clients


class CountingClient(openai.AsyncOpenAI):
    """Counts the calls that it has at a time; makes none."""

    def __init__(self) -> None:
        super().__init__(api_key="none", base_url="http://127.0.0.1:9/v1")
        self.now = self.most = 0


def test_each_client_has_a_few_calls_and_is_used_again() -> None:
    made: list[CountingClient] = []

    def make() -> CountingClient:
        made.append(CountingClient())
        return made[-1]

    async def call(clients: Clients) -> float:
        async with clients.one() as client:
            assert isinstance(client, CountingClient)
            client.now += 1
            client.most = max(client.most, client.now)
            began = time.monotonic()
            await asyncio.sleep(0.05)
            client.now -= 1
            return began

    async def run() -> list[float]:
        clients = Clients(make)
        began = [await call(clients)]
        for _ in range(2):
            began += await asyncio.gather(*(call(clients) for _ in range(20)))
        await clients.close()
        return began

    began = asyncio.run(run())
    assert [client.most for client in made] == [8, 8, 4]
    assert all(client.is_closed() for client in made)
    assert max(began[21:]) - min(began[21:]) > 0.018  # 20 that came together have 19 ms between them


def test_after_it_was_closed_it_opens_anew() -> None:
    """Also on another event loop."""
    made: list[CountingClient] = []

    def make() -> CountingClient:
        made.append(CountingClient())
        return made[-1]

    clients = Clients(make)

    async def run() -> None:
        async with clients.one():
            pass
        await clients.close()

    asyncio.run(run())
    asyncio.run(run())
    assert len(made) == 2
