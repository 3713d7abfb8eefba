"""Files from Hugging Face: only when asked for, and a way out where there is no way there."""

import sys
from pathlib import Path

import pytest

from annotation.errors import ImportFailure
from annotation.importers import hub
from annotation.importers.card import load_card
from annotation.importers.importing import ImportChoices, import_data
from annotation.study import Study
from tests.annotation.importers.contents import write_jsonl


def test_downloading_without_the_package_says_how_and_what_to_fetch(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportFailure) as caught:
        import_data(study, load_card("shp2"), choices=ImportChoices(download=True))
    message = str(caught.value)
    assert "pip install '.[hub]'" in message
    assert "fetch reddit/askacademia/train.json and" in message
    assert "https://huggingface.co/datasets/stanfordnlp/SHP-2/tree/main" in message
    assert "\n" not in message


class FakeHub:
    """Stands for the package, which is not a dependency of the tests: files, or no way to them."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str, str, str]] = []

    def hf_hub_download(self, *, repo_id: str, filename: str, revision: str, repo_type: str) -> str:
        self.asked.append((repo_id, filename, revision, repo_type))
        if self.folder is None:
            raise ConnectionError("no route to host\nsecond line")
        return str(self.folder / filename)


def test_downloading(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = {"post_id": "p", "history": "q", "human_ref_A": "a", "human_ref_B": "b", "labels": 1}
    folder = tmp_path / "reddit" / "askhr"
    folder.mkdir(parents=True)
    for number, name in enumerate(("train", "validation", "test")):
        row = example | {"domain": f"askhr_{name}", "history": f"q{number}"}
        write_jsonl(folder / f"{name}.json", [row])
    fake = FakeHub(tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    report = import_data(study, load_card("shp2"), choices=ImportChoices(domain="askhr", download=True))
    assert report.pairs.added == 3
    assert fake.asked[0] == ("stanfordnlp/SHP-2", "reddit/askhr/train.json", "main", "dataset")


def test_downloading_offline_is_one_line(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", FakeHub(None))
    with pytest.raises(ImportFailure) as caught:
        import_data(study, load_card("webgpt"), choices=ImportChoices(download=True))
    assert "cannot be downloaded (no route to host); fetch default/train/0000.parquet from" in str(
        caught.value
    )
    assert "\n" not in str(caught.value)
    with pytest.raises(
        ImportFailure,
        match=r"not on Hugging Face; fetch testset.*; gpt-3\.5-turbo.* and pandalm-7b-.* may lie beside it",
    ):
        hub.download(load_card("pandalm"), load_card("pandalm").file("pairs"), None)


def test_nothing_is_downloaded_unless_asked(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeHub(tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    with pytest.raises(ImportFailure, match="or --download"):
        import_data(study, load_card("webgpt"))
    assert fake.asked == []
