"""Which pairs there are, and which one somebody means."""

from pathlib import Path

from sqlalchemy import update

from annotation.pair_ids import pair_ids, pair_named
from annotation.store.tables import pairs
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.synthetic import make_study


def test_all_ids_ascending(tmp_path: Path) -> None:
    study = make_study(tmp_path / "some.db", pairs=25, labels_each=1)
    assert pair_ids(study).tolist() == list(range(1, 26))


def test_an_empty_study_has_none(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION)
    assert pair_ids(study).tolist() == []


def test_a_pair_is_found_by_the_name_its_data_set_gave_it(tmp_path: Path) -> None:
    study = make_study(tmp_path / "named.db", pairs=5, labels_each=1)
    with study.writing() as connection:
        connection.execute(update(pairs).where(pairs.c.id == 4).values(external_id="t3_4qk"))
    assert pair_named(study, "t3_4qk") == 4
    assert pair_named(study, "t3") is None
