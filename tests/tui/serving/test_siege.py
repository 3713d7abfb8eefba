"""All of it at once: nobody gets in, nothing is written, and whoever is at work notices nothing."""

import asyncio
import json
import sqlite3
from itertools import product

from aiohttp import ClientError, FormData, WSServerHandshakeError
from yarl import URL

from annotation.answers import AnswerLog
from annotation.study import Study
from tests.tui.serving.browsing import READY, Browser
from tests.tui.serving.conftest import Served
from tests.tui.serving.test_entry import NOT_THERE
from tests.tui.serving.test_parts import MALFORMED
from tui.serving.desks import Closing
from tui.serving.frames import LARGEST_FRAME

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
RAW = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),  # TLS on a port without
    b"GET / HTTP/1.1\r\n\r\n",  # no host
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: " + b"h" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /enter HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /enter HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"\x00" * 5_000,
    b"\xff\xfe\r\n\r\n",
)


async def test_nobody_in_nothing_written_server_up(served: Served, served_study: Study) -> None:
    at_work = await served.sit("ben")
    await at_work.labels("1", 1)
    before = _content(served_study)
    await asyncio.gather(
        _guess_codes(served), _guess_addresses(served), _come_from_elsewhere(served), _send_raw(served)
    )
    await _send_frames(served)
    assert _content(served_study) == before
    assert len(served.server.desks.process_ids) == 2  # ben's, and anna's, who had a code
    came_in = {line.split(": ")[1] for line in served.told if line.endswith("came in")}
    assert came_in == {"ben came in", "anna came in"}
    await at_work.labels("2", 2)
    assert [one.annotator for one in AnswerLog(served_study).since(0)] == ["ben", "ben"]


def _content(study: Study) -> list[str]:
    """Every row of every table."""
    connection = sqlite3.connect(study.location)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


async def _guess_codes(served: Served) -> None:
    browser = await served.browser()
    for name in ("anna", "ben", "nobody", "writer", "person one", "' OR 1=1 --", "\x00", "é" * 60):
        response = await browser.enter(name, served.codes["ben" if name == "anna" else "anna"])
        assert response.status in (403, 429)
        assert "Set-Cookie" not in response.headers
    for form in (b"", b"\xff\xff", b"name=anna&code=" + b"x" * 100_000, FormData({"name": "anna"})):
        async with browser.session.post(
            f"{served.address}/enter", data=form, headers={"Origin": served.address}
        ) as refused:
            assert refused.status in (400, 403, 413, 415, 429)
    assert "Your access code" in await (await browser.get("/")).text()


async def _guess_addresses(served: Served) -> None:
    browser = await served.browser()
    for method, path in product(METHODS, (*NOT_THERE, "/ws", "/?name=anna", "/enter?name=anna&code=")):
        url = URL(f"{served.address}{path}", encoded=True)
        try:
            async with browser.session.request(method, url) as response:
                assert response.status >= 400 or path.startswith("/?"), (method, path)
                assert "profile-tui: anna" not in await response.text()
        except ClientError:
            continue  # the connection was closed on it


async def _come_from_elsewhere(served: Served) -> None:
    """Pages of others, with and without the cookies of somebody who is in."""
    visitor = await served.visit("anna")
    for origin in ("http://evil.example", "null", served.address.replace("http:", "https:")):
        async with Browser(served.address, origin) as stranger:
            for cookies in ({}, {one.key: one.value for one in visitor.session.cookie_jar}):
                stranger.session.cookie_jar.update_cookies(cookies)
                assert (await stranger.enter("ben", served.codes["ben"])).status == 403
                assert (await stranger.post("/leave")).status == 403
                try:
                    await stranger.open_tab()
                except WSServerHandshakeError as refusal:
                    assert refusal.status == 403
                else:
                    raise AssertionError("a page of somebody else has a terminal")


async def _send_raw(served: Served) -> None:
    """What no browser sends."""
    host, port = served.address.removeprefix("http://").split(":")
    for sent in RAW:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(30):
            assert not (await reader.read(65_536)).startswith(b"HTTP/1.1 2")
        writer.close()


async def _send_frames(served: Served) -> None:
    """Every malformed frame, and ones too large, of somebody who is in; each closes its own socket only."""
    browser = await served.visit("anna")
    too_large = (json.dumps(["stdin", "1" * LARGEST_FRAME]), "[" * LARGEST_FRAME + "]", b"1" * LARGEST_FRAME)
    for frame in (*MALFORMED, b"", b"\x00\xff", *too_large):
        tab = await browser.open_tab()
        await tab.sees(READY)
        await (tab.socket.send_bytes(frame) if isinstance(frame, bytes) else tab.socket.send_str(frame))
        assert await tab.closed() in (Closing.NOT_UNDERSTOOD, 1009), frame
