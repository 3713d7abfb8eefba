"""A served process as the server has it: started, written to, read, and ended."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final, Self

from textual_serve.app_service import AppService

from tui.serving.child import Visit
from tui.serving.environment import served_environment
from tui.serving.frames import Focused, Resized, Size, Typed

_STARTED: Final = b"__GANGLION__\n"
"""What Textual's driver for the web says before anything else."""

_LONGEST_ERROR: Final = 4000  # bytes of what a process complains that are kept
_LEAVING_SECONDS: Final = 5.0  # for a process to give back what it holds, before it is ended by force


class ServedProcess:
    """One person's process; `start` makes it."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._input, self._output, self._errors = process.stdin, process.stdout, process.stderr
        self._complaint = bytearray()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, visit: Visit, size: Size, own: Mapping[str, str]) -> Self:
        """Start it, with as much of our own environment as it needs; it belongs to no terminal of ours."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui.serving.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=served_environment(own, size),
            start_new_session=True,
        )
        served = cls(process)
        await served._write(visit.line())
        return served

    @property
    def id(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def complaint(self) -> str:
        """The last line it wrote to standard error; empty where it wrote none."""
        lines = self._complaint.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    async def pictures(self) -> AsyncIterator[bytes]:
        """What it draws, until it has left.

        Packets of other kinds (files, addresses to open, that it leaves) are read and not followed.
        """
        with suppress(asyncio.IncompleteReadError):
            await self._output.readuntil(_STARTED)
            while True:
                kind, size = await self._output.readexactly(1), await self._output.readexactly(4)
                packet = await self._output.readexactly(int.from_bytes(size, "big"))
                if kind == b"D":
                    yield packet

    async def follow(self, said: Typed | Resized | Focused) -> None:
        """Hand on what its person does."""
        match said:
            case Typed(data):
                await self._write(AppService.encode_packet(b"D", data))
            case Resized(size):
                await self._tell("resize", width=size.width, height=size.height)
            case Focused(on):
                await self._tell("focus" if on else "blur")

    async def repaint(self) -> None:
        """Ask for the whole picture, for a browser that has seen none."""
        await self._tell("repaint")

    async def end(self) -> int:
        """Let it leave, then make it; returns its exit code."""
        await self._tell("quit")
        for force in (self._process.terminate, self._process.kill):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LEAVING_SECONDS):
                    return await self.ended()
            with suppress(ProcessLookupError):
                force()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it is no more; returns its exit code."""
        code = await self._process.wait()
        await self._listening
        return code

    async def _tell(self, kind: str, **told: int) -> None:
        packet = json.dumps({"type": kind, **told}).encode()
        await self._write(AppService.encode_packet(b"M", packet))

    async def _write(self, data: bytes) -> None:
        with suppress(ConnectionError, RuntimeError):  # it has left meanwhile
            self._input.write(data)
            await self._input.drain()

    async def _listen(self) -> None:
        while heard := await self._errors.read(_LONGEST_ERROR):
            self._complaint += heard
            del self._complaint[:-_LONGEST_ERROR]
