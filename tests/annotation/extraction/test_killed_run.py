"""A run is killed at random moments and resumed: nothing that was recorded is ever asked again."""

import random
from collections import Counter
from functools import partial
from pathlib import Path

from sqlalchemy import select

from annotation.extraction.judging import Judging
from annotation.integrity import check
from annotation.models import make_model
from annotation.store import tables
from annotation.study import Study
from profile_engine.extraction.plan import Plan, Questionnaire
from profile_engine.taxonomy import FACTORS, TASK_FACTORS, Method, Task
from tests.annotation.drafts import Draft
from tests.annotation.killing import import_openai, needs_fork, run_and_kill
from tests.judge_server import judge_server, key_of

SOURCES, KILLS = 40, 12
JUDGED = tuple(name for name in TASK_FACTORS[Task.SUMMARIZATION] if FACTORS[name].method is Method.LLM)


@needs_fork
def test_nothing_recorded_is_asked_again(tmp_path: Path) -> None:
    """Every request that reaches the server after a kill must have a key that was not on record then."""
    path, unbroken, chance = tmp_path / "study.db", tmp_path / "unbroken.db", random.Random(3)
    for place in (path, unbroken):
        _make(place)
    with judge_server(latency=0.005).in_thread() as server:
        seen, kills = 0, 0
        asked: Counter[str] = Counter()
        while kills < KILLS and not _is_complete(path):
            recorded = _recorded(path)
            kills += run_and_kill(
                import_openai, partial(_extract, path, server.base_url), chance.uniform(0.05, 0.4)
            )
            new = [key_of(body) for body in server.bodies[seen:]]
            seen += len(new)
            assert not recorded & set(new), "a reply on record was asked for again"
            asked.update(new)
        assert kills >= KILLS // 2, "the runs ended before they were killed, and nothing is shown"
        _extract(path, server.base_url)
        asked.update(key_of(body) for body in server.bodies[seen:])
        # What was under way when a process was killed may be asked once more, and nothing else.
        assert sum(asked.values()) - len(asked) <= kills * 8
        before = server.requests
        _extract(path, server.base_url)
        assert server.requests == before, "a complete study asks for something"
        _extract(unbroken, server.base_url)
    assert _values(path) == _values(unbroken)
    assert len(_recorded(path)) == len(asked)
    with Study.open(path) as study:
        assert check(study) == ()


def _make(path: Path) -> None:
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        draft = Draft(study)
        for number in range(SOURCES):
            source = draft.source(f"The post {number} is long. It says much.")
            left, right = (draft.response(source, f"{who} {number} is short.") for who in ("One", "Two"))
            draft.pair(source, left, right)


def _extract(path: Path, base_url: str) -> None:
    model = make_model("judge", {"base_url": base_url, "model": "stub-1", "ability": "json_schema"})
    with Study.open(path) as study:
        chat = model.chat()
        run = Judging(study, Questionnaire(study.task, Plan.FUSED, JUDGED), chat.identity)
        run.run(chat, calls=0)


def _recorded(path: Path) -> set[str]:
    with Study.open(path) as study, study.reading() as connection:
        return set(connection.execute(select(tables.replies.c.key)).scalars())


def _values(path: Path) -> dict[tuple[int, str], object]:
    """Everything but the time."""
    with Study.open(path) as study, study.reading() as connection:
        rows = connection.execute(select(tables.factor_values)).all()
    found: dict[tuple[int, str], object] = {
        (row.response_id, row.factor): (
            row.value,
            row.label,
            row.reason,
            row.version,
            row.model,
            row.evidence,
        )
        for row in rows
    }
    assert len(found) == len(rows), "a value is stored twice"
    return found


def _is_complete(path: Path) -> bool:
    return len(_values(path)) == SOURCES * 2 * len(JUDGED)
