"""What the method section is made of, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Table, insert

from annotation.reporting.method import ModelWork, Parameters, ValueSource, read_method
from annotation.store.model_tables import generations, improvements, judgings, rewards
from annotation.store.tables import replies
from annotation.study import Study
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft

WHEN = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        yield made


def test_values_count_where_they_stand_by_how_they_came_about(study: Study) -> None:
    draft = Draft(study)
    source = draft.source("A post.")
    first, second = (draft.response(source, text) for text in ("One.", "Two."))
    draft.value(first, "length", 1)
    draft.value(first, "length", 2, version="2")  # stands in place of the one before
    draft.value(second, "length", 1)
    draft.value(second, "fluency", None, reason="no model")
    assert read_method(study).values == (
        ValueSource("fluency", "hand-written", "1", "", 0, 1),
        ValueSource("length", "hand-written", "1", "", 1, 0),
        ValueSource("length", "hand-written", "2", "", 1, 0),
    )


def test_what_models_were_asked_is_counted_by_model_and_prompt(study: Study) -> None:
    draft = Draft(study)
    (pair,) = draft.pairs(1)
    writer, judge = draft.agent("writer"), draft.agent("judge", AgentKind.JUDGE)
    told = {"version": "p1", "model": "gpt-x", "answered_by": "gpt-x-0613", "created": WHEN}
    rows: list[tuple[Table, dict[str, Any]]] = [
        (
            generations,
            {"source_id": 1, "agent_id": writer, "purpose": "scored", "number": 1, "response_id": 1},
        ),
        (generations, {"source_id": 1, "agent_id": writer, "purpose": "scored", "number": 2}),
        (
            generations,
            {"source_id": 1, "agent_id": writer, "purpose": "direct", "number": 1, "response_id": 2},
        ),
        (judgings, {"pair_id": pair, "agent_id": judge, "shown_first": 1, "choice": 0}),
        (judgings, {"pair_id": pair, "agent_id": judge, "shown_first": -1, "condition": "guidance:length"}),
        (rewards, {"response_id": 1, "agent_id": judge, "reward": 0.5}),
        (improvements, {"agent_id": writer, "pair_id": pair, "method": "both", "response_id": 2}),
    ]
    with study.writing() as connection:
        for table, row in rows:
            connection.execute(insert(table).values(**row, **told))
    counted = [(one.what, one.agent, one.asked, one.failed) for one in read_method(study).work]
    assert counted == [
        ("responses (direct)", "writer", 1, 0),
        ("responses (scored)", "writer", 2, 1),
        ("judgements", "judge", 1, 0),
        ("judgements (guidance:length)", "judge", 1, 1),
        ("rewards", "judge", 1, 0),
        ("improvements (both)", "writer", 1, 0),
    ]
    assert read_method(study).work[0] == ModelWork(
        "responses (direct)", "writer", "gpt-x", "gpt-x-0613", "p1", 1, 0
    )


def test_parameters_of_calls_are_told_once_each(study: Study) -> None:
    reply = {"text": "yes", "answered_by": "gpt-x", "created": WHEN}
    with study.writing() as connection:
        for number, model, parameters in (
            (1, "gpt-x", {"top_p": 0.9, "temperature": 0.6}),
            (2, "gpt-x", {"top_p": 0.9, "temperature": 0.6}),
            (3, "gpt-x", {"temperature": 0.0}),
        ):
            row = {"key": f"{number:064}", "model": model, "parameters": parameters}
            connection.execute(insert(replies).values(**reply, **row))
    assert set(read_method(study).parameters) == {
        Parameters("gpt-x", "temperature 0.6, top_p 0.9", 2),
        Parameters("gpt-x", "temperature 0.0", 1),
    }
