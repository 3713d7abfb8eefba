"""All or nothing, each thing once, and what is a bad row."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from annotation.answers import AnswerLog
from annotation.errors import ImportFailure
from annotation.importers import intake
from annotation.importers.card import load_card
from annotation.importers.importing import ImportChoices, import_data
from annotation.importers.mapping import parse_map
from annotation.importers.report import Count
from annotation.store import tables
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.importers.contents import (
    NAMED,
    SKIP,
    UNNAMED,
    card_folder,
    labels_of,
    row,
    row_counts,
    rows_of,
    write_jsonl,
)

BAD_ROWS: list[tuple[dict[str, Any], str]] = [
    ({"s": None}, "field s: expected text, found nothing"),
    ({"a": ["x"]}, "field a: expected text, found a list"),
    ({"b": {"x": 1}}, "field b: expected text, found an object"),
    ({"l": "up"}, "field l: expected one of left, right, tie, found the text 'up'"),
    ({"who": ["x"]}, "field who: expected text, found a list"),
]


@pytest.mark.parametrize(("change", "message"), BAD_ROWS)
def test_a_bad_row_at_the_end_leaves_nothing_behind(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(intake, "_BATCH", 10)  # so that much is written before the bad row comes
    path = write_jsonl(tmp_path / "x.jsonl", [*map(row, range(40)), row(40) | change])
    with pytest.raises(ImportFailure) as caught:
        import_data(study, NAMED, [path])
    assert str(caught.value).startswith(f"x.jsonl, line 41, {message}")
    assert "\n" not in str(caught.value)
    assert set(row_counts(study).values()) == {0}


@pytest.mark.parametrize(("change", "message"), BAD_ROWS)
def test_skip_bad_imports_the_rest_and_lists(
    study: Study, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1), row(2) | change, row(3)])
    report = import_data(study, NAMED, [path], choices=SKIP)
    assert (report.rows, report.pairs.added, report.labels.added) == (3, 2, 2)
    assert [str(bad) for bad in report.bad_rows] == [f"x.jsonl, line 2, {message}"]
    assert row_counts(study)["responses"] == 4


def test_a_missing_field_says_which_there_are(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [{"s": "p", "a": "x", "c": "y"}])
    with pytest.raises(ImportFailure, match="field b: expected text, found no such field among s, a, c"):
        import_data(study, UNNAMED, [path])


def test_a_broken_line_counts_as_a_bad_row(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1)])
    path.write_bytes(path.read_bytes() + b'{"s": \n' + b"\xff\n" + json.dumps(row(2)).encode())
    report = import_data(study, NAMED, [path], choices=SKIP)
    assert [bad.line for bad in report.bad_rows] == [2, 3]
    assert report.pairs.added == 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_nothing_behind(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    monkeypatch.setattr(intake, "_BATCH", 10)
    path = write_jsonl(tmp_path / "x.jsonl", map(row, range(1200)))

    def interrupted(done: int, of: int) -> bool:
        if done > of / 2:
            raise stop
        return True

    with pytest.raises(stop):
        import_data(study, NAMED, [path], progress=interrupted)
    assert set(row_counts(study).values()) == {0}


def test_progress_counts_bytes_and_may_stop(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", map(row, range(2000)))
    told: list[tuple[int, int]] = []

    def watch(done: int, of: int) -> bool:
        told.append((done, of))
        return len(told) < 3

    with pytest.raises(ImportFailure, match="stopped; nothing was imported"):
        import_data(study, NAMED, [path], progress=watch)
    assert len(told) == 3
    assert {of for _, of in told} == {path.stat().st_size}
    assert set(row_counts(study).values()) == {0}
    told_all: list[tuple[int, int]] = []

    def listen(done: int, of: int) -> bool:
        told_all.append((done, of))
        return True

    import_data(study, NAMED, [path], progress=listen)
    assert told_all[-1][0] == told_all[-1][1]
    assert told_all == sorted(told_all)


KILLED = """
import sys
from pathlib import Path
from annotation.importers import intake
from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.study import Study
intake._BATCH = 50

def told(done, of):
    print(done, flush=True)
    return True

with Study.open(sys.argv[1]) as study:
    mapping = parse_map(["source=s", "left=a", "right=b", "label=l", "annotator=who"])
    import_data(study, mapping, [Path(sys.argv[2])], progress=told)
