"""The web server: an entry, a page with a terminal, and its websocket. Nothing else is there."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
import textual_serve
from aiohttp import WSMsgType, hdrs, web

from tui.outside import safe
from tui.serving.child import Visit
from tui.serving.desks import Closing, Desks, FullError
from tui.serving.door import Door
from tui.serving.frames import LARGEST_FRAME, Focused, FrameError, Pinged, Resized, Size, Typed, read_frame
from tui.serving.limits import Tries
from tui.serving.origins import Origins
from tui.serving.process import ServedProcess
from tui.serving.visitors import Visitor, Visitors

_HERE: Final = Path(__file__).parent
_TERMINAL: Final = Path(textual_serve.__path__[0]) / "static"
_LARGEST_FORM: Final = 4096
_LONGEST_NAME: Final = 200
_LEAST_SECONDS: Final = 0.3
"""A refusal takes at least so long, whatever there was to look up."""
_HEARTBEAT: Final = 15.0
_LOOK: Final = 2.0  # seconds; how often it is looked whether the code still lets in
_HEADERS: Final = {
    # The terminal writes style sheets of its own.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without any, browsers do not say where a form came from either
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Service:
    """What is served, where and to how many.

    Attributes:
        study: its location.
        host: to listen on; `port` with it.
        url: under which people reach it, where something stands in between.
        grace: seconds that the place of a lost connection is kept.
        most: how many people may be here at once.
    """

    study: str
    host: str = "127.0.0.1"
    port: int = 8000
    url: str | None = None
    grace: float = 60.0
    most: int = 16

    @property
    def address(self) -> str:
        """What people open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"http://{host}:{self.port}"


