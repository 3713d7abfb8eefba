"""Calls to a model: how full its concurrency is kept, and how fast what was paid for is read back.

The endpoint is a process of its own that answers after 200 ms; a verdict request judges ten facts.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel

from bench.report import print_table
from profile_engine.backends.openai_chat import Ability, OpenAIChat
from profile_engine.backends.scripted import ScriptedChat
from profile_engine.extraction.calling import Caller, MemoryReplies, ReplyStore
from profile_engine.extraction.structured import Answered, ask
from profile_engine.ports import AnswerSchema, ChatMessage, ChatReply, ChatRequest, Speaker

ROOT: Final = Path(__file__).parent.parent
LATENCY: Final = 0.2
LIMITS: Final = (8, 32, 64)
ROUNDS: Final = 25
REPLAYED: Final = 100_000
RATIO_TO_REACH: Final = 0.95
SECONDS_TO_REACH: Final = 5.0
FACTS: Final = 10

INSTRUCTIONS: Final = "Judge each numbered fact: is it supported by the source? Say why in a sentence. " * 8
SOURCE: Final = "A post tells at some length of a cat that sat on a mat and would not be moved from it. " * 8


class Verdict(BaseModel):
    """Whether one fact is supported."""

    number: int
    supported: Literal["yes", "no"]
    justification: str


class Verdicts(BaseModel):
    """On all facts of a response."""

    verdicts: list[Verdict]


SCHEMA: Final = AnswerSchema("verdicts", Verdicts.model_json_schema())
ANSWER: Final = ChatReply(
    json.dumps(
        {
            "verdicts": [
                {
                    "number": number,
                    "supported": "yes",
                    "justification": "The source says so at its beginning.",
                }
                for number in range(1, FACTS + 1)
            ]
        }
    ),
    "stub-2024",
    900,
    300,
    "stop",
)


def verdict_request(number: int) -> ChatRequest:
    """About 2,000 characters, none like another."""
    facts = "\n".join(f"{fact}. Cat {number} sat on mat {fact}." for fact in range(1, FACTS + 1))
    asked = f"<source>\n{SOURCE}\n</source>\n<facts>\n{facts}\n</facts>"
    return ChatRequest((ChatMessage(Speaker.SYSTEM, INSTRUCTIONS), ChatMessage(Speaker.USER, asked)), SCHEMA)


class SQLiteReplies:
    """A `ReplyStore` in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA mmap_size = 1000000000")
        self._database.execute(
            "CREATE TABLE replies (key TEXT PRIMARY KEY, text TEXT, model TEXT,"
            " prompt_tokens INT, completion_tokens INT, finish_reason TEXT) WITHOUT ROWID"
        )

    def find(self, key: str) -> ChatReply | None:
        """The reply on record."""
        row = self._database.execute(
            "SELECT text, model, prompt_tokens, completion_tokens, finish_reason FROM replies WHERE key = ?",
            (key,),
        ).fetchone()
        return row and ChatReply(*row)

    def keep(self, key: str, request: ChatRequest, reply: ChatReply) -> None:  # noqa: ARG002 - the port's
        """Record a reply."""
        self.keep_all({key: reply})

    def keep_all(self, replies: Mapping[str, ChatReply]) -> None:
        """Record replies in one transaction."""
        rows = ((key, *astuple(reply)) for key, reply in replies.items())
        with self._database:
            self._database.executemany("REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


@contextmanager
def stub_endpoint() -> Iterator[str]:
    """A process that answers every chat after the latency; yields its base URL."""
    command = [sys.executable, "-m", "tests.faulty_server", str(LATENCY)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin and server.stdout
        yield server.stdout.readline().strip()
        server.stdin.close()


async def calls_a_second(base_url: str, limit: int) -> float:
    model = OpenAIChat(name="stub", model="stub", base_url=base_url, ability=Ability.JSON_SCHEMA)
    async with Caller(model, MemoryReplies(), concurrency=limit) as caller:
        await asyncio.gather(*(caller.call(verdict_request(number)) for number in range(limit)))
        requests = [verdict_request(number) for number in range(limit, limit * (ROUNDS + 1))]
        start = time.perf_counter()
        await asyncio.gather(*map(caller.call, requests))
        seconds = time.perf_counter() - start
    await model.close()
    return len(requests) / seconds


@dataclass(frozen=True, slots=True)
class Replay:
    """Wall and CPU seconds to read every reply back, and calls made for it (none, it is hoped)."""

    seconds: float
    cpu_seconds: float
    calls: int


def replay(store: ReplyStore, work: Callable[[Caller, ChatRequest], Awaitable[object]]) -> Replay:
    caller = Caller(ScriptedChat(lambda _: ANSWER), store)

    async def run() -> None:
        for number in range(REPLAYED):
            await work(caller, verdict_request(number))

    start, cpu_start = time.perf_counter(), time.process_time()
    asyncio.run(run())
    return Replay(time.perf_counter() - start, time.process_time() - cpu_start, caller.counts.sent)


def everything_on_record() -> dict[str, ChatReply]:
    caller = Caller(ScriptedChat(lambda _: ANSWER), MemoryReplies())
    return {caller.key(verdict_request(number)): ANSWER for number in range(REPLAYED)}


async def call(caller: Caller, request: ChatRequest) -> None:
    await caller.call(request)


async def call_and_read(caller: Caller, request: ChatRequest) -> None:
    assert isinstance(await ask(caller, request, Verdicts), Answered)


def main() -> None:
    rows = []
    with stub_endpoint() as base_url:
        for limit in LIMITS:
            rate = asyncio.run(calls_a_second(base_url, limit))
            ratio = rate * LATENCY / limit
            reached = "reached" if ratio >= RATIO_TO_REACH else f"BELOW {RATIO_TO_REACH}"
            rows.append(
                (f"{limit} at once", f"{limit / LATENCY:.0f}", f"{rate:.0f}", f"{ratio:.3f}", reached)
            )
    print_table(
        f"Calls a second to an endpoint that takes {LATENCY * 1000:.0f} ms",
        ("", "limit / latency", "measured", "ratio", f"at least {RATIO_TO_REACH}"),
        rows,
    )
    with tempfile.TemporaryDirectory() as folder, closing(SQLiteReplies(Path(folder) / "replies.db")) as file:
        memory = MemoryReplies()
        memory.replies = everything_on_record()
        file.keep_all(memory.replies)
        replays = {
            "call, from memory": replay(memory, call),
            "call, from SQLite": replay(file, call),
            "ask, from SQLite": replay(file, call_and_read),
        }
    print_table(
        f"Replay of {REPLAYED:,} verdict requests on record, {FACTS} facts each",
        ("", "seconds", "of CPU", "calls made", f"under {SECONDS_TO_REACH:.0f} s"),
        [
            (
                name,
                f"{one.seconds:.2f}",
                f"{one.cpu_seconds:.2f}",
                str(one.calls),
                "reached" if one.seconds < SECONDS_TO_REACH and not one.calls else "NOT REACHED",
            )
            for name, one in replays.items()
        ],
    )


if __name__ == "__main__":
    main()
