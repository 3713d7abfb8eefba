"""The one type through which text from outside (posts, responses, names, paths) reaches the screen.

Textual hands control bytes straight to the terminal and reads `[...]` in a string as markup, so a response
could write to the clipboard, hide its words or crash a widget. `OutsideText` shows what is there and does
none of it.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import accumulate

from rich.cells import cell_len, chop_cells
from textual.content import Content, Span

_MOST_MARKS_ON_ONE_BASE = 8
_BASES_BESIDE_SYMBOLS = frozenset("#*0123456789‼⁉〰")  # emoji bases that Unicode does not class as symbols

_PICTURES = {
    **{chr(code): chr(0x2400 + code) for code in range(0x20)},
    "\x7f": "␡",
    "\t": "    ",
    **{
        chr(0x1F3FB + index): f"⟨{tone} skin⟩"
        for index, tone in enumerate(("light", "medium-light", "medium", "medium-dark", "dark"))
    },
}
_NO_PICTURE = "�"
_FLAG_LETTER = {chr(0x1F1E6 + index): chr(ord("A") + index) for index in range(26)}
_TAGGED = {chr(0xE0000 + code): chr(code) for code in range(0x20, 0x7F)} | {"\U000e007f": "␡"}

_TAGS = r"\U000e0020-\U000e007f"
_FLAG_LETTERS = r"\U0001f1e6-\U0001f1ff"
_NONCHARACTERS = "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
_HIDDEN = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters but the newline
    r"\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    r"\ud800-\udfff\ufdd0-\ufdef"
    # Two more whose width no two terminals agree on; they are spelled out to keep the columns straight.
    rf"\U0001f3fb-\U0001f3ff{_FLAG_LETTERS}" + _NONCHARACTERS
)
_HIDDEN_RUN = re.compile(
    rf"([{_HIDDEN}])(?:(?<=[{_FLAG_LETTERS}])[{_FLAG_LETTERS}]|(?<=[{_TAGS}])[{_TAGS}]+|\1+)?"
)
# Blocks that hold combining marks: only a text with one of these pays for the exact test.
_MAY_COMBINE = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u309a\ua66f-\uabff"
    r"\ud7b0-\ud7ff\ufb1e\ufe20-\ufe2f\U000101fd-\U00011fff\U00013440-\U0001e94a]"
)


class MarkStyle(StrEnum):
    """How a marked passage looks: theme variables, and always an attribute beside the colour."""

    NOVEL = "underline $text-warning"
    FACT = "bold $text-primary"
    UNSUPPORTED = "strike $text-error"
    COVERED = "underline $text-success"
    DIFFERENT = "bold $text-accent"
    FOUND = "reverse"
    CHOSEN = "bold reverse"

    @property
    def of_note(self) -> str:
        """How the note before such a passage looks: its hue, without a line through or under it."""
        return " ".join(["bold", *(word for word in self.split() if word.startswith("$"))])


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage to light up: offsets `start <= i < end` in the characters of the original text.

    Attributes:
        note: our own words, written before the passage where the text is noted with the mark.
    """

    start: int
    end: int
    style: MarkStyle
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """`original[start:end]` is shown as `shown`; `start == end` inserts."""

    start: int
    end: int
    shown: str


