"""The import into PostgreSQL, where ids come from sequences that other writers share."""

from pathlib import Path

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.exporters.argilla_file import export_argilla
from annotation.exporters.jsonl_file import export_jsonl
from annotation.exporters.preference_file import export_preference
from annotation.extraction import extract_rules
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.people.consent import Consent
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import row_counts, write_jsonl
from tests.annotation.importers.elsewhere import (
    ARGILLA,
    HOSTILE,
    MTURK,
    PREFERENCE,
    assignments,
    batch_of,
    bring,
    fill,
    results,
)
from tests.annotation.planning.planned import plan
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


def test_what_comes_from_elsewhere_is_the_same_in_a_file(
    postgres_server: Server, study: Study, tmp_path: Path
) -> None:
    with Study.create(postgres_server.new_database(), task=Task.SUMMARIZATION) as served:
        for filled, name in ((served, "served"), (study, "file")):
            folder = tmp_path / name
            folder.mkdir()
            fill(filled, HOSTILE, folder)
            plan(filled, range(1, 9), design={"annotators_per_pair": 1, "consent": "I agree."})
            work = assignments(batch_of(filled, folder), ["A1", "A2"])
            version = Consent("I agree.", "").version
            place = results(folder, [{**row, "Answer.consent": version} for row in work])
            report = bring(filled, MTURK, place)
            assert (report.labels.added, len(report.notes)) == (16, 2)
            assert report.notes[0] == "consent came with the answers of 2 workers"
            assert report.notes[1].startswith("8 pairs with more labels than the 1 planned: 1, 2, 3")
            assert not bring(filled, MTURK, place).added_anything
            export_argilla(filled, folder / "records.json")
            assert not bring(filled, ARGILLA, folder / "records.json").added_anything
            export_preference(filled, folder / "columns.jsonl")
            assert not bring(filled, PREFERENCE, folder / "columns.jsonl").added_anything
        assert row_counts(served) == row_counts(study)
