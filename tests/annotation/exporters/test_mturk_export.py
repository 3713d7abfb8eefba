"""MTurk's files: nothing of a text acts, nothing tells who wrote what, Amazon's rules have their form."""

import html
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import AnswerLog
from annotation.errors import StudyError
from annotation.exporters import mturk_file
from annotation.exporters.mturk_file import export_mturk, qualification_requirements
from annotation.exporters.mturk_layout import escaped, layout
from annotation.people.participation import leave_out
from annotation.planning.design import Qualifications
from annotation.planning.plan import Role
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, label
from tests.annotation.importers.elsewhere import HOSTILE, batch_of, fill
from tests.annotation.planning.planned import plan


class Page(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], include_characters="\n\t")))
def test_a_text_is_shown_as_it_is(text: str) -> None:
    cell = escaped(text)
    assert html.unescape(cell) == text
    assert cell.isascii()
    assert cell.isprintable()  # one line
    assert not set(cell) & set("<>\"'=+-@$")


@given(st.text(st.characters(categories=["Cc", "Cs"])))
def test_what_cannot_be_shown_does_not_vanish(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = html.unescape(escaped(text))
    assert len(shown) == len(lines)
    assert all(
        new == old if old in "\n\t" else new == "\ufffd" for new, old in zip(shown, lines, strict=True)
    )


def test_a_batch_is_blind_and_balanced(study: Study, tmp_path: Path) -> None:
    fill(study, HOSTILE, tmp_path)
    batch = batch_of(study, tmp_path)
    raw = (tmp_path / "batch.csv").read_text("ascii")
    assert len(raw.splitlines()) == 1 + len(HOSTILE)
    with study.reading() as connection:
        keys = [row.key for row in connection.exec_driver_sql("SELECT key FROM pairs")]
    assert not any(word in raw for word in ("model x", "model y", *keys))  # neither authors nor keys
    assert len({row["item"] for row in batch}) == len(HOSTILE)
    # The longer is the right one; of every two rows it is first once.
    right_first = [len(row["response_1"]) > len(row["response_2"]) for row in batch]
    assert all(one != other for one, other in zip(right_first[::2], right_first[1::2], strict=True))
    assert batch_of(study, tmp_path) == batch  # the same seed
    shown = [html.unescape(row["source"]) for row in batch]
    stored = [text.replace("\x00", "\ufffd").replace("\r\n", "\n") for text in HOSTILE]
    assert shown == [f"Post {number}: {text}" for number, text in enumerate(stored)]


def test_a_batch_follows_the_plan(study: Study, tmp_path: Path) -> None:
    fill(study, [f"text {n}" for n in range(6)], tmp_path)
    design = {"annotators_per_pair": 3, "pay": 0.25, "seed": 4}
    plan(study, [5, 2, 6, 1], {2: Role.GOLD, 6: Role.TRAINING}, design=design)
    report = export_mturk(study, tmp_path / "batch.csv")
    assert report.lines() == (
        "3 pairs written",
        "1 left out: training, which needs an answer at once",
        "beside it: batch.html",
        "6 labels wanted",
        "to set there: 3 assignments a HIT, $0.25 each",
    )
    assert [html.unescape(row["source"])[:7] for row in batch_of(study, tmp_path)] == [
        "Post 4:",
        "Post 1:",
        "Post 0:",
    ]


def test_what_has_its_labels_is_not_asked_again(study: Study, tmp_path: Path) -> None:
    """Of three labels a pair the first has all, the second two, the third one, the fourth none."""
    fill(study, [f"text {n}" for n in range(5)], tmp_path)
    plan(study, range(1, 6), {5: Role.GOLD})
    log = AnswerLog(study)
    label(log, "ann", [(1, LEFT), (2, LEFT), (3, LEFT), (5, LEFT)])
    label(log, "bob", [(1, RIGHT), (2, LEFT)])
    label(log, "cy", [(1, LEFT)])
    assert export_mturk(study, tmp_path / "batch.csv").lines() == (
        "4 pairs written",
        "1 left out: no more labels wanted",
        "beside it: batch.html",
        "6 labels wanted",
        "to set there: 3 assignments a HIT",
        "assignments are set for all rows of a file, and 2 rows want fewer (1: row 1; 2: row 2): make them a "
        "batch of their own, or they get more labels than planned",
    )
    shown = [html.unescape(row["source"])[:7] for row in batch_of(study, tmp_path)]
    assert shown == ["Post 1:", "Post 2:", "Post 3:", "Post 4:"]
    leave_out(study, "ann", "hurries")
    assert "9 labels wanted" in export_mturk(study, tmp_path / "batch.csv").lines()


def test_a_batch_of_a_study_that_is_done_asks_nothing(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "gold"], tmp_path)
    plan(study, [1, 2], {2: Role.GOLD}, design={"annotators_per_pair": 1})
    label(AnswerLog(study), "ann", [(1, LEFT)])
    there = {one.name for one in tmp_path.iterdir()}
    with pytest.raises(StudyError, match="there is nothing to ask, and nothing was written"):
        export_mturk(study, tmp_path / "batch.csv")
    assert {one.name for one in tmp_path.iterdir()} == there


