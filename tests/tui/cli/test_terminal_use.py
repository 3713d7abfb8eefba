"""Commands in a real pseudo-terminal: screens start and end, bars and tables obey no foreign text."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.planning.planned import plan
from tests.conftest import ROOT
from tests.tui.cli.conftest import Profile
from tests.tui.desk_study import make_study
from tests.tui.terminal import HOSTILE, Terminal

MAIN = (sys.executable, "-c", "from tui.cli import main; main()")
PAIRS = 20_000


def started(*arguments: object, columns: int = 120, lines: int = 40) -> Terminal:
    return Terminal(
        [*MAIN, *map(str, arguments)],
        columns=columns,
        lines=lines,
        env={"PYTHONPATH": str(ROOT), **_folders()},
        cwd=ROOT,
    )


def _folders() -> dict[str, str]:
    names = ("PROFILE_TUI_CONFIG", "XDG_STATE_HOME", "XDG_DATA_HOME")
    return {name: os.environ[name] for name in names if name in os.environ}


@pytest.fixture
def hostile(profile: Profile, tmp_path: Path) -> Path:
    """A study whose every name and text is one of the hostile ones."""
    study, rows = tmp_path / "hostile.db", tmp_path / "rows.jsonl"
    texts = [text for text in HOSTILE.values() if text.strip() and len(text) < 1000]
    with rows.open("w", encoding="utf-8") as file:
        for text in texts:
            record = {"post": text, "a": text, "b": text[::-1], "who": text, "by": text, "label": "left"}
            file.write(json.dumps(record | {"title": text}) + "\n")
    profile("new", study, "--task", "summarization", "--name", HOSTILE["clipboard"])
    fields = {"source": "post", "left": "a", "right": "b", "label": "label", "annotator": "who"}
    fields |= {"left_agent": "by", "right_agent": "by", "title": "title"}
    mapped = [part for pair in fields.items() for part in ("--map", "=".join(pair))]
    assert profile("import", study, rows, *mapped).code == 0
    return study


@pytest.mark.parametrize(
    "command",
    [
        ["pairs", "--limit", "0"],
        ["pairs", "--limit", "0", "-f", "csv"],
        ["pairs", "--id", "1"],
        ["rank", "--annotators"],
        ["rank", "--annotators", "-f", "latex"],
        ["rank", "--annotators", "-f", "json"],
        ["align", "--annotators"],
        ["agreement"],
        ["doctor"],
        ["settings"],
        ["export", "-f", "csv"],
        ["export"],
        ["rank", "--agent", "\x1b]0;nobody\x07"],
    ],
    ids=" ".join,
)
def test_printed_text_is_not_obeyed(command: Sequence[str], hostile: Path) -> None:
    with started(command[0], hostile, *command[1:]) as terminal:
        terminal.wait_end()
        assert terminal.foreign == []


@pytest.mark.parametrize("columns", [80, 120])
def test_demo_opens_and_is_left(columns: int, demo: Path) -> None:
    with started("demo", "--at", demo, columns=columns, lines=24) as terminal:
        terminal.wait_for("demo")
        terminal.wait_for("240")
        terminal.press("q")
        assert terminal.wait_end() == 0


def test_models_fit_a_terminal(profile: Profile) -> None:
    """An address that is broken cannot be copied."""
    address = "http://gpu-server.example.org:8000/v1"
    profile("models", "add", "mixtral", "--preset", "mixtral-8x7b", "--base-url", address)
    with started("models", columns=100) as terminal:
        shown = terminal.wait_for(address)
        assert terminal.wait_end() == 0
    assert "mistralai/Mixtral-8x7B-Instruct-v0.1" in shown


def test_starting_without_a_command_offers_recent_studies(demo: Path) -> None:
    with started("open", demo) as terminal:
        terminal.wait_for("240")
        terminal.press("q")
        assert terminal.wait_end() == 0
    with started() as terminal:
        terminal.wait_for("Opened lately")
        terminal.wait_for("demo")
        terminal.press("enter")
        terminal.wait_for("240")
        terminal.press("q")
        assert terminal.wait_end() == 0


def test_starting_for_the_first_time_opens_the_demo() -> None:
    with started() as terminal:
        terminal.wait_for("240")
        terminal.press("q")
        assert terminal.wait_end() == 0


def test_label_shows_nothing_but_the_task(demo: Path) -> None:
    with started("label", demo, "--annotator", "ada") as terminal:
        terminal.wait_for("Which summary is better?")
        shown = terminal.wait_for("ada")
        for hidden in ("expander", "tightener", "score"):
            assert hidden not in shown
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0


def test_extraction_stopped_by_ctrl_c_goes_on_later(profile: Profile, tmp_path: Path) -> None:
    study = _large_study(profile, tmp_path)
    with started("extract", study) as terminal:
        terminal.wait_for("/s")
        terminal.press("ctrl+c")
        assert terminal.wait_end() == 130
        said = " ".join(terminal.display.split())
        assert "profile-tui: stopped; what was computed is kept: go on with profile-tui extract" in said
    kept = profile("doctor", study, "-f", "json").json["study"]["factors"]
    done = {factor["factor"]: factor["values"] for factor in kept}
    assert 0 < done["novel_words"] + done["length"] < 4 * PAIRS
    assert profile("extract", study).code == 0
    again = profile("extract", study)
    assert "0 values added" in again.err


def _large_study(profile: Profile, tmp_path: Path) -> Path:
    study, rows = tmp_path / "large.db", tmp_path / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for number in range(PAIRS):
            record = {"post": f"post {number} of many", "a": f"one {number}", "b": f"two, longer {number}"}
            file.write(json.dumps(record) + "\n")
    profile("new", study, "--task", "summarization")
    profile("import", study, rows, "--map", "source=post", "--map", "left=a", "--map", "right=b")
    return study


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("n", "You did not take part: nothing was saved."),
        ("yw", "You have withdrawn: nothing you answered counts."),
    ],
)
def test_who_takes_part_no_more_is_told_so(tmp_path: Path, keys: str, words: str) -> None:
    study = make_study(tmp_path / "parting.db", settings=StudySettings(instructions=""))
    plan(study, (1, 2), design={"consent": "Do you?"})
    study.close()
    with started("label", study.location, "--annotator", "anna", columns=80, lines=24) as terminal:
        terminal.wait_for("Do you?")
        terminal.press(keys[0])
        if keys == "yw":
            terminal.wait_for("escape closes")
            terminal.press("escape")
            terminal.wait_for("choose")
            terminal.press("w")
            terminal.wait_for("Withdraw from this study?")
            terminal.press("y")
        assert terminal.wait_end() == 0
        assert words in terminal.display


@pytest.mark.parametrize(("answer", "erased"), [("n", False), ("y", True)])
def test_erasing_asks_at_a_terminal(tmp_path: Path, answer: str, erased: bool) -> None:
    study = make_study(tmp_path / "erasing.db")
    AnswerLog(study).register("anna")
    AnswerLog(study).save(NewAnswer(1, "anna", choice=Preference.LEFT))
    study.close()
    with started("study", "withdraw", study.location, "anna", "--erase") as terminal:
        terminal.wait_for("1 answer of anna, their name and their code will be erased for good")
        terminal.wait_for("Erase them?")
        terminal.press(answer, "enter")
        assert (terminal.wait_end() == 0) is erased
        assert ("nothing was erased" in terminal.display) is not erased
    with Study.open(study.location) as after:
        assert [one.annotator for one in AnswerLog(after).since(0)] == ["erased 1" if erased else "anna"]
