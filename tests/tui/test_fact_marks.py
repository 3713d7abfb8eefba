"""Where facts are said, how they are numbered, and what is said of them."""

from pathlib import Path

import pytest

from annotation.evidence import FactVerdict, JudgedFact
from annotation.study import Study
from tui.fact_marks import (
    FoundFact,
    ResponseFacts,
    mark_facts,
    read_facts,
    response_marks,
    verdict_glyph,
    verdict_word,
)
from tui.fact_words import entry_line, tally
from tui.outside import Mark, MarkStyle, OutsideText


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The demo study, with facts written by hand."""
    from tui.cli.demo import make_demo

    location: Path = tmp_path_factory.mktemp("demo") / "demo.db"
    make_demo(location)
    return Study.open(location)


def facts_of(study: Study, text: str) -> ResponseFacts:
    from sqlalchemy import select

    from annotation.store.tables import responses

    with study.reading() as connection:
        found = connection.execute(select(responses.c.id).where(responses.c.text.startswith(text)))
        return read_facts(study, found.scalars().one())


@pytest.fixture
def long(demo: Study) -> ResponseFacts:
    """Twelve facts; the ninth is not in the post, three are off its focus."""
    return facts_of(demo, "The writer's key snapped off at lunchtime")


@pytest.fixture
def short(demo: Study) -> ResponseFacts:
    """One fact, which the post has."""
    return facts_of(demo, "Somebody's key broke in their bike lock")


def said(text: str, marks: tuple[Mark, ...], style: MarkStyle) -> list[str]:
    return [text[mark.start : mark.end] for mark in marks if mark.style is style]


def test_facts_are_numbered_and_what_is_unsupported_stands_out(long: ResponseFacts) -> None:
    text = long.evidence.text
    marks = response_marks(long, "hallucination")
    assert len(marks) == 11  # the sixth is said in words that the search does not find
    assert said(text, marks, MarkStyle.UNSUPPORTED) == ["police have been informed"]
    shown = OutsideText(text, marks).plain
    assert "The ✗⁹police have been informed." in shown
    assert "a ¹¹locksmith dearer than the bike" in shown
    assert shown.replace("✗", "").translate({ord(raised): None for raised in "⁰¹²³⁴⁵⁶⁷⁸⁹"}) == text


def test_another_factor_marks_by_its_own_verdicts(long: ResponseFacts) -> None:
    marks = response_marks(long, "off_focus")
    lost = said(long.evidence.text, marks, MarkStyle.UNSUPPORTED)
    assert [words.split()[0] for words in lost] == ["lunchtime", "green", "friendly"]


def test_the_source_shows_what_each_response_covers(long: ResponseFacts, short: ResponseFacts) -> None:
    source = long.evidence.source
    marks = mark_facts(long, short, "source_coverage")
    notes = {mark.note: source[mark.start : mark.end] for mark in marks.source}
    assert notes["¹✓ᴬᴮ"] == "key snapped clean off in the lock"
    assert notes["³✓ᴬ"] == "green ten-speed"
    # The short response covers the first of ten facts only, the long one all but the eighth; the search
    # finds eight of its nine in the post, none of two at one place.
    assert [mark.note for mark in marks.responses.second] == ["¹"]
    assert len(marks.source) == 8
    assert {mark.note for mark in mark_facts(long, short, "hallucination").source} == {"✓ᴬ", "✓ᴬᴮ"}


def test_counts_say_what_the_factor_counts(long: ResponseFacts) -> None:
    assert tally(long.own, "hallucination") == "1 of 12 facts not supported"
    assert tally(long.own, "off_focus") == "3 of 12 facts off focus"
    assert tally(long.own, "number_of_facts") == "12 facts"
    assert tally(long.of_source, "source_coverage") == "9 of 10 source facts covered"


@pytest.mark.parametrize(
    ("question", "answer", "glyph", "word"),
    [
        ("supported", "no", "✗", "not supported"),
        ("on_focus", "yes", "✓", "on focus"),
        ("misleading", "yes", "✗", "misleading"),
        ("misleading", "no", "✓", "not misleading"),
        ("answer", "no", "✗", "no"),
    ],
)
def test_a_verdict_has_a_glyph_and_a_word(question: str, answer: str, glyph: str, word: str) -> None:
    verdict = FactVerdict(question, answer)
    assert (verdict_glyph(verdict), verdict_word(verdict)) == (glyph, word)


def test_facts_that_begin_at_one_word_share_a_note() -> None:
    from profile_engine.extraction.rules import TextSpan
    from tests.tui.evidence import evidence

    found = tuple(
        FoundFact(number, JudgedFact(f"fact {number}"), TextSpan(4, end), None)
        for number, end in ((1, 8), (2, 12))
    )
    marks = response_marks(ResponseFacts(evidence("The red bike stood there."), found, ()), "hallucination")
    assert OutsideText("The red bike stood there.", marks).plain == "The ¹⁺²red bike stood there."


def test_a_fact_from_outside_stays_on_its_line() -> None:
    fact = JudgedFact("\x1b]52;c;x\x07 [/] \n red", {"hallucination": FactVerdict("supported", "yes")})
    line = entry_line(FoundFact(1, fact, None, None), "hallucination", {}, 60)
    assert line.plain == "✓  1 ␛]52;c;x␇ [/] ↵ red                         ✓ supported"


def test_notes_do_not_move_what_a_mark_lights() -> None:
    text = "a\u200b\u200bb \x1b c"
    marks = (Mark(3, 4, MarkStyle.FACT, "¹"), Mark(7, 8, MarkStyle.UNSUPPORTED, "✗²"))
    shown = OutsideText(text, marks)
    assert shown.plain == "a⟨U+200B ×2⟩¹b ␛ ✗²c"
    lit = [(shown.plain[span.start : span.end], span.style) for span in shown.spans(marks)]
    assert lit == [
        ("¹", "bold $text-primary"),
        ("b", "bold $text-primary"),
        ("✗²", "bold $text-error"),
        ("c", "strike $text-error"),
    ]
    assert shown.index(shown.plain.index("c")) == 7
    assert OutsideText(text, (Mark(2, 3, MarkStyle.FACT, "¹"),)).plain == OutsideText(text).plain
