"""`export` and `import` of what is labelled elsewhere, on the command line."""

import csv
import json
from pathlib import Path

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.people.consent import withdraw
from annotation.people.participation import leave_out
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, Draft, label
from tests.annotation.importers.elsewhere import assignments, results
from tests.tui.cli.conftest import Profile
from tui.cli.export import ExportFormat


def batch(folder: Path) -> list[dict[str, str]]:
    with (folder / "batch.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_batch_goes_out_and_its_results_come_in(profile: Profile, demo: Path, tmp_path: Path) -> None:
    people = profile("study", "quality", demo, "-f", "json").json["annotators"]
    labels = sum(row["labels"] for row in people)
    assert labels > 0
    for name in (row["annotator"] for row in people):
        profile("study", "leave-out", demo, name, "--reason", "the demo's own")
    profile("study", "plan", demo, "--pairs-per-source", 1, "--annotators-per-pair", 2, "--pay", "0.5")
    done = profile("export", demo, "--format", "mturk", "--to", tmp_path / "batch.csv")
    assert done.code == 0
    assert done.out + done.err == (
        "24 pairs written\nbeside it: batch.html\n48 labels wanted\n"
        "to set there: 2 assignments a HIT, $0.50 each\n"
        f"{labels} labels of {len(people)} annotators who were left out are not in it\n"
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


@pytest.mark.parametrize("format_", ExportFormat)
def test_labels_that_no_export_has_are_counted(
    profile: Profile, tmp_path: Path, format_: ExportFormat
) -> None:
    """ben was left out with three labels, cleo withdrew with one of two taken back; dora said nothing."""
    place = tmp_path / "study.db"
    with Study.create(place, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(3), AnswerLog(study)
        for name, number in (("anna", 3), ("ben", 3), ("cleo", 2), ("dora", 0)):
            label(log, name, [(pair, LEFT) for pair in pairs[:number]])
        log.undo("cleo")
        log.save(NewAnswer(pairs[2], "cleo", AnswerKind.FLAG, set=True))
        out = ("export", place, "-f", format_, "--to", tmp_path / "out.csv")
        assert "not in it" not in profile(*out).err
        for name in ("ben", "dora"):
            leave_out(study, name, "hurries")
        withdraw(study, "cleo")
    done = profile(*out)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[-2:] == [
        "3 labels of 1 annotator who was left out are not in it",
        "1 label of 1 annotator who has withdrawn is not in it",
    ]
    assert "ben" not in (tmp_path / "out.csv").read_text("utf-8")


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
