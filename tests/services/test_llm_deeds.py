"""Generating and judging from end to end: real texts, real processes, a real small model.

What the model says is poor. Tested are structure, provenance and counts, and that nothing is asked twice.
"""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from annotation.integrity import check
from annotation.store.contents import changed_contents
from annotation.store.model_tables import generations, judgings
from annotation.store.tables import agents, pairs, preferences, replies, responses, sources
from annotation.study import Study
from tests.services.llm_server import CountingProxy
from tests.services.program import Program, Ran

pytestmark = pytest.mark.service

POSTS: Final = (
    "My bike was stolen in front of the library on Monday. The lock was cut. What should I do first?",
    "My bread comes out flat. I let it rise for an hour in a cold kitchen and bake it at 180 degrees.",
)
SECONDS: Final = 900.0


@pytest.fixture
def held(llm_server: int) -> "CountingProxy":
    """Answers are held to the form, so that responses come of them."""
    return CountingProxy(llm_server, held=True)


def make_study(program: Program, folder: Path) -> Path:
    """Two posts with a response each, so that there is something to import."""
    data, study = folder / "data.jsonl", folder / "study.db"
    rows = [{"post": post, "a": post[:20], "b": post[-20:]} for post in POSTS]
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    program("new", study, "--task", "summarization")
    fields = ("source=post", "left=a", "right=b")
    done = program("import", study, data, *(part for field in fields for part in ("--map", field)))
    assert done.code == 0, done.err
    return study


def add_model(program: Program, proxy: CountingProxy) -> None:
    given = ("--base-url", proxy.base_url, "--model", "smollm2", "--max-tokens", 512)
    assert program("models", "add", "small", *given).code == 0
    assert program("models", "check", "small").code == 0
    proxy.passed.clear()


def planned(dry: Ran) -> int:
    """The calls that a dry run counted."""
    found = re.findall(r"^Calls: ([\d,]+)$", dry.out, re.MULTILINE)
    assert (dry.code, len(found)) == (0, 1), dry.err
    return int(found[0].replace(",", ""))


def first_asks(proxy: CountingProxy) -> int:
    return sum(not request.is_repair for request in proxy.passed)


def test_a_small_model_generates_and_judges(program: Program, held: CountingProxy, tmp_path: Path) -> None:
    with held as proxy:
        study = make_study(program, tmp_path)
        add_model(program, proxy)

        assert planned(program("generate", study, "--dry-run")) == len(POSTS)
        assert proxy.passed == []
        generated = program("generate", study, "--yes", seconds=SECONDS)
        assert first_asks(proxy) == len(POSTS), generated.err
        direct = program("generate", study, "--direct", "--yes", seconds=SECONDS)
        assert first_asks(proxy) == 2 * len(POSTS), direct.err
        check_generations(study, {"scored": 5, "direct": 1}, (generated.code, direct.code))
        before = len(proxy.passed)
        for options in ((), ("--direct",)):
            assert program("generate", study, "--yes", *options).code == 0
        assert len(proxy.passed) == before

        check_judging(program, study, proxy)
    with Study.open(study) as opened, opened.reading() as connection:
        assert check(opened) == ()
        assert list(changed_contents(connection)) == []


def check_generations(study: Path, each: dict[str, int], codes: tuple[int, int]) -> None:
    """Every source has a row for each number, with a response or a reason; scored ones make all pairs."""
    with Study.open(study) as opened, opened.reading() as connection:
        rows = connection.execute(select(generations)).all()
        texts = dict(map(tuple, connection.execute(select(responses.c.id, responses.c.text)).all()))
        made = {
            frozenset((row.left_id, row.right_id))
            for row in connection.execute(select(pairs).where(pairs.c.import_id.is_(None)))
        }
        source_ids = list(connection.execute(select(sources.c.id)).scalars())
    assert Counter((row.source_id, row.purpose) for row in rows) == {
        (source, purpose): count for source in source_ids for purpose, count in each.items()
    }
    assert all((row.response_id is None) == (row.reason is not None) for row in rows)
    assert {(row.model, row.answered_by) for row in rows} == {("smollm2", "smollm2")}
    for purpose, code in zip(each, codes, strict=True):
        assert code == int(any(row.reason for row in rows if row.purpose == purpose))
    scored = [
        {
            row.response_id
            for row in rows
            if (row.source_id, row.purpose) == (source, "scored") and row.response_id
        }
        for source in source_ids
    ]
    assert any(len(ids) > 1 for ids in scored), "the model's answers were of no use, and this shows little"
    assert made == {frozenset(two) for ids in scored for two in combinations(ids, 2)}
    assert all(texts[row.response_id].strip() for row in rows if row.response_id)


def check_judging(program: Program, study: Path, proxy: CountingProxy) -> None:
    """Killed in one order, gone on with in both, and not asked again."""
    with Study.open(study) as opened:
        count = opened.summary().pairs
    start = len(proxy.passed)
    dry = planned(program("judge", study, "--swap", "--dry-run"))
    assert 0 < dry <= 2 * count  # so small a model repeats itself, and equal requests are one call
    process = program.start("judge", study, "--swap", "--yes", "--concurrency", 2)
    in_time = proxy.wait_until(lambda seen: len(seen.answered) >= start + 6, SECONDS)
    process.kill()
    assert in_time, process.communicate()
    process.communicate()
    with Study.open(study) as opened, opened.reading() as connection:
        recorded = Counter(connection.execute(select(replies.c.text)).scalars())
    kept = {request.digest for request in proxy.passed if recorded[request.text or ""]}
    stopped = len(proxy.passed)
    done = program("judge", study, "--swap", "--yes", "--format", "json", seconds=SECONDS)
    assert not kept & {request.digest for request in proxy.passed[stopped:]}, "asked again"
    assert len({request.digest for request in proxy.passed[start:] if not request.is_repair}) == dry
    both = done.json["both_orders"]
    with Study.open(study) as opened, opened.reading() as connection:
        rows = connection.execute(select(judgings)).all()
        told = connection.execute(select(preferences.c.pair_id, preferences.c.value).join(agents)).all()
    assert Counter(row.shown_first for row in rows) == {1: count, -1: count}
    assert done.code == int(any(row.reason for row in rows))
    assert len(told) == count
    answered = Counter(row.pair_id for row in rows if row.choice is not None)
    assert both["pairs"] == sum(orders == 2 for orders in answered.values()) > 0
    assert all(row.justification for row in rows if row.choice is not None)
    assert sum(done.json["pairs"].values()) == count
    seen = len(proxy.passed)
    assert program("judge", study, "--swap", "--yes", "--format", "json").json == done.json
    assert len(proxy.passed) == seen
