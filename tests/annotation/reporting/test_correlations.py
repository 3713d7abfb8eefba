"""Correlations of factor values within what one author wrote, held against pandas."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from annotation.profiles import load_profile
from annotation.reporting.correlations import ValueCorrelations, correlate_values
from annotation.study import Study
from tests.annotation.drafts import Draft
from tests.annotation.synthetic import VALUED_FACTORS, make_study


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Study]:
    with make_study(tmp_path / "made.db", 60, annotators=1, judges=1) as study:
        yield study


def by_pandas(study: Study, author: str) -> pd.DataFrame:
    with study.reading() as connection:
        rows = pd.read_sql_query(
            text(
                "SELECT response_id, factor, value FROM factor_values JOIN responses r "
                "ON r.id = response_id JOIN agents a ON a.id = r.agent_id WHERE a.name = :author"
            ),
            connection,
            params={"author": author},
        )
    return rows.pivot_table(index="response_id", columns="factor", values="value").corr(min_periods=3)


def found(study: Study) -> tuple[ValueCorrelations, ...]:
    return correlate_values(study, load_profile(study))


def test_each_author_is_correlated_alone(made: Study) -> None:
    every = found(made)
    assert [one.author.name for one in every if one.author] == ["model 1", "model 2"]
    assert sum(one.responses for one in every) == 120
    for one in every:
        assert one.author is not None
        expected = by_pandas(made, one.author.name)
        assert set(one.factors) == set(VALUED_FACTORS)
        ours = np.array(one.r, float)
        assert ours == pytest.approx(expected.loc[list(one.factors), list(one.factors)].to_numpy(), abs=1e-12)
        assert one.tells_anything


def test_missing_and_equal_values_leave_a_correlation_undefined(study: Study, draft: Draft) -> None:
    author, source = draft.agent("writer"), draft.source("A post.")
    lengths = [1.0, 2.0, None, 4.0]
    responses = [draft.response(source, f"{number}", author) for number in range(4)]
    for response, length, facts in zip(responses, lengths, (2, 4, 3, 8), strict=True):
        draft.value(response, "length", length, reason=None if length else "not yet")
        draft.value(response, "number_of_facts", facts)
        draft.value(response, "novel_words", 0.5)
    for response in responses[:2]:
        draft.value(response, "fluency", 0.1 * response)
    for left, right in pairwise(responses):
        draft.pair(source, left, right)
    (one,) = found(study)
    r = {(a, b): one.r[i][j] for i, a in enumerate(one.factors) for j, b in enumerate(one.factors)}
    assert r["length", "number_of_facts"] == pytest.approx(1)  # of 1, 2, 4 with 2, 4, 8
    assert r["number_of_facts", "number_of_facts"] == pytest.approx(1)
    assert r["length", "novel_words"] is None  # which does not vary
    assert r["fluency", "length"] == pytest.approx(1)  # of two responses
    assert "coherence" not in one.factors
    assert one.tells_anything


def test_where_nobody_is_known_all_responses_are_one_author(study: Study, draft: Draft) -> None:
    draft.pairs(2)
    (one,) = found(study)
    assert (one.author, one.responses, one.factors) == (None, 4, ())
    assert not one.tells_anything
