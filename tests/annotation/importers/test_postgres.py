"""The import into PostgreSQL, where ids come from sequences that other writers share."""

from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.exporters.jsonl_file import export_jsonl
from annotation.extraction import extract_rules
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import row_counts, write_jsonl
from tests.annotation.postgres import Server

pytestmark = pytest.mark.service


def test_import_label_import_again(postgres_server: Server, study: Study, tmp_path: Path) -> None:
    mapping = parse_map(
        ["source=s", "left=a", "right=b", "label=l", "annotator=who", "left_agent=m"], factors=["own=x,y"]
    )
    base = {"s": "post\x00", "a": "A", "b": "B", "l": "tie", "who": "ann", "m": "model", "x": 1, "y": None}
    first, second = (
        write_jsonl(tmp_path / f"{name}.jsonl", [base | {"s": f"{name} {n}"} for n in range(3)])
        for name in ("one", "two")
    )
    with Study.create(postgres_server.new_database(), task=Task.SUMMARIZATION) as served:
        for filled in (served, study):
            import_data(filled, load_card("sample"))
            import_data(filled, mapping, [first])
            log = AnswerLog(filled)
            log.register("zoe")
            log.save(NewAnswer(1, "zoe", choice=Preference.LEFT, shown_first=Preference.RIGHT))
            extract_rules(filled)
            import_data(filled, mapping, [second])
            assert not import_data(filled, mapping, [first]).added_anything
        assert row_counts(served) == row_counts(study)
        for filled, name in ((served, "served.jsonl"), (study, "file.jsonl")):
            export_jsonl(filled, tmp_path / name)
        again = import_data(served, None, [tmp_path / "file.jsonl"])
        assert not again.added_anything
        assert export_jsonl(served, tmp_path / "x.jsonl").written == row_counts(study)["pairs"]
