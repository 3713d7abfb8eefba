"""Outside text is shown, never obeyed."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from textual.content import Content
from textual.widgets import Label
from wcwidth import wcwidth

from tui.outside import Mark, MarkStyle, OutsideText, safe, safe_letters

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
NASTY = st.text(
    st.sampled_from(
        "a ☺é中👍🏽🇩🇪\u0301\u0302\u200d\ufe0f\ufe0e\r\n\t\x1b\x9b\u202e\u200b\U000e0067\ud800\u1161"
    ),
    max_size=40,
)
TEXTS = st.one_of(ANY_TEXT, NASTY)


def draws_nothing(character: str) -> bool:
    """The categories no terminal may be sent; written out here, not read from the module under test."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, “quoted” — text", "plain, “quoted” — text"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x00\x7f", "␀␡"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("a\u200bb\u200b\u200b\u200bc", "a⟨U+200B⟩b⟨U+200B ×3⟩c"),
        ("soft\xadhyphen", "soft⟨U+00AD⟩hyphen"),
        ("\ud800", "⟨U+D800⟩"),
        ("\U000e0068\U000e0069\U000e007f", "⟨tags hi␡⟩"),
        ("\U000e0001", "⟨U+E0001⟩"),
        ("\u3164", "⟨U+3164⟩"),
        ("\ufdd0\uffff\U0010ffff", "⟨U+FDD0⟩⟨U+FFFF⟩⟨U+10FFFF⟩"),
        ("one\r\ntwo\rthree\r\r\nfour", "one\ntwo\nthree\n\nfour"),
        ("a\tb", "a    b"),
        # A selector behind a symbol only picks a picture; anywhere else, or repeated, it hides something.
        ("❤\ufe0f 1\ufe0f\u20e3", "❤ 1\u20e3"),
        ("❤\ufe0f\ufe0f x\ufe0f", "❤⟨U+FE0F⟩ x⟨U+FE0F⟩"),
        # A joiner between emoji leaves the parts side by side; between letters it is shown.
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("a\u200db", "a⟨U+200D⟩b"),
        ("👍🏽", "👍⟨medium skin⟩"),
        ("🇩🇪🇫", "⟨flag DE⟩⟨flag F⟩"),
        ("\u0301a\n\u0301b\r\u0301c", "◌\u0301a\n◌\u0301b\n◌\u0301c"),
        ("Z" + "\u0301" * 20 + "algo", "Z" + "\u0301" * 8 + "⟨+12 marks⟩algo"),
        ("[/] [b]x[/b] [@click=app.quit]y", "[/] [b]x[/b] [@click=app.quit]y"),
        ("שלום عالم", "שלום عالم"),
    ],
)
def test_shows_what_is_there(text: str, shown: str) -> None:
    assert OutsideText(text).plain == shown
    assert safe(text) == shown
    assert f"{OutsideText(text)}" == shown


def test_every_code_point_alone_is_safe_and_measures_as_the_terminal_measures_it() -> None:
    for code in range(0x110000):
        plain = OutsideText(f"a{chr(code)}").plain
        assert not any(map(draws_nothing, plain)), hex(code)
        if unicodedata.category(plain[-1]) != "Cn":  # tables of different Unicode versions part there
            assert plain[-1] == "\n" or get_character_cell_size(plain[-1]) == wcwidth(plain[-1]), hex(code)


def test_every_character_without_a_cell_of_its_own_gets_a_base() -> None:
    for code in range(0x110000):
        text = chr(code)
        if unicodedata.category(text) != "Cn" and OutsideText(text).plain.strip("\n"):
            assert cell_len(OutsideText(text).plain) > 0, hex(code)


@given(TEXTS)
@example("\u0301" * 9)
def test_never_lets_a_character_through_that_draws_nothing(text: str) -> None:
    outside = OutsideText(text)
    assert not any(map(draws_nothing, outside.plain))
    assert outside.original == text


@given(TEXTS)
def test_making_safe_twice_changes_nothing(text: str) -> None:
    once = safe(text)
    assert safe(once) == once


@given(st.text(st.characters(categories=("L", "N", "P", "S"), max_codepoint=0x2FF)))
def test_clean_text_is_kept_as_the_same_object(text: str) -> None:
    text = text.replace("\xad", "")
    assert OutsideText(text).plain is text


@given(TEXTS)
def test_offsets_rise_and_stay_inside(text: str) -> None:
    outside = OutsideText(text)
    offsets = [outside.offset(index) for index in range(len(text) + 1)]
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(outside.plain)


@given(st.lists(st.text(st.sampled_from("ab☺\x1b\u202e\t"), min_size=1), max_size=12), st.data())
def test_a_mark_lights_what_is_shown_for_its_characters(words: list[str], data: st.DataObject) -> None:
    """Oracle: the word made safe by itself, which in this alphabet no neighbour behind a space can change."""
    text = " ".join(words)
    chosen = data.draw(st.integers(0, len(words))) if words else 0
    if chosen == len(words):
        return
    start = len(" ".join(words[:chosen])) + (1 if chosen else 0)
    outside = OutsideText(text)
    [span] = outside.spans([Mark(start, start + len(words[chosen]), MarkStyle.NOVEL)])
    assert outside.plain[span.start : span.end] == safe(words[chosen])


def test_marks_partly_out_of_range_or_empty_are_cut_or_left_out() -> None:
    outside = OutsideText("one\r\ntwo")
    marks = [
        Mark(-5, 2, MarkStyle.FACT),
        Mark(3, 3, MarkStyle.FACT),
        Mark(5, 99, MarkStyle.FOUND),
        Mark(3, 4, MarkStyle.FACT),
    ]
    assert [(span.start, span.end) for span in outside.spans(marks)] == [(0, 2), (4, 7)]


def test_content_reads_no_markup() -> None:
    content = OutsideText("[b]bold[/b] [/] [link=x]").content([Mark(0, 3, MarkStyle.FOUND)])
    assert content.plain == "[b]bold[/b] [/] [link=x]"
    assert [(span.start, span.end, span.style) for span in content.spans] == [(0, 3, "reverse")]
    assert Label(content).content is content


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        ("one\ntwo", None, "one↵two"),
        ("one\ntwo", 7, "one↵two"),
        ("one\ntwo", 6, "one↵t…"),
        ("中文字", 5, "中文…"),
        ("中文字", 4, "中…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("", 5, ""),
    ],
)
def test_one_line(text: str, width: int | None, line: str) -> None:
    assert OutsideText(text).line(width) == Content(line)


@given(TEXTS, st.integers(0, 30))
def test_one_line_fits(text: str, width: int) -> None:
    line = OutsideText(text).line(width)
    assert "\n" not in line.plain
    assert cell_len(line.plain) <= width


@given(TEXTS)
@example("one\ntwo\tthree\x1b\x07\r")
def test_letter_for_letter_nothing_is_sent_and_no_letter_moves(text: str) -> None:
    shown = safe_letters(text)
    assert len(shown) == len(text)
    assert not any(draws_nothing(letter) or letter == "\n" for letter in shown)
    assert all(
        new in (old, " ", "↵", "�") or 0x2400 <= ord(new) < 0x2424
        for new, old in zip(shown, text, strict=True)
    )
