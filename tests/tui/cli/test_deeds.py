"""`profile-tui generate` and `judge` against a real loopback server."""

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

from annotation.answers import AnswerLog
from annotation.store import tables
from annotation.store.model_tables import generations, judgings
from annotation.study import Study
from profile_engine.ports import ChatRequest
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_models import choose, longer, longer_for_higher, respond, the_first
from tests.annotation.drafts import Draft, label
from tests.faulty_server import FaultyServer
from tests.judge_server import key_of, script_server
from tests.tui.cli.conftest import Profile

SOURCES = 4
PROGRAM = [sys.executable, "-c", "from tui.cli import main; main()"]


def generate_or_judge(request: ChatRequest) -> str:
    """Longer for a higher score; the longer one is better."""
    is_pair = request.schema is not None and request.schema.name == "preference"
    return choose(request, longer) if is_pair else respond(request, longer_for_higher)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with script_server(generate_or_judge).in_thread() as serving:
        yield serving


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with Study.create(path, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        for number in range(SOURCES):
            draft.source(f"Post{number} is long.")
    return path


@pytest.fixture
def model(profile: Profile, server: FaultyServer) -> str:
    profile("models", "add", "stub", "--base-url", server.base_url, "--model", "m-1", "--price-out", "2")
    return "stub"


def calls_told(text: str) -> int:
    found = re.search(r"^Calls: ([\d,]+)$", text, re.MULTILINE)
    assert found is not None, text
    return int(found[1].replace(",", ""))


def test_a_dry_run_counts_what_a_run_asks(
    profile: Profile, server: FaultyServer, study: Path, model: str
) -> None:
    dry = profile("generate", study, "--dry-run")
    assert (dry.code, server.requests, calls_told(dry.out)) == (0, 0, SOURCES)
    for words in ("By stub (m-1): 4 sources", "Tokens: about", "Price: about 0.0", "Time: about"):
        assert words in dry.out
    refused = profile("generate", study)
    assert (refused.code, server.requests) == (2, 0)
    done = profile("generate", study, "--yes")
    assert (done.code, server.requests) == (0, SOURCES)
    assert "stub: 20 responses of 4 sources added\n4 calls made; cost 0.0" in done.err
    again = profile("generate", study)
    assert (again.code, server.requests) == (0, SOURCES)
    assert (
        profile("generate", study, "--dry-run").out == "Nothing to ask: stub was asked all of it\nCalls: 0\n"
    )


def test_generated_pairs_are_judged_and_ranked(
    profile: Profile, server: FaultyServer, study: Path, model: str
) -> None:
    profile("generate", study, "--yes")
    profile("generate", study, "--yes", "--direct")
    assert server.requests == 2 * SOURCES
    dry = profile("judge", study, "--swap", "--dry-run")
    assert (calls_told(dry.out), "40 pairs" in dry.out) == (80, True)
    done = profile("judge", study, "--swap", "--yes", "--format", "json")
    assert (done.code, server.requests) == (0, 2 * SOURCES + 80)
    assert "stub: 80 choices of 40 pairs added" in done.err
    assert done.json["pairs"] == {"left": 0, "tie": 0, "right": 40, "unanswered": 0}
    both = done.json["both_orders"]
    assert (both["pairs"], both["consistent"], both["contradictions"]["hits"]) == (40, 40, 0)
    profile("extract", study, "--factors", "length")
    ranked = profile("rank", study, "--format", "json").json
    scores = {agent["kind"]: agent["factors"] for agent in ranked["agents"] if agent["agent"] == "stub"}
    for kind in ("generator", "judge"):
        (length,) = (one for one in scores[kind] if one["factor"] == "length")
        assert length["score"] == 1.0, kind


def test_position_bias_is_printed_with_its_interval(profile: Profile, study: Path) -> None:
    def position_first(request: ChatRequest) -> str:
        is_pair = request.schema is not None and request.schema.name == "preference"
        return choose(request, the_first) if is_pair else respond(request, longer_for_higher)

    with script_server(position_first).in_thread() as server:
        profile("models", "add", "stub", "--base-url", server.base_url, "--model", "m-1")
        profile("generate", study, "--yes", "--limit", "1")
        done = profile("judge", study, "--swap", "--yes")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    # Ten pairs of one source say what one would. Wilson's of 1 out of 1: from 1 / (1 + 1.96²) = 0.207 up.
    assert "position bias: the order decided 10 10 100.0 [20.7, 100.0]" in lines
    assert "tie 10 10 100.0 [20.7, 100.0]" in lines
    assert "shown first" not in done.out
    # The same is told again without asking anything.
    assert profile("judge", study, "--swap").out == done.out


def test_limits_and_authors(profile: Profile, server: FaultyServer, study: Path, model: str) -> None:
    profile("generate", study, "--yes", "--limit", "2")
    assert server.requests == 2
    profile("judge", study, "--yes", "--limit", "3")
    assert server.requests == 5
    nobody = profile("judge", study, "--yes", "--agent", "somebody")
    assert (nobody.code, server.requests) == (2, 5)
    assert "--agent: no agent 'somebody'" in nobody.err
    profile("judge", study, "--yes", "--agent", "stub:generator")
    assert server.requests == 22
    dear = profile("generate", study, "--yes", "--max-cost", "0.001")
    assert (dear.code, server.requests) == (1, 22)
    assert "Ended early: stopped at a cost of" in dear.err


def test_labelled_takes_the_pairs_that_people_have_decided(
    profile: Profile, server: FaultyServer, study: Path, model: str
) -> None:
    profile("generate", study, "--yes")
    with Study.open(study) as opened:
        log = AnswerLog(opened)
        label(log, "ann", [(4, Preference.LEFT), (9, Preference.TIE), (17, Preference.LEFT)])
        label(log, "ben", [(17, Preference.RIGHT)])
    human = profile("judge", study, "--yes", "--agent", "human")
    assert (human.code, server.requests) == (2, SOURCES)
    assert human.err.endswith("human writes no responses; --labelled takes what people decided\n")
    assert calls_told(profile("judge", study, "--labelled", "--dry-run").out) == 2
    for limit, judged in ((1, [4]), (5, [4, 9])):
        assert profile("judge", study, "--yes", "--labelled", "--limit", limit).code == 0
        with Study.open(study) as opened, opened.reading() as connection:
            assert connection.execute(select(judgings.c.pair_id)).scalars().all() == judged
    assert server.requests == SOURCES + 2


def test_what_failed_is_told_and_asked_again_when_told(profile: Profile, study: Path) -> None:
    with FaultyServer(answer=lambda body: "I would rather not.").in_thread() as server:
        profile("models", "add", "stub", "--base-url", server.base_url, "--model", "m-1")
        done = profile("generate", study, "--yes")
        assert done.code == 1
        assert "Failed, and why; --retry-failed asks again" in done.err
        assert "score 1 of source 1, score 2 of source 1" in done.err
        assert "the answer holds no numbered texts" in done.err
        seen = server.requests
        again = profile("generate", study, "--yes")
        assert (again.code, server.requests) == (0, seen)
        assert "20 responses failed before and are left out; --retry-failed asks again" in again.err
        dry = profile("generate", study, "--dry-run", "--retry-failed")
        assert (calls_told(dry.out), "left out" in dry.out) == (SOURCES, False)


def test_nothing_is_asked_where_another_process_asks(
    profile: Profile, server: FaultyServer, study: Path, model: str
) -> None:
    with Study.open(study) as opened, opened.claiming("asking m-1"):
        done = profile("generate", study, "--yes")
    assert (done.code, server.requests) == (1, 0)
    assert "another process is asking m-1" in done.err


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_what_was_stopped_goes_on_and_asks_nothing_twice(
    study: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    """Real processes: generating is broken off after two answers, judging after five."""
    environment = os.environ | {"PROFILE_TUI_MODELS": str(tmp_path / "models.toml")}
    with script_server(generate_or_judge, latency=0.3).in_thread() as server:
        add = ["models", "add", "stub", "--base-url", server.base_url, "--model", "m-1"]
        subprocess.run([*PROGRAM, *add], env=environment, check=True, capture_output=True)
        for command, after in (("generate", 2), ("judge", 5)):
            line = [*PROGRAM, command, str(study), "--yes", "--concurrency", "1"]
            before = server.requests
            process = subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 60
            while server.requests < before + after and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(sign)
            _, said = process.communicate(timeout=60)
            if sign == signal.SIGINT:
                assert process.returncode == 130, said
                assert f"go on with profile-tui {command}" in said
                assert "Traceback" not in said
            recorded = _recorded(study)
            seen = len(server.bodies)
            again = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
            assert again.returncode == 0, again.stderr
            assert not recorded & {key_of(body) for body in server.bodies[seen:]}
        # What was under way when it was killed is asked once more, and nothing else is.
        assert server.requests <= SOURCES + 10 * SOURCES + (2 if sign == signal.SIGKILL else 0)
    with Study.open(study) as opened, opened.reading() as connection:
        assert connection.execute(select(func.count(generations.c.id))).scalar_one() == 5 * SOURCES
        assert connection.execute(select(func.count(judgings.c.id))).scalar_one() == 10 * SOURCES
        assert connection.execute(select(func.count(tables.preferences.c.id))).scalar_one() == 10 * SOURCES


def _recorded(path: Path) -> set[str]:
    with Study.open(path) as study, study.reading() as connection:
        return set(connection.execute(select(tables.replies.c.key)).scalars())
