"""A real Chromium without a window, driven through its own driver."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

_FLAGS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=1200,800"),
)
_SECONDS: Final = 60


class Chromium:
    """One browser."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def enter(self, address: str, name: str, code: str) -> None:
        """Open the entry and come in, as far as it lets one."""
        self.driver.get(address)
        self.find("#name").clear()
        self.find("#name").send_keys(name)
        self.find("#code").send_keys(code)
        self.find("button").click()

    def sees_desk(self) -> None:
        """Wait until the terminal has drawn something."""
        self.find("body.-first-byte .xterm-screen")

    def press(self, key: str) -> None:
        """Press a key, wherever the page has put the focus."""
        ActionChains(self.driver).send_keys(key).perform()

    def picture(self) -> bytes:
        """What it shows, as a PNG."""
        picture: bytes = self.driver.get_screenshot_as_png()
        return picture

    def settled(self) -> bytes:
        """Wait until nothing has moved for a while; what it shows then."""
        before, after = b"", self.picture()
        while before != after:
            time.sleep(2)
            before, after = after, self.picture()
        return after

    def find(self, selector: str) -> WebElement:
        """Wait for an element."""
        wait = WebDriverWait(self.driver, _SECONDS)
        found: WebElement = wait.until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))
        return found


@contextmanager
def running_chromium(folder: Path) -> Iterator[Chromium]:
    """Start one with a profile of its own."""
    binary = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.fail("no Chromium here: install chromium and chromium-driver (Debian's names)")
    options = Options()
    options.binary_location = binary
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Chromium(chrome)
    finally:
        chrome.quit()
