"""At the desk: real served processes, driven by the frames of a page."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from annotation.answers import AnswerLog, Origin
from annotation.study import Study
from tests.annotation.planning.planned import Person, plan
from tests.tui.serving.browsing import READY
from tests.tui.serving.conftest import PEOPLE, SECRETS, Served, serving, until
from tests.tui.serving.test_parts import MALFORMED
from tui.serving.child import BrowserApp, BrowserSession, Visit
from tui.serving.desks import Closing
from tui.serving.environment import PASSED_ON
from tui.serving.frames import LARGEST_FRAME, Size
from tui.serving.process import ServedProcess
from tui.session import Role


def alive(process_id: int) -> bool:
    """Whether there is such a process; one that has ended was waited for by the server."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_key_is_an_answer_from_a_browser(served: Served, served_study: Study) -> None:
    tab = await served.sit("anna")
    await tab.labels("1", 1)
    await tab.labels("2", 2)
    given = AnswerLog(served_study).since(0)
    assert [(one.annotator, one.origin, one.shown_choice) for one in given] == [
        ("anna", Origin.BROWSER, 1),
        ("anna", Origin.BROWSER, -1),
    ]
    await tab.says("ping", "17")
    await until(lambda: tab.words == [["pong", "17"]], "the answer to a ping")


async def test_nobody_says_they_are_somebody_else(served: Served, served_study: Study) -> None:
    tab = await served.sit("anna")
    await tab.sees(READY)
    forged = Visit(str(served_study.location), "ben").line().decode()
    await tab.types(forged + "D\x00\x00\x00\x011" + 'M\x00\x00\x00\x0f{"type":"quit"}')
    await tab.types("\x1b[48;90000;90000;0;0t")  # a terminal's word that it has another size
    await tab.sees("escape leaves")  # its letters are keys: an n among them asks for a note
    await tab.types("\x1b")
    await until(lambda: "escape leaves" not in tab.text, "the line gone")
    await tab.labels("1", 1)
    await until(lambda: AnswerLog(served_study).last() > 0, "an answer")
    assert {one.annotator for one in AnswerLog(served_study).since(0)} == {"anna"}
    assert len(tab.text.splitlines()) == 30


async def test_a_served_process_is_given_no_secret(served: Served, environment: dict[str, str]) -> None:
    tab = await served.sit("anna")
    await tab.sees(READY)
    (process_id,) = served.server.desks.process_ids
    folder = Path(f"/proc/{process_id}")
    if not folder.exists():
        pytest.skip("this system shows no process's environment")
    lines = folder.joinpath("environ").read_bytes().decode().split("\0")
    names = {line.partition("=")[0] for line in lines if line}
    assert SECRETS.keys() <= environment.keys()
    assert names <= PASSED_ON | {"TERM", "TEXTUAL_COLOR_SYSTEM", "COLUMNS", "ROWS"}
    assert b"anna" not in folder.joinpath("cmdline").read_bytes()


async def test_a_refresh_comes_back_to_the_same_item(served: Served, served_study: Study) -> None:
    browser = await served.visit("anna")
    tab = await browser.open_tab()
    await tab.labels("1", 1)
    (process_id,) = served.server.desks.process_ids
    await tab.sees(READY)
    await tab.types("n")
    await tab.sees("Note on item 2")
    await tab.types("half a no")
    await tab.sees("half a no")
    await tab.close()

    again = await browser.open_tab()
    await again.sees("half a no")  # even what was not finished
    await again.types("te\r")
    await again.sees("saved: item 2 ")
    await again.types("2")
    await until(lambda: AnswerLog(served_study).last() == 3, "an answer")
    assert served.server.desks.process_ids == (process_id,)
    assert [one.note for one in AnswerLog(served_study).since(0)] == [None, "half a note", None]


async def test_a_second_tab_takes_over(served: Served) -> None:
    browser = await served.visit("anna")
    first = await browser.open_tab()
    await first.sees(READY)
    second = await browser.open_tab()
    assert await first.closed() == Closing.TAKEN_OVER
    await second.labels("1", 1)
    third, fourth = await asyncio.gather(browser.open_tab(), browser.open_tab())
    codes = {await second.closed(), (await asyncio.wait_for(_first_closed(third, fourth), 10))}
    assert codes == {Closing.TAKEN_OVER}
    assert len(served.server.desks.process_ids) == 1


