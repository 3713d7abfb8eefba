"""An OpenAI-compatible chat endpoint on loopback that misbehaves as told, and counts what it is asked.

Which faults a request meets is drawn once from its messages: with a share of 0.2 every kind of fault hits a
fifth of all requests, one kind an attempt, before the answer comes.
"""

import asyncio
import hashlib
import json
import random
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Self

from profile_engine.backends.openai_chat import Ability


class Fault(StrEnum):
    """What may go wrong: the first ones keep an answer away, those in `ODD_ANSWERS` are answers."""

    RATE_LIMIT = "429"
    RATE_LIMIT_WITH_WAIT = "429 with Retry-After"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    SILENCE = "no answer until the client leaves"
    CUT = "the connection ends inside the body"
    EMPTY = "no text"
    USED_UP = "no text, for all tokens went into thoughts"
    REFUSAL = "a refusal"
    PROSE = "no JSON"
    FENCES = "JSON inside prose and code fences"
    REPEATED_KEYS = "JSON whose keys stand twice"


ODD_ANSWERS: Final = (Fault.PROSE, Fault.FENCES, Fault.REPEATED_KEYS)
YES: Final = '{"answer": "yes", "justification": "The text says so."}'


@dataclass(slots=True)
class Tally:
    """How often one request came, and how often it was answered."""

    requests: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out; `body` is cut in half where `cut`."""

    status: int
    body: Mapping[str, Any]
    headers: tuple[str, ...] = ()
    cut: bool = False


class FaultyServer:
    """Serves while its `async with` lasts; see `in_thread` for synchronous callers.

    Attributes:
        faults: the kinds that may be drawn; may be changed while serving.
        tallies: by the messages of a request.
        injected: how often each kind of fault was met.
        most_at_once: the most requests that were under way together.
        authorizations: every Authorization header that was sent.
        bodies: every request's JSON, in the order of arrival.
        hold_after: requests beyond so many get no answer yet, None for none; may be changed while serving.
    """

    def __init__(
        self,
        *,
        faults: Collection[Fault] = (),
        share: float = 0.2,
        seed: int = 0,
        latency: float = 0.0,
        wait: str = "0.01",
        answer: Callable[[Mapping[str, Any]], str] = lambda body: YES,
        abilities: Collection[Ability] = tuple(Ability),
        inability: tuple[int, str] = (400, "response_format is not supported"),
        hold_after: int | None = None,
        no_system: tuple[int, str] | None = None,
        model: str = "stub-2024",
    ) -> None:
        """`latency`: seconds; `wait`: the Retry-After; `inability` and `no_system`: how it refuses these."""
        self.faults = faults
        self.tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self.injected: Counter[Fault] = Counter()
        self.most_at_once = 0
        self.authorizations: set[str] = set()
        self.bodies: list[Mapping[str, Any]] = []
        self.port = 0
        self.hold_after = hold_after
        self._share = share
        self._seed = seed
        self._latency = latency
        self._wait = wait
        self._answer = answer
        self._abilities = abilities
        self._inability = inability
        self._no_system = no_system
        self._model = model
        self._under_way = 0
        self._ahead: dict[str, list[Fault]] = {}
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> int:
        """How many came."""
        return sum(tally.requests for tally in self.tallies.values())

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)

    @contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Serve from a thread with an event loop of its own."""
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

        async def serve() -> None:
            over = asyncio.Event()
            async with self:
                started.set_result((asyncio.get_running_loop(), over))
                await over.wait()

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        loop, over = started.result(10)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(over.set)
            thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
                self.authorizations.add(headers.get("authorization", ""))
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                self._under_way += 1
                self.most_at_once = max(self.most_at_once, self._under_way)
                try:
                    going_on = await self._respond(body, reader, writer)
                finally:
                    self._under_way -= 1
                if not going_on:
                    break
        del self._open[task]
        writer.close()

    async def _respond(
        self, body: Mapping[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; False where the connection is not to be used again."""
        self.bodies.append(body)
        key = json.dumps(body["messages"])
        tally = self.tallies[key]
        tally.requests += 1
        number = self.requests
        if self._latency:
            await asyncio.sleep(self._latency)
        while self.hold_after is not None and number > self.hold_after:
            await asyncio.sleep(0.01)
        if self._no_system and body["messages"][0]["role"] == "system":
            status, words = self._no_system
            return await _write(writer, Response(status, _error(words)))
        if self._lacks(body):
            status, words = self._inability
            return await _write(writer, Response(status, _error(words)))
        ahead = self._ahead.setdefault(key, self._draw(key))
        fault = ahead.pop(0) if ahead and ahead[0] in self.faults else None
        if fault:
            self.injected[fault] += 1
        if fault is Fault.SILENCE:
            await reader.read()
            return False
        if fault and fault not in ODD_ANSWERS:
            return await _write(writer, self._failure(fault))
        tally.answered += 1
        return await _write(
            writer, Response(200, completion(self._answer(body), odd=fault) | {"model": self._model})
        )

    def _lacks(self, body: Mapping[str, Any]) -> bool:
        wanted = body.get("response_format", {}).get("type", Ability.TEXT)
        return wanted not in self._abilities

    def _draw(self, key: str) -> list[Fault]:
        chance = random.Random(f"{self._seed} {hashlib.sha256(key.encode()).hexdigest()}")
        drawn = [fault for fault in Fault if chance.random() < self._share and fault in self.faults]
        failures = [fault for fault in drawn if fault not in ODD_ANSWERS]
        chance.shuffle(failures)
        return failures + [fault for fault in drawn if fault in ODD_ANSWERS][:1]

    def _failure(self, fault: Fault) -> Response:
        responses = {
            Fault.RATE_LIMIT: Response(429, _error("too many requests")),
            Fault.RATE_LIMIT_WITH_WAIT: Response(429, _error("slow down"), (f"Retry-After: {self._wait}",)),
            Fault.SERVER_ERROR: Response(500, _error("internal error")),
            Fault.UNAVAILABLE: Response(503, _error("no room")),
            Fault.CUT: Response(200, completion(YES), cut=True),
            Fault.EMPTY: Response(200, completion("")),
            Fault.USED_UP: Response(200, completion("", finish="length")),
            Fault.REFUSAL: Response(200, completion(None, refusal="I cannot help with that.")),
        }
        return responses[fault]


def _error(words: str) -> dict[str, Any]:
    return {"error": {"message": words, "type": "stub", "param": None, "code": None}}


def completion(
    text: str | None, *, refusal: str | None = None, odd: Fault | None = None, finish: str = "stop"
) -> dict[str, Any]:
    """A chat completion with a text, told in an odd way where wanted."""
    match odd:
        case Fault.PROSE:
            text = "Yes, I think the text {mostly} says so."
        case Fault.FENCES:
            text = f"Here is my {{considered}} answer:\n```json\n{text}\n```\nI hope this helps!"
        case Fault.REPEATED_KEYS:
            text = '{"answer": "no", ' + (text or "")[1:]
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-2024",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


async def _write(writer: asyncio.StreamWriter, response: Response) -> bool:
    payload = json.dumps(response.body).encode()
    lines = [
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(payload)}",
        *response.headers,
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    writer.write(payload[: len(payload) // 2] if response.cut else payload)
    await writer.drain()
    return not response.cut


async def main(latency: float) -> None:
    """Serve without faults until standard input ends; the base URL is the first line of the output."""
    async with FaultyServer(latency=latency) as server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
