"""Stepping through a validation in a study of 100k responses with 1M facts: read, and on the screen.

On the screen: from a key press in a real pseudo-terminal until the next item is painted, the judgement
committed in between; beside it the Label screen in the same study, and what a commit alone takes.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, TypeVar

import numpy as np
from sqlalchemy import select

from annotation.profiles import load_profile
from annotation.settings import StudySettings
from annotation.store.tables import validation_items
from annotation.study import Study
from annotation.validation.choices import Level, Stratify, Values
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.facts import FactMarks
from annotation.validation.items import ItemValue, read_items
from annotation.validation.judgements import NewJudgement
from annotation.validation.log import ValidationLog
from bench.latency import PRESSES, WARM_UP, WORDS, Terminal, label, row, time_commits
from bench.report import print_table
from tests.annotation.synthetic import make_study

PAIRS, FACTS, DRAWN, OPENED = 50_000, 10, 300, 40
_RIGHT: Final = "\x1b[C"
Result = TypeVar("Result")

_INSERT = """INSERT INTO factor_values (response_id, factor, value, method, version, created, evidence)
VALUES (?, 'hallucination', ?, 'llm', 'fused-1', '2026-01-01T00:00:00Z', ?)"""


def main() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.db"
        with make_study(path, PAIRS, words=WORDS) as study:
            study.change_settings(StudySettings(minimum_seconds=0.0))
            _add_facts(study)
            ValidationLog(study).register("anna")
            lists, lists_drawn = _timed(lambda: Validations(study).create(Design("hallucination", DRAWN)))
            single = Design("hallucination", DRAWN, level=Level.FACT, stratify=Stratify.VERDICT)
            facts, facts_drawn = _timed(lambda: Validations(study).create(single))
        rows = []
        for name, info in (("lists of facts", lists), ("single facts", facts)):
            opened = [_first(path, info.id) for _ in range(OPENED)]
            steps, saves, accuracies = _step(path, info.id)
            rows += [
                (f"the first item, {name}", *_percentiles(opened)),
                (f"the next item, {name}", *_percentiles(steps)),
                (f"saving, on disk, {name}", *_percentiles(saves)),
                (f"the live accuracy, {name}", *_percentiles(accuracies)),
            ]
        rows.append(("the ranking after a correction", *_percentiles(_correct(path, lists.id))))
        on_screen = _on_screen(path)
    print_table(
        f"Validating among {2 * PAIRS:,} responses with {2 * PAIRS * FACTS:,} facts; drawing {DRAWN} took "
        f"{lists_drawn:.1f} s and {facts_drawn:.1f} s",
        ["", "median", "p99 (items: under 50 ms)"],
        rows,
    )
    print_table(
        f"Key press to paint on the screens, {2 * PAIRS:,} responses, {PRESSES} presses each (milliseconds)",
        ("", "p50", "p99", "most", "p50 / commit", "p99 / commit"),
        on_screen,
    )


def _on_screen(path: Path) -> list[tuple[str, ...]]:
    home = str(path.parent)
    (path.parent / "config.toml").write_text('annotator = "nina"\n')
    lists = Design("hallucination", DRAWN, seed=1)
    with Study.open(path) as study:
        drawn = Validations(study).create_all([lists, replace(lists, level=Level.FACT), lists])
        of_lists, of_facts, to_look = ((info.id, _places(study, info.id)) for info in drawn)
        commits = time_commits(study, "olga")
    bare = quantiles(commits, n=100)
    return [
        row("a commit alone", commits, bare),
        row("Label: a digit", label(["label", str(path), "--annotator", "ada"], home, pairs=PAIRS), bare),
        row("Validate: y or ?, lists of facts", _press(path, *of_lists, "y?"), bare),
        row("Validate: y or ?, single facts", _press(path, *of_facts, "y?"), bare),
        row("Validate: the item after", _press(path, *to_look, (_RIGHT, _RIGHT)), bare),
    ]


def _press(path: Path, validation_id: int, places: list[bytes], keys: Sequence[str]) -> list[float]:
    """Go through a validation with two keys in turn, since one twice in quick succession counts as held."""
    arguments = ["validate", "open", str(path), "--id", str(validation_id)]
    with Terminal(arguments, str(path.parent)) as terminal:
        terminal.wait_for((places[0],))
        terminal.settle(1)
        times = [
            terminal.time_press(keys[n % 2], (place,))
            for n, place in enumerate(places[1 : WARM_UP + PRESSES])
        ]
    return times[WARM_UP:]


def _places(study: Study, validation_id: int) -> list[bytes]:
    """The fact that each item shows, in the order of the items."""
    c = validation_items.c
    found = select(c.response_id, c.fact).where(c.validation_id == validation_id).order_by(c.position)
    with study.reading() as connection:
        return [
            rf"Fact {fact or 0} of response {response - 1} says".encode()
            for response, fact in connection.execute(found)
        ]


def _add_facts(study: Study) -> None:
    chance = np.random.default_rng(1)
    supported = chance.random((2 * PAIRS, FACTS)) < 0.85

    def rows() -> Iterator[tuple[int, float, str]]:
        for index, verdicts in enumerate(supported.tolist()):
            told = [
                {
                    "text": f"Fact {place} of response {index} says this much.",
                    "supported": verdict,
                    "justification": "The post says so in its second sentence, in other words.",
                }
                for place, verdict in enumerate(verdicts)
            ]
            yield index + 1, verdicts.count(False) / FACTS, json.dumps({"facts": told})

    with study.writing() as connection:
        connection.connection.cursor().executemany(_INSERT, list(rows()))


def _first(path: Path, validation_id: int) -> float:
    """From a study just opened, with nothing read yet, to the first item."""
    with Study.open(path) as study:
        return _timed(lambda: ValidationDesk(study, validation_id, "anna").next())[1]


def _step(path: Path, validation_id: int) -> tuple[list[float], list[float], list[float]]:
    steps, saves, accuracies = [], [], []
    with Study.open(path) as study:
        desk = ValidationDesk(study, validation_id, "anna")
        item = desk.next()
        while item is not None:
            saves.append(_timed(partial(desk.save, _answer(item)))[1])
            item, seconds = _timed(partial(desk.next, item.id))
            steps.append(seconds)
            accuracies.append(_timed(desk.accuracy)[1])
    return steps, saves, accuracies


def _correct(path: Path, validation_id: int) -> list[float]:
    """Anna turns one more verdict of each list."""
    times = []
    with Study.open(path) as study:
        profile = load_profile(study, values=Values.CORRECTED)
        desk = ValidationDesk(study, validation_id, "anna")
        with study.reading() as connection:
            items = read_items(
                connection, {desk.factor.name: desk.factor}, validation_items.c.validation_id == validation_id
            )
        for item in items[:100]:
            desk.save(_answer(item, turned=1))
            times.append(_timed(lambda: profile.follow_corrections(study))[1])
    return times


def _answer(item: ItemValue, turned: int = 0) -> NewJudgement:
    if item.fact is not None:
        return item.answered("anna", label="yes", seconds=1.0)
    verdict = item.listed.facts[turned].verdict
    return item.answered("anna", facts=FactMarks({turned: not verdict}), seconds=1.0)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    start = perf_counter()
    return call(), perf_counter() - start


def _percentiles(times: list[float]) -> tuple[str, str]:
    median, late = np.percentile(times, [50, 99]).tolist()
    return f"{1000 * median:.1f} ms", f"{1000 * late:.1f} ms"