"""


def test_a_killed_import_leaves_nothing_behind(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", (row(number, a="word " * 300) for number in range(20_000)))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, study.location, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) > path.stat().st_size / 3:
            break
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    time.sleep(0.1)
    with Study.open(study.location) as opened:
        assert set(row_counts(opened).values()) == {0}


def test_names_lose_space_and_nothing_else(study: Study, tmp_path: Path) -> None:
    """Who only a capital tells apart stays two people, since the data may mean two; it is said."""
    names = (" eve", "eve ", "EVE", "zoe\u0301", "zo\u00e9 ")
    path = write_jsonl(tmp_path / "x.jsonl", [row(n, who=name) for n, name in enumerate(names)])
    report = import_data(study, NAMED, [path])
    people = {agent.name for agent in rows_of(study, tables.agents) if agent.kind == "annotator"}
    assert people == {"eve", "EVE", "zo\u00e9"}
    told = "annotators whom only capitals or spaces tell apart, kept as the data has them: 'eve', 'EVE'"
    assert report.notes == (told,)
    again = import_data(study, NAMED, [path])
    assert (again.added_anything, again.notes) == (False, ())


def test_a_name_that_the_study_has_with_space_is_that_one(study: Study, tmp_path: Path) -> None:
    with study.writing() as connection:
        connection.execute(insert(tables.agents).values(name="eve ", kind="annotator", simulated=False))
    import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", [row(1, who="eve ")])])
    assert AnswerLog(study).register("eve ") == "eve "
    assert [agent.name for agent in rows_of(study, tables.agents) if agent.kind == "annotator"] == ["eve "]


def test_the_same_file_twice_adds_nothing(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1), row(2, l="tie"), row(2, who="bob", l="right")])
    import_data(study, NAMED, [path])
    before = row_counts(study)
    again = import_data(study, NAMED, [path])
    assert (again.pairs, again.labels, again.sources) == (Count(0, 2), Count(0, 3), Count(0, 2))
    assert not again.added_anything
    assert row_counts(study) == before


def test_a_longer_file_adds_what_is_new(study: Study, tmp_path: Path) -> None:
    import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", [row(1)])])
    report = import_data(study, NAMED, [write_jsonl(tmp_path / "y.jsonl", [row(1), row(2)])])
    assert (report.pairs, report.responses) == (Count(1, 1), Count(2, 2))
    assert [pair.import_id for pair in rows_of(study, tables.pairs)] == [1, 2]
    assert rows_of(study, tables.imports)[1].report["pairs"] == {"added": 1, "already": 1}


def test_a_row_with_its_sides_swapped_is_the_same_pair_with_the_label_turned(
    study: Study, tmp_path: Path
) -> None:
    swapped = row(1, a="B1", b="A1", who="bob", l="left")
    report = import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", [row(1), swapped])])
    assert report.pairs.added == 1
    assert labels_of(study) == [("ann", 1, 1), ("bob", 1, -1)]


def test_the_same_text_by_two_models_is_two_responses(study: Study, tmp_path: Path) -> None:
    mapping = parse_map(["source=s", "left=a", "right=b", "left_agent=m", "right_agent=n", "left_score=x"])
    path = write_jsonl(tmp_path / "x.jsonl", [row(1, a="same", b="same", m="one", n="two", x=3)])
    import_data(study, mapping, [path])
    found = [(response.text, response.score) for response in rows_of(study, tables.responses)]
    assert found == [("same", 3.0), ("same", None)]


def test_labels_without_a_name(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1), row(1), row(1, l="right"), row(2)])
    import_data(study, UNNAMED, [path])
    of_first_pair = [("unnamed", 1, 1), ("unnamed 2", 1, 1), ("unnamed 3", 1, -1)]
    assert labels_of(study) == [*of_first_pair, ("unnamed", 2, 1)]
    assert not import_data(study, UNNAMED, [path]).added_anything


def test_a_label_that_contradicts_an_earlier_one_is_a_bad_row(study: Study, tmp_path: Path) -> None:
    message = "line 2, field l: expected left, as ann said of this pair before, found right"
    path = write_jsonl(tmp_path / "x.jsonl", [row(1), row(1, l="right")])
    with pytest.raises(ImportFailure, match=message):
        import_data(study, NAMED, [path])
    report = import_data(study, NAMED, [path], choices=SKIP)
    assert (len(report.bad_rows), report.labels.added) == (1, 1)
    turned = write_jsonl(tmp_path / "y.jsonl", [row(1, a="B1", b="A1")])  # left is now B1
    with pytest.raises(ImportFailure, match="expected right, as ann said of this pair before, found left"):
        import_data(study, NAMED, [turned])


def test_an_imported_label_that_was_changed_since_is_no_contradiction(study: Study, tmp_path: Path) -> None:
    from annotation.answers import AnswerLog, NewAnswer

    path = write_jsonl(tmp_path / "x.jsonl", [row(1)])
    import_data(study, NAMED, [path])
    AnswerLog(study).save(NewAnswer(1, "ann", choice=Preference.RIGHT))
    assert not import_data(study, NAMED, [path]).added_anything


def test_an_id_with_other_texts_is_a_bad_row(study: Study, tmp_path: Path) -> None:
    mapping = parse_map(["source=s", "left=a", "right=b", "id=id"])
    path = write_jsonl(tmp_path / "x.jsonl", [row(1, id=7), row(1, id=8), row(2, id=7)])
    with pytest.raises(ImportFailure, match="line 3, field id: expected the same texts as before for 7"):
        import_data(study, mapping, [path])
    report = import_data(study, mapping, [path], choices=SKIP)
    # The same two responses under two ids are two pairs, as the data set says.
    assert (report.pairs.added, report.responses.added) == (2, 2)
    assert [pair.external_id for pair in rows_of(study, tables.pairs)] == ["7", "8"]


def test_pairs_that_come_in_again_under_another_id_are_told(study: Study, tmp_path: Path) -> None:
    """By card and by `--map id`: two ways to name a pair, in either order and with the sides turned."""
    card = load_card(str(card_folder(tmp_path, "left_agent = 'm'")))
    rows = [row(number, id=number, m="model", back=number) for number in (1, 2, 3)]
    path = write_jsonl(tmp_path / "mine" / "x.jsonl", rows)
    assert import_data(study, card, [path]).notes == ()
    again = parse_map(["source=s", "left=b", "right=a", "id=back"])
    report = import_data(study, again, [write_jsonl(tmp_path / "y.jsonl", [*rows[:2], row(4, back=4)])])
    assert report.pairs.added == 3
    assert report.notes == (
        "2 new pairs have the texts of pairs that were there by another id or author, and count twice now: "
        "read the same data in one way only (the same card, or the same --map)",
    )
    other = write_jsonl(tmp_path / "z.jsonl", [row(3, b="Another"), row(3, s="Another post")])
    assert import_data(study, NAMED, [other]).notes == ()
    # What the data itself has twice is its own affair.
    twice = write_jsonl(tmp_path / "w.jsonl", [row(8, back=8), row(8, back=9)])
    assert import_data(study, again, [twice]).notes == ()


def test_flaws_that_are_no_bad_rows_are_counted(study: Study, tmp_path: Path) -> None:
    rows = [row(1, a=True, b=""), row(2, a=5, b=" "), row(3, a="x\x00", l=None), row(4, s="\ud800 post")]
    report = import_data(study, NAMED, [write_jsonl(tmp_path / "x.jsonl", rows)])
    counted = (report.scalars_as_text, report.empty_responses, report.repaired_texts, report.unlabelled_pairs)
    assert counted == (2, 2, 2, 1)
    texts = [response.text for response in rows_of(study, tables.responses)]
    assert texts == ["true", "", "5", " ", "x\ufffd", "B3", "A4", "B4"]
    assert rows_of(study, tables.sources)[3].text == "\ufffd post"


def test_flaws_of_a_row_that_is_left_out_are_not_counted(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(1, a=True, l="up"), row(2)])
    report = import_data(study, NAMED, [path], choices=SKIP)
    assert (report.scalars_as_text, len(report.bad_rows)) == (0, 1)


def test_a_field_that_no_row_has_is_a_slip(study: Study, tmp_path: Path) -> None:
    mapping = parse_map(["source=s", "left=a", "right=b", "title=titel"])
    with pytest.raises(ImportFailure, match="no row has the field 'titel'; there are s, a, b, l, who"):
        import_data(study, mapping, [write_jsonl(tmp_path / "x.jsonl", [row(1)])])
    sparse = write_jsonl(tmp_path / "y.jsonl", [row(1), row(2, titel="there")])
    assert import_data(study, mapping, [sparse]).pairs.added == 2
    assert [source.title for source in rows_of(study, tables.sources)] == [None, "there"]


def test_a_folder_needs_a_card(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match="a folder needs a card"):
        import_data(study, NAMED, [tmp_path])
    with pytest.raises(ImportFailure, match="no file to import"):
        import_data(study, NAMED, [])


def test_a_domain_where_there_are_none(study: Study) -> None:
    with pytest.raises(ImportFailure, match="--domain askhr: this data has no domains"):
        import_data(study, load_card("sample"), choices=ImportChoices(domain="askhr"))


def test_two_imports_of_one_study_by_two_openings(tmp_path: Path) -> None:
    place = tmp_path / "shared.db"
    path = write_jsonl(tmp_path / "x.jsonl", [row(1)])
    with Study.create(place, task=Task.SUMMARIZATION) as one, Study.open(place) as two:
        import_data(one, NAMED, [path])
        assert not import_data(two, NAMED, [path]).added_anything
