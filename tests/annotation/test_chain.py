"""An answer that is edited, removed, put in or moved shows; done with the guards taken away."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import TamperedError
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.integrity import check
from annotation.store.chain import check_chain, read_head
from annotation.store.tables import answers, pairs, responses, sources
from annotation.study import Study
from annotation.verification import verify
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    """Five answers of two people: ids 1 to 5, 4 takes back 2."""
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        log, pairs = AnswerLog(made), Draft(made).pairs(3)
        label(log, "anna", zip(pairs[:2], (LEFT, RIGHT), strict=True))
        log.register("ben")
        log.save(NewAnswer(pairs[0], "ben", AnswerKind.NOTE, note="brother is invented – ünïcode", seconds=3))
        log.undo("anna")
        log.save(NewAnswer(pairs[2], "ben", choice=TIE, shown_first=LEFT, sure=True, seconds=2.25))
        yield made


def _meddle(study: Study, *statements: str) -> list[str]:
    with study.writing() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("answers_no_UPDATE", "answers_no_DELETE"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for name in ("answers_append_only", "answers_append_only_but_for_erasure"):
                connection.exec_driver_sql(f"DROP TRIGGER {name} ON answers")
        for statement in statements:
            connection.exec_driver_sql(statement)
    with study.reading() as connection:
        return [fault.message for fault in check_chain(connection)]


def test_links_follow_by_the_formula(study: Study) -> None:
    """SHA-256 over the link before and the seal, from the root to the head, written out."""
    with study.reading() as connection:
        head = read_head(connection)
        rows = connection.execute(select(answers).order_by(answers.c.id)).all()
        assert check_chain(connection) == ()
    link = head.root
    for row in rows:
        link = sha256((link + row.seal).encode()).hexdigest()
        assert row.link == link
    assert (head.link, head.entries) == (link, 5)
    # The seal of the first: salt and JSON, in the order of `SEALED`.
    first = rows[0]
    content = (
        f'["{first.token}",{first.pair_id},"anna","label",1,null,null,null,null,null,null,null,"terminal",'
        f'"{first.created}","{first.about}"]'
    )
    assert first.seal == sha256(f"{first.salt}{content}".encode()).hexdigest()
    assert len({row.salt for row in rows}) == 5
    # What it is about: the keys of pair, source, left and right response.
    with study.reading() as connection:
        keys = [
            *connection.execute(select(pairs.c.key).where(pairs.c.id == 1)).scalars(),
            *connection.execute(select(sources.c.key).where(sources.c.id == 1)).scalars(),
            *connection.execute(
                select(responses.c.key).where(responses.c.id <= 2).order_by(responses.c.id)
            ).scalars(),
        ]
    assert first.about == sha256("\0".join(keys).encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pairs SET left_id = right_id, right_id = left_id WHERE id = 1",
        "UPDATE pairs SET left_id = 3 WHERE id = 1",
        "UPDATE pairs SET source_id = 2 WHERE id = 1",
        "UPDATE pairs SET key = 'another' WHERE id = 1",
        "UPDATE responses SET key = 'another' WHERE id = 2",
        "UPDATE sources SET key = 'another' WHERE id = 1",
    ],
)
def test_a_pair_is_the_one_that_was_answered(study: Study, change: str) -> None:
    faults = _meddle(study, change)
    assert faults[0].startswith("pair 1 is not the one that answer 1 (anna, label of pair 1, ")
    assert all(fault.startswith("pair 2 is not") for fault in faults[1:])  # of the same source


def test_a_pair_that_was_another_one_for_a_while(study: Study) -> None:
    turn = "UPDATE pairs SET left_id = right_id, right_id = left_id WHERE id = 3"
    with study.writing() as connection:
        connection.exec_driver_sql(turn)
    AnswerLog(study).save(NewAnswer(3, "ben", choice=LEFT))
    assert _meddle(study, turn)[0].startswith("pair 3 is not the one that answer 6 (ben, ")


def test_an_emptied_head_is_named(study: Study) -> None:
    with study.writing() as connection:
        connection.exec_driver_sql("DELETE FROM answer_log")
    for look in (verify, check, lambda one: AnswerLog(one).save(NewAnswer(1, "ben", choice=LEFT))):
        with pytest.raises(TamperedError, match="tampered with: answer_log has 0 rows"):
            look(study)


@pytest.mark.parametrize(
    "column",
    [
        "choice = 0",
        "note = 'x'",
        "seconds = 1",
        "created = '2020-01-01T00:00:00Z'",
        "kind = 'gold'",
        "annotator_id = 2",
        "pair_id = 3",
        "origin = 'import'",
        "token = 'another'",
        "shown_first = 1",
    ],
)
def test_an_edited_answer_is_named(study: Study, column: str) -> None:
    faults = _meddle(study, f"UPDATE answers SET {column} WHERE id = 1")
    assert len(faults) == 1
    assert faults[0].startswith("answer 1 (")
    assert faults[0].endswith("was edited: it is not what was sealed")


def test_an_annotator_who_is_called_otherwise_is_noticed(study: Study) -> None:
    faults = _meddle(study, "UPDATE agents SET name = 'bea' WHERE name = 'ben'")
    assert [fault.split(" ")[1] for fault in faults] == ["3", "5"]


def test_a_removed_answer_is_numbered(study: Study) -> None:
    (broken, counted) = _meddle(study, "DELETE FROM answers WHERE id = 3")
    assert broken.startswith("answer 4 (anna, label of pair 2, ")
    assert "answer 3 is not there" in broken
    assert "counts 5 entries, 4" in counted


def test_the_last_answers_do_not_go_unseen(study: Study) -> None:
    (counted, ends) = _meddle(study, "DELETE FROM answers WHERE id > 3")
    assert "counts 5 entries, 3" in counted
    assert "ends with answer 3 (ben, note of pair 1" in ends


def test_an_answer_put_in_is_named(study: Study) -> None:
    (fault,) = _meddle(
        study,
        "INSERT INTO answers (id, token, pair_id, annotator_id, kind, choice, origin, created) "
        "VALUES (6, 't', 1, 2, 'label', 1, 'terminal', '2025-01-01T00:00:00Z')",
    )
    assert fault.startswith("answer 6 (ben, label of pair 1, 2025-01-01T00:00:00Z) was put in")


def test_an_answer_in_anothers_place_is_noticed(study: Study) -> None:
    faults = _meddle(
        study,
        "UPDATE answers SET id = 9 WHERE id = 3",
        "UPDATE answers SET id = 3 WHERE id = 5",
        "UPDATE answers SET id = 5 WHERE id = 9",
    )
    assert len(faults) == 4  # 3, 4 and 5 follow something else, and the log ends otherwise
    assert all("does not follow" in fault for fault in faults[:3])


def test_who_seals_anew_is_betrayed_by_the_link(study: Study) -> None:
    from annotation.store.chain import entries, seal_of

    with study.reading() as connection:
        row = connection.execute(entries().where(answers.c.id == 2)).one()
    forged = seal_of(row.salt, {**row._mapping, "choice": 1})
    (fault,) = _meddle(study, f"UPDATE answers SET choice = 1, seal = '{forged}' WHERE id = 2")
    assert fault.startswith("answer 2 (anna, label of pair 2, ")
    assert "does not follow answer 1 (" in fault


def test_a_log_written_anew_is_betrayed_by_a_head_written_down(study: Study) -> None:
    """All of the chain recomputed, so that it holds: only who knows an earlier link can tell."""
    from annotation.store.chain import chain_all

    with study.reading() as connection:
        written_down = read_head(connection)
    assert verify(study, written_down.link).faults == ()
    label(AnswerLog(study), "anna", [(3, RIGHT)])
    assert verify(study, written_down.link).faults == ()  # goes on from there
    assert (
        _meddle(
            study,
            "UPDATE answers SET choice = -1 WHERE id = 1",
            "UPDATE answers SET salt = NULL, seal = NULL, link = NULL",
            f"UPDATE answer_log SET entries = 0, link = '{written_down.root}'",
        )
        != []
    )
    with study.writing() as connection:
        chain_all(connection)
        assert check_chain(connection) == ()
    found = verify(study, written_down.link)
    assert any("no answer has the link" in fault for fault in found.chain)


def test_an_emptied_answer_of_nobody_erased_is_named(study: Study) -> None:
    (fault,) = _meddle(study, "UPDATE answers SET choice = NULL, salt = NULL WHERE id = 1")
    assert fault.endswith("its salt is gone, and nobody was erased")


def test_doctor_looks_along_the_chain(study: Study) -> None:
    assert check(study) == ()
    _meddle(study, "UPDATE answers SET seconds = 9 WHERE id = 1")
    assert any("was edited" in str(finding) for finding in check(study))


def test_imported_answers_are_in_the_chain(location: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(
        "".join(
            f'{{"post": "p{n}", "a": "a{n}", "b": "b{n}", "label": {n % 2}, "who": "w{n % 3}"}}\n'
            for n in range(20)
        )
    )
    mapping = parse_map(
        ["source=post", "left=a", "right=b", "label=label", "annotator=who"], labels="0=left,1=right"
    )
    with Study.create(location, task=Task.SUMMARIZATION) as study:
        import_data(study, mapping, [file])
        label(AnswerLog(study), "anna", [(3, RIGHT)])
        with study.reading() as connection:
            assert check_chain(connection) == ()
            assert read_head(connection).entries == 21
        faults = _meddle(study, "UPDATE answers SET choice = - choice WHERE id = 12")
    assert len(faults) == 1
    assert faults[0].startswith("answer 12 (w")


def test_an_older_study_is_chained_as_it_opens(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text

    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", "annotation.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for statement in (
            "INSERT INTO study VALUES (1, 'old', 'summarization', '2025-01-01T00:00:00Z', '{}')",
            "INSERT INTO sources (id, key, text) VALUES (1, 'k', 'The cat.')",
            "INSERT INTO responses (id, key, source_id, text) VALUES (1, 'a', 1, 'A'), (2, 'b', 1, 'B')",
            "INSERT INTO pairs (id, key, source_id, left_id, right_id) VALUES (1, 'p', 1, 1, 2)",
            "INSERT INTO agents VALUES (1, 'anna', 'annotator', 0)",
            *(
                "INSERT INTO answers "
                "(token, pair_id, annotator_id, kind, choice, seconds, sure, origin, created) "
                f"VALUES ('t{n}', 1, 1, 'label', {n % 3 - 1}, {n}, 1, 'terminal', '2025-01-01T00:00:00Z')"
                for n in range(12)
            ),
        ):
            connection.execute(text(statement))
    engine.dispose()
    with Study.open(path) as study:
        label(AnswerLog(study), "anna", [(1, LEFT)])
        with study.reading() as reading:
            assert check_chain(reading) == ()
            assert read_head(reading).entries == 13
        assert verify(study).faults == ()