class Server:
    """Serves a study to whoever has a code.

    Args:
        service: what, where and to how many.
        door: knows who may come in.
        tell: takes a line for the log; no line has a code in it.
        environment: ours, of which served processes get what they need.
    """

    def __init__(
        self,
        service: Service,
        door: Door,
        tell: Callable[[str], None],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._service = service
        self._door = door
        self._tell = tell
        self._environment = environment
        self._origins = Origins(service.host, service.url)
        self._visitors = Visitors()
        self._tries = Tries()
        self._checking = asyncio.Semaphore(2)  # hashing a code takes a processor for a while
        self._cookie = f"profile_tui_{service.port}"  # browsers keep cookies by host, whatever the port
        self.desks = Desks(self._start, service.most, service.grace, tell)

    def app(self) -> web.Application:
        """The application, for aiohttp to run."""
        app = web.Application(middlewares=[self._guard], client_max_size=_LARGEST_FORM)
        loader = jinja2.FileSystemLoader(_HERE / "pages")
        aiohttp_jinja2.setup(app, loader=loader, autoescape=True)
        app.add_routes(
            [
                web.get("/", self._show),
                web.post("/enter", self._enter),
                web.post("/leave", self._leave),
                web.get("/ws", self._connect),
                web.static("/own", _HERE / "own"),
                web.static("/terminal", _TERMINAL),
            ]
        )
        app.on_shutdown.append(self._stop)
        return app

    async def _stop(self, _app: web.Application) -> None:
        await self.desks.close()

    async def _start(self, name: str, size: Size) -> ServedProcess:
        return await ServedProcess.start(Visit(self._service.study, name), size, self._environment)

    # Every request

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Only our own pages may do anything, and every answer says what a page of ours may."""
        changing = request.method not in (hdrs.METH_GET, hdrs.METH_HEAD) or request.path == "/ws"
        if not self._origins.allows_host(request.host):
            raise web.HTTPForbidden(text="this server goes by another name\n", headers=_HEADERS)
        if changing and not self._origins.allows(request.headers.get(hdrs.ORIGIN), request.host):
            raise web.HTTPForbidden(text="this came from a page of somebody else\n", headers=_HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            refusal.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _name(self, request: web.Request) -> str | None:
        token = request.cookies.get(self._cookie)
        visitor = self._visitors.find(token)
        if visitor is None:
            return None
        since = await asyncio.to_thread(self._door.since, visitor.name)
        if since is None or since != visitor.since:  # another code was given, or they were erased
            self._visitors.let_out(token)
            return None
        return visitor.name

    # In and out

    async def _show(self, request: web.Request) -> web.Response:
        name = await self._name(request)
        if name is None:
            return _page(request, "entry.html", name="", words="")
        return _page(request, "desk.html", name=safe(name))

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        name, code = (str(form.get(field, "")).strip() for field in ("name", "code"))
        address = request.remote or ""
        if len(name) > _LONGEST_NAME:
            return _page(request, "entry.html", 403, name="", words="This name is too long.")
        if wait := ceil(self._tries.begin(address, name)):
            refused = _page(
                request, "entry.html", 429, name=name, words=f"Too many tries. Try again in {wait} seconds."
            )
            refused.headers[hdrs.RETRY_AFTER] = str(wait)
            return refused
        visitor = await self._check(name, code)
        if visitor is None:
            self._tell(f"{address}: refused")  # what was typed for a name may be a code
            return _page(request, "entry.html", 403, name=name, words="Name and code do not belong together.")
        self._tries.succeeded(address, name)
        self._tell(f"{address}: {safe(visitor.name)} came in")
        return self._admit(visitor)

    async def _check(self, name: str, code: str) -> Visitor | None:
        async with self._checking:
            admitted, _ = await asyncio.gather(
                asyncio.to_thread(self._door.check, name, code), asyncio.sleep(_LEAST_SECONDS)
            )
        if admitted is None:
            return None
        return Visitor(admitted, await asyncio.to_thread(self._door.since, admitted))

    def _admit(self, visitor: Visitor) -> web.StreamResponse:
        response = web.HTTPSeeOther("/")
        token = self._visitors.let_in(visitor)
        response.set_cookie(
            self._cookie, token, httponly=True, samesite="Strict", secure=self._origins.secure
        )
        raise response

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        name = await self._name(request)
        if name is not None:
            self._visitors.let_out(request.cookies.get(self._cookie))
            self._tell(f"{request.remote}: {safe(name)} left")
            await self.desks.clear(name)
        response = web.HTTPSeeOther("/")
        response.del_cookie(self._cookie)
        raise response

    # At the desk

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        name = await self._name(request)
        if name is None:
            raise web.HTTPForbidden(text="come in first\n")
        size = _size_asked(request.query)
        browser = web.WebSocketResponse(
            heartbeat=_HEARTBEAT, max_msg_size=LARGEST_FRAME, compress=False, timeout=2.0
        )
        await browser.prepare(request)
        try:
            desk = await self.desks.sit(name, browser, size)
        except FullError:
            await browser.close(code=Closing.FULL)
            return browser
        except OSError as error:
            self._tell(f"{safe(name)}: no process could be started: {error}")
            await browser.close(code=Closing.FAILED)
            return browser
        self._tell(f"{request.remote}: {safe(name)} sits down")
        watching = asyncio.create_task(self._watch_code(request, name))
        try:
            await self._listen(browser, desk.follow)
        finally:
            watching.cancel()
            self.desks.rise(desk, browser)
        return browser

    async def _watch_code(self, request: web.Request, name: str) -> None:
        """Free the place of somebody whose code no longer lets in."""
        while await self._name(request) is not None:
            await asyncio.sleep(_LOOK)
        self._tell(f"{request.remote}: {safe(name)} had another code: their place is free")
        await self.desks.clear(name)

    async def _listen(self, browser: web.WebSocketResponse, follow: Callable[..., Awaitable[None]]) -> None:
        async for message in browser:
            try:
                if message.type is not WSMsgType.TEXT:
                    raise FrameError("no text")
                match read_frame(message.data):
                    case Pinged(word):
                        await browser.send_json(["pong", word])
                    case Typed() | Resized() | Focused() as said:
                        await follow(browser, said)
            except FrameError:
                await browser.close(code=Closing.NOT_UNDERSTOOD)
            except ConnectionError:
                return


def _size_asked(query: Mapping[str, str]) -> Size:
    try:
        return Size.of({side: int(query[side]) for side in ("width", "height")})
    except (KeyError, ValueError, FrameError):
        return Size()


def _page(request: web.Request, template: str, status: int = 200, **told: Any) -> web.Response:  # noqa: ANN401
    return aiohttp_jinja2.render_template(template, request, told, status=status)
