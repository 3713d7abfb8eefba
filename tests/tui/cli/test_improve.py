"""`profile-tui improve` against a real loopback server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from annotation.store.model_tables import improvements
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_improver import play
from tests.annotation.drafts import Draft
from tests.faulty_server import FaultyServer
from tests.judge_server import script_server
from tests.tui.cli.conftest import Profile

OPTIONS = ("--generator", "g", "--evaluator", "e")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with script_server(play).in_thread() as serving:
        yield serving


@pytest.fixture
def study(tmp_path: Path, profile: Profile, server: FaultyServer) -> Path:
    """Three posts, and both models beside them."""
    path = tmp_path / "s.db"
    with Study.create(path, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        for number in range(3):
            draft.source(f"Post{number} is long. It says much.")
    for name in ("g", "e"):
        added = ("--base-url", server.base_url, "--model", f"{name}-1", "--price-out", "2")
        assert profile("models", "add", name, "--study", path, *added).code == 0
    return path


def calls_told(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"^Calls: (\d+)$", text, re.MULTILINE)]


def count(path: Path) -> int:
    with Study.open(path) as study, study.reading() as connection:
        number: int = connection.execute(select(func.count(improvements.c.id))).scalar_one()
        return number


def test_every_step_is_told_before_and_the_improvers_rank(
    profile: Profile, study: Path, server: FaultyServer
) -> None:
    foreseen = profile("improve", study, *OPTIONS, "--dry-run")
    assert foreseen.code == 0
    assert calls_told(foreseen.out) == [3, 3, 12]
    assert server.requests == 0
    done = profile("improve", study, *OPTIONS, "--yes")
    assert done.code == 0, done.err
    assert calls_told(done.err) == [3, 3, 12]
    assert "g: 6 initial responses of 3 sources added" in done.err
    assert "e: 3 choices of 3 pairs added" in done.err
    assert "g: 12 improved responses of 12 improvements added" in done.err
    assert server.requests >= 18
    before = server.requests
    again = profile("improve", study, *OPTIONS)
    assert (again.code, server.requests) == (0, before)
    assert profile("extract", study, "--factors", "rules").code == 0
    agents = profile("rank", study, "-f", "json").json["agents"]
    improvers = {one["agent"]: one for one in agents if one["kind"] == "improver"}
    assert set(improvers) == {"g by e", "g from both", "g from each"}
    assert {one["setting"] for one in improvers.values()} == {"improvement"}
    lengths = {
        name: next(entry for entry in one["factors"] if entry["factor"] == "length")
        for name, one in improvers.items()
    }
    # The stub adds a word: of one or from each a response is longer than what it was made from.
    assert lengths["g from each"]["score"] == 1.0
    # From "Post one" comes "Post one both" with as many words as "Post two two".
    assert (lengths["g from both"]["score"], lengths["g from both"]["ties"]) == (0.5, 3)


def test_without_leave_nothing_is_sent(profile: Profile, study: Path, server: FaultyServer) -> None:
    done = profile("improve", study, *OPTIONS)
    assert done.code == 2
    assert "18 calls would be made" in done.err
    assert server.requests == 0


def test_a_limit_is_heeded_in_each_step(profile: Profile, study: Path) -> None:
    done = profile("improve", study, *OPTIONS, "--yes", "--limit", 2)
    assert (done.code, calls_told(done.err)) == (0, [2, 2, 8])
    assert count(study) == 8


def test_the_most_that_may_be_spent_holds_over_all_steps(
    profile: Profile, study: Path, server: FaultyServer
) -> None:
    # A call may cost 1024 tokens at 2 for a million.
    done = profile("improve", study, *OPTIONS, "--yes", "--max-cost", "0.00205", "--concurrency", 1)
    assert done.code == 1
    assert "is the most that may be spent" in done.err
    assert server.requests < 18


def test_a_model_that_is_not_configured_is_told(profile: Profile, study: Path) -> None:
    done = profile("improve", study, "--generator", "g", "--evaluator", "nobody")
    assert done.code == 1
    assert "no model 'nobody'" in done.err
