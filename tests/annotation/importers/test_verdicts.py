"""Labels and verdicts of cards, in the rows of pairs and in files of their own."""

from pathlib import Path
from typing import Any

import pytest

from annotation.errors import CardError, ImportFailure
from annotation.importers.card import load_card
from annotation.importers.importing import import_data
from annotation.importers.mapping import JudgeMapping, LabelMapping
from annotation.importers.report import Count
from annotation.store import tables
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from tests.annotation.importers.contents import (
    SKIP,
    UNNAMED,
    card_folder,
    labels_of,
    row,
    rows_of,
    write_jsonl,
)

JUDGE = """[[mapping.judges]]
agent = "gpt"
file = "gpt"
join = "id"
field = "says"
values = { 1 = "left", 2 = "right" }
no_preference = ["garbage"]
justification = "why"
"""


def test_verdicts_from_a_file_of_their_own(study: Study, tmp_path: Path) -> None:
    folder = card_folder(tmp_path, JUDGE, files=', {role = "gpt", names = ["gpt.jsonl"]}')
    write_jsonl(folder / "x.jsonl", [row(n, id=n) for n in (1, 2, 3)])
    says: list[dict[str, Any]] = [
        {"id": 1, "says": "1", "why": "W"},
        {"id": "2", "says": "garbage"},
        {"id": 9, "says": 2},
    ]
    write_jsonl(folder / "gpt.jsonl", says)
    report = import_data(study, load_card(folder))  # the data lies beside the card
    assert (report.verdicts.added, report.unmatched_verdicts) == (2, 1)
    assert report.no_preference == {"garbage": 1}
    found = [
        (row.pair_id, row.value, row.raw, row.justification) for row in rows_of(study, tables.preferences)
    ]
    assert found == [(1, 1, "1", "W"), (2, None, "garbage", None)]


def test_a_verdict_that_is_none_of_the_values_is_a_bad_row(study: Study, tmp_path: Path) -> None:
    folder = card_folder(tmp_path, JUDGE, files=', {role = "gpt", names = ["gpt.jsonl"]}')
    write_jsonl(folder / "x.jsonl", [row(1, id=1)])
    write_jsonl(folder / "gpt.jsonl", [{"id": 1, "says": "3"}])
    with pytest.raises(ImportFailure, match=r"gpt.jsonl, line 1, field says: expected one of 1, 2, found"):
        import_data(study, load_card(folder))


def test_the_verdicts_file_must_be_there_unless_optional(study: Study, tmp_path: Path) -> None:
    folder = card_folder(tmp_path, JUDGE, files=', {role = "gpt", names = ["gpt.jsonl"]}')
    write_jsonl(folder / "x.jsonl", [row(1, id=1)])
    with pytest.raises(ImportFailure, match=r"no gpt.jsonl.*fetch gpt.jsonl from somewhere"):
        import_data(study, load_card(folder))
    with pytest.raises(CardError, match="expected a file with the role 'gpt'"):
        load_card(card_folder(tmp_path, JUDGE))


def test_a_verdict_in_the_row_is_turned_with_the_sides(study: Study, tmp_path: Path) -> None:
    judge = JudgeMapping(
        agent="rm",
        kind=AgentKind.REWARD_MODEL,
        field="v",
        values={"a": Preference.LEFT, "b": Preference.RIGHT},
    )
    mapping = UNNAMED.model_copy(update={"judges": (judge,), "labels": ()})
    swapped = row(1, a="B1", b="A1", v="b")
    rows = [row(1, v=""), swapped, row(2, v="b")]
    import_data(study, mapping, [write_jsonl(tmp_path / "x.jsonl", rows)])
    assert [(row.pair_id, row.value) for row in rows_of(study, tables.preferences)] == [(1, 1), (2, -1)]
    other = write_jsonl(tmp_path / "y.jsonl", [row(2, v="a")])
    with pytest.raises(ImportFailure, match="expected right, as rm said of this pair before, found left"):
        import_data(study, mapping, [other])


def test_ties_are_left_out_where_the_card_says_so(study: Study, tmp_path: Path) -> None:
    labels = '[[mapping.labels]]\nfield = "l"\nannotator_field = "who"\n[[mapping.labels]]\nfield = "m"\n'
    folder = card_folder(tmp_path, labels + 'annotator = "bob"')
    text = (folder / "card.toml").read_text("utf-8")
    (folder / "card.toml").write_text("exclude_human_ties = true\n" + text, encoding="utf-8")
    rows = [row(1, m="tie"), row(2, l="tie", m="tie"), row(3, m="right")]
    write_jsonl(folder / "x.jsonl", rows)
    report = import_data(study, load_card(folder))
    assert (report.pairs.added, report.human_ties_excluded) == (2, 3)
    assert labels_of(study) == [("ann", 1, 1), ("ann", 2, 1), ("bob", 2, -1)]


def test_one_person_with_two_labels_in_a_row(study: Study, tmp_path: Path) -> None:
    twice = tuple(LabelMapping(field=name, annotator="ann") for name in ("l", "m"))
    mapping = UNNAMED.model_copy(update={"labels": twice})
    with pytest.raises(ImportFailure, match="field m: expected left, as ann said of this pair before"):
        import_data(study, mapping, [write_jsonl(tmp_path / "x.jsonl", [row(1, m="right")])])


def test_a_verdict_that_contradicts_is_told_where_it_stands_and_alone_left_out(
    study: Study, tmp_path: Path
) -> None:
    folder = card_folder(tmp_path, JUDGE, files=', {role = "gpt", names = ["gpt.jsonl"]}')
    write_jsonl(folder / "x.jsonl", [row(1, id=1)])
    write_jsonl(folder / "gpt.jsonl", [{"id": 1, "says": 1}])
    import_data(study, load_card(folder))
    write_jsonl(folder / "x.jsonl", [row(2, id=2), row(1, id=1)])
    write_jsonl(folder / "gpt.jsonl", [{"id": 2, "says": 2}, {"id": 3, "says": 1}, {"id": 1, "says": 2}])
    message = "gpt.jsonl, line 3, field says: expected left, as gpt said of this pair before, found right"
    with pytest.raises(ImportFailure, match=message):
        import_data(study, load_card(folder))
    report = import_data(study, load_card(folder), choices=SKIP)
    assert [str(bad) for bad in report.bad_rows] == [message]
    assert (report.pairs, report.verdicts.added) == (Count(1, 1), 1)


def test_flaws_of_a_judges_own_file_are_counted(study: Study, tmp_path: Path) -> None:
    folder = card_folder(tmp_path, JUDGE, files=', {role = "gpt", names = ["gpt.jsonl"]}')
    write_jsonl(folder / "x.jsonl", [row(1, id=1)])
    write_jsonl(folder / "gpt.jsonl", [{"id": 1, "says": "1", "why": "a \x00 b"}])
    assert import_data(study, load_card(folder)).repaired_texts == 1