@dataclass(frozen=True, slots=True)
class _OffsetMap:
    """Where the edits begin and end in the original, and where what they show begins and ends."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    shown_starts: tuple[int, ...] = ()
    shown_ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideText:
    r"""Text from outside, and its `plain` form that is safe to show.

    - Control characters become their pictures (ESC is `␛`); every other character that draws nothing or
      reorders its neighbours becomes a mark such as `⟨U+202E⟩`, repeats counted (`⟨U+200B ×9⟩`), tag
      characters decoded.
    - `\r\n` and `\r` become `\n`, a tab four spaces.
    - One emoji or text selector (U+FE0E, U+FE0F) after a symbol is dropped: it only picks between two
      pictures, and terminals do not agree on how wide the picked one is. So is the joiner between two emoji:
      the parts stand beside one another, which measures the same everywhere. Flags and skin tones are
      spelled out for the same reason.
    - A combining mark at the start of a line gets a dotted circle to stand on; marks beyond eight on one
      character are counted, not drawn.
    - The notes of the marks in `noted` are written before their passages.

    `str()` of it is the safe form. Some places of Textual read markup in a `str`; see `safe`.
    """

    original: str
    noted: tuple[Mark, ...] = ()
    plain: str = field(init=False, repr=False, compare=False)
    _map: _OffsetMap = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edits = sorted([*_hidden(self.original), *_unsteady_marks(self.original)])
        if self.noted:
            edits = sorted([*edits, *_notes(self.noted, edits, len(self.original))])
        object.__setattr__(self, "plain", _apply(edits, self.original))
        object.__setattr__(self, "_map", _map_offsets(edits))

    def __str__(self) -> str:
        return self.plain

    def offset(self, index: int) -> int:
        """Offset in `plain` of the original character at `index`; in a replaced run, the mark's start."""
        at = bisect_right(self._map.starts, index) - 1
        if at < 0:
            return index
        if index < self._map.ends[at]:
            return self._map.shown_starts[at]
        return self._map.shown_ends[at] + index - self._map.ends[at]

    def _after(self, index: int) -> int:
        """Offset in `plain` just behind what is shown for the original character at `index`."""
        at = bisect_right(self._map.starts, index) - 1
        inside = at >= 0 and index < self._map.ends[at]
        return self._map.shown_ends[at] if inside else self.offset(index) + 1

    def spans(self, marks: Sequence[Mark]) -> list[Span]:
        """The marks as Textual spans over `plain`, by start; what is empty or out of range is left out."""
        size = len(self.original)
        spans = [
            Span(self.offset(max(mark.start, 0)), self._after(min(mark.end, size) - 1), mark.style.value)
            for mark in marks
            if max(mark.start, 0) < min(mark.end, size)
        ]
        notes = [
            Span(self.offset(mark.start) - len(mark.note), self.offset(mark.start), mark.style.of_note)
            for mark in self.noted
            if mark.note and 0 <= mark.start < size
        ]
        return sorted(span for span in (*spans, *notes) if span.start < span.end)

    def index(self, offset: int) -> int:
        """The original character that is shown at an offset of `plain`, or the one that its note is of."""
        return max(bisect_right(range(len(self.original) + 1), offset, key=self.offset) - 1, 0)

    def content(self, marks: Sequence[Mark] = ()) -> Content:
        """What a widget is given: the safe text, no markup read in it, with `marks` lit."""
        return Content(self.plain, self.spans(marks), strip_control_codes=False)

    def line(self, width: int | None = None) -> Content:
        """The text on one line: newlines as `↵`, cut with `…` to at most `width` cells."""
        if width is None:
            return Content(self.plain.replace("\n", "↵"), strip_control_codes=False)
        if width <= 0:
            return Content()
        # Enough for a line of stacked marks, so that a cell of a table never measures a whole response.
        start = self.plain[: (width + 1) * (_MOST_MARKS_ON_ONE_BASE + 1)].replace("\n", "↵")
        if len(start) < len(self.plain) or cell_len(start) > width:
            start = "".join(chop_cells(start, width - 1)[:1] if width > 1 else []) + "…"
        return Content(start, strip_control_codes=False)


def safe(text: str) -> str:
    """The safe form as a `str`.

    For places that take text as it is: `notify(safe(...), markup=False)` and its `title`, `App.title`,
    `sub_title`, and `rich.text.Text(safe(...))` for table cells. Border titles, labels and options read
    markup in a `str`: give them `OutsideText.line()` or `content()`.
    """
    return OutsideText(text).plain


def safe_letters(text: str) -> str:
    """The safe form letter for letter, for a line in which a cursor counts the letters of the original."""
    return _HIDDEN_RUN.sub(lambda run: "".join(map(_sign, run[0])), text).replace("\n", "↵")


def _sign(letter: str) -> str:
    picture = _PICTURES.get(letter, _NO_PICTURE)
    return picture if len(picture) == 1 else " " if letter == "\t" else _NO_PICTURE


def _apply(edits: Sequence[_Edit], text: str) -> str:
    if not edits:
        return text
    pieces: list[str] = []
    done = 0
    for edit in edits:
        pieces += text[done : edit.start], edit.shown
        done = edit.end
    return "".join(pieces) + text[done:]


def _notes(marks: Sequence[Mark], edits: Sequence[_Edit], size: int) -> Iterator[_Edit]:
    """Edits that write notes, none inside a passage that is shown as something else."""
    starts = [edit.start for edit in edits]
    for mark in marks:
        before = edits[bisect_right(starts, mark.start) - 1] if edits else None
        if mark.note and 0 <= mark.start < size and not (before and before.start < mark.start < before.end):
            yield _Edit(mark.start, mark.start, mark.note)


