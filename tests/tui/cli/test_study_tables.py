"""What a study reports of a crowd: in short, with what speaks against it, and on 80 columns of a terminal."""

import csv
import io
import os
import re
import sys
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import fmean

import pytest

from annotation.agreement import Coefficient, PairwiseKappa, summarize_kappas
from annotation.answers import AnswerLog, NewAnswer
from annotation.results.labels import Labelling
from annotation.results.report import report_study
from annotation.study import Study
from profile_engine.crowd import CrowdMethod
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, Draft, label
from tests.conftest import ROOT
from tests.tui.cli.conftest import Profile
from tests.tui.terminal import Terminal
from tui.cli.names import shortened

CROWD = tuple(f"worker {number:016x}" for number in range(0x4478EEF73E10EFB5, 0x4478EEF73E10EFB5 + 7))


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """Seven workers with long names: six label four pairs, the last one another; the fifth always left."""
    path = tmp_path / "crowd.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(5), AnswerLog(study)
        for place, name in enumerate(CROWD[:6]):
            choices = [LEFT if place == 4 or (place + pair) % 3 else RIGHT for pair in range(4)]
            label(log, name, zip(pairs, choices, strict=False))
        label(log, CROWD[6], [(pairs[4], LEFT)])
        for pair in pairs:
            log.save(NewAnswer(pair, CROWD[0], choice=LEFT, shown_first=LEFT, seconds=1234.5))
    return path


def shown_at(columns: int, *arguments: object) -> list[str]:
    """Every line that a command draws in a real terminal of so many columns."""
    names = ("XDG_STATE_HOME", "XDG_DATA_HOME")
    env = {"PYTHONPATH": str(ROOT)} | {name: os.environ[name] for name in names if name in os.environ}
    command = (sys.executable, "-c", "from tui.cli import main; main()", *map(str, arguments))
    with Terminal(command, columns=columns, lines=120, env=env, cwd=ROOT) as terminal:
        assert terminal.wait_end() == 0
        return [line.rstrip() for line in terminal.display.splitlines()]


def test_kappas_of_many_are_told_in_short(profile: Profile, crowd: Path) -> None:
    document = profile("study", "report", crowd, "-f", "json").json["agreement"]
    every = [one["kappa"] for one in document["pairwise_kappa"]]
    defined = [kappa for kappa in every if kappa is not None]
    assert (len(every), len(set(CROWD))) == (21, 7)
    table = profile("study", "report", crowd).out
    assert "kappa, worker" not in table
    assert re.search(rf"every two, mean of {len(defined)} +{fmean(defined):.4f} +– +–\n", table)
    assert re.search(rf"… least, worker….{{7}} and worker….{{7}} +{min(defined):.4f} +[45] ", table)
    assert re.search(rf"… most, worker….{{7}} and worker….{{7}} +{max(defined):.4f} +[45] ", table)
    assert f"Undefined for {21 - len(defined)} of 21: " in table
    assert "no item has two ratings (" in table
    assert "every two people weigh the same" in table
    assert profile("study", "report", crowd, "-f", "latex").out.count("kappa, worker") == 0
    for command in (("study", "report"), ("agreement",)):
        assert profile(*command, crowd, "--all-kappas").out.count("Cohen's kappa, worker") >= 21
    rows = list(csv.DictReader(io.StringIO(profile("agreement", crowd, "-f", "csv").out)))
    assert [row["measure"] for row in rows[2:]] == [
        f"Cohen's kappa, {a} and {b}" for a, b in combinations(CROWD, 2)
    ]


def test_up_to_six_people_each_kappa_is_printed(profile: Profile, crowd: Path) -> None:
    assert profile("study", "leave-out", crowd, CROWD[6], "--reason", "one label").code == 0
    table = profile("study", "report", crowd).out
    assert len(re.findall(r"^Cohen's kappa, worker….{7} and worker….{7} ", table, re.MULTILINE)) == 15
    assert "mean of" not in table


