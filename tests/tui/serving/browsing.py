"""A browser without a browser: the pages' requests, the websocket's frames, and the picture they draw."""

import asyncio
import json
from contextlib import suppress
from socket import SHUT_RDWR
from time import monotonic
from typing import Final

import pyte
import pytest
from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

WIDTH, HEIGHT = 100, 30
READY: Final = "choose"
"""What the Label screen says once a key counts."""


class Tab:
    """An open websocket and what its terminal shows."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self._screen)
        self._reading = asyncio.create_task(self._read())
        self.words: list[object] = []

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    async def sees(self, text: str, seconds: float = 30) -> None:
        begun = monotonic()
        while text not in self.text:
            if monotonic() - begun > seconds or self._reading.done():
                pytest.fail(f"never saw {text!r}, closed with {self.socket.close_code}:\n{self.text}")
            await asyncio.sleep(0.02)

    async def says(self, *frame: object) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def types(self, keys: str) -> None:
        await self.says("stdin", keys)

    async def labels(self, key: str, item: int) -> None:
        """Answer the item that is shown, and wait until it is said that it was stored."""
        await self.sees(READY)
        await self.types(key)
        await self.sees(f"saved: item {item} ")

    async def closed(self, seconds: float = 15) -> int | None:
        """Wait until the server closes it; the code it gives."""
        async with asyncio.timeout(seconds):
            await self._reading
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        with suppress(asyncio.CancelledError):
            await self._reading

    async def drop(self) -> None:
        """Lose the connection without a word, as when a cable is pulled."""
        self.socket.get_extra_info("socket").shutdown(SHUT_RDWR)
        await self._reading

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is WSMsgType.BINARY:
                self._stream.feed(message.data)
            elif message.type is WSMsgType.TEXT:
                self.words.append(json.loads(message.data))


class Browser:
    """Has cookies of its own, and says where its pages came from as browsers do."""

    def __init__(self, address: str, origin: str | None = None) -> None:
        self.address = address
        self._headers = {"Origin": origin or address}
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.session.get(f"{self.address}{path}", headers=headers)

    async def post(self, path: str, **fields: str) -> ClientResponse:
        return await self.session.post(f"{self.address}{path}", data=fields, headers=self._headers)

    async def enter(self, name: str, code: str) -> ClientResponse:
        return await self.post("/enter", name=name, code=code)

    async def open_tab(self) -> Tab:
        url = f"{self.address}/ws?width={WIDTH}&height={HEIGHT}"
        return Tab(await self.session.ws_connect(url, headers=self._headers, max_msg_size=0))