async def _first_closed(*tabs: object) -> int | None:
    waiting = [asyncio.create_task(tab.closed()) for tab in tabs]  # type: ignore[attr-defined]
    done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    code: int | None = done.pop().result()
    return code


async def test_two_people_have_two_processes(served: Served, served_study: Study) -> None:
    tabs = [await served.sit(name) for name in PEOPLE]
    for tab in tabs:
        await tab.labels("1", 1)
    assert len(served.server.desks.process_ids) == 2
    assert {one.annotator for one in AnswerLog(served_study).since(0)} == set(PEOPLE)


@pytest.mark.parametrize("text", [MALFORMED[1], MALFORMED[7], '["stdin", "\\ud800"]', '["exit"]', b"1"])
async def test_a_malformed_frame_closes_its_socket_only(served: Served, text: str | bytes) -> None:
    good = await served.sit("ben")
    bad = await served.sit("anna")
    await bad.sees(READY)
    await (bad.socket.send_bytes(text) if isinstance(text, bytes) else bad.socket.send_str(text))
    assert await bad.closed() == Closing.NOT_UNDERSTOOD
    await good.labels("1", 1)
    await (await served.sit("anna")).labels("1", 1)


async def test_an_oversized_frame_closes_its_socket_only(served: Served, served_study: Study) -> None:
    good = await served.sit("ben")
    bad = await served.sit("anna")
    await bad.sees(READY)
    await bad.types("x" * LARGEST_FRAME)
    assert await bad.closed() == 1009
    assert AnswerLog(served_study).last() == 0
    await good.labels("1", 1)


