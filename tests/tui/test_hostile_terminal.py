"""Everything from outside on every screen, through a real pseudo-terminal: nothing of it gets through."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tui.hostile_study import NAMES, TEXTS, make_hostile_study
from tests.tui.terminal import Terminal

SIZES = [(80, 24), (120, 40)]
PASTED = "\x1b[200~user\u202egnp\x9b2J\u200b[/]\x1b[201~"
PASTED_ESCAPE = "\x1b[200~a\x1b]52;c;aGk=\x07b\x1b[201~"
"""Sent by a terminal whose clipboard holds an attack."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    make_hostile_study(path)
    return path


def run(arguments: Sequence[str], home: Path, columns: int, lines: int) -> Terminal:
    command = [sys.executable, "-c", "from tui.cli import main; main()", *arguments]
    config = home / "config.toml"
    config.write_text('annotator = "cy"\n')
    env = {"PYTHONPATH": str(ROOT), "PROFILE_TUI_CONFIG": str(config), "XDG_STATE_HOME": str(home)}
    return Terminal(command, columns=columns, lines=lines, env=env, cwd=ROOT)


def visit(terminal: Terminal, steps: Sequence[tuple[Sequence[str], str]]) -> None:
    """Press keys, wait for what they show, and look for what should not have come."""
    for keys, shown in steps:
        terminal.press(*keys, quiet=0.05)
        terminal.wait_for(shown)
        terminal.wait_quiet(quiet=0.15)
        assert terminal.foreign == [], keys


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_a_researcher_meets_it_everywhere(study: Path, tmp_path: Path, columns: int, lines: int) -> None:
    with run(["open", str(study)], tmp_path, columns, lines) as terminal:
        terminal.wait_for("· Study")
        terminal.wait_for("pairs labelled")
        to_the_last = f"pair {len(TEXTS)} of {len(TEXTS)}"
        visit(
            terminal,
            (
                (["p"], f"pair 1 of {len(TEXTS)}"),
                (["j"] * len(TEXTS), to_the_last),
                (["tab", "tab", "c", "c", "c", "m"], "pair "),
                (["f"], "Which pairs"),
                (["enter"], "Which pairs"),
                (["down", "down", "enter"], "Which pairs"),
                (["tab", "tab"], "any factor"),
                (["enter"], "any factor"),
                (["end", "enter"], "[/] before"),
                (["tab"], "nobody in particular"),
                (["enter"], "nobody in particular"),
                (["down", "enter"], "Which pairs"),
                (["ctrl+s"], "match "),
                (["/"], "Search"),
                ([PASTED], "user�gnp�2J�[/]"),
                ([PASTED_ESCAPE, "enter"], "No pair passes"),
                (["g"], "Go to pair"),
                ([PASTED, "enter"], "No pair user⟨U+202E⟩gnp"),
                (["r"], "· Ranking"),
                (["n", "end"], "offered"),
                (["1"], "Agent on the left"),
                (["down"] * 5 + ["enter"], "factor"),
                (["2"], "Agent on the right"),
                (["end", "enter"], "factor"),
                (["a"], "· Alignment"),
                (["n", *["down"] * 12], "τ_b"),
                (["f"], "enter chooses"),
                (["down", "enter"], "undefined"),
                (["?"], "Go to"),
                (["escape"], "τ_b"),
                (["ctrl+p"], "Search for commands"),
                ([PASTED], "user�gnp"),
                (["escape"], "τ_b"),
                (["s"], "· Study"),
                (["w"], "Under the cursor"),
                (["down"] * 5 + ["o"], "out? Why"),
                ([PASTED, "escape"], "Under the cursor"),
                (["d"], "· Adjudication"),
                (["v"], "· Adjudication"),
                (["escape"], "Under the cursor"),
                (["s"], "· Study"),
            ),
        )
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_an_annotator_meets_it_in_every_item(study: Path, tmp_path: Path, columns: int, lines: int) -> None:
    annotator = f"{NAMES[0]} {columns}"
    with run(["label", str(study), "--annotator", annotator], tmp_path, columns, lines) as terminal:
        terminal.wait_for("choose")
        for number in range(1, len(TEXTS) + 1):
            terminal.wait_for(f"{number} of {len(TEXTS)}")
            terminal.wait_for("choose")
            if number == 3:
                visit(
                    terminal,
                    (
                        (["n"], "Note on item 3"),
                        ([PASTED, "enter"], "with a note"),
                        (["n"], "user�gnp�2J�[/]"),
                        (["escape"], "choose"),
                        (["d"], "choose"),
                        (["i"], "escape closes"),
                        (["escape"], "choose"),
                        (["?"], "Surely first"),
                        (["escape"], "choose"),
                        (["ctrl+p"], "Search for commands"),
                        (["escape"], "choose"),
                    ),
                )
            terminal.press("12"[number % 2], quiet=0.05)
            assert terminal.foreign == [], number
        terminal.wait_for("All done")
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []
