"""A planned study of real data, labelled in a terminal, in a browser and in Label Studio, to its report."""

import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from annotation.answers import AnswerKind, AnswerLog
from annotation.study import Study
from tests.services.chromium import running_chromium
from tests.services.label_studio_server import LabelStudio, preferred
from tests.services.llm_server import free_port
from tests.services.program import Program
from tests.services.test_browser import PEOPLE, begin, label, serving
from tests.services.tmux import WIDTH, Tmux, running_tmux

pytestmark = pytest.mark.service

PAIRS, PEOPLE_A_PAIR = 8, 3
IN_TERMINAL, IN_BROWSER, IN_LABEL_STUDIO = "tess", PEOPLE[0], "lena@example.org"
BROWSER_KEYS = "12211211"

Row = Mapping[str, Any]
Given = dict[str, int]
"""A row's id -> 1 for its `answer_0`, -1 for its `answer_1`: what the test itself said."""


def longer(row: Row) -> int:
    return 1 if len(row["answer_0"]) >= len(row["answer_1"]) else -1


def scored_higher(row: Row) -> int:
    return 1 if row["score_0"] > row["score_1"] else -1


def label_in_terminal(tmux: Tmux, rows: Mapping[str, Row]) -> Given:
    """Prefer the longer answer, whichever side the screen has it on."""
    tmux.sees(lambda lines: any("escape closes" in line for line in lines), "the instructions")
    tmux.press("Escape")
    given: Given = {}
    for number in range(1, PAIRS + 1):
        row, first = on_screen(item_on(tmux, number), rows)
        time.sleep(1.2)  # the keys stay dead until the item could have been read
        tmux.press("1" if longer(row) == first else "2")
        given[row["id"]] = longer(row)
    tmux.sees(lambda lines: not any("◀ 1 better" in line for line in lines), "the end")
    tmux.press("Escape")
    return given


def item_on(tmux: Tmux, number: int) -> list[str]:
    """The screen once it has this item."""

    def has_it(lines: list[str]) -> bool:
        return f"{number} of {PAIRS} " in lines[0] and any("choose" in line[-20:] for line in lines)

    return tmux.sees(has_it, f"item {number}")


def on_screen(lines: Sequence[str], rows: Mapping[str, Row]) -> tuple[Row, int]:
    """The row whose answers begin as the two sides do, and which of them is first."""
    top = next(number for number, line in enumerate(lines) if line.startswith("╭─ ◀ 1"))
    half = WIDTH // 2
    line = lines[top + 1]
    sides = [" ".join(side.strip("│ ").split()) for side in (line[:half], line[half:])]
    found = [
        (row, first)
        for row in rows.values()
        for first, names in ((1, ("answer_0", "answer_1")), (-1, ("answer_1", "answer_0")))
        if all(begins(row[name], side) for name, side in zip(names, sides, strict=True))
    ]
    assert len(found) == 1, (sides, found)
    return found[0]


def begins(text: str, shown: str) -> bool:
    return " ".join(text.split()).startswith(shown) if shown else not text.strip()


def label_in_browser(
    study: Study, program: Program, port: int, folder: Path, ids: Mapping[int, str]
) -> Given:
    """Press keys; which pair was shown, and which side first, is as the study has it."""
    with ExitStack() as stack:
        served = stack.enter_context(serving(study, program, port))
        chromium = stack.enter_context(running_chromium(folder / "chromium"))
        chromium.enter(served.address, IN_BROWSER, served.codes[IN_BROWSER])
        begin(chromium)
        label(chromium, served, IN_BROWSER, BROWSER_KEYS)
        mine = [answer for answer in served.answers() if answer.annotator == IN_BROWSER]
    given: Given = {}
    for key, answer in zip(BROWSER_KEYS, mine, strict=True):
        assert answer.shown_first is not None
        given[ids[answer.pair_id]] = (1 if key == "1" else -1) * answer.shown_first
    return given


def label_in_label_studio(server: LabelStudio, project: int, rows: Mapping[str, Row]) -> Given:
    """Prefer what the data set's people preferred; the texts of a task say which row it is."""
    person = server.join(IN_LABEL_STUDIO)
    given: Given = {}
    while (task := person.next(project)) is not None:
        texts = [task["data"][name] for name in ("response_1", "response_2")]
        row = next(
            row for row in rows.values() if sorted(texts) == sorted((row["answer_0"], row["answer_1"]))
        )
        first = 1 if texts[0] == row["answer_0"] else -1
        side = "left" if scored_higher(row) == first else "right"
        person.annotate(task["id"], preferred(side), seconds=30)
        given[row["id"]] = scored_higher(row)
    return given


