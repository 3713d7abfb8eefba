"""What a report rests on is sealed: values, models' preferences, settled pairs, pairs and titles."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from annotation.answers import AnswerLog
from annotation.extraction.values import NewValue, Origin, store_values
from annotation.importers.importing import import_data
from annotation.importers.mapping import JudgeMapping, parse_map
from annotation.people.erasure import erase
from annotation.people.participation import leave_out, take_in
from annotation.results.adjudication import Adjudications
from annotation.store.chain import read_head
from annotation.store.seals import SEALED, read_seals, seal_all
from annotation.store.tables import adjudications, factor_values, preferences, table_seals
from annotation.study import Study
from annotation.verification import verify
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Method, Task
from tests.annotation.drafts import LEFT, RIGHT, label
from tests.annotation.importers.contents import write_jsonl
from tests.annotation.planning.planned import plan

MAPPING = parse_map(["source=s", "title=t", "left=a", "right=b"], factors=["Warmth=wa,wb"]).model_copy(
    update={"judges": [JudgeMapping(agent="judge", field="v", values={"left": LEFT})]}
)
SETTLED = 2


@pytest.fixture
def study(location: str, tmp_path: Path) -> Iterator[Study]:
    """Three pairs with titles, values and a judge's verdicts; two people differ, one pair is settled."""
    rows = [
        {"s": f"Söurce {n}", "t": f"Title {n}", "a": f"Left {n}", "b": f"Right {n}", "v": "left"}
        | {"wa": n / 3, "wb": n}
        for n in range(3)
    ]
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        import_data(made, MAPPING, [write_jsonl(tmp_path / "pairs.jsonl", rows)])
        origin = {"length": Origin(Method.RULE, "1")}
        found = [NewValue(n, "length", n, evidence={"words": ["ä", n / 7]}) for n in range(1, 7)]
        store_values(made, origin, found[:4])
        store_values(made, origin, found)  # four of them are there
        for name, choice in (("anna", LEFT), ("ben", RIGHT)):
            label(AnswerLog(made), name, [(pair, choice) for pair in (1, 2, 3)])
        Adjudications(made).settle(SETTLED, LEFT, "cleo", "clear")
        yield made


def _meddle(study: Study, *statements: str) -> tuple[str, ...]:
    with study.writing() as connection:
        for table in (factor_values.name, preferences.name, adjudications.name):
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_UPDATE")
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_DELETE")
            else:
                connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
        for statement in statements:
            connection.exec_driver_sql(statement)
    return verify(study).chain


def test_what_was_stored_is_sound(study: Study) -> None:
    found = verify(study)
    assert found.faults == ()
    assert {what: kept.seal.rows for what, kept in found.seals.items()} == {
        "sources": 3,
        "pairs": 3,
        "factor values": 12,
        "models' preferences": 3,
        "adjudications": 1,
    }
    assert not any(kept.taken_over for kept in found.seals.values())


def test_a_seal_follows_by_the_formula(study: Study) -> None:
    """SHA-256 over the digest before and a row as JSON, from the root on, written out."""
    with study.reading() as connection:
        digest = read_head(connection).root
        rows = connection.exec_driver_sql(
            "SELECT p.id, pair_id, value, raw, justification, created, a.name, a.kind FROM preferences p "
            "JOIN agents a ON a.id = p.agent_id ORDER BY p.id"
        ).all()
        for row in rows:
            digest = sha256((digest + json.dumps(list(row), separators=(",", ":"))).encode()).hexdigest()
        assert len(rows) == 3
        assert read_seals(connection)[preferences].seal.digest == digest


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE factor_values SET value = value + 1 WHERE id = 9", "the factor values are not what"),
        ("UPDATE factor_values SET evidence = NULL WHERE id = 9", "the factor values are not what"),
        (
            "DELETE FROM factor_values WHERE response_id = 6 AND factor = 'length'",
            "of the factor values 12 were sealed, 11 are there",
        ),
        ("UPDATE preferences SET value = -1 WHERE id = 2", "the models' preferences are not what"),
        ("UPDATE agents SET name = 'other' WHERE name = 'judge'", "the models' preferences are not what"),
        ("UPDATE adjudications SET choice = -1", "the adjudications are not what"),
        ("DELETE FROM adjudications", "of the adjudications 1 were sealed, 0 are there"),
        ("UPDATE sources SET title = 'Other' WHERE id = 1", "the sources are not what"),
        ("DELETE FROM table_seals WHERE name = 'pairs'", "the seal of the pairs is gone"),
        (
            "UPDATE table_seals SET rows = rows + 1 WHERE name = 'pairs'",
            "of the pairs 4 were sealed, 3 are there",
        ),
    ],
)
def test_what_was_edited_behind_its_back_is_named(study: Study, change: str, named: str) -> None:
    (fault,) = _meddle(study, change)
    assert fault.startswith(named)


