"""Improving from end to end: real texts, real processes, a real small model that writes, judges and improves.

What the model says is poor. Tested are structure, provenance and counts, and that nothing is asked twice.
"""

from collections import Counter
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from annotation.integrity import check
from annotation.store.model_tables import generations, improvements, judgings
from annotation.store.tables import agents, factor_values, pairs, preferences, replies, responses
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft
from tests.services.llm_server import CountingProxy
from tests.services.program import Program

pytestmark = pytest.mark.service

POSTS: Final = (
    "My bike was stolen in front of the library on Monday. The lock was cut. What should I do first?",
    "My bread comes out flat. I let it rise for an hour in a cold kitchen and bake it at 180 degrees.",
    "I moved to another town and know nobody here. I work from home and I am shy. How do I find friends?",
)
OPTIONS: Final = ("--generator", "small", "--evaluator", "small", "--concurrency", 2)
SECONDS: Final = 900.0


def test_a_small_model_improves_by_its_own_feedback(
    program: Program, llm_server: int, tmp_path: Path
) -> None:
    """Killed while it improves, gone on with, and not asked again."""
    study = tmp_path / "study.db"
    with Study.create(study, task=Task.SUMMARIZATION) as made:
        draft = Draft(made)
        for post in POSTS:
            draft.source(post)
    with CountingProxy(llm_server, held=True) as proxy:
        given = ("--base-url", proxy.base_url, "--model", "smollm2", "--max-tokens", 256)
        assert program("models", "add", "small", *given).code == 0
        assert program("models", "check", "small").code == 0
        proxy.passed.clear()
        assert program("improve", study, *OPTIONS, "--dry-run").code == 0
        assert proxy.passed == []
        process = program.start("improve", study, *OPTIONS, "--yes")
        in_time = proxy.wait_until(lambda seen: len(seen.answered) >= 2 * len(POSTS) + 3, SECONDS)
        process.kill()
        assert in_time, process.communicate()
        process.communicate()
        with Study.open(study) as opened, opened.reading() as connection:
            recorded = Counter(connection.execute(select(replies.c.text)).scalars())
        kept = {request.digest for request in proxy.passed if recorded[request.text or ""]}
        stopped = len(proxy.passed)
        done = program("improve", study, *OPTIONS, "--yes", seconds=SECONDS)
        assert not kept & {request.digest for request in proxy.passed[stopped:]}, "asked again"
        seen = len(proxy.passed)
        assert program("improve", study, *OPTIONS, "--yes").code == 0
        assert len(proxy.passed) == seen
    lacking = _check_rows(study)
    assert done.code == int(lacking), done.err
    assert program("extract", study, "--factors", "rules").code == 0
    _check_scores(program, study)


def _check_rows(study: Path) -> bool:
    """Whether something is lacking; everything that is there is as it has to be."""
    with Study.open(study) as opened, opened.reading() as connection:
        assert check(opened) == ()
        written = connection.execute(select(generations)).all()
        judged = connection.execute(select(judgings)).all()
        improved = connection.execute(select(improvements)).all()
        initial = {row.response_id for row in written if row.response_id}
        two = [
            source
            for source, count in Counter(row.source_id for row in written if row.response_id).items()
            if count > 1
        ]
    assert two, "the model wrote no two responses to any post, and this shows nothing"
    assert len(judged) == len(two)
    chosen = sum(row.choice is not None for row in judged)
    assert Counter(row.method for row in improved) == Counter(
        {"both": len(two), "single": 2 * len(two)} | ({"feedback": chosen} if chosen else {})
    )
    assert {row.initial_id for row in improved if row.method == "single"} <= initial
    assert {(row.model, row.answered_by) for row in improved if row.response_id} == {("smollm2", "smollm2")}
    rows = [*written, *improved]
    assert all((row.response_id is None) == (row.reason is not None) for row in rows)
    return chosen < len(judged) or any(row.reason for row in rows)


def _check_scores(program: Program, study: Path) -> None:
    """What `rank` prints is what is counted by hand from the pairs of each improver."""
    with Study.open(study) as opened, opened.reading() as connection:
        c = factor_values.c
        values = {
            (response, factor): value
            for response, factor, value in connection.execute(select(c.response_id, c.factor, c.value))
        }
        author = dict(
            map(tuple, connection.execute(select(responses.c.id, agents.c.name).join(agents)).all())
        )
        rows = connection.execute(
            select(agents.c.name, agents.c.kind, pairs.c.left_id, pairs.c.right_id, preferences.c.value)
            .select_from(preferences)
            .join(agents)
            .join(pairs, pairs.c.id == preferences.c.pair_id)
        ).all()
    ranked = {one["agent"]: one for one in program("rank", study, "-f", "json").json["agents"]}
    improvers = {row.name for row in rows if row.kind == "improver"}
    assert improvers
    for name, factor in product(improvers, ("length", "novel_words")):
        own = [row for row in rows if row.name == name]
        assert all(
            (row.value, author[row.left_id], author[row.right_id]) == (1, name, "small") for row in own
        )
        differences = [values[row.left_id, factor] - values[row.right_id, factor] for row in own]
        more, less = sum(one > 0 for one in differences), sum(one < 0 for one in differences)
        (entry,) = [one for one in ranked[name]["factors"] if one["factor"] == factor]
        assert (entry["concordant"], entry["discordant"]) == (more, less)
        assert entry["score"] == pytest.approx((more - less) / len(own))
        assert ranked[name]["setting"] == "improvement"
