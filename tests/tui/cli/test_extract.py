"""`profile-tui extract` and `facts` against a real loopback server."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from annotation.store import tables
from annotation.study import Study
from profile_engine.taxonomy import TASK_FACTORS, Task
from tests.annotation.drafts import Draft
from tests.faulty_server import FaultyServer
from tests.judge_server import judge_server
from tests.tui.cli.conftest import Profile
from tui.cli.extract import PlanName

JUDGED = 6


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with judge_server().in_thread() as serving:
        yield serving


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two sources with two responses each, and nothing known of them."""
    path = tmp_path / "s.db"
    with Study.create(path, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        for number in range(2):
            source = draft.source(f"Post {number} is long. It says much.")
            left, right = (draft.response(source, f"{who} {number} is short.") for who in ("One", "Two"))
            draft.pair(source, left, right)
    return path


@pytest.fixture
def judge(profile: Profile, server: FaultyServer) -> str:
    profile("models", "add", "judge", "--base-url", server.base_url, "--model", "m-1", "--price-out", "2")
    return "judge"


def calls_told(text: str) -> int:
    found = re.search(r"^Calls: ([\d,]+)$", text, re.MULTILINE)
    assert found is not None, text
    return int(found[1].replace(",", ""))


def test_the_plans_have_the_engine_s_names() -> None:
    from profile_engine.extraction.plan import Plan

    assert list(map(str, PlanName)) == list(map(str, reversed(Plan)))


@pytest.mark.parametrize("plan", PlanName)
def test_a_dry_run_counts_what_a_run_asks(
    profile: Profile, server: FaultyServer, study: Path, judge: str, plan: PlanName
) -> None:
    dry = profile("extract", study, "--plan", plan, "--dry-run")
    assert (dry.code, server.requests) == (0, 0)
    assert "Price: about 0.00" in dry.out
    assert "Tokens: about" in dry.out
    assert "Time: about" in dry.out
    done = profile("extract", study, "--plan", plan, "--yes")
    assert (done.code, done.out) == (0, "")
    assert server.requests == calls_told(dry.out) == calls_told(done.err)
    assert f"judge: {4 * JUDGED} values of 4 responses added" in done.err
    assert "fluency, coherence: left out" in done.err
    before = server.requests
    again = profile("extract", study, "--plan", plan)
    assert (again.code, server.requests) == (0, before)
    assert "0 calls made" in again.err
    nothing = profile("extract", study, "--plan", plan, "--dry-run").out
    assert nothing.startswith(
        "Nothing to find: all that is wanted was looked for\nCalls: 0\nfluency, coherence: left"
    )


def test_nothing_is_sent_without_leave(
    profile: Profile, server: FaultyServer, study: Path, judge: str
) -> None:
    done = profile("extract", study)
    assert done.code == 2
    assert "--yes" in done.err
    assert server.requests == 0


def test_what_is_configured_is_asked(profile: Profile, study: Path) -> None:
    """Without a model the rules alone run, and the rest is named with what would find it."""
    done = profile("extract", study)
    assert done.code == 0
    assert "length: 4 values added" in done.err
    assert "hallucination" in done.err
    assert "profile-tui models add" in done.err
    refused = profile("extract", study, "--factors", "llm")
    assert refused.code == 1
    assert "no model is configured" in refused.err


def test_all_that_can_be_found_is_found(
    profile: Profile, server: FaultyServer, study: Path, judge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UniEval is not there: what it would find is left out, with the reason."""
    monkeypatch.setattr(
        "annotation.extraction.quality.UniEvalScorer.__call__",
        lambda self, questions: _refuse(),
    )
    done = profile("extract", study, "--factors", "all", "--yes")
    assert done.code == 1
    assert "Left out: UniEval needs torch" in done.err
    with Study.open(study) as opened:
        counts = {count.factor: count.values for count in opened.summary().factors}
    assert counts == {
        name: 0 if name in ("fluency", "coherence") else 4 for name in TASK_FACTORS[Task.SUMMARIZATION]
    }


def _refuse() -> None:
    from profile_engine.ports import ModelError

    raise ModelError("UniEval needs torch")


def test_a_missing_key_ends_the_run(profile: Profile, server: FaultyServer, study: Path) -> None:
    profile("models", "add", "locked", "--base-url", server.base_url, "--model", "m", "--key-env", "NO_KEY")
    done = profile("extract", study, "--factors", "llm", "--yes")
    assert done.code == 1
    assert "Ended early: locked: the environment variable NO_KEY is not set" in done.err
    assert server.requests == 0


def test_what_failed_is_listed_with_its_reason(profile: Profile, study: Path) -> None:
    with FaultyServer(answer=lambda body: "I would rather talk about the weather.").in_thread() as server:
        profile("models", "add", "chatty", "--base-url", server.base_url, "--model", "m")
        done = profile("extract", study, "--factors", "llm", "--yes")
        assert done.code == 1
        assert "Failed, and why; --retry-failed asks again" in done.err
        assert "no JSON" in done.err
        seen = server.requests
        again = profile("extract", study, "--factors", "llm", "--yes")
        assert (again.code, server.requests) == (0, seen)
        assert f"{4 * JUDGED} values failed before and are left out; --retry-failed asks again" in again.err
        dry = profile("extract", study, "--factors", "llm", "--dry-run", "--retry-failed")
        assert "left out" not in dry.out
        assert calls_told(dry.out) > 0
        (answer,) = (line for line in profile("doctor", study).out.splitlines() if "hallucination" in line)
        assert "0 values, 0 unavailable with a reason, 4 failed" in answer
    shown = profile("facts", study, "--response", "1")
    assert "failed: " in shown.out
    told = shown.out.partition("Answers that could not be used")[2]
    assert "I would rather talk about the weather." in told
    assert "Off Focus, Number Of Facts" in told


@pytest.mark.parametrize("more", [[], ["--compare-plans", "2"]])
def test_nothing_is_asked_where_another_process_asks(
    profile: Profile, server: FaultyServer, study: Path, judge: str, more: list[str]
) -> None:
    with Study.open(study) as opened, opened.claiming("asking m-1"):
        done = profile("extract", study, "--yes", *more)
        assert (done.code, server.requests) == (1, 0)
        assert f"{study}: another process is asking m-1; wait for its end" in done.err
        assert profile("extract", study, "--dry-run").code == 0
    assert profile("extract", study, "--yes", *more).code == 0


def test_the_cost_is_limited(profile: Profile, server: FaultyServer, study: Path, judge: str) -> None:
    done = profile("extract", study, "--factors", "llm", "--yes", "--max-cost", "0.0021")
    assert done.code == 1
    assert "Ended early: stopped at a cost of" in done.err
    assert 0 < server.requests < 18
    assert f"\n{server.requests} of 18 calls made; cost" in done.err
    profile("models", "add", "free", "--base-url", server.base_url, "--model", "m-2")
    unknown = profile("extract", study, "--factors", "llm", "--model", "free", "--max-cost", "1", "--yes")
    assert unknown.code == 2
    assert "--price-in" in unknown.err


def test_several_models_must_be_told_apart(
    profile: Profile, server: FaultyServer, study: Path, judge: str, tmp_path: Path
) -> None:
    profile("models", "add", "other", "--base-url", server.base_url, "--model", "m-2")
    done = profile("extract", study, "--factors", "llm")
    assert (done.code, "judge, other" in done.err) == (2, True)
    (tmp_path / "config.toml").write_text('model = "other"\n')
    assert "m-2" in profile("extract", study, "--dry-run").out
    assert "m-1" in profile("extract", study, "--dry-run", "--model", "judge").out


def test_plans_are_compared(profile: Profile, server: FaultyServer, study: Path, judge: str) -> None:
    assert profile("extract", study, "--factors", "rules", "--compare-plans", "3").code == 2
    dry = profile("extract", study, "--compare-plans", "3", "--dry-run")
    for words in ("Tokens: about", "Price: about 0.0", "Time: about", "plans fused and paper: 3 responses"):
        assert words in dry.out
    assert server.requests == 0
    done = profile("extract", study, "--compare-plans", "3", "--yes")
    assert done.code == 0
    assert calls_told(dry.out) == calls_told(done.err) == server.requests
    assert f"{server.requests} calls made; cost 0.0" in done.err
    assert calls_told(profile("extract", study, "--compare-plans", "3", "--dry-run").out) == 0
    assert "hallucination" in done.out
    assert "1.000" in done.out
    with Study.open(study) as opened:
        assert {count.values for count in opened.summary().factors} == {0}


def test_what_failed_while_plans_were_compared_is_listed(profile: Profile, study: Path) -> None:
    with FaultyServer(answer=lambda body: "I would rather talk about the weather.").in_thread() as server:
        profile("models", "add", "chatty", "--base-url", server.base_url, "--model", "m")
        done = profile("extract", study, "--compare-plans", "1", "--yes")
    assert done.code == 1
    assert f"plan fused: 0 values of 1 response, {JUDGED} failed" in done.err
    assert "of response 1: plan paper: it holds no JSON object" in done.err


def test_facts_show_verdicts_and_reasons(
    profile: Profile, server: FaultyServer, study: Path, judge: str
) -> None:
    profile("extract", study, "--yes")
    document = profile("facts", study, "--response", "1", "--format", "json").json
    (fact,) = document["facts"]
    assert fact["text"] == "One 0 is short."
    assert fact["verdicts"]["hallucination"] == {
        "question": "supported",
        "answer": "yes",
        "justification": "supported: yes",
    }
    assert document["missing"] == ["fluency", "coherence"]
    assert {value["model"] for value in document["values"] if value["method"] == "llm"} == {"m-1"}
    assert document["replies"]
    table = profile("facts", study, "--response", "1").out
    for words in ("One 0 is short.", "supported: yes", "Not extracted yet: Fluency, Coherence"):
        assert words in table
    for line in (r"^Length +4 ", r"^Number Of Facts +1 ", r"^Hallucination +0\.000 "):
        assert re.search(line, table, re.MULTILINE), table
    assert max(map(len, table.splitlines())) <= 100
    assert "m-1, fused" in table
    assert profile("facts", study, "--response", "99").code == 1


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(study: Path, tmp_path: Path) -> None:
    """A real process; the replies under way when Ctrl-C came are kept, and not asked again."""
    environment = os.environ | {"PROFILE_TUI_MODELS": str(tmp_path / "models.toml")}
    program = [sys.executable, "-c", "from tui.cli import main; main()"]
    with judge_server(latency=0.5).in_thread() as server:
        add = ["models", "add", "judge", "--base-url", server.base_url, "--model", "m-1"]
        subprocess.run([*program, *add], env=environment, check=True, capture_output=True)
        extract = [*program, "extract", str(study), "--factors", "llm", "--yes", "--concurrency", "2"]
        process = subprocess.Popen(extract, env=environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while server.requests < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "go on with profile-tui extract" in said
        assert "Traceback" not in said
        asked = server.requests
        assert asked < 18
        assert f"\n{asked} of 18 calls made\n" in said
        with Study.open(study) as opened, opened.reading() as connection:
            assert connection.execute(select(func.count(tables.replies.c.id))).scalar_one() == asked
        again = subprocess.run(extract, env=environment, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert {tally.requests for tally in server.tallies.values()} == {1}
        assert server.requests == 18


def test_ctrl_c_says_at_once_what_it_waits_for_and_again_leaves_it(study: Path, tmp_path: Path) -> None:
    """Two calls are never answered: the first Ctrl-C names them while it waits, the second gives them up."""
    environment = os.environ | {"PROFILE_TUI_MODELS": str(tmp_path / "models.toml")}
    program = [sys.executable, "-c", "from tui.cli import main; main()"]
    with judge_server(hold_after=3).in_thread() as server:
        add = ["models", "add", "judge", "--base-url", server.base_url, "--model", "m-1"]
        subprocess.run([*program, *add], env=environment, check=True, capture_output=True)
        extract = [*program, "extract", str(study), "--factors", "llm", "--yes", "--concurrency", "2"]
        process = subprocess.Popen(extract, env=environment, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        deadline = time.monotonic() + 60
        while server.requests < 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = next(line for line in process.stderr if line.startswith("Stopping"))
        assert said.startswith("Stopping: waiting for 2 calls under way, 60 s at most")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130, said
        assert "2 calls under way left, to be made again; all else is kept" in said
        assert "go on with profile-tui extract" in said
        assert "Traceback" not in said
        with Study.open(study) as opened, opened.reading() as connection:
            assert connection.execute(select(func.count(tables.replies.c.id))).scalar_one() == 3


def test_functions_of_ones_own_fail_like_the_judge(profile: Profile, study: Path) -> None:
    declared = '[factors.{0}]\ntitle = "{0}"\ndefinition = "d"\nfunction = "ours_{0}:find"\n'
    study.with_suffix(".factors.toml").write_text(declared.format("shouting") + declared.format("gone"))
    study.with_name("ours_shouting.py").write_text("def find(output, source):\n    return 1 / 0\n")
    dry = profile("extract", study, "--dry-run")
    assert "Left out: gone: ours_gone:find cannot be imported" in dry.out
    done = profile("extract", study)
    assert done.code == 1
    assert "shouting: 0 values added, 4 failed" in done.err
    assert "shouting of responses 1, 2, 3, 4: ZeroDivisionError" in done.err
    assert "Left out: gone: ours_gone:find cannot be imported" in done.err
    assert "length: 4 values added" in done.err
    again = profile("extract", study)
    assert "4 values failed before and are left out; --retry-failed asks again" in again.err


def test_a_limit_that_cuts_answers_off_is_told_with_what_lifts_it(
    profile: Profile, server: FaultyServer, study: Path
) -> None:
    profile("models", "add", "short", "--base-url", server.base_url, "--model", "m", "--max-tokens", "50")
    dry = profile("extract", study, "--factors", "llm", "--dry-run")
    found = re.search(r"up to ([\d,]+) tokens .* with profile-tui (models .*--max-tokens (\d+) .*)", dry.out)
    assert found is not None, dry.out
    assert 50 < int(found[1].replace(",", "")) <= int(found[3])
    assert profile(*found[2].split()).code == 0
    assert "--max-tokens" not in profile("extract", study, "--factors", "llm", "--dry-run").out


def test_a_hint_leads_to_the_model_beside_the_study(
    profile: Profile, server: FaultyServer, study: Path
) -> None:
    where = ["--base-url", server.base_url, "--study", str(study)]
    profile("models", "add", "ours", "--model", "m", *where)
    dry = profile("extract", study, "--factors", "llm", "--dry-run")
    found = re.search(r"Price: unknown; profile-tui (.* --replace)", dry.out)
    assert found is not None, dry.out
    assert profile(*found[1].replace("X", "1").replace("Y", "2").split()).code == 0
    assert "Price: about" in profile("extract", study, "--factors", "llm", "--dry-run").out