def test_a_batch_cannot_stop_early_and_asks_nothing_that_is_decided(study: Study, tmp_path: Path) -> None:
    fill(study, ["text", "other"], tmp_path)
    plan(study, [1, 2], design={"stop_when_decided": True})
    for name in ("ann", "bob"):
        label(AnswerLog(study), name, [(1, LEFT)])
    report = export_mturk(study, tmp_path / "batch.csv")
    assert (report.written, report.left_out) == (1, {"no more labels wanted": 1})
    assert report.notes[-1].startswith("a batch cannot stop early: ")


def test_rows_that_mturk_refuses_are_counted(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(study, ["short", "long " * 20_000], tmp_path)
    assert (
        "1 row too long: MTurk takes pages of 65,535 bytes" in export_mturk(study, tmp_path / "a.csv").lines()
    )
    monkeypatch.setattr(mturk_file, "LONGEST_PAGE", 10)
    assert "2 rows too long" in export_mturk(study, tmp_path / "b.csv").lines()[-1]


def test_the_page_is_no_file_to_write_the_batch_to(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"name it x\.csv"):
        export_mturk(study, tmp_path / "x.html")
    assert list(tmp_path.glob("x*")) == []


def test_the_papers_qualifications_in_amazons_form() -> None:
    # As Amazon's reference of QualificationRequirement has ids and comparators; "over 5,000 approved HITs".
    everybody = {"ActionsGuarded": "DiscoverPreviewAndAccept"}
    assert qualification_requirements(Qualifications()) == [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "EqualTo",
            "LocaleValues": [{"Country": "US"}],
            **everybody,
        },
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [95],
            **everybody,
        },
        {
            "QualificationTypeId": "00000000000000000040",
            "Comparator": "GreaterThan",
            "IntegerValues": [5000],
            **everybody,
        },
    ]


def test_qualifications_lie_beside_the_batch(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    asked = Qualifications(approval_rate=97.5)
    plan(study, [1], design={"qualifications": asked.model_dump()})
    assert "beside it: b.html, b.qualifications.json" in export_mturk(study, tmp_path / "b.csv").lines()
    kept = json.loads((tmp_path / "b.qualifications.json").read_text("utf-8"))
    assert kept == qualification_requirements(asked)
    assert kept[1]["IntegerValues"] == [98]  # never fewer than asked


def test_the_page_has_no_script_from_elsewhere(study: Study, tmp_path: Path) -> None:
    fill(study, ["text"], tmp_path)
    design = {
        "consent": "I agree.",
        "warning": "Sad.",
        "ties": False,
        "instructions": "Read <b>&</b> ${source}",
    }
    plan(study, [1], design=design)
    export_mturk(study, tmp_path / "b.csv")
    text = (tmp_path / "b.html").read_text("ascii")
    page = Page(text)
    assert page.named("script") == [{}]
    assert not [
        one for one in page.elements if {"src", "href", "srcset", "onload", "onerror"} & one[1].keys()
    ]
    (form,) = page.named("form")
    assert (form["method"], form["action"]) == ("post", "https://www.mturk.com/mturk/externalSubmit")
    inputs = [(one["type"], one["name"]) for one in page.named("input")]
    assert Counter(inputs) == {
        ("hidden", "assignmentId"): 1,
        ("hidden", "item"): 1,
        ("checkbox", "consent"): 1,
        ("radio", "choice"): 2,  # no ties
    }
    assert all("required" in one for one in page.named("input") if one["type"] != "hidden")
    for variable in ("${item}", "${source}", "${response_1}", "${response_2}"):
        assert text.count(variable) == 1  # that of the instructions is none
    assert page.named("b") == []
    assert text.index("Read") < text.index("Sad.") < text.index("I agree.")


def test_amazons_elements_are_an_option() -> None:
    page = Page(layout("Which?", "", ties=True, crowd_elements=True))
    assert page.named("script") == [{"src": "https://assets.crowd.aws/crowd-html-elements.js"}]
    assert len(page.named("crowd-form")) == 1
    assert page.named("form") == []
    values = [one["value"] for one in page.named("input") if one["type"] == "radio"]
    assert values == ["first", "second", "tie"]


@given(st.text(), st.text(), st.text())
def test_no_words_of_a_study_become_elements(question: str, instructions: str, consent: str) -> None:
    plain = layout("q", "i", ties=True, consent="c", consent_version="0")
    made = layout(question, instructions or "i", ties=True, consent=consent or "c", consent_version="0")
    assert Page(made).elements == Page(plain).elements
