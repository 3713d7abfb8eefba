"""The pane for long texts: wrapping, scrolling, marks, and straight columns."""

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.pilot import Pilot
from wcwidth import wcwidth

from tests.tui.terminal import HOSTILE
from tui.outside import Mark, MarkStyle, OutsideText, safe
from tui.widgets.text_pane import TextPane, Wrapper

WORDS = st.lists(
    st.sampled_from(
        ["word", "a", " ", "  ", "\n", "中文", "日", "👍", "e\u0301", "“q”", "supercalifragilistic"]
    )
).map("".join)


def lines(text: str, width: int) -> list[str]:
    wrapping = Wrapper(text).wrap(width)
    return [text[start:end] for start, end in zip(wrapping.starts, wrapping.ends, strict=True)]


def wrapped_by_hand(text: str, width: int) -> list[str]:
    """The same rule, grapheme by grapheme: the longest head that fits and ends where a line may end."""
    broken: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph
        while True:
            heads = [rest[:end] for _, end, _ in [(0, 0, 0), *split_graphemes(rest)[0]]]
            fitting = [head for head in heads if cell_len(head) <= width]
            whole = [head for head in fitting if not rest[len(head) :].strip(" ")]
            if whole:
                broken.append(whole[-1])
                break
            good = [head for head in fitting if head and may_end(head, rest[len(head) :])]
            head = (good or fitting)[-1]
            broken.append(head)
            rest = rest[len(head) :]
            rest = rest.lstrip(" ") if good else rest
    return broken


def may_end(head: str, rest: str) -> bool:
    last = [cell_len(head[start:end]) for start, end, _ in split_graphemes(head)[0]][-1]
    return rest.startswith(" ") or last == 2 or cell_len(rest[0]) == 2


