"""Dataset cards: those that ship, and what is said of wrong ones."""

from pathlib import Path

import pytest

from annotation.errors import CardError
from annotation.importers.card import cards_folder, load_card, shipped_cards
from profile_engine.taxonomy import Task

CARD = """
title = "Mine"
source = "somewhere"
licence = "mine"
task = "summarization"

[[files]]
role = "pairs"
names = ["pairs.jsonl"]

[mapping]
layout = "pairs"
source = "post"
left = "a"
right = "b"
"""


def write_card(folder: Path, text: str = CARD) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "card.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_cards_that_ship() -> None:
    assert set(shipped_cards()) >= {"pandalm", "sample", "shp2", "tldr", "tldr-axis", "webgpt"}
    tasks = {name: load_card(name).task for name in shipped_cards()}
    assert tasks["tldr"] is Task.SUMMARIZATION
    assert tasks["shp2"] is Task.HELPFUL_RESPONSE
    assert tasks["webgpt"] is Task.DOCUMENT_QA


@pytest.mark.parametrize(
    ("name", "excluded"),
    [("tldr", True), ("tldr-axis", True), ("shp2", True), ("webgpt", True), ("pandalm", False)],
)
def test_human_ties_are_excluded_where_the_paper_does(name: str, excluded: bool) -> None:
    assert load_card(name).exclude_human_ties is excluded


@pytest.mark.parametrize("name", shipped_cards())
def test_a_card_names_licence_and_source(name: str) -> None:
    card = load_card(name)
    assert card.title
    assert card.source
    assert card.licence
    assert card.name == name
    assert all(file.names for file in card.files)


def test_only_the_sample_brings_data_and_says_that_it_is_simulated() -> None:
    card = load_card("sample")
    assert (card.made, set(card.simulated)) == ("written", {"authors", "annotators"})
    others = [name for name in shipped_cards() if name != "sample"]
    assert all([path.name for path in (cards_folder() / name).iterdir()] == ["card.toml"] for name in others)


def test_a_card_of_ones_own_by_folder_and_by_file(tmp_path: Path) -> None:
    folder = write_card(tmp_path / "mine")
    assert load_card(folder) == load_card(folder / "card.toml")
    assert load_card(folder).name == "mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title =", "titel ="), "key title: field required (and 1 more)"),
        (('left = "a"', 'left = "a"\nlft = "a"'), "key mapping.lft: extra inputs are not permitted"),
        (('task = "summarization"', 'task = "poetry"'), "key task: input should be 'summarization'"),
        (('role = "pairs"', 'role = "pears"'), "key files: expected a file with the role 'pairs'"),
        (('right = "b"', 'right = "b"\nlabels = [{field="c", values={0="up"}}]'), "found 'up'"),
        (('right = "b"', 'right = "b"\nlabels = [{annotator="c"}]'), "either `field` or `higher_of`"),
        (('layout = "pairs"', 'layout = "pear"'), "key mapping"),
        (('title = "Mine"', "title = Mine"), "cannot be read as TOML"),
    ],
)
def test_a_wrong_card_is_one_line_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    folder = write_card(tmp_path / "mine", CARD.replace(*change))
    with pytest.raises(CardError) as caught:
        load_card(folder)
    assert str(caught.value).startswith(f"{folder / 'card.toml'}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_card_says_which_there_are() -> None:
    with pytest.raises(CardError, match=r"no card 'tlrd'.*pandalm, sample, shp2, tldr"):
        load_card("tlrd")


def test_data_sets_hold_no_python() -> None:
    assert list(cards_folder().rglob("*.py")) == []
