"""Files of pairs with a known answer: what is read, and one line for each row that is wrong."""

from pathlib import Path

import pytest
from sqlalchemy import update

from annotation.errors import ImportFailure, PlanError
from annotation.planning.gold import KnownAnswer, read_known_answers
from annotation.planning.plan import Role
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.annotation.drafts import Draft

LEFT, TIE, RIGHT = Preference.LEFT, Preference.TIE, Preference.RIGHT


@pytest.fixture
def named(draft: Draft, study: Study) -> Study:
    """Six pairs; the data calls pair 1 `q7`, pair 2 `3`, and both 5 and 6 `twice`."""
    draft.pairs(6)
    with study.writing() as connection:
        for id_, external, key in ((1, "q7", "k1"), (2, "3", "k2"), (5, "twice", "k5"), (6, "twice", "k6")):
            connection.execute(update(pairs).where(pairs.c.id == id_).values(external_id=external, key=key))
    return study


def read(study: Study, path: Path, content: str, **more: bool) -> tuple[KnownAnswer, ...]:
    path.write_text(content, "utf-8")
    return read_known_answers(study, path, Role.TRAINING, **more)


def test_pairs_by_every_name(named: Study, tmp_path: Path) -> None:
    lines = [
        '{"pair": "q7", "expected": "left", "explanation": "It keeps the point."}',
        '{"pair": 3, "expected": "RIGHT"}',  # what the data calls it goes before the study's number
        '{"pair": 4, "expected": " tie ", "explanation": " "}',
        '{"pair": "k5", "expected": "right", "more": 1}',
    ]
    assert read(named, tmp_path / "gold.jsonl", "\n".join(lines)) == (
        KnownAnswer(1, Role.TRAINING, LEFT, "It keeps the point."),
        KnownAnswer(2, Role.TRAINING, RIGHT),
        KnownAnswer(4, Role.TRAINING, TIE),
        KnownAnswer(5, Role.TRAINING, RIGHT),
    )


def test_a_table(named: Study, tmp_path: Path) -> None:
    read_in = read(named, tmp_path / "gold.csv", "pair,expected,explanation\nq7,left,\n4,right,So.\n")
    assert read_in == (KnownAnswer(1, Role.TRAINING, LEFT), KnownAnswer(4, Role.TRAINING, RIGHT, "So."))


def test_each_wrong_row_has_its_line(named: Study, tmp_path: Path) -> None:
    lines = [
        '{"pair": "q7", "expected": "left"}',
        '{"pair": "q8", "expected": "left"}',
        '{"pair": 2, "expected": "better"}',
        '{"pair": 2, "expected": ""}',
        '{"pair": 2}',
        '{"expected": "left"}',
        '{"pair": 1, "expected": "right"}',
        '{"pair": "twice", "expected": "right"}',
        '{"pair": 2, "expected": "tie"}',
        "[]",
        '{"pair": 2, "expected": "left", "explanation": ["x"]}',
    ]
    with pytest.raises(PlanError) as caught:
        read(named, tmp_path / "g.jsonl", "\n".join(lines), ties=False)
    assert str(caught.value) == "g.jsonl: 10 rows are wrong; nothing was planned"
    assert caught.value.details == (
        "g.jsonl, line 2, field pair: expected a pair of this study, found the text 'q8'",
        "g.jsonl, line 3, field expected: expected one of left, right, found the text 'better'",
        "g.jsonl, line 4, field expected: expected one of left, right, found nothing",
        "g.jsonl, line 5, field expected: expected one of left, right, found no such field among pair",
        "g.jsonl, line 6, field pair: expected the id of a pair, found no such field among expected",
        "g.jsonl, line 7, field pair: expected each pair once, found the pair of line 1",
        "g.jsonl, line 8, field pair: expected one pair, found twice, which is what 2 pairs are called",
        "g.jsonl, line 9, field expected: expected one of left, right, found the text 'tie'",
        "g.jsonl, line 10, field (the line): expected a JSON object, found a list",
        "g.jsonl, line 11, field explanation: expected text, found a list",
    )


def test_an_empty_file_and_none(named: Study, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"g.csv: no training item in it; write a line a pair"):
        read(named, tmp_path / "g.csv", "pair,expected\n")
    with pytest.raises(ImportFailure, match="there is no such file"):
        read_known_answers(named, tmp_path / "none.csv", Role.GOLD)