@pytest.mark.parametrize(
    ("text", "width", "wrapped"),
    [
        ("", 10, [""]),
        ("one two three", 7, ["one two", "three"]),
        ("one two  three ", 7, ["one two", "three "]),
        ("one\n\ntwo\n", 7, ["one", "", "two", ""]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("  indented", 20, ["  indented"]),
        ("中文字符", 5, ["中文", "字符"]),
        ("ab中文", 3, ["ab", "中", "文"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("中", 1, ["中"]),
    ],
)
def test_wraps(text: str, width: int, wrapped: list[str]) -> None:
    assert lines(text, width) == wrapped


@given(WORDS, st.integers(2, 12))
def test_wraps_as_by_hand(text: str, width: int) -> None:
    assert lines(text, width) == wrapped_by_hand(text, width)


@given(st.text().map(safe), st.integers(2, 30))
def test_no_line_is_wider_than_the_pane_and_only_blanks_at_breaks_are_lost(text: str, width: int) -> None:
    broken = lines(text, width)
    assert all(cell_len(line) <= width for line in broken)
    assert re.sub(r"[ \n]", "", "".join(broken)) == re.sub(r"[ \n]", "", text)


class Desk(App[None]):
    """Two panes side by side, kept together."""

    CSS = "TextPane { width: 1fr; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self.scrolled: list[int] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield TextPane(id="a")
            yield TextPane(id="b")

    @property
    def a(self) -> TextPane:
        return self.query_one("#a", TextPane)

    @property
    def b(self) -> TextPane:
        return self.query_one("#b", TextPane)

    def on_text_pane_scrolled(self, event: TextPane.Scrolled) -> None:
        self.scrolled.append(event.y)
        (self.b if event.pane is self.a else self.a).follow(event.y)


def screen_lines(app: App[None]) -> list[str]:
    """What the compositor paints, line by line."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


NUMBERED = "\n".join(f"line {number}" for number in range(100))


async def test_pages_and_arrows_scroll_and_tell_the_position() -> None:
    app = Desk()
    async with app.run_test(size=(60, 12)) as pilot:  # ten lines inside the border
        app.a.show(OutsideText(NUMBERED), label="A")
        app.a.focus()
        await settle(pilot)
        assert "line 0 " in screen_lines(app)[1]
        assert "1/10 ▾" in screen_lines(app)[11]
        await pilot.press("down")
        await settle(pilot)
        assert "line 1 " in screen_lines(app)[1]
        await pilot.press("pagedown")
        await settle(pilot)
        assert "line 11 " in screen_lines(app)[1]
        assert "2/10 ▾" in screen_lines(app)[11]
        await pilot.press("end")
        await settle(pilot)
        assert "line 99 " in screen_lines(app)[10]
        assert "10/10 ▴" in screen_lines(app)[11]
        await pilot.press("home")
        await settle(pilot)
        assert app.a.scroll_offset.y == 0


async def test_a_text_that_fits_has_no_position_and_an_empty_one_says_so() -> None:
    app = Desk()
    async with app.run_test(size=(60, 12)) as pilot:
        app.a.show(OutsideText("short"), label=OutsideText("[/] name\x1b"))
        app.b.show(OutsideText(""), label="B")
        await settle(pilot)
        painted = screen_lines(app)
        assert "[/] name␛" in painted[0]
        assert "(empty response)" in painted[1]
        assert "/" not in painted[11]


async def test_two_panes_stay_together_and_the_shorter_does_not_hold_the_longer_back() -> None:
    app = Desk()
    async with app.run_test(size=(60, 12)) as pilot:
        app.a.show(OutsideText(NUMBERED))
        app.b.show(OutsideText("\n".join(NUMBERED.split("\n")[:15])))
        app.a.focus()
        await settle(pilot)
        assert app.scrolled == []
        await pilot.press("down", "down")
        await settle(pilot)
        assert (app.a.scroll_offset.y, app.b.scroll_offset.y) == (2, 2)
        await pilot.press("end")
        await settle(pilot)
        assert (app.a.scroll_offset.y, app.b.scroll_offset.y) == (90, 5)


async def test_another_text_starts_at_its_top() -> None:
    app = Desk()
    async with app.run_test(size=(60, 12)) as pilot:
        app.a.show(OutsideText(NUMBERED))
        app.a.focus()
        await pilot.press("end")
        await settle(pilot)
        app.a.show(OutsideText("other\n" + NUMBERED))
        await settle(pilot)
        assert "other" in screen_lines(app)[1]
        assert "1/11 ▾" in screen_lines(app)[11]


async def test_a_new_width_keeps_the_reader_at_their_place() -> None:
    app = Desk()
    paragraphs = "\n".join(f"paragraph {number} " + "and so on " * 8 for number in range(60))
    async with app.run_test(size=(120, 12)) as pilot:
        app.a.show(OutsideText(paragraphs))
        app.a.follow(40)
        await settle(pilot)
        [there] = re.findall(r"paragraph \d+", screen_lines(app)[1])[:1]
        await pilot.resize_terminal(60, 12)
        await settle(pilot)
        assert there in screen_lines(app)[1]


async def test_marks_are_lit_across_line_breaks_and_characters_that_were_spelled_out() -> None:
    app = Desk()
    text = "\x1b\x1b one \u202etwo three"
    async with app.run_test(size=(24, 12)) as pilot:  # eight cells a line
        start = text.index("one")
        app.a.show(OutsideText(text), [Mark(start, len(text), MarkStyle.FOUND)])
        await settle(pilot)
        assert lit(app.a) == "one⟨U+202E⟩twothree"
        app.a.mark([Mark(0, 1, MarkStyle.FOUND), Mark(0, 6, MarkStyle.NOVEL)])
        await settle(pilot)
        assert lit(app.a) == "␛␛"  # a run of one control character is lit as a whole


def lit(pane: TextPane) -> str:
    """The characters the pane draws in reverse."""
    segments = [segment for y in range(pane.size.height) for segment in pane.render_line(y)]
    return "".join(
        segment.text for segment in segments if segment.style is not None and segment.style.reverse
    )


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_border_stays_straight(name: str) -> None:
    app = Desk()
    async with app.run_test(size=(41, 12)) as pilot:
        app.a.show(OutsideText(HOSTILE[name]), label=OutsideText(HOSTILE[name]))
        app.b.show(OutsideText("b"), label="B")
        await settle(pilot)
        for line in screen_lines(app):
            assert sum(map(wcwidth, line)) == 41, line
            assert cell_len(line) == 41, line


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())), st.text(max_size=30))
def test_any_text_is_painted_with_straight_borders(text: str, label: str) -> None:
    asyncio.run(paint(text, label))


async def paint(text: str, label: str) -> None:
    app = Desk()
    async with app.run_test(size=(41, 12)) as pilot:
        app.a.show(OutsideText(text), [Mark(1, 9, MarkStyle.NOVEL)], label=OutsideText(label))
        await settle(pilot)
        assert {cell_len(line) for line in screen_lines(app)} == {41}


def test_a_line_reaches_only_the_spans_that_touch_it() -> None:
    pane = TextPane()
    pane._load(OutsideText("0123456789"), [Mark(0, 9, MarkStyle.NOVEL), Mark(2, 3, MarkStyle.FOUND)])
    assert [(span.start, span.end) for span in pane._line(4, 6).spans] == [(0, 2)]
    assert [(span.start, span.end) for span in pane._line(2, 4).spans] == [(0, 2), (0, 1)]
    assert pane._line(9, 10).spans == []


async def settle(pilot: Pilot[None]) -> None:
    """Let scrolling end and its messages arrive."""
    await pilot.pause()  # what was asked for
    await pilot.wait_for_animation()
    await pilot.pause()


async def test_a_label_of_ones_own_is_not_read_as_markup() -> None:
    app = Desk()
    async with app.run_test(size=(60, 12)) as pilot:
        app.a.show(OutsideText("x"), label="◀ A [/]")
        app.b.show(OutsideText("x"), label=Content("▶ B [/]"))
        await settle(pilot)
        assert "◀ A [/]" in screen_lines(app)[0]
        assert "▶ B [/]" in screen_lines(app)[0]


class _Keyed(App[None]):
    def compose(self) -> ComposeResult:
        yield TextPane(page_key="PgDn")


@pytest.mark.parametrize(("width", "told"), [(60, "1/10 ▾ PgDn"), (13, "1/10 ▾ PgDn"), (12, "1/10 ▾")])
async def test_what_turns_the_page_is_named_where_it_fits_and_there_is_more(width: int, told: str) -> None:
    app = _Keyed()
    async with app.run_test(size=(width, 12)) as pilot:
        pane = app.query_one(TextPane)
        pane.styles.padding = 0
        pane.show(OutsideText(NUMBERED))
        await settle(pilot)
        assert str(pane.border_subtitle) == told
        if width > len(told) + 2:
            assert told in screen_lines(app)[11]
        pane.follow(100)
        await settle(pilot)
        assert str(pane.border_subtitle) == "10/10 ▴"
