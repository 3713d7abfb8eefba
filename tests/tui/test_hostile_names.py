"""Names from outside on the researcher's screens, through a real pseudo-terminal."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from annotation.answers import AnswerLog, NewAnswer
from annotation.store import tables
from annotation.store.database import timestamp
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import own_factor
from tests.conftest import ROOT
from tests.tui.small_study import make_small_study
from tests.tui.terminal import HOSTILE, Terminal

# What a database can hold as a name: no lone surrogates, no NUL, and something to see.
NAMES = [
    text for name, text in HOSTILE.items() if text.strip() and "\x00" not in text and "\ud83d" not in text
]


@pytest.fixture
def hostile_study(tmp_path: Path) -> Path:
    """The small study, in which study, models, annotators and factors have hostile names."""
    path = tmp_path / "hostile.db"
    with make_small_study(path) as study:
        with study.writing() as connection:
            connection.execute(update(tables.study).values(name="".join(NAMES[:8])))
            for number, name in enumerate(NAMES, start=100):
                judge = {
                    "id": number,
                    "name": name,
                    "kind": AgentKind.JUDGE.value,
                    "simulated": number % 2 == 0,
                }
                connection.execute(insert(tables.agents), judge)
                verdict = {"pair_id": 1, "agent_id": number, "value": 1, "created": timestamp()}
                connection.execute(insert(tables.preferences), verdict)
        log = AnswerLog(study)
        for name in (NAMES[0], NAMES[-1]):
            log.register(name)
            log.save(NewAnswer(7, name, choice=Preference.RIGHT))
        study.change_factor(own_factor("hostile", NAMES[2], "".join(NAMES[:12])))
    return path


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40)])
def test_no_name_writes_to_the_terminal(
    hostile_study: Path, columns: int, lines: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from tui.cli import main; main()", "open", str(hostile_study)]
    env = {
        "PYTHONPATH": str(ROOT),
        "PROFILE_TUI_CONFIG": str(tmp_path / "none.toml"),
        "XDG_STATE_HOME": str(tmp_path),
    }
    with Terminal(command, columns=columns, lines=lines, env=env, cwd=ROOT) as terminal:
        terminal.wait_for("· Study")
        for keys, shown in (
            (["r"], "· Ranking"),
            (["n", "end"], "offered"),
            (["1"], "Agent on the left"),
            (["down"] * 5 + ["enter"], "factor"),
            (["2"], "Agent on the right"),
            (["end", "enter", "x"], "factor"),
            (["a"], "· Alignment"),
            (["n", "down", "down", "down"], "τ_b"),
            (["f"], "enter chooses"),
            (["down", "down", "enter"], "τ_b"),
            (["?"], "Go to"),
            (["escape"], "τ_b"),
            (["s"], "· Study"),
        ):
            terminal.press(*keys, quiet=0.1)
            terminal.wait_for(shown)
            terminal.wait_quiet()
            assert terminal.foreign == [], keys
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []
