"""Three people label one study, are killed at random moments, and lose or double no acknowledged answer."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.integrity import check
from annotation.store.tables import answers
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import Draft

PEOPLE = ("anna", "ben", "cleo")
ROUNDS = 70
PAIRS = 50


@dataclass
class Told:
    """What the labellers told before they were killed."""

    begun: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_no_acknowledged_answer_is_lost_or_doubled(tmp_path: Path) -> None:
    """At least 200 kills, each at a moment between the start of a labeller and its twentieth answer or so."""
    path, told, chance = tmp_path / "study.db", Told(), random.Random(20)
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(PAIRS)
        for name in PEOPLE:
            AnswerLog(study).register(name)
    unacknowledged_before = 0
    for round_number in range(ROUNDS):
        _label_until_killed(path, told, chance, round_number)
        stored = _stored(path)
        unacknowledged = len(stored.keys() - told.acknowledged)
        assert stored.keys() >= told.acknowledged, "an acknowledged answer is lost"
        assert stored.items() <= told.begun.items(), "an answer is stored that nobody gave"
        assert unacknowledged - unacknowledged_before <= len(PEOPLE), "more than one open answer a kill"
        unacknowledged_before = unacknowledged
    with Study.open(path) as study:
        assert check(study) == ()
        assert {label.annotator for label in study.summary().annotators if label.labels} == set(PEOPLE)
    # Otherwise the kills struck before anybody had begun, and the test shows nothing.
    assert len(told.acknowledged) > ROUNDS * len(PEOPLE)


def _label_until_killed(path: Path, told: Told, chance: random.Random, round_number: int) -> None:
    with _labellers(path, round_number) as labellers:
        for reader, _ in labellers:
            assert os.read(reader, 1) == b"!"  # the study is open, answers follow
        time.sleep(chance.uniform(0.005, 0.06))
        for _, process in labellers:
            os.kill(process, signal.SIGKILL)
        for (reader, process), name in zip(labellers, PEOPLE, strict=True):
            _, status = os.waitpid(process, 0)
            assert os.WTERMSIG(status) == signal.SIGKILL, "a labeller ended before it was killed"
            _listen(reader, name, told)


@contextmanager
def _labellers(path: Path, round_number: int) -> Iterator[list[tuple[int, int]]]:
    pipes = [os.pipe() for _ in PEOPLE]
    started = []
    for number, ((reader, writer), name) in enumerate(zip(pipes, PEOPLE, strict=True)):
        process = os.fork()
        if process == 0:
            _label(path, name, writer, seed=round_number * len(PEOPLE) + number)
        os.close(writer)
        started.append((reader, process))
    try:
        yield started
    finally:
        for reader, _ in started:
            os.close(reader)


def _label(path: Path, name: str, writer: int, seed: int) -> Never:
    """Label for ever; tells each answer before it is saved and again when it is acknowledged."""
    try:
        chance, log = random.Random(seed), AnswerLog(Study.open(path))
        os.write(writer, b"!")
        while True:
            pair, choice = chance.randint(1, PAIRS), chance.choice(list(Preference))
            answer = NewAnswer(pair, name, choice=choice)
            os.write(writer, f"begun {answer.token} {pair} {choice.value}\n".encode())
            log.save(answer)
            os.write(writer, f"saved {answer.token}\n".encode())
    finally:
        os._exit(1)


def _listen(reader: int, name: str, told: Told) -> None:
    with os.fdopen(os.dup(reader)) as lines:
        for line in lines:
            match line.split():
                case ["begun", token, pair, choice]:
                    told.begun[token] = (name, int(pair), int(choice))
                case ["saved", token]:
                    told.acknowledged.add(token)


def _stored(path: Path) -> dict[str, tuple[str, int, int]]:
    """The log by token, after the study was opened as anybody would and found whole."""
    with Study.open(path) as study:
        with study.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar_one() == "ok"
            tokens = {row.id: row.token for row in connection.execute(answers.select())}
        log = AnswerLog(study).since(0)
    assert max(Counter(tokens.values()).values(), default=1) == 1
    assert all(answer.choice is not None for answer in log)
    return {
        tokens[answer.id]: (answer.annotator, answer.pair_id, int(answer.choice))
        for answer in log
        if answer.choice is not None
    }