async def test_broken_websockets_leave_the_server_up(served: Served) -> None:
    browser = await served.visit("anna")
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.session.cookie_jar)
    host = served.address.removeprefix("http://")
    asked = (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: {served.address}\r\nCookie: {cookies}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    for frame in (
        b"\xff\xff\xff\xff",  # reserved bits and an unknown kind
        b"\x81\x01a",  # not masked
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # of 2^63 bytes
        b"\x81\x82\x00\x00\x00\x00\xc3\x28",  # text that is no UTF-8
        b"\x00\x81\x00\x00\x00\x00a",  # goes on with nothing
        b"\x89\xfe\x00\xff\x00\x00\x00\x00" + b"p" * 255,  # a ping too long
    ):
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(asked.encode())
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
        writer.write(frame)
        await writer.drain()
        async with asyncio.timeout(20):
            while await reader.read(65536):
                pass
        writer.close()
    tab = await browser.open_tab()
    await tab.labels("1", 1)


async def test_leaving_ends_the_process(served: Served) -> None:
    browser = await served.visit("anna")
    tab = await browser.open_tab()
    await tab.sees(READY)
    (process_id,) = served.server.desks.process_ids
    await tab.types("\x1b")
    assert await tab.closed() == Closing.LEFT
    await until(lambda: not alive(process_id), "the process has ended")
    assert served.told[-1] == "anna left: their place is free"
    await (await browser.open_tab()).sees(READY)
    assert process_id not in served.server.desks.process_ids


async def test_logging_out_ends_the_process(served: Served) -> None:
    browser = await served.visit("anna")
    tab = await browser.open_tab()
    await tab.sees(READY)
    await browser.post("/leave")
    assert await tab.closed() == Closing.LEFT
    assert served.server.desks.process_ids == ()
    assert served.told[-1] == "127.0.0.1: anna left"


async def test_who_comes_to_a_complete_plan_is_told_at_once(served: Served, served_study: Study) -> None:
    plan(served_study, (1, 2), design={"annotators_per_pair": 1, "consent": "Do you?"})
    Person(served_study, "cleo").work()
    tab = await served.sit("anna")
    await tab.sees("Every pair has the labels it needs: nothing is left for you")
    await tab.types("\x1b")
    assert await tab.closed() == Closing.LEFT


async def test_who_takes_part_no_more_is_told_so(served: Served, served_study: Study) -> None:
    plan(served_study, (1, 2), design={"annotators_per_pair": 2, "consent": "Do you?"})
    browser = await served.visit("anna")
    tab = await browser.open_tab()
    await tab.sees("Do you?")
    await tab.types("n")
    assert await tab.closed() == Closing.DECLINED
    assert served.told[-1] == "anna did not consent, and did not take part: their place is free"
    tab = await browser.open_tab()
    await tab.sees("Do you?")
    await tab.types("y")
    await tab.sees("escape closes")
    await tab.types("\x1b")
    await tab.labels("1", 1)
    await tab.types("w")
    await tab.sees("Withdraw from this study?")
    await tab.types("y")
    assert await tab.closed() == Closing.WITHDRAWN
    assert served.told[-1] == "anna withdrew: nothing they answered counts; their place is free"


async def test_nobody_is_missed_who_has_left(served_study: Study, environment: Mapping[str, str]) -> None:
    async with serving(served_study, environment, grace=0.1) as served:
        tab = await served.sit("anna")
        await tab.sees(READY)
        await tab.types("\x1b")
        assert await tab.closed() == Closing.LEFT
        again = await served.sit("anna")
        await again.sees(READY)
        await asyncio.sleep(0.5)  # longer than a place is kept
        assert [line for line in served.told if "connection" in line or "come back" in line] == []


async def test_an_abandoned_process_is_ended(served_study: Study, environment: Mapping[str, str]) -> None:
    async with serving(served_study, environment, grace=0.5) as served:
        tab = await served.sit("anna")
        await tab.sees(READY)
        (process_id,) = served.server.desks.process_ids
        await asyncio.sleep(1)
        assert alive(process_id)
        await tab.close()
        await until(lambda: not alive(process_id), "the process was ended")
        await until(lambda: served.server.desks.process_ids == (), "the place is free")
        assert served.told[-2:] == [
            "anna lost the connection: their place is kept for 0.5 seconds",
            "anna did not come back: their place is free",
        ]


async def test_no_more_than_there_is_room_for(served_study: Study, environment: Mapping[str, str]) -> None:
    async with serving(served_study, environment, most=1) as served:
        tab = await served.sit("anna")
        await tab.sees(READY)
        assert await (await served.sit("ben")).closed() == Closing.FULL
        await tab.types("\x1b")
        assert await tab.closed() == Closing.LEFT
        await (await served.sit("ben")).sees(READY)


async def test_stopping_ends_everybody(served: Served) -> None:
    tabs = [await served.sit(name) for name in PEOPLE]
    for tab in tabs:
        await tab.sees(READY)
    process_ids = served.server.desks.process_ids
    await served.server.desks.close()
    assert [await tab.closed() for tab in tabs] == [Closing.STOPPED] * 2
    assert sorted(served.told[-2:]) == [f"{name} was ended with the server" for name in PEOPLE]
    assert not any(map(alive, process_ids))


async def test_a_process_whose_server_is_gone_leaves(
    served_study: Study, environment: Mapping[str, str]
) -> None:
    visit = Visit(str(served_study.location), "anna")
    process = await ServedProcess.start(visit, Size(), environment)
    pictures = process.pictures()
    assert await anext(pictures)
    process._input.close()
    async with asyncio.timeout(15):
        async for _ in pictures:
            pass
        assert await process.ended() == 0


async def test_a_process_that_cannot_start_says_why(
    served_study: Study, environment: Mapping[str, str], tmp_path: Path
) -> None:
    async with serving(served_study, environment) as served:
        object.__setattr__(served.server._service, "study", str(tmp_path / "gone.db"))
        assert await (await served.sit("anna")).closed() == Closing.FAILED
        assert "gone.db" in served.told[-1]


async def test_the_palette_leads_nowhere(served_study: Study) -> None:
    app = BrowserApp(BrowserSession(served_study, Role.ANNOTATOR, "anna"))
    async with app.run_test():
        offered = [command.title for command in app.get_system_commands(app.screen)]
        assert offered == ["Keys", "Theme", "Quit"]
        assert set(app._modes) - {"_default"} == {"label"}