def test_a_row_put_in_stays_outside_though_others_follow(study: Study) -> None:
    put_in = (
        "INSERT INTO adjudications (pair_id, adjudicator_id, choice, created) "
        "SELECT 1, id, 1, '2025-01-01T00:00:00Z' FROM agents WHERE name = 'cleo'"
    )
    assert _meddle(study, put_in) != ()
    Adjudications(study).settle(3, RIGHT, "cleo")
    (fault,) = verify(study).chain
    assert fault.startswith("of the adjudications 2 were sealed, 3 are there")


def test_a_head_covers_all_and_what_comes_after_is_free(study: Study) -> None:
    plan(study, [1, 2])
    leave_out(study, "anna", "hurries")
    head = verify(study).written
    take_in(study, "anna")
    plan(study, [1, 2, 3])
    Adjudications(study).settle(3, RIGHT, "cleo")
    store_values(study, {"length": Origin(Method.RULE, "2")}, [NewValue(1, "length", 3.0)])
    label(AnswerLog(study), "dora", [(1, LEFT)])
    erase(study, "ben")
    assert verify(study, head).faults == ()
    assert verify(study).written != head
    assert "is no head as this command prints it" in verify(study, head[:-1]).chain[0]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE adjudications SET choice = -1",
        "UPDATE preferences SET value = -1 WHERE id = 2",
        "DELETE FROM factor_values WHERE response_id = 6 AND factor = 'length'",
        "UPDATE sources SET title = 'Other' WHERE id = 1",
    ],
)
def test_who_seals_anew_is_betrayed_by_the_head(study: Study, change: str) -> None:
    head = verify(study).written
    _meddle(study, change)
    with study.writing() as connection:
        connection.execute(table_seals.delete())
        seal_all(connection, "2025-01-01T00:00:00Z")
    assert verify(study).faults == ()
    (fault,) = verify(study, head).chain
    assert fault.startswith(f"the study does not go on from the head {head}")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE plans SET digest = 'other'",
        "DELETE FROM plan_items",
        "UPDATE participation SET link = 'other'",
    ],
)
def test_a_head_covers_plans_and_who_takes_part(study: Study, change: str) -> None:
    plan(study, [1, 2])
    leave_out(study, "anna", "hurries")
    head = verify(study).written
    with study.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER participation_no_UPDATE")
        else:
            connection.exec_driver_sql(
                "DROP TRIGGER participation_append_only_but_for_erasure ON participation"
            )
        connection.exec_driver_sql(change)
    if change.startswith("DELETE"):  # whoever edits a plan can write its digest, too
        from annotation.store.contents import seal_plan

        with study.writing() as connection:
            seal_plan(connection, 1)
        assert verify(study).faults == ()
    assert any("does not go on from the head" in fault for fault in verify(study, head).chain)


def test_an_older_study_is_sealed_as_it_opens_and_says_so(tmp_path: Path) -> None:
    from tests.annotation.test_migrations import make_old

    path = tmp_path / "old.db"
    make_old(path, "0004")
    with Study.open(path) as study:
        kept = verify(study).seals["factor values"]
        assert (kept.seal.rows, kept.taken_over) == (1, 1)
        store_values(study, {"length": Origin(Method.RULE, "2")}, [NewValue(2, "length", 3.0)])
        found = verify(study)
        kept = found.seals["factor values"]
        assert (found.faults, kept.seal.rows, kept.taken_over) == ((), 2, 1)
        with study.reading() as connection:
            assert list(read_seals(connection)) == list(SEALED)


def test_what_is_settled_again_is_sealed(study: Study) -> None:
    desk = Adjudications(study)
    desk.settle(SETTLED, RIGHT, "cleo")
    desk.take_back("cleo")
    desk.settle(SETTLED, Preference.LEFT, "cleo")
    found = verify(study)
    assert (found.faults, found.seals["adjudications"].seal.rows) == ((), 4)
