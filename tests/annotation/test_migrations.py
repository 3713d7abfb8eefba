"""Studies of every older schema open, with all that is in them."""

from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text

from annotation.integrity import check
from annotation.store import model_tables  # noqa: F401 - it adds to the metadata
from annotation.store.tables import metadata
from annotation.study import Study


def make_old(path: Path, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", "annotation.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in (
            "INSERT INTO study VALUES (1, 'old', 'summarization', '2025-01-01T00:00:00Z', '{}')",
            """INSERT INTO factors VALUES ('length', 1, '{"name": "length", "title": "Length",
               "relation": "Output-Only", "group": "Linguistic Style", "definition": "d", "method": "rule",
               "granularity": "response", "kind": "count"}')""",
            "INSERT INTO sources (id, key, text) VALUES (1, 'k', 'The cat.')",
            "INSERT INTO responses (id, key, source_id, text) VALUES (1, 'a', 1, 'A cat.')",
            "INSERT INTO responses (id, key, source_id, text) VALUES (2, 'b', 1, 'Cat.')",
            "INSERT INTO pairs (id, key, source_id, left_id, right_id) VALUES (1, 'p', 1, 1, 2)",
            """INSERT INTO factor_values (response_id, factor, value, method, version, created)
               VALUES (1, 'length', 2, 'rule', '1', '2025-01-01T00:00:00Z')""",
        ):
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_an_old_study_opens(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "old.db"
    make_old(path, revision)
    with Study.open(path) as study:
        assert study.name == "old"
        value = study.pair(1).left.values["length"]
        assert (value.value, value.method, value.version) == (2, "rule", "1")
        assert check(study) == ()


def test_migrations_make_what_the_tables_say(tmp_path: Path, study: Study) -> None:
    """Columns, their being nullable, and indexes, those of a migrated study and those of the tables."""
    made = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(made)
    migrated = create_engine(f"sqlite:///{study.location}")
    assert _shape(inspect(made)) == _shape(inspect(migrated))
    for engine in (made, migrated):
        engine.dispose()


def _shape(found: object) -> dict[str, object]:
    inspector = found
    names = MetaData()
    names.reflect(inspector.engine)  # type: ignore[attr-defined]
    return {
        table.name: (
            {column.name: column.nullable for column in table.columns},
            {
                (index.name, tuple(column.name for column in index.columns), index.unique)
                for index in table.indexes
            },
        )
        for table in names.tables.values()
        if table.name != "alembic_version"
    }
