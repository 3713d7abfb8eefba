"""What is said of an import: what came in, what was left out, and why nothing did."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from annotation.errors import ImportFailure, MappingError
from annotation.importers import intake
from annotation.importers.card import load_card
from annotation.importers.importing import ImportChoices, import_data
from annotation.importers.mapping import PairMapping, parse_map
from annotation.study import Study
from tests.annotation.importers.contents import row_counts, write_jsonl
from tests.annotation.importers.test_cards import CARD, write_card

FIELDS = ("source=s", "left=a", "right=b", "label=l", "annotator=who")
SKIP = ImportChoices(skip_bad=True)


def row(number: int = 1, **changes: object) -> dict[str, Any]:
    return {"s": f"post {number}", "a": f"A{number}", "b": f"B{number}", "l": "left", "who": "ann"} | changes


def mapping(*, labels: str | None = None, factors: Sequence[str] = ()) -> PairMapping:
    return parse_map(FIELDS, labels=labels, factors=factors)


def test_one_is_not_many(study: Study, tmp_path: Path) -> None:
    report = import_data(study, mapping(), [write_jsonl(tmp_path / "x.jsonl", [row(b=" ")])])
    assert report.lines() == (
        "1 row read from x.jsonl",
        "1 pair added",
        "1 source added",
        "2 responses added",
        "1 label added",
        "1 empty response kept (zero words)",
    )


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no rows in x.jsonl"),
        ([row(l="up"), row(a=None)], "of 2 rows none could be used: 2 bad"),
    ],
)
def test_nothing_usable_is_said_and_leaves_no_factor(
    study: Study, tmp_path: Path, rows: list[dict[str, Any]], why: str
) -> None:
    before = study.factors
    path = write_jsonl(tmp_path / "x.jsonl", rows)
    report = import_data(study, mapping(factors=["Tone=x,y"]), [path], choices=SKIP)
    assert report.why_nothing == why
    assert study.factors == before
    assert set(row_counts(study).values()) == {0}


def test_no_row_of_the_domain_is_nothing_too(study: Study, tmp_path: Path) -> None:
    card = CARD + '[mapping.domain]\nfield = "part"\ndefault = "cooking"\n'
    folder = write_card(tmp_path / "mine", card)
    write_jsonl(folder / "pairs.jsonl", [{"post": "p", "a": "x", "b": "y", "part": "physics"}])
    report = import_data(study, load_card(folder), [folder])
    assert report.why_nothing == (
        "no row is of the domain cooking; there are physics (1); choose one with --domain"
    )


def test_what_is_there_already_is_not_nothing(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row()])
    import_data(study, mapping(), [path])
    again = import_data(study, mapping(), [path])
    assert (again.why_nothing, again.added_anything) == (None, False)


def test_a_new_factor_is_told_even_where_writing_begins_early(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_BATCH", 5)
    path = write_jsonl(tmp_path / "x.jsonl", [row(number, x=1, y=2) for number in range(30)])
    report = import_data(study, mapping(factors=["Tone=x,y"]), [path])
    assert "factor tone added to the study" in report.lines()
    assert study.factors[-1].name == "tone"
    again = import_data(study, mapping(factors=["Tone=x,y"]), [path])
    assert again.new_factors == ()


def test_a_pair_that_gets_its_label_later_is_not_without_one(study: Study, tmp_path: Path) -> None:
    rows = [row(1, l=None), row(1), row(2, l=None), row(2, l=None)]
    assert import_data(study, mapping(), [write_jsonl(tmp_path / "x.jsonl", rows)]).unlabelled_pairs == 1
    now = write_jsonl(tmp_path / "y.jsonl", [row(1, l=None)])
    assert import_data(study, mapping(), [now]).unlabelled_pairs == 0


@pytest.mark.parametrize("name", ["human", " Human "])
def test_nobody_is_called_like_all_people_together(study: Study, tmp_path: Path, name: str) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(), row(2, who=name)])
    with pytest.raises(ImportFailure, match="line 2, field who: expected one person's name"):
        import_data(study, mapping(), [path])
    assert import_data(study, mapping(), [path], choices=SKIP).labels.added == 1


def test_an_unknown_label_says_how_to_tell_what_it_means(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(l=1), row(2, l=None), row(3, l=0), row(4, l=1.0)])
    told = r"line 1, .* found the number 1; say which are left, right or tie: --labels 0=…,1=…, or"
    with pytest.raises(ImportFailure, match=told):
        import_data(study, mapping(), [path])
    assert import_data(study, mapping(labels="0=left,1=right"), [path]).labels.added == 3


def test_two_labels_of_one_person_bring_the_advice_to_tell_people_apart(study: Study, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "x.jsonl", [row(), row(l="right")])
    with pytest.raises(ImportFailure, match=r"as ann said of this pair before.*--map annotator=FIELD"):
        import_data(study, mapping(), [path])


def test_broken_json_names_its_line_once(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"s": \n', "utf-8")
    with pytest.raises(ImportFailure) as caught:
        import_data(study, mapping(), [path])
    assert str(caught.value).startswith(
        "x.jsonl, line 1, field (the line): expected a JSON object, found broken"
    )
    assert str(caught.value).count("line 1") == 1


def test_what_the_command_line_names_wrongly_is_told_from_wrong_data() -> None:
    for arguments in (["sourc=post"], ["source"], ["source=s"]):
        with pytest.raises(MappingError):
            parse_map(arguments)
    with pytest.raises(MappingError):
        mapping(labels="0:left")


def test_files_beside_the_one_that_was_named_are_told(study: Study, tmp_path: Path) -> None:
    verdicts = '[[files]]\nrole = "verdicts"\nnames = ["judge.jsonl"]\n\n[mapping]'
    judge = 'id = "id"\njudges = [{agent="j", file="verdicts", join="id", field="c", values={1="left"}}]\n'
    folder = write_card(tmp_path / "mine", CARD.replace("[mapping]", verdicts) + judge)
    pairs = write_jsonl(folder / "pairs.jsonl", [{"post": "p", "a": "x", "b": "y", "id": "1"}])
    write_jsonl(folder / "judge.jsonl", [{"id": "1", "c": 1}])
    report = import_data(study, load_card(folder), [pairs])
    assert (report.verdicts.added, report.beside) == (1, ("judge.jsonl",))
    assert any("judge.jsonl" in line and "beside" in line for line in report.lines())
    assert import_data(study, load_card(folder), [folder]).beside == ()
