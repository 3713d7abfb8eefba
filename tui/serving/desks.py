"""Who sits where: a served process for each person, which a lost connection does not end."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Final, Protocol

from tui.outside import safe
from tui.parting import Parting
from tui.serving.frames import Focused, Resized, Size, Typed
from tui.serving.process import ServedProcess


class Closing(IntEnum):
    """Why a websocket is closed, as its page is told."""

    LEFT = 4000
    TAKEN_OVER = 4001
    STOPPED = 4002
    FAILED = 4003
    FULL = 4004
    NOT_UNDERSTOOD = 4005
    LOST = 4006
    WITHDRAWN = 4007
    DECLINED = 4008
    CODE_REPLACED = 4009


class FullError(Exception):
    """As many people are here as there may be."""


class Browser(Protocol):
    """The other end of a websocket."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a picture."""

    async def close(self, *, code: int) -> bool:
        """Close it."""


_PARTINGS: Final = {
    Parting.WITHDRAWN: (Closing.WITHDRAWN, "withdrew: nothing they answered counts; their place is free"),
    Parting.DECLINED: (Closing.DECLINED, "did not consent, and did not take part: their place is free"),
}
Start = Callable[[str, Size], Awaitable[ServedProcess]]
Tell = Callable[[str], None]

_PATIENCE: Final = 10.0  # seconds that a browser has to take in a picture
_GOODBYE: Final = 2.0  # seconds that it has to answer that it is closed


class Desk:
    """One person's process and the browser that is at it now, if any.

    Args:
        name: the person's.
        process: theirs.
        tell: takes a line for the log.
    """

    def __init__(self, name: str, process: ServedProcess, tell: Tell) -> None:
        self.name = name
        self._process = process
        self._tell = tell
        self._browser: Browser | None = None
        self._clearing: asyncio.TimerHandle | None = None
        self._cleared: Closing | None = None
        self._ended = False
        self._leaving: asyncio.Task[None] | None = None
        self._closings: set[asyncio.Task[bool]] = set()
        self.over = asyncio.create_task(self._serve())
        """Ends with the process."""

    @property
    def process_id(self) -> int:
        """Of the served process."""
        return self._process.id

    @property
    def leaving(self) -> bool:
        """Whether nobody can sit down here any more."""
        return self._ended or self._cleared is not None

    async def sit(self, browser: Browser, size: Size) -> None:
        """From now on this browser is shown the screen, and no other."""
        self._stay()
        self._close(self._browser, Closing.TAKEN_OVER)
        self._browser = browser
        await self._process.follow(Resized(size))
        await self._process.repaint()

    async def follow(self, browser: Browser, said: Typed | Resized | Focused) -> None:
        """Hand on what a browser says; one that was taken over from says nothing any more."""
        if browser is self._browser:
            await self._process.follow(said)

    def rise(self, browser: Browser, grace: float) -> None:
        """The browser is gone: keep the place for so many seconds, unless its person has left."""
        if browser is not self._browser:
            return
        self._browser = None
        if not self.leaving:
            self._say(f"lost the connection: their place is kept for {grace:g} seconds")
            self._clearing = asyncio.get_running_loop().call_later(grace, self._give_up)

    async def clear(self, why: Closing) -> None:
        """End the process; what it held is given back."""
        self._cleared = why
        await self._process.end()
        await self.over

    def turn_out(self, browser: Browser, why: Closing) -> None:
        """End the process, unless this browser was taken over from."""
        if browser is self._browser and not self.leaving:
            self._say("may not come in by that code any more: their place is free")
            self._leaving = asyncio.create_task(self.clear(why))

    def _give_up(self) -> None:
        self._say("did not come back: their place is free")
        self._leaving = asyncio.create_task(self.clear(Closing.LEFT))

    def _stay(self) -> None:
        if self._clearing is not None:
            self._clearing.cancel()

    async def _serve(self) -> None:
        async for picture in self._process.pictures():
            await self._show(picture)
        self._ended = True
        code = await self._process.ended()
        self._stay()
        why, words = self._why(code)
        if self._cleared is Closing.STOPPED:
            self._say("was ended with the server")
        elif self._cleared is None:
            self._say(words)
        self._close(self._browser, self._cleared or why)
        if self._closings:
            await asyncio.wait(self._closings, timeout=_GOODBYE)

    def _why(self, code: int) -> tuple[Closing, str]:
        """What an exit code says to the page, and to the log."""
        if code == 0:
            return Closing.LEFT, "left: their place is free"
        failed = f"is out: the screen ended with {code}: {safe(self._process.complaint)}"
        parting = next((one for one in Parting if one == code), None)
        return (Closing.FAILED, failed) if parting is None else _PARTINGS[parting]

    async def _show(self, picture: bytes) -> None:
        browser = self._browser
        if browser is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await browser.send_bytes(picture)
        except TimeoutError:  # asleep; when it wakes it comes again
            self._close(browser, Closing.LOST)
        except ConnectionError:
            pass  # whoever listens to it finds out, too

    def _say(self, words: str) -> None:
        self._tell(f"{safe(self.name)} {words}")

    def _close(self, browser: Browser | None, why: Closing) -> None:
        """Close it without waiting: it may be asleep."""
        if browser is not None:
            closing = asyncio.create_task(browser.close(code=why))
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)


class Desks:
    """The desks of a study.

    Args:
        start: starts a person's process.
        most: how many people may be here.
        grace: seconds that the place of a lost connection is kept.
        tell: takes a line for the log.
    """

    def __init__(self, start: Start, most: int, grace: float, tell: Tell) -> None:
        self._start = start
        self._most = most
        self._grace = grace
        self._tell = tell
        self._desks: dict[str, Desk] = {}
        self._doors: dict[str, asyncio.Lock] = {}
        self._starting = 0

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Of everybody who is here."""
        return tuple(desk.process_id for desk in self._desks.values())

    async def sit(self, name: str, browser: Browser, size: Size) -> Desk:
        """Let a browser take its person's place, a new one where there is none.

        Raises:
            FullError: too many people are here.
        """
        async with self._door(name):
            desk = self._desks.get(name)
            if desk is not None and desk.leaving:
                await asyncio.wait([desk.over])
                desk = None
            if desk is None:
                desk = await self._open(name, size)
            await desk.sit(browser, size)
            return desk

    def rise(self, desk: Desk, browser: Browser) -> None:
        """The browser is gone."""
        desk.rise(browser, self._grace)

    async def clear(self, name: str) -> None:
        """End somebody's process, if they have one."""
        async with self._door(name):
            if (desk := self._desks.get(name)) is not None:
                await desk.clear(Closing.LEFT)

    async def close(self) -> None:
        """End all of them; nobody sits down any more."""
        self._most = 0
        await asyncio.gather(*(desk.clear(Closing.STOPPED) for desk in tuple(self._desks.values())))

    async def _open(self, name: str, size: Size) -> Desk:
        if len(self._desks) + self._starting >= self._most:
            raise FullError
        self._starting += 1
        try:
            process = await self._start(name, size)
        finally:
            self._starting -= 1
        if not self._most:  # closed meanwhile
            await process.end()
            raise FullError
        desk = self._desks[name] = Desk(name, process, self._tell)
        desk.over.add_done_callback(lambda _: self._forget(desk))
        return desk

    def _forget(self, desk: Desk) -> None:
        if self._desks.get(desk.name) is desk:
            del self._desks[desk.name]

    def _door(self, name: str) -> asyncio.Lock:
        """Two tabs that open at once must not start two processes."""
        return self._doors.setdefault(name, asyncio.Lock())
