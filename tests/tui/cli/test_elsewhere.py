"""`export` and `import` of what is labelled elsewhere, on the command line."""

import csv
import json
from pathlib import Path

import pytest

from tests.annotation.importers.elsewhere import assignments, results
from tests.tui.cli.conftest import Profile


def batch(folder: Path) -> list[dict[str, str]]:
    with (folder / "batch.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_batch_goes_out_and_its_results_come_in(profile: Profile, demo: Path, tmp_path: Path) -> None:
    people = profile("study", "quality", demo, "-f", "json").json["annotators"]
    for name in (row["annotator"] for row in people):
        profile("study", "leave-out", demo, name, "--reason", "the demo's own")
    profile("study", "plan", demo, "--pairs-per-source", 1, "--annotators-per-pair", 2, "--pay", "0.5")
    done = profile("export", demo, "--format", "mturk", "--to", tmp_path / "batch.csv")
    assert done.code == 0
    assert done.out + done.err == (
        "24 pairs written\nbeside it: batch.html\n48 labels wanted\n"
        "to set there: 2 assignments a HIT, $0.50 each\n"
    )
    rows = batch(tmp_path)
    assert len(rows) == 24
    work = assignments(rows, ["A1", "A2"])
    work[0]["AssignmentStatus"] = "Rejected"
    place = results(tmp_path, work)
    first = profile("import", demo, place, "--format", "mturk")
    assert "47 labels added" in first.out + first.err
    assert "1 left out: rejected" in first.out + first.err
    again = profile("import", demo, "-f", "mturk", place)
    assert "Nothing new" in again.out + again.err
    names = {row["annotator"] for row in profile("study", "quality", demo, "-f", "json").json["annotators"]}
    assert not {"A1", "A2"} & names
    assert sum(name.startswith("worker ") for name in names) == 2


def test_records_and_columns_go_out_and_in(profile: Profile, demo: Path, tmp_path: Path) -> None:
    records, columns = tmp_path / "records.json", tmp_path / "columns.jsonl"
    profile("export", demo, "-f", "argilla", "-o", records)
    profile("export", demo, "-f", "preference", "-o", columns, "--conversational", "--implicit")
    assert len(json.loads(records.read_text("utf-8"))) == 240
    assert "prompt" not in json.loads(columns.read_text("utf-8").splitlines()[0])
    for name, place in (("argilla", records), ("preference", columns)):
        done = profile("import", demo, "-f", name, place)
        assert (done.code, "Nothing new" in done.out + done.err) == (0, True)
    printed = profile("export", demo, "-f", "dpo", "--conversational").out.splitlines()
    assert json.loads(printed[0])["prompt"][0]["role"] == "user"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "-f", "mturk"], "--format mturk writes several files: say where with --to batch.csv"),
        (["export", "--crowd-elements"], "--crowd-elements is for --format mturk"),
        (["export", "-f", "csv", "--implicit"], "--implicit is for --format dpo or preference or factor-dpo"),
        (["export", "-f", "argilla", "-a", "x"], "--agent is for --format dpo or preference or examples"),
        (["import", "--plain-worker-ids"], "--plain-worker-ids is for --format mturk"),
        (["import", "-f", "mturk", "--annotator", "a"], "--annotator is for --format preference and dpo"),
        (["import", "-f", "dpo", "--annotator", "human"], "'human' stands for all people together"),
        (
            ["import", "-f", "mturk", "--map", "source=a"],
            "--format says what the fields mean: leave out",
        ),
        (["import", "-f", "xml"], "'xml' is not one of 'mturk', 'argilla', 'preference', 'dpo'"),
    ],
)
def test_options_that_do_not_belong(profile: Profile, demo: Path, arguments: list[str], words: str) -> None:
    done = profile(arguments[0], demo, *arguments[1:])
    assert done.code == 2
    assert words in done.err.splitlines()[-1]
