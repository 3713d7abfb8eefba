"""The report in a real browser: it asks for nothing, sorts, stays within the window, and prints."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webelement import WebElement

from annotation.store.tables import agents
from annotation.study import Study
from tests.services.chromium import Chromium, running_chromium
from tests.services.program import Program

pytestmark = pytest.mark.service

EVIL = "<img src=x onerror=document.title='had'>"
FOREIGN = """
return performance.getEntriesByType('resource').map((entry) => entry.name)
  .filter((name) => !name.startsWith('data:'))
"""
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with running_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def page(tmp_path: Path, program: Program) -> str:
    """The address of the demo's report, one of its agents with a name that tries to be an element."""
    demo = tmp_path / "demo.db"
    program("demo", "--no-open", "--at", demo)
    with Study.open(demo) as study, study.writing() as connection:
        connection.execute(agents.update().where(agents.c.name == "expander").values(name=EVIL))
    program("report", demo, "-o", tmp_path / "report", "--paper")
    return (tmp_path / "report" / "report.html").as_uri()


def test_the_page_in_a_real_browser(chromium: Chromium, page: str) -> None:
    driver: Any = chromium.driver
    driver.get(page)
    assert driver.title == "demo: factor-level preferences"
    assert driver.execute_script(FOREIGN) == []
    assert EVIL in chromium.find("main").text
    assert driver.execute_script("return document.querySelectorAll('main img').length") == 0

    figures = driver.find_elements("css selector", "figure svg")
    assert len(figures) == 9
    assert all(figure.size["width"] > 200 and figure.size["height"] > 60 for figure in figures)
    assert all(figure.accessible_name for figure in figures)

    for width in (1200, 400):
        driver.set_window_size(width, 900)
        assert driver.execute_script(WIDE) <= 0, width

    _sorts(chromium)
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []


def _sorts(chromium: Chromium) -> None:
    table = "table[aria-labelledby='table-scores']"

    def column(place: int) -> list[str]:
        cells: list[WebElement] = chromium.driver.find_elements(
            "css selector", f"{table} tbody td:nth-child({place})"
        )
        return [str(cell.get_property("textContent")) for cell in cells]

    def press(place: int) -> str | None:
        head = chromium.find(f"{table} th:nth-child({place})")
        chromium.driver.execute_script("arguments[0].querySelector('button').click()", head)
        order: str | None = head.get_attribute("aria-sort")
        return order

    before = column(1)
    assert press(3) == "descending"
    numbers = [float(text) for text in column(3)]
    assert numbers == sorted(numbers, reverse=True)
    assert column(1) != before
    assert press(3) == "ascending"
    assert [float(text) for text in column(3)] == numbers[::-1]
    assert press(1) == "ascending"
    assert column(1) == sorted(before)


def test_what_the_policy_forbids_does_not_run(chromium: Chromium, page: str) -> None:
    driver: Any = chromium.driver
    driver.get(page)
    driver.execute_script(
        "const script = document.createElement('script'); script.textContent = \"document.title = 'had'\";"
        "document.body.append(script);"
        "const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
    )
    assert driver.title == "demo: factor-level preferences"
    refused = [entry["message"] for entry in driver.get_log("browser")]
    assert any("script-src" in message for message in refused)
    assert any("img-src" in message for message in refused)


def test_it_prints_without_its_links(chromium: Chromium, page: str) -> None:
    driver: Any = chromium.driver
    driver.get(page)
    printed = base64.b64decode(driver.print_page())
    assert printed.startswith(b"%PDF-")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not chromium.find("nav").is_displayed()
        assert not chromium.find("figcaption .files").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
