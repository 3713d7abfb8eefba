"""What goes wrong is said in one line on standard error, with an exit code that scripts can read."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tui.cli.conftest import Profile
from tui.errors import StoppedError, UsageError

MAPPED = ["--map", "source=s", "--map", "left=a", "--map", "right=b"]
MAIN = [sys.executable, "-c", "from tui.cli import main; main()"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["rank"], 2, "Missing argument 'STUDY'; see profile-tui rank --help"),
        (["ronk"], 2, "No such command 'ronk'"),
        (["rank", "x.db", "--nope"], 2, "No such option: --nope"),
        (["rank", "x.db", "--format", "xml"], 2, "xml"),
        (["rank", "nowhere.db"], 1, "nowhere.db: no such study"),
        (["new", "x.db", "--task", "poetry"], 2, "'--task' / '-t': 'poetry' is not one of"),
        (["new", "x.db", "--task", "summarization", "--question", " "], 2, "cannot be empty"),
        (["new", "x.db", "--task", "summarization", "--factors", "lenght"], 2, "did you mean length?"),
        (["new", "x.db", "--task", "summarization", "--own-factor", "Length=words"], 2, "one of the paper's"),
        (["doctor", "-f", "csv"], 2, "'csv' is not one of 'table', 'json'"),
        (["config", "-f", "latex"], 2, "'latex' is not one of 'table', 'json'"),
        (["settings", "x.db", "-f", "csv"], 2, "'csv' is not one of 'table', 'json'"),
        (["pairs", "x.db", "-f", "latex"], 2, "'latex' is not one of 'table', 'json', 'csv'"),
        (["demo", "--at", "/proc/nowhere/demo.db", "--no-open"], 1, "/proc/nowhere"),
    ],
)
def test_one_line(
    arguments: list[str],
    code: int,
    words: str,
    profile: Profile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = profile(*arguments)
    last = done.err.splitlines()[-1]
    assert (done.code, done.out) == (code, "")
    assert last.startswith("profile-tui: ")
    assert words in last
    assert len(done.err.splitlines()) <= 1 + arguments.count("demo")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["rank", "--agent", "nobody"], 2, "no agent 'nobody'"),
        (["rank", "--factors", "lenght"], 2, "did you mean length?"),
        (["rank", "--setting", "human=backwards"], 2, "choose generation or evaluation or improvement"),
        (["rank", "--setting", "humen=generation"], 2, "did you mean human?"),
        (["align", "--reference", "nobody"], 2, "no agent 'nobody'"),
        (["export", "-f", "dpo", "--agent", "nobody"], 2, "no agent 'nobody'"),
        (["pairs", "--misaligned-with", "nobody"], 2, "no agent 'nobody'"),
        (["pairs", "--agent", "nobody"], 2, "no agent 'nobody'"),
        (["pairs", "--factor", "nosuch"], 2, "no factor 'nosuch'"),
        (["extract", "--factors", "hallucination"], 1, "no model is configured"),
        (["extract", "--factors", "fluence"], 2, "did you mean fluency?"),
        (["pairs", "--id", "100000"], 1, "100000"),
        (["pairs", "--state", "lost"], 2, "'lost' is not one of 'labelled', 'unlabelled'"),
        (["settings", "allow_tie=false"], 2, "did you mean allow_ties?"),
        (["settings", "minimum_seconds=soon"], 2, "minimum_seconds=soon: expected a number"),
        (["settings", "tie_tolerance.lengthy=2"], 2, "no such factor: did you mean length?"),
        (["settings", "tie_tolerance=2"], 2, "name which: tie_tolerance.FACTOR=2"),
        (["settings", "nosuch=1"], 2, "aggregation, agent_settings.AGENT, tie_tolerance.FACTOR"),
        (["settings", "question="], 2, "cannot be empty"),
        (["settings", "agent_settings=x"], 2, "name which: agent_settings.AGENT=generation, evaluation or"),
        (["settings", "agent_settings.expander=x"], 2, "'generation', 'evaluation' or 'improvement'"),
        (["settings", "tie_tolerance.length=-1"], 2, "a number from 0 up"),
        (["settings", "seed"], 2, "KEY=VALUE"),
        (["export", "--agent", "human"], 2, "--format dpo"),
        (["import", "--labels", "0=left"], 2, "need --map"),
        (["import", "--card", "sample", "--map", "source=x"], 2, "leave out --map"),
        (["import", "--card", "nothing"], 2, "no card 'nothing'"),
        (["import", "x.csv", "--map", "sourc=post"], 2, "unknown key 'sourc'"),
        (["import", "x.csv", "--map", "source=post"], 2, "left and right are needed"),
        (["import", "x.csv", *MAPPED, "--map", "label=l", "--labels", "0:left"], 2, "expected VALUE=left"),
        (["import", "x.csv", *MAPPED, "--factor", "tone=a"], 2, "expected NAME=LEFT FIELD,RIGHT FIELD"),
        (["pairs", "--limit", "some"], 2, "expected a whole number"),
        (["rank", "--aggregation", "sum"], 2, "'--aggregation': 'sum' is not one of"),
        (["import", "nothing.jsonl"], 1, "nothing.jsonl"),
        (["open"], 1, "need a terminal"),
        (["label"], 1, "need a terminal"),
        (["label", "--annotator", ""], 2, "an annotator needs a name"),
        (["label", "--annotator", "Human"], 2, "'human' stands for all people together"),
    ],
)
def test_one_line_about_a_study(
    arguments: list[str], code: int, words: str, profile: Profile, demo: Path
) -> None:
    done = profile(arguments[0], demo, *arguments[1:])
    assert (done.code, done.out, len(done.err.splitlines())) == (code, "", 1), done.err
    assert words in done.err


def test_instructions_that_are_no_text_make_no_study(profile: Profile, tmp_path: Path) -> None:
    study, words = tmp_path / "s.db", tmp_path / "words.txt"
    words.write_bytes(b"caf\xe9")
    done = profile("new", study, "-t", "summarization", "--instructions-file", words)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "words.txt: not a text in UTF-8" in done.err
    assert not study.exists()


def test_who_has_no_login_name_needs_none(
    profile: Profile, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert "need a terminal" in profile("label", demo).err


def test_hostile_names_are_shown_not_obeyed(profile: Profile) -> None:
    done = profile("rank", "\x1b]0;title\x07\u202e.db")
    assert done.code == 1
    assert "␛]0;title␇⟨U+202E⟩.db" in done.err


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["--debug", "rank", "no.db"], ["rank", "no.db", "--debug"]):
        done = subprocess.run(
            [*MAIN, *arguments], capture_output=True, text=True, check=False, env=_environment()
        )
        assert done.returncode == 1
        assert "Traceback" in done.stderr
        assert "LocationError" in done.stderr


def test_the_unforeseen_is_one_line_too() -> None:
    script = "import tui.cli\ndef burst(_): raise RuntimeError('burst')\ntui.cli.run = burst\ntui.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "profile-tui: RuntimeError: burst; this should not happen: run it again with --debug and report it"
    ]


def test_a_reader_that_has_enough_is_no_error(demo: Path) -> None:
    command = [*MAIN, "export", str(demo)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_exit_codes() -> None:
    assert (UsageError.exit_code, StoppedError.exit_code) == (2, 130)


def test_ctrl_c_leaves_nothing_half_imported(tmp_path: Path, profile: Profile) -> None:
    study, rows = tmp_path / "s.db", tmp_path / "rows.jsonl"
    profile("new", study, "--task", "summarization")
    with rows.open("w") as file:
        for number in range(200_000):
            file.write(f'{{"post": "post {number}", "a": "one {number}", "b": "two {number}"}}\n')
    mapped = ["--map", "source=post", "--map", "left=a", "--map", "right=b"]
    command = [*MAIN, "import", str(study), str(rows), *mapped]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environment()) as process:
        _wait_for_writing(study, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == StoppedError.exit_code
    assert errors.splitlines() == ["profile-tui: stopped; nothing was imported"]
    assert profile("pairs", study, "-f", "json").json["found"] == 0


def _wait_for_writing(study: Path, process: subprocess.Popen[str]) -> None:
    log, until = Path(f"{study}-wal"), time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.02)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
