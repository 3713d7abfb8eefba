"""A served study in real browsers, and eight people at once."""

import asyncio
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from annotation.answers import Answer, AnswerLog, Origin
from annotation.integrity import check
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.planning.planned import Person, held, overlap, planned_study
from tests.services.chromium import Chromium, running_chromium
from tests.services.program import Program
from tests.tui.serving.browsing import READY, Browser, Tab

pytestmark = pytest.mark.service

PEOPLE = tuple(f"person {number}" for number in range(1, 9))
LABELS = 12


@dataclass
class Served:
    """A study that the program serves in a process of its own."""

    study: Study
    codes: Mapping[str, str]
    address: str
    process: "subprocess.Popen[str]"

    def answers(self) -> list[Answer]:
        return AnswerLog(self.study).since(0)

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8")
        return [int(number) for number in listed.split()]


@pytest.fixture
def served(tmp_path: Path, program: Program, unused_port: int) -> Iterator[Served]:
    """More pairs than eight people label, two labels each, and few enough that everybody meets."""
    study = planned_study(tmp_path / "study.db", 60, a_source=2, annotators_per_pair=2)
    with serving(study, program, unused_port) as served:
        yield served
    study.close()


@contextmanager
def serving(study: Study, program: Program, port: int) -> Iterator[Served]:
    codes = program("study", "annotators", "add", study.location, *PEOPLE, "--format", "json").json["codes"]
    process = program.start("serve", study.location, "--port", port)
    assert process.stdout is not None
    try:
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        by_name = {one["annotator"]: one["code"] for one in codes}
        yield Served(study, by_name, f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"never happened: {what}"
        time.sleep(0.05)


def begin(chromium: Chromium) -> None:
    """Read the instructions and go on."""
    chromium.sees_desk()
    chromium.settled()
    chromium.press(Keys.ESCAPE)
    chromium.settled()


async def begun(browser: Browser) -> Tab:
    """The same without Chromium."""
    tab = await browser.open_tab()
    await tab.sees("escape closes", 120)
    await tab.types("\x1b")
    await tab.sees(READY, 120)
    return tab


def label(chromium: Chromium, served: Served, who: str, keys: str) -> None:
    """Press single keys as a person does: each once the item could have been read."""
    for key in keys:
        before = mine(served, who)
        time.sleep(1.2)
        chromium.press(key)
        until(lambda before=before: mine(served, who) == before + 1, f"{key} was stored")  # type: ignore[misc]


def mine(served: Served, who: str) -> int:
    return sum(answer.annotator == who for answer in served.answers())


def test_two_people_label_in_chromium(served: Served, tmp_path: Path) -> None:
    first, second = PEOPLE[:2]
    with ExitStack() as stack:
        chromium = stack.enter_context(running_chromium(tmp_path / "first"))
        chromium.enter(served.address, first, "AAAA-AAAA-AAAA-AAAA")
        assert "do not belong together" in chromium.find("[role=alert]").text
        chromium.enter(served.address, first, served.codes[first])
        begin(chromium)
        label(chromium, served, first, "12121")

        before, children = chromium.settled(), served.children()
        chromium.driver.refresh()
        chromium.sees_desk()
        until(lambda: chromium.picture() == before, "the same item after a refresh")
        assert served.children() == children
        tmp_path.joinpath("labelling.png").write_bytes(before)
        label(chromium, served, first, "21")

        other = stack.enter_context(running_chromium(tmp_path / "second"))
        other.enter(served.address, second, served.codes[second])
        begin(other)
        label(other, served, second, "12")
        assert len(served.children()) == 2

        chromium.press(Keys.ESCAPE)
        assert "You have left" in chromium.find("#closed:not([hidden])").text
        until(lambda: len(served.children()) == 1, "the process has ended")
        chromium.find("#closed .quiet").click()
        chromium.find("#code")

        other.press("w")
        other.settled()
        other.press("y")
        assert "You have withdrawn: nothing you answered counts" in other.find("#closed:not([hidden])").text
        assert other.driver.switch_to.active_element.text == "Log out"
        other.press(Keys.ENTER)
        other.find("#code")

    answers = served.answers()
    assert Counter(answer.annotator for answer in answers) == {first: 7, second: 2}
    assert {answer.origin for answer in answers} == {Origin.BROWSER}
    assert len({(answer.annotator, answer.pair_id) for answer in answers}) == 9
    shown = [answer.shown_choice for answer in answers if answer.annotator == first]
    assert shown == [1, -1, 1, -1, 1, -1, 1]


async def test_eight_browsers_lose_and_double_nothing(served: Served) -> None:
    """Eight websockets that speak as the page does, since eight Chromiums want more than two processors.

    In the middle each of them closes the page, or loses the connection with a key on its way.
    """

    async def work(name: str) -> None:
        async with Browser(served.address) as browser:
            assert (await browser.enter(name, served.codes[name])).status == 200
            tab = await begun(browser)
            for item in range(1, LABELS + 1):
                await tab.sees(READY, 120)
                await tab.types("12"[item % 2])
                if item % 4 == PEOPLE.index(name) % 4:
                    await tab.drop()
                    tab = await browser.open_tab()
                await tab.sees(f"saved: item {item} ", 120)
                if item == LABELS // 2:
                    await tab.close()
                    tab = await browser.open_tab()
            await tab.close()

    await asyncio.gather(*map(work, PEOPLE))

    answers = served.answers()
    assert Counter(answer.annotator for answer in answers) == dict.fromkeys(PEOPLE, LABELS)
    assert len({(answer.annotator, answer.pair_id) for answer in answers}) == len(PEOPLE) * LABELS
    labels = overlap(served.study)
    assert max(labels.values()) <= 2
    assert sum(labels.values()) == len(PEOPLE) * LABELS
    children = served.children()
    assert len(children) == len(PEOPLE)

    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=30) == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert held(served.study) == 0

    for name in PEOPLE:
        Person(served.study, name).work()
    assert set(overlap(served.study).values()) == {2}
    assert (check(served.study), verify(served.study).faults) == ((), ())