def test_three_people_three_ways(
    program: Program, label_studio: LabelStudio, shared_data: Path, tmp_path: Path
) -> None:
    data = shared_data / "webgpt" / "comparisons134.jsonl"
    place = tmp_path / "study.db"
    assert program("new", place, "--task", "document-qa").code == 0
    assert program("import", place, "--card", "webgpt", data).code == 0
    assert program("study", "leave-out", place, "webgpt", "--reason", "the data set's own").code == 0
    design = ("--sources", PAIRS, "--annotators-per-pair", PEOPLE_A_PAIR, "--ties", "no", "--seed", 1)
    planned = program("study", "plan", place, *design, "--format", "json").json
    assert (planned["items"], planned["labels"]) == (PAIRS, PAIRS * PEOPLE_A_PAIR)
    pushed = program("label-studio", "push", place, "--url", label_studio.url)
    found = re.search(r"/projects/(\d+)/", pushed.err)
    assert found, pushed.err

    with Study.open(place) as study:
        ids = ids_of_pairs(study)
        every = {row["id"]: row for row in map(json.loads, data.read_text("utf-8").splitlines())}
        rows = {id_: every[id_] for id_ in planned_ids(label_studio, int(found[1]), every)}
        with running_tmux(tmp_path, "label", str(place), "--annotator", IN_TERMINAL) as tmux:
            in_terminal = label_in_terminal(tmux, rows)
        in_browser = label_in_browser(study, program, free_port(), tmp_path, ids)
        in_label_studio = label_in_label_studio(label_studio, int(found[1]), rows)
        pull = ("label-studio", "pull", place, "--url", label_studio.url, "--format", "json")
        pulled = program(*pull)
        assert pulled.json["labels"] == PAIRS, pulled.err
        assert program(*pull).json["labels"] == 0
        called = pulled.json["annotators"][0]["annotator"]
        given = {IN_TERMINAL: in_terminal, IN_BROWSER: in_browser, called: in_label_studio}
        assert stored(study, ids) == given

    report = program("study", "report", place, "--format", "json").json
    assert (report["labels"], report["pairs"]) == (24, 8)
    assert report["origins"] == {"terminal": 8, "browser": 8, "import": 8}
    assert (report["plan"]["given"], report["plan"]["done"]) == (24, 8)
    assert [one["annotator"] for one in report["absent"]] == ["webgpt"]
    compare(report["agreement"], given)
    assert program("verify", place).code == 0


def planned_ids(server: LabelStudio, project: int, rows: Mapping[str, Row]) -> list[str]:
    """The rows that were planned: those whose answers stand in the tasks."""
    by_texts = {frozenset((row["answer_0"], row["answer_1"])): id_ for id_, row in rows.items()}
    tasks = (task.data for task in server.tasks(project))
    return [by_texts[frozenset((data["response_1"], data["response_2"]))] for data in tasks]


def ids_of_pairs(study: Study) -> dict[int, str]:
    from sqlalchemy import select

    from annotation.store.tables import pairs

    with study.reading() as connection:
        return {id_: str(name) for id_, name in connection.execute(select(pairs.c.id, pairs.c.external_id))}


def stored(study: Study, ids: Mapping[int, str]) -> dict[str, Given]:
    """What the study has, without the labels that came with the data."""
    found: dict[str, Given] = {}
    for answer in AnswerLog(study).since(0):
        if answer.kind is AnswerKind.LABEL and answer.annotator != "webgpt":
            assert answer.choice is not None
            found.setdefault(answer.annotator, {})[ids[answer.pair_id]] = int(answer.choice)
    return found


def compare(agreement: Mapping[str, Any], given: Mapping[str, Given]) -> None:
    """Every figure with what other packages, or the definition, make of the answers that the test gave."""
    items = sorted(next(iter(given.values())))
    table = np.array([[given[name][item] for item in items] for name in given], dtype=float)
    votes = [Counter(column) for column in table.T]
    same = sum(left == right for column in table.T for left, right in combinations(column, 2))
    assert (agreement["observed"]["hits"], agreement["observed"]["of"]) == (same, 3 * PAIRS)
    unanimous = sum(len(counts) == 1 for counts in votes)
    assert (agreement["unanimous"]["hits"], agreement["unanimous"]["of"]) == (unanimous, PAIRS)
    majority = Counter(counts.most_common(1)[0][0] for counts in votes)
    assert agreement["majority"] == {"left": majority[1], "right": majority[-1], "tie": 0, "none": 0}

    task = AnnotationTask([(name, item, given[name][item]) for name in given for item in items])
    alpha = agreement["krippendorff_alpha"]["nominal"]
    assert alpha == pytest.approx(task.alpha())
    assert alpha == pytest.approx(krippendorff.alpha(table, level_of_measurement="nominal"))
    kappas = {frozenset((pair["a"], pair["b"])): pair["kappa"] for pair in agreement["pairwise_kappa"]}
    assert kappas == pytest.approx(
        {frozenset(two): task.kappa_pairwise(*two) for two in combinations(given, 2)}
    )
    # Fleiss 1971: agreement within items against that of shares over all labels.
    shares = [sum(counts[side] for counts in votes) / table.size for side in (1, -1)]
    within = np.mean([sum(n * (n - 1) for n in counts.values()) / 6 for counts in votes])
    chance = sum(share**2 for share in shares)
    assert agreement["fleiss_kappa"] == pytest.approx((within - chance) / (1 - chance))
    assert agreement["single_label_pairs"] == 0
