"""The pseudo-terminal finds what a raw widget lets through, and nothing behind the text type."""

import sys
from pathlib import Path

import pytest

from tests.tui.terminal import HOSTILE, Terminal, foreign_escapes

ROOT = Path(__file__).parent.parent.parent

APP = """
import sys
from textual.app import App
from textual.widgets import Footer, Header, Static
from tests.tui.terminal import HOSTILE
from tui.outside import OutsideText, safe
from tui.widgets.text_pane import TextPane

class Desk(App):
    BINDINGS = [("n", "next", "Next")]
    CSS = "TextPane { height: 8; } #line { height: 3; }"
    at = -1

    def compose(self):
        yield Header()
        yield TextPane()
        yield Static(markup=False, id="line")
        yield Static(id="name")
        yield Footer()

    def action_next(self):
        self.at += 1
        name = sys.argv[2:][self.at]
        text = HOSTILE[name]
        if sys.argv[1] == "raw":
            self.query_one("#line", Static).update(text.replace("\\ud83d", "").replace("\\udc4d", ""))
        else:
            outside = OutsideText(text)
            self.query_one(TextPane).show(outside, label=outside)
            self.query_one("#line", Static).update(outside.line(200))
            self.title = safe(text[:99])
            self.notify(safe(text[:99]), title=safe(text[:99]), markup=False, timeout=0.2)
        self.query_one("#name", Static).update(f"text {name}.")

Desk().run()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "desk.py"
    path.write_text(APP)
    return path


def open_desk(script: Path, way: str, names: list[str]) -> Terminal:
    return Terminal(
        [sys.executable, str(script), way, *names],
        columns=100,
        lines=30,
        env={"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )


def test_no_hostile_text_gets_through_the_text_type(script: Path) -> None:
    with open_desk(script, "safe", list(HOSTILE)) as terminal:
        terminal.wait_for("Next")
        for name in HOSTILE:
            terminal.press("n", quiet=0.1)
            terminal.wait_for(f"text {name}.")
            assert terminal.foreign == [], name
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []


def test_a_raw_widget_lets_them_through(script: Path) -> None:
    """Proves that the test above can fail."""
    names = list(HOSTILE)[: list(HOSTILE).index("bidi override") + 1]
    names.remove("backspace")  # these few controls Textual takes out itself
    with open_desk(script, "raw", names) as terminal:
        terminal.wait_for("Next")
        assert terminal.foreign == []
        for name in names:
            before = len(terminal.raw)
            terminal.press("n", quiet=0.1)
            terminal.wait_until(lambda: bool(foreign_escapes(bytes(terminal.raw[before:]))), name)  # noqa: B023


@pytest.mark.parametrize(
    ("raw", "foreign"),
    [
        (b"\x1b[1;38;2;5;8;6mtext\x1b[0m\x1b[3;10H\x1b[?2026h\x1b[?2026l\x1b[>25u\r\n", []),
        (b"a\x1b]52;c;aGk=\x07b", [b"\x1b]52;c;aGk=\x07"]),
        (b"a\x1b]0;owned\x1b\\b", [b"\x1b]0;owned\x1b\\"]),
        (b"\x1b[2J\x1b[K", [b"\x1b[2J", b"\x1b[K"]),
        (b"\x1b[1;8m \x1b[5m \x1b[38;5;8m", [b"\x1b[1;8m", b"\x1b[5m"]),
        ("\x9b2J".encode(), ["\x9b2".encode()]),
        (b"\x9b", [b"\x9b"]),
        (b"\x1b]8;;https://x\x1b\\y", [b"\x1b]8;;https://x\x1b\\"]),
        (b"\x07\x08\x00", [b"\x07", b"\x08", b"\x00"]),
        ("\u202e\u200b".encode(), ["\u202e".encode(), "\u200b".encode()]),
        (b"\x1b[?1048h\x1bc", [b"\x1b[?1048h", b"\x1bc"]),
        (b"\x1bPq\x1b\\", [b"\x1bPq\x1b\\"]),
        ("plain é 中 …".encode(), []),
    ],
)
def test_tells_foreign_sequences_from_textuals_own(raw: bytes, foreign: list[bytes]) -> None:
    assert foreign_escapes(raw) == foreign


def test_reads_the_display_and_ends_the_command() -> None:
    with Terminal(
        ["sh", "-c", "stty size; read line; echo got-$line; sleep 60"], columns=40, lines=10
    ) as terminal:
        terminal.press("abc", "enter")
        terminal.wait_for("got-abc")
        assert "10 40" in terminal.display
        assert terminal.running
    with pytest.raises(AssertionError, match="did not appear"), Terminal(["true"]) as ended:
        ended.wait_for("anything")
