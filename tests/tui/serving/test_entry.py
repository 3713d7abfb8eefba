"""Coming in: codes, tries, pages that are not there, pages of somebody else, and what a session is."""

import asyncio
from itertools import product

import pytest
from aiohttp import WSServerHandshakeError

from annotation.answers import AnswerLog
from annotation.people.accounts import renew
from annotation.study import Study
from tests.tui.serving.conftest import Served
from tui.serving.desks import Closing

NOT_THERE = (
    *(
        "/enter",
        "/leave",
        "/study",
        "/desk",
        "/anna",
        "/download/0",
        "/static/",
        "/index.html",
        "/.git/config",
    ),
    *("/own/", "/own/../server.py", "/own/..%2fserver.py", "/own/%2e%2e/door.py", "/own/..%5cdoor.py"),
    *("/terminal", "/terminal/", "/terminal/..%2fserver.py", "//etc/passwd", "/terminal//etc/passwd"),
    *("/own/%00", "/%ff", "/ws/", "/ws?name=anna", "/pages/desk.html"),
)


async def test_a_code_lets_in(served: Served) -> None:
    browser = await served.browser()
    before = await (await browser.get("/")).text()
    assert "Your access code" in before
    assert "desk" not in before  # nothing of the study shows before

    response = await browser.enter("anna", served.codes["anna"].lower().replace("-", " "))
    assert response.status == 200
    assert "profile-tui: anna" in await response.text()
    cookie = response.history[0].headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # plain HTTP on loopback
    assert served.told == ["127.0.0.1: anna came in"]


@pytest.mark.parametrize("name", ["anna", "nobody", "", "writer", "%", "anna' OR 1=1 --", "<b>anna</b>"])
async def test_nobody_else_gets_in(served: Served, served_study: Study, name: str) -> None:
    browser = await served.browser()
    response = await browser.enter(name, served.codes["ben"])
    text = await response.text()
    assert response.status == 403
    assert "do not belong together" in text
    assert "<b>anna" not in text
    assert "Set-Cookie" not in response.headers
    assert "Your access code" in await (await browser.get("/")).text()
    assert served.told == ["127.0.0.1: refused"]
    assert AnswerLog(served_study).last() == 0


async def test_tries_are_few_and_keep_no_one_else_out(served: Served) -> None:
    browser = await served.browser()
    tried = await asyncio.gather(*(browser.enter("anna", f"WRONG-{n}") for n in range(9)))
    assert sorted(response.status for response in tried) == [403] * 5 + [429] * 4
    assert served.told == ["127.0.0.1: refused"] * 5  # the others were not even looked at

    right = await browser.enter("anna", served.codes["anna"])
    assert right.status == 429
    assert 0 < int(right.headers["Retry-After"]) <= 60
    assert "Try again in" in await right.text()

    await served.visit("ben")


async def test_long_forms_are_refused(served: Served) -> None:
    browser = await served.browser()
    assert (await browser.enter("a" * 300, "code")).status == 403
    assert (await browser.enter("anna", "c" * 100_000)).status == 413
    assert served.told == []


async def test_guessed_addresses_lead_nowhere(served: Served) -> None:
    from yarl import URL

    browsers = (await served.browser(), await served.visit("anna"))
    for browser, path in product(browsers, NOT_THERE):
        url = URL(f"{served.address}{path}", encoded=True)
        response = await browser.session.get(url)
        text = await response.text()
        assert response.status in (400, 403, 404, 405), (path, text)
        assert "import" not in text
        assert "root:" not in text
        assert response.headers.get("X-Content-Type-Options") == "nosniff" or response.status == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", ""]
)
async def test_pages_of_others_may_do_nothing(served: Served, origin: str) -> None:
    stranger = await served.browser(origin=origin or " ")
    assert (await stranger.enter("anna", served.codes["anna"])).status == 403

    visitor = await served.visit("anna")
    cookies = visitor.session.cookie_jar
    for headers in ({"Origin": origin}, {}):
        with pytest.raises(WSServerHandshakeError, match="403"):
            await visitor.session.ws_connect(f"{served.address}/ws", headers=headers)
        response = await visitor.session.post(f"{served.address}/leave", headers=headers)
        assert response.status == 403
    assert len(cookies) == 1
    assert "profile-tui: anna" in await (await visitor.get("/")).text()
    assert served.server.desks.process_ids == ()


async def test_the_server_goes_by_no_other_name(served: Served) -> None:
    browser = await served.browser()
    assert (await browser.get("/", Host="evil.example")).status == 403
    assert (await browser.get("/", Host="localhost:9000")).status == 200  # as through a tunnel


async def test_a_websocket_needs_a_session(served: Served) -> None:
    browser = await served.browser()
    with pytest.raises(WSServerHandshakeError, match="403"):
        await browser.open_tab()
    browser.session.cookie_jar.update_cookies({"profile_tui_8000": "A" * 43})
    with pytest.raises(WSServerHandshakeError, match="403"):
        await browser.open_tab()
    assert served.server.desks.process_ids == ()


async def test_logging_out_ends_the_session(served: Served) -> None:
    browser = await served.visit("anna")
    stolen = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
    assert "Your access code" in await (await browser.post("/leave")).text()
    browser.session.cookie_jar.update_cookies(stolen)
    assert "Your access code" in await (await browser.get("/")).text()


async def test_another_code_ends_the_session(served: Served, served_study: Study) -> None:
    browser = await served.visit("anna")
    assert "profile-tui: anna" in await (await browser.get("/")).text()
    await asyncio.sleep(1.1)  # codes are told apart by the second in which they were made
    await asyncio.to_thread(renew, served_study, "anna")
    assert "Your access code" in await (await browser.get("/")).text()


async def test_another_code_ends_what_is_open(served: Served, served_study: Study) -> None:
    tab = await (await served.visit("anna")).open_tab()
    await tab.labels("1", 1)
    await asyncio.sleep(1.1)
    await asyncio.to_thread(renew, served_study, "anna")
    assert await tab.closed() == Closing.LEFT
    assert served.server.desks.process_ids == ()
    assert served.told[-1].endswith("anna had another code: their place is free")


async def test_pages_fetch_nothing_from_elsewhere(served: Served) -> None:
    browser = await served.visit("anna")
    for path in ("/", "/own/desk.js", "/own/pages.css"):
        response = await browser.get(path)
        text = await response.text()
        assert response.status == 200
        assert "http://" not in text
        assert "https://" not in text
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