def test_the_sum_of_kappas() -> None:
    def two(a: str, value: float | None, reason: str | None = None) -> PairwiseKappa:
        return PairwiseKappa(a, "z", Coefficient(value, 1, 0, reason))

    kappas = (two("a", 0.5), two("b", None, "alike"), two("c", -0.25), two("d", None, "alone"))
    found = summarize_kappas((*kappas, two("e", None, "alone")))
    assert (found.number, found.defined, found.mean) == (5, 2, 0.125)
    assert found.least == kappas[2]
    assert found.most == kappas[0]
    assert found.undefined == {"alike": 1, "alone": 2}
    nothing = summarize_kappas(())
    assert (nothing.mean, nothing.least, nothing.most, nothing.defined) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (("anna", "fourteen chars"), ("anna", "fourteen chars")),
        (("worker 4478eef73e10efb5",), ("worker…e10efb5",)),
        (("worker x01 and more", "worker y01 and more"), ("worker x01 and more", "worker y01 and more")),
        (("\x1b[2Jx",), ("␛[2Jx",)),
    ],
    ids=("short", "long", "the same when cut", "escape"),
)
def test_names_are_cut_unless_two_become_one(names: tuple[str, ...], short: tuple[str, ...]) -> None:
    assert tuple(shortened(names, 14).values()) == short


@pytest.mark.parametrize(
    ("command", "heads"),
    [
        (
            ("quality",),
            (
                "Annotator Labels Seconds First % 95 % interval Flags Notes",
                "Annotator Gold % Others % Again % Answers Why",
            ),
        ),
        (("report", "--per-pair"), ("Pair Id L T R Majority Settled D-S p D-S MACE p MACE",)),
        (
            ("report", "--all-kappas"),
            ("Measure Value Pairs Not covered", "Annotator Labels Right, by Dawid-Skene Knows, by MACE"),
        ),
        (("report",), ("Labels combined by Left Right Tie None Not as majority, or none",)),
    ],
    ids=" ".join,
)
def test_tables_fit_80_columns(
    profile: Profile, crowd: Path, command: tuple[str, ...], heads: tuple[str, ...]
) -> None:
    """Heads on one line, intervals in one piece, a line a row; ids as long as WebGPT's."""
    reason = "has labelled nothing but a single pair, and said to be in a hurry on that one"
    assert profile("study", "leave-out", crowd, CROWD[6], "--reason", reason).code == 0
    with Study.open(crowd) as study, study.writing() as connection:
        connection.exec_driver_sql("UPDATE pairs SET external_id = 'webgpt_test_1' || id")
    action, *options = command
    lines = shown_at(80, "study", action, crowd, *options)
    said = [" ".join(line.split()) for line in lines]
    for head in heads:
        assert head in said
    assert sum(line.count("[") for line in lines) == len(
        re.findall(r"\[\d+\.\d, \d+\.\d\]", "\n".join(lines))
    )
    drawn = [line for line in lines if re.match(r"worker .*\d|Cohen's kappa, |\s+\d+  webgpt", line)]
    assert len(drawn) >= (0 if command == ("report",) else 4)
    assert all(len(re.split(r"\s{2,}", line.strip())) >= 4 for line in drawn)


def test_weighted_labels_are_not_left_to_speak_for_themselves(
    profile: Profile, crowd: Path, tmp_path: Path
) -> None:
    """Fewer than 30 labels a person in the median; more than a tenth of the majorities contradicted."""
    table = profile("study", "report", crowd).out
    assert "Caution: an annotator has 4 labels in the median, fewer than the 30" in table
    path = tmp_path / "many.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log = Draft(study).pairs(40), AnswerLog(study)
        for name in ("anna", "ben", "cleo"):
            label(log, name, [(pair, Preference(1 - 2 * (pair % 2))) for pair in pairs])
    assert "Caution" not in profile("study", "report", path).out
    assert profile("study", "report", path, "-f", "json").json["warnings"] == []


def test_contradicted_majorities_are_counted(profile: Profile, tmp_path: Path) -> None:
    """Three people who guess, so that whom to trust is a matter of chance."""
    path = tmp_path / "study.db"
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        pairs, log, random = Draft(study).pairs(60), AnswerLog(study), Random(3)
        for name in ("anna", "ben", "cleo"):
            label(log, name, [(pair, random.choice((LEFT, RIGHT))) for pair in pairs])
        report = report_study(study)
    majority = report.outcomes.signs[Labelling.MAJORITY].tolist()
    document = profile("study", "report", path, "-f", "json").json
    table = profile("study", "report", path).out
    much = []
    for method in CrowdMethod:
        other = report.outcomes.signs[Labelling(method)].tolist()
        against = sum(
            a != b for a, b in zip(majority, other, strict=True)
        )  # three people, no ties: all are decided
        told = document["crowd"][method]["against_majority"]
        assert (told["hits"], told["of"]) == (against, 60)
        if against > 6:
            much.append(against)
    assert much
    assert all(f"{against} of 60 (" in table for against in much)
    assert "more than 10 % of the majorities are contradicted" in table
    assert "labels in the median" not in table