async def test_a_killed_server_leaves_no_process_and_no_seat(served: Served) -> None:
    name = PEOPLE[0]
    async with Browser(served.address) as browser:
        await browser.enter(name, served.codes[name])
        await begun(browser)
        (child,) = served.children()
        assert held(served.study, name) > 0
        os.kill(served.process.pid, signal.SIGKILL)
        until(lambda: not _runs(child), "the process has left")
        assert held(served.study, name) == 0


def _runs(process_id: int) -> bool:
    """Whether it does anything any more; nobody may be there to take its exit code."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_page_finds_back_by_itself(served: Served, program: Program, tmp_path: Path) -> None:
    name = PEOPLE[0]
    with running_chromium(tmp_path / "chromium") as chromium:
        chromium.enter(served.address, name, served.codes[name])
        begin(chromium)
        label(chromium, served, name, "1")

        served.process.kill()
        served.process.wait()
        assert "Trying to come back" in chromium.find("#closed:not([hidden])").text
        again = program.start("serve", served.study.location, "--port", served.address.rpartition(":")[2])
        try:
            chromium.find("#code").send_keys(served.codes[name])
            chromium.find("#name").send_keys(name)
            chromium.find("button").click()
            chromium.sees_desk()
            chromium.settled()
            label(chromium, served, name, "2")
        finally:
            again.terminate()
            again.communicate(timeout=30)
    assert len({answer.pair_id for answer in served.answers()}) == 2


def test_what_the_program_says(served: Served, program: Program) -> None:
    port = served.address.rpartition(":")[2]
    taken = program("serve", served.study.location, "--port", port)
    assert taken.code == 1
    assert "--port" in taken.err
    assert len(taken.err.splitlines()) == 1
