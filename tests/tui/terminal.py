"""A real pseudo-terminal for tests: starts a command, presses keys, keeps all bytes, reads the display."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

KEYS = {
    "enter": b"\r",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "space": b" ",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    **{f"ctrl+{letter}": bytes([index]) for index, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)},
}

_ANSWERED, _LONGEST = 1.0, 60.0
"""Seconds within which a key is answered that shows anything, and within which all is over."""

_LONG_WORDS = "A long response goes on and on. " * 6400  # about 200 kB

HOSTILE: dict[str, str] = {
    "clipboard": "before \x1b]52;c;cm0gLXJmIC8=\x07 after",
    "title": "before \x1b]0;owned\x07 \x1b]2;owned\x1b\\ after",
    "clear screen": "before \x1b[2J\x1b[3J\x1b[H after",
    "reset": "before \x1bc after",
    "conceal": "before \x1b[8mhidden\x1b[5m after",
    "link escape": "before \x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\ after",
    "device control": "before \x1bP+q544e\x1b\\ \x1b_private\x1b\\ after",
    "c1": "before \x9b2J \x9d52;c;aGk=\x9c \x90q\x9c \x85 after",
    "all c1": "".join(map(chr, range(0x80, 0xA0))),
    "all c0": "".join(map(chr, range(0x20))) + "\x7f",
    "nul": "be\x00fore \x00 after",
    "backspace": "before" + "\b" * 6 + "behind\r\x0b\x0cafter",
    "bidi override": "user\u202egnp.exe\u202c \u2066isolate\u2069 \u200fmark\u061c",
    "zero width": "ze\u200bro\u200c wi\u2060dth\ufeff so\xadft" + "\u200b" * 500,
    "tag characters": "flag 🏴\U000e0067\U000e0062\U000e007f smuggled\U000e0068\U000e0069",
    "line separators": "one\u2028two\u2029three\x1cfour\x1dfive",
    "closing markup": "[/] [/b] [/not open] [",
    "link markup": "[link=https://example.org]here[/link] [link='x]",
    "action markup": "[@click=app.quit]press[/] [@click=app.bell()]x[/] [$error on $error]x[/]",
    "broken markup": "[b [red] ]] \\[ [[/]] [#zzz]",
    "very long line": "x" * 20_000,
    "emoji": "👍 👍🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷🇺 ❤️ 1️⃣ 🏳️‍🌈 ☺︎ 🧑🏿‍🚀 🀄",
    "right to left": "שלום עולם, مرحبا بالعالم 123 שָׁלוֹם",
    "wide": "中文字符日本語テスト한국어 ｆｕｌｌ　ｗｉｄｔｈ",
    "combining stacks": "\u0301\u0302start Z" + "\u0300\u0315\u0330" * 30 + "algo\n\u0301line e\u0301",
    "private and unassigned": "\ue000\uf8ff\ufdd0\ufffe\uffff\U0010ffff\u0378",
    "lone surrogate": "high \ud83d low \udc4d end",
    "200 kB": _LONG_WORDS,
    "200 kB hostile": "\x1b]52;c;aGk=\x07[/]\u202e中\u0301 " * 9_000,
    "blank": "   \t \n \n",
    "empty": "",
}

# One escape or control sequence, or one character that draws nothing, in what a UTF-8 terminal was sent.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|\Z)"  # OSC, DCS, SOS, PM, APC: strings
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x80-\x9f].?"
    r"|[\x00-\x1a\x1c-\x1f\x7f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    r"|[\U000e0000-\U000e0fff\udc80-\udcff]",
    re.DOTALL,
)
# What Textual itself writes; the modes are those of its Linux driver.
_OWN = re.compile(
    r"\x1b\[(?:\d+(?:;\d+)*)?m"  # colours and attributes
    r"|\x1b\[\d+;\d+H|\x1b\[\d*[ABCD]"  # cursor moves
    r"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    r"|\x1b\[\?(?:2026|2048)\$p"  # asks whether a mode is known
    r"|\x1b\[>\d+u|\x1b\[<u"  # kitty keyboard
    r"|\x1b\]22;[a-z-]*\x07"  # shape of the mouse pointer
    r"|[\r\n]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\](?:2(?:2(?:;[a-z-]*)?)?)?)?\Z")
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>][\d;]*u")  # its letter would be printed
# Attributes that no style of the program uses: blinking and concealing are only ever injected.
_INJECTED_ATTRIBUTES = {"5", "6", "8"}


def foreign_escapes(raw: bytes) -> list[bytes]:
    """Every sequence in a terminal's input that Textual does not itself emit, in order.

    Bytes are read as a UTF-8 terminal reads them, so that C1 controls are found both as characters and as
    stray bytes; characters that draw nothing or reorder text count as foreign too.
    """
    text = raw.decode("utf-8", "surrogateescape")
    return [
        found[0].encode("utf-8", "surrogateescape")
        for found in _SEQUENCE.finditer(text)
        if not _is_own(found[0])
    ]


def _is_own(sequence: str) -> bool:
    if _OWN.fullmatch(sequence) is None:
        return False
    if not sequence.endswith("m"):
        return True
    # Inside a colour (38;5;n and 38;2;r;g;b) the same numbers are harmless.
    attributes = re.sub(r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)", "", sequence[2:-1]).split(";")
    return _INJECTED_ATTRIBUTES.isdisjoint(attributes)


class Terminal:
    """A command in a pseudo-terminal of its own; a context manager that ends it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.raw = bytearray()
        self._judged = 0
        self._foreign: list[bytes] = []
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._ended = False
        self._exit_code: int | None = None
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child
            _become(command, _environment(env), cwd, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def display(self) -> str:
        """The screen as text, a line a row."""
        # Not pyte's own display, which fails where half of a wide character was drawn over.
        rows = (self._screen.buffer[row] for row in range(self._screen.lines))
        return "\n".join("".join(row[column].data for column in range(self._screen.columns)) for row in rows)

    @property
    def foreign(self) -> list[bytes]:
        """Every sequence so far that Textual does not itself emit; one still arriving is not judged."""
        pending = len(self._decoder.getstate()[0])
        whole = bytes(self.raw[self._judged : len(self.raw) - pending])
        if arriving := _UNFINISHED.search(whole[-40:].decode("utf-8", "ignore")):
            whole = whole[: len(whole) - len(arriving[0])]
        self._judged += len(whole)
        self._foreign += foreign_escapes(whole)
        return self._foreign

    def press(self, *keys: str, before: str = "", quiet: float = 0.2, timeout: float = 10.0) -> None:
        """Press keys one by one, by name (`enter`, `ctrl+q`, ...) or as text.

        After each it waits until something is written, for a second where a key shows nothing, and then for
        quiet. A key `before` each, that shows nothing, is not waited for.
        """
        for key in keys:
            os.write(self._fd, b"".join(KEYS.get(one, one.encode()) for one in (before, key)))
            self._read(_ANSWERED)
            self.wait_quiet(quiet=quiet, timeout=timeout)

    def wait_for(self, text: str, timeout: float = _LONGEST) -> str:
        """The display, once `text` is on it; fails with the display when it does not come in time."""
        self.wait_until(lambda: text in self.display, repr(text), timeout)
        return self.display

    def wait_until(self, condition: Callable[[], bool], what: str, timeout: float = _LONGEST) -> None:
        """Go on reading until something holds; fails with the display when it does not in time."""
        until = time.monotonic() + timeout
        while not condition():
            if self._ended or time.monotonic() > until:
                raise AssertionError(f"{what} did not appear:\n{self.display}")
            self._read(0.05)

    def wait_quiet(self, quiet: float = 0.3, timeout: float = 10.0) -> str:
        """The display, once nothing was written for `quiet` seconds, or after `timeout`."""
        until = time.monotonic() + timeout
        while self._read(quiet) and time.monotonic() < until:
            pass
        return self.display

    @property
    def running(self) -> bool:
        """Whether the command still runs."""
        self._read(0)
        return not self._ended

    def wait_end(self, timeout: float = _LONGEST) -> int:
        """The exit code, once the command has ended by itself; negative for the signal that ended it."""
        until = time.monotonic() + timeout
        while not self._ended:
            if time.monotonic() > until:
                raise AssertionError(f"the command still runs:\n{self.display}")
            self._read(0.05)
        return self._reap()

    def end(self) -> None:
        """End the command, by its own process id, and close the terminal."""
        if self._fd < 0:
            return
        if self._exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap()
        os.close(self._fd)
        self._fd = -1

    def _reap(self) -> int:
        if self._exit_code is None:
            self._exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._exit_code

    def _read(self, wait: float) -> bool:
        """Take what the command wrote within `wait` seconds; whether there was anything."""
        if self._ended or not select.select([self._fd], [], [], wait)[0]:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # the other side is closed
            data = b""
        self._ended = not data
        self.raw += data
        self._draw(data)
        return bool(data)

    def _draw(self, data: bytes) -> None:
        """Feed the display, less what pyte would print as letters, holding back half a sequence."""
        text = self._held + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text)
        whole = text[: unfinished.start()] if unfinished else text
        self._held = text[len(whole) :]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", whole))


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    # The size is the pseudo-terminal's own, whatever that of the tests is.
    others = ("NO_COLOR", "COLUMNS", "LINES")
    inherited = {name: value for name, value in os.environ.items() if name not in others}
    return {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(changes or {})}


def _become(command: Sequence[str], environment: dict[str, str], cwd: Path | None, size: bytes) -> None:
    """Turn the forked child into the command; leave at once if that fails, so that no test runs twice."""
    try:
        # Here and not by who started it, before whom the command may look.
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        if cwd is not None:
            os.chdir(cwd)
        os.execvpe(command[0], list(command), environment)
    finally:
        os._exit(127)
