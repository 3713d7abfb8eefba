"""Which words light up."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tui.marks import occurrences, word_differences
from tui.outside import Mark


def lit(text: str, marks: Sequence[Mark]) -> list[str]:
    return [text[mark.start : mark.end] for mark in marks]


def test_differences_are_the_words_only_one_side_has() -> None:
    first, second = "She moved back home, he didn't.", "He didn’t move; SHE moved."
    marks = word_differences(first, second)
    assert lit(first, marks.first) == ["back", "home", "didn't"]
    assert lit(second, marks.second) == ["didn’t", "move"]


def test_equal_and_empty_texts_differ_nowhere() -> None:
    assert not word_differences("one two", "Two, one!").first
    assert not word_differences("", "").second
    assert lit("all new", word_differences("all new", "").first) == ["all", "new"]


@given(st.text(), st.text())
def test_differences_are_ordered_and_inside_the_text(first: str, second: str) -> None:
    marks = word_differences(first, second)
    for text, its in ((first, marks.first), (second, marks.second)):
        edges = [edge for mark in its for edge in (mark.start, mark.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(text) for edge in edges)


def test_found_text_is_taken_literally_and_case_ignored() -> None:
    assert lit("a.b A.B axb", occurrences("A.b", "a.b A.B axb")) == ["a.b", "A.B"]
    assert occurrences("", "text") == ()