def _map_offsets(edits: Sequence[_Edit]) -> _OffsetMap:
    growth = list(accumulate((len(edit.shown) - edit.end + edit.start for edit in edits), initial=0))
    return _OffsetMap(
        starts=tuple(edit.start for edit in edits),
        ends=tuple(edit.end for edit in edits),
        shown_starts=tuple(edit.start + grown for edit, grown in zip(edits, growth, strict=False)),
        shown_ends=tuple(edit.end + grown for edit, grown in zip(edits, growth[1:], strict=True)),
    )


def _hidden(text: str) -> Iterator[_Edit]:
    """Edits for what draws nothing, moves the cursor, reorders text or has no agreed width."""
    for run in _HIDDEN_RUN.finditer(text):
        before = text[run.start() - 1] if run.start() else ""
        after = text[run.end()] if run.end() < len(text) else ""
        yield _Edit(run.start(), run.end(), _shown(run[0], before, after))


def _shown(run: str, before: str, after: str) -> str:
    first = run[0]
    if first == "\r":
        return "\n" * (len(run) - (after == "\n"))
    if first in _PICTURES:
        return _PICTURES[first] * len(run)
    if first in _FLAG_LETTER:
        return f"⟨flag {''.join(map(_FLAG_LETTER.__getitem__, run))}⟩"
    if first in _TAGGED:
        return f"⟨tags {''.join(map(_TAGGED.__getitem__, run))}⟩"
    count = len(run) - _is_droppable(run, before, after)
    times = f" ×{count}" if count > 1 else ""
    return f"⟨U+{ord(first):04X}{times}⟩" if count else ""


def _is_droppable(run: str, before: str, after: str) -> bool:
    """Whether the run begins with a character that only picks a picture."""
    return (run[0] in "\ufe0e\ufe0f" and _takes_selector(before)) or (
        run == "\u200d" and _joins_emoji(before, after)
    )


def _takes_selector(base: str) -> bool:
    return base != "" and (base in _BASES_BESIDE_SYMBOLS or unicodedata.category(base).startswith("S"))


def _joins_emoji(before: str, after: str) -> bool:
    symbol_before = before != "" and (before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk"))
    return symbol_before and after != "" and unicodedata.category(after) == "So"


def _unsteady_marks(text: str) -> Iterator[_Edit]:
    """Edits for combining marks without a base, and for stacks that would spill over their neighbours."""
    if text.isascii() or _MAY_COMBINE.search(text) is None:
        return
    patterns = _mark_patterns()
    if patterns.at_start.match(text):
        yield _Edit(0, 0, "◌")
    for bare in patterns.after_newline.finditer(text):
        yield _Edit(bare.start() + 1, bare.start() + 1, "◌")
    for stack in patterns.stack.finditer(text):
        kept = stack.start() + _MOST_MARKS_ON_ONE_BASE
        yield _Edit(kept, stack.end(), f"⟨+{stack.end() - kept} marks⟩")


@dataclass(frozen=True, slots=True)
class _MarkPatterns:
    at_start: re.Pattern[str]
    after_newline: re.Pattern[str]
    stack: re.Pattern[str]


@cache
def _mark_patterns() -> _MarkPatterns:
    """Patterns of combining marks; built when the first text needs them, because Unicode is large."""
    hidden = re.compile(f"[{_HIDDEN}]")
    marks = [
        character
        for character in map(chr, range(0x300, 0x1E94B))
        if unicodedata.category(character) in ("Mn", "Mc", "Me") and hidden.match(character) is None
    ]
    # Vowels and finals of Hangul lean on the letter before them, as marks do.
    near = "".join(mark for mark in marks if mark < "\U00010000") + "\u1161-\u11ff\ud7b0-\ud7fb"
    # A class with characters beyond U+FFFF is searched range by range, so no other may get there.
    far = "".join(mark for mark in marks if mark >= "\U00010000")
    leaning = f"(?:[{near}]|(?=[\U00010000-\U0001ffff])[{far}])"
    return _MarkPatterns(
        at_start=re.compile(leaning),
        after_newline=re.compile(rf"[\r\n]{leaning}"),
        stack=re.compile(f"{leaning}{{{_MOST_MARKS_ON_ONE_BASE + 1},}}"),
    )
