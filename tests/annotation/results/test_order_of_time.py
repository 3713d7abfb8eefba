"""What depends on the order of labels follows their times, however the rows of a file are ordered."""

from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.exporters.jsonl_file import export_jsonl
from annotation.importers.importing import import_data
from annotation.results.report import StudyReport, report_study
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.rates import Rate
from profile_engine.taxonomy import Task
from tests.annotation.importers.elsewhere import MTURK, assignments, batch_of, bring, fill, results
from tests.annotation.planning.planned import plan

WORKERS = ("A1", "A2", "A3")
PAIRS = 20


def at(second: int) -> str:
    return f"2026-01-01T10:{second // 60:02}:{second % 60:02}Z"


def labelled_elsewhere(study: Study, folder: Path) -> tuple[list[dict[str, str]], dict[str, list[int]], int]:
    """Results of coin flippers at times of their own; what each pressed in time, and how many came late."""
    random = np.random.default_rng(4)
    fill(study, [str(n) for n in range(PAIRS)], folder)
    plan(study, range(1, PAIRS + 1), design={"annotators_per_pair": 3})
    work = assignments(
        batch_of(study, folder), WORKERS, lambda _: "first" if random.random() < 0.5 else "second"
    )
    for row, second in zip(work, random.permutation(len(work)).tolist(), strict=True):
        row["SubmitTime"] = at(second)
    pressed: dict[str, list[int]] = {worker: [] for worker in WORKERS}
    said: dict[str, list[str]] = {}
    late = 0
    for row in sorted(work, key=lambda row: row["SubmitTime"]):
        pressed[row["WorkerId"]].append(1 if row["Answer.choice"] == "first" else -1)
        before = said.setdefault(row["Input.item"], [])
        late += len(before) == 2 and len(set(before)) == 1
        before.append(row["Answer.choice"])
    return work, pressed, late


def figures(report: StudyReport) -> tuple[Rate, float | None, int | None]:
    sparable = None if report.progress is None else report.progress.sparable
    return report.carry_over.repeats, report.carry_over.expected, sparable


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_rows_of_a_batch_in_any_order(tmp_path: Path, seed: int | None) -> None:
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as study:
        work, pressed, late = labelled_elsewhere(study, tmp_path)
        rows = work if seed is None else [work[n] for n in np.random.default_rng(seed).permutation(len(work))]
        assert bring(study, MTURK, results(tmp_path, rows)).labels.added == 60
        repeats, expected, sparable = figures(report_study(study))
    same = sum(a == b for sides in pressed.values() for a, b in pairwise(sides))
    assert (repeats.hits, repeats.of, sparable) == (same, 57, late)
    by_chance = [(a * (a - 1) + (20 - a) * (19 - a)) / 380 for a in (s.count(1) for s in pressed.values())]
    assert expected == pytest.approx(np.mean(by_chance))


def test_a_round_trip_keeps_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People go through the pairs in orders of their own; a file has them pair by pair."""
    random, seconds = np.random.default_rng(5), count()
    monkeypatch.setattr("annotation.store.answer_entries.timestamp", lambda: at(next(seconds)))
    with Study.create(tmp_path / "one.db", task=Task.SUMMARIZATION) as study:
        fill(study, [str(n) for n in range(PAIRS)], tmp_path)
        log = AnswerLog(study)
        for name in WORKERS:
            log.register(name)
            for pair in (1 + random.permutation(PAIRS)).tolist():
                choice, first = (Preference(int(one)) for one in random.choice([1, -1], 2))
                log.save(NewAnswer(pair, name, choice=choice, shown_first=first))
        before = report_study(study)
        export_jsonl(study, tmp_path / "all.jsonl")
    with Study.create(tmp_path / "two.db", task=Task.SUMMARIZATION) as study:
        import_data(study, None, [tmp_path / "all.jsonl"])
        after = report_study(study)
    assert before.carry_over.repeats.of == 57
    assert figures(after) == figures(before)
