"""The page: everything escaped, nothing from elsewhere, every id once."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from annotation.reporting.drawing import draw
from annotation.reporting.page import PageTable, Picture, Section, Shown, write_page
from tests.annotation.reporting.figures import EVERY

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp; \\1 \\g<0>"


class Read(HTMLParser):
    """What a browser would see, roughly: elements with their attributes, and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(attribute)) is not None]


@pytest.fixture(scope="module")
def page() -> str:
    pictures = tuple(
        Picture(figure.name, EVIL, f"{figure.caption} {EVIL}", draw(figure)["svg"]) for figure in EVERY
    )
    table = PageTable(
        "scores",
        EVIL,
        (EVIL, "Score"),
        (False, True),
        ((Shown(EVIL, EVIL), Shown("0.5", 0.5)), (Shown("b", "b"), Shown("–", None))),
        (EVIL,),
    )
    return write_page(EVIL, EVIL, (Section("one", EVIL, (EVIL, *pictures, table)),))


def test_texts_are_texts(page: str) -> None:
    read = Read(page)
    assert read.all("img") == []
    assert len(read.all("script")) == 1
    assert [name for _, attributes in read.elements for name in attributes if name.startswith("on")] == []
    assert page.count("alert(1)") == page.count("&lt;script&gt;alert(1)") + page.count("onerror=alert(1)")
    assert "".join(read.texts).count(EVIL) >= 9
    assert any(EVIL in label for label in read.values("aria-label"))


def test_nothing_comes_from_elsewhere(page: str) -> None:
    assert re.findall(r"https?:|//\w|@import|\burl\((?!#)", page) == []
    links = {*Read(page).values("href"), *Read(page).values("src")}
    assert all(re.match(r"#|data:,$|(figures|tables)/[a-z-]+\.\w+$", link) for link in links)


def test_the_policy_lets_in_this_script_alone(page: str) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>\n</body>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [
        meta["content"]
        for meta in Read(page).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"


def test_every_id_is_there_once_and_every_reference_leads_to_one(page: str) -> None:
    read = Read(page)
    times = Counter(read.values("id"))
    assert [name for name, count in times.items() if count > 1] == []
    wanted = {*re.findall(r"url\(#([^)]+)\)", page)}
    wanted |= {link[1:] for link in read.values("href") if link.startswith("#")}
    wanted |= set(read.values("aria-labelledby"))
    assert len(wanted) > 10
    assert wanted <= set(times)


def test_columns_are_sorted_by_values_and_not_by_what_is_read(page: str) -> None:
    cells = Read(page).all("td")
    assert [cell.get("data-value") for cell in cells] == [EVIL, "0.5", "b", None]
