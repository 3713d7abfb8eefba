"""Improving is killed at random moments and resumed: nothing that was recorded is ever asked again."""

import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, select

from annotation.deeds.improvement_steps import ImprovementSteps, Step
from annotation.integrity import check
from annotation.models import make_model
from annotation.store import tables
from annotation.store.model_tables import generations, improvements, judgings
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.deeds.stub_improver import play
from tests.annotation.drafts import Draft
from tests.annotation.killing import import_openai, needs_fork, run_and_kill
from tests.judge_server import key_of, script_server

SOURCES, KILLS = 40, 10


def _whichever_came_first(sections: dict[str, str]) -> str:
    """The same improvement whatever stood first: that follows from ids, and these from who was faster."""
    shown = sorted(text for name, text in sections.items() if name.endswith("summary"))
    return f"{' and '.join(shown)}, better"


@needs_fork
def test_nothing_recorded_is_asked_again(tmp_path: Path) -> None:
    path, unbroken, chance = tmp_path / "study.db", tmp_path / "unbroken.db", random.Random(3)
    for place in (path, unbroken):
        with Study.create(place, task=Task.SUMMARIZATION) as study:
            draft = Draft(study)
            for number in range(SOURCES):
                draft.source(f"Post{number} is long.")
    with script_server(partial(play, improve=_whichever_came_first), latency=0.02).in_thread() as server:
        seen, kills = 0, 0
        asked: Counter[str] = Counter()
        while kills < KILLS and _count(path) < SOURCES * 4:
            recorded = _recorded(path)
            kills += run_and_kill(
                import_openai, partial(_improve, path, server.base_url), chance.uniform(0.05, 0.25)
            )
            new = [key_of(body) for body in server.bodies[seen:]]
            seen += len(new)
            assert not recorded & set(new), "a reply on record was asked for again"
            asked.update(new)
        assert kills >= KILLS // 3, "the runs ended before they were killed, and nothing is shown"
        _improve(path, server.base_url)
        asked.update(key_of(body) for body in server.bodies[seen:])
        # What was under way when a process was killed may be asked once more, and nothing else.
        assert sum(asked.values()) - len(asked) <= kills * 8
        before = server.requests
        _improve(path, server.base_url)
        assert server.requests == before, "a complete study asks for something"
        _improve(unbroken, server.base_url)
    assert len(asked) == SOURCES * 6 == len(_recorded(path))
    assert _made(path) == _made(unbroken)
    with Study.open(path) as study:
        assert check(study) == ()


def _improve(path: Path, base_url: str) -> None:
    chats = [
        make_model(name, {"base_url": base_url, "model": f"{name}-1", "ability": "json_schema"}).chat()
        for name in ("g", "e")
    ]
    with Study.open(path) as study:
        steps = ImprovementSteps(study, *chats)
        for step in Step:
            steps.run_of(step).run()


def _recorded(path: Path) -> set[str]:
    with Study.open(path) as study, study.reading() as connection:
        return set(connection.execute(select(tables.replies.c.key)).scalars())


def _count(path: Path) -> int:
    with Study.open(path) as study, study.reading() as connection:
        return len(connection.execute(select(improvements.c.id)).all())


def _made(path: Path) -> set[tuple[object, ...]]:
    """Everything that was made, by what it says; a study is filled in whichever order calls end."""
    with Study.open(path) as study, study.reading() as connection:
        texts = dict(_rows(connection, tables.responses.c.id, tables.responses.c.text))
        names = dict(_rows(connection, tables.agents.c.id, tables.agents.c.name))
        pairs = {
            id_: (texts[left], texts[right])
            for id_, left, right in _rows(
                connection, tables.pairs.c.id, tables.pairs.c.left_id, tables.pairs.c.right_id
            )
        }
        g, j, i, p = generations.c, judgings.c, improvements.c, tables.preferences.c
        found = [
            *((texts[text], *more) for text, *more in _rows(connection, g.response_id, g.number, g.version)),
            *(
                (*pairs[pair], *more)
                for pair, *more in _rows(connection, j.pair_id, j.choice, j.justification)
            ),
            *(
                (texts[text], texts.get(initial), *pairs[pair], *more)
                for text, initial, pair, *more in _rows(
                    connection, i.response_id, i.initial_id, i.pair_id, i.method, i.version
                )
            ),
            *(
                (*pairs[pair], names[agent], value)
                for pair, agent, value in _rows(connection, p.pair_id, p.agent_id, p.value)
            ),
        ]
    assert len(found) == len(set(found)) == SOURCES * (2 + 1 + 4 + 6), "something is lacking or stored twice"
    return set(found)


def _rows(connection: Connection, *columns: Column[Any]) -> list[Any]:
    return [tuple(row) for row in connection.execute(select(*columns))]
