"""Three people label one study, are killed at random moments, and lose or double no acknowledged answer."""

import os
import random
import select
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
    """What the labellers told before they were killed, by token."""

    begun: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)


@dataclass
class Labeller:
    """A process that labels without end, and what it has written so far."""

    name: str
    process: int
    reader: int
    heard: bytes = b""

    def listen(self, told: Told) -> None:
        """Take in what it has to say now; lines are short, and written whole."""
        *lines, self.heard = (self.heard + os.read(self.reader, 65536)).split(b"\n")
        for line in lines:
            match line.decode().split():
                case ["begun", token, pair, choice]:
                    told.begun[token] = (self.name, int(pair), int(choice))
                case ["saved", token]:
                    told.acknowledged.add(token)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_no_acknowledged_answer_is_lost_or_doubled(tmp_path: Path) -> None:
    """More than 200 kills, each round's up to 20 ms after its zeroth to sixth answer was acknowledged."""
    path, told, chance = tmp_path / "study.db", Told(), random.Random(20)
    with Study.create(path, task=Task.SUMMARIZATION) as study:
        Draft(study).pairs(PAIRS)
        for name in PEOPLE:
            AnswerLog(study).register(name)
    unacknowledged_before = 0
    for _ in range(ROUNDS):
        _label_until_killed(path, told, chance)
        stored = _stored(path)
        unacknowledged = len(stored.keys() - told.acknowledged)
        assert stored.keys() >= told.acknowledged, "an acknowledged answer is lost"
        assert stored.items() <= told.begun.items(), "an answer is stored that nobody gave"
        assert unacknowledged - unacknowledged_before <= len(PEOPLE), "more than one open answer a kill"
        unacknowledged_before = unacknowledged
    with Study.open(path) as study:
        assert check(study) == ()
        # On a busy machine somebody may never be fast enough.
        assert len([label for label in study.summary().annotators if label.labels]) >= 2


def _label_until_killed(path: Path, told: Told, chance: random.Random) -> None:
    enough = len(told.acknowledged) + chance.randint(0, 6)
    give_up = time.monotonic() + 120
    with _labellers(path, told, chance) as labellers:
        by_reader = {labeller.reader: labeller for labeller in labellers}
        while len(told.acknowledged) < enough:
            for reader in select.select(by_reader, [], [], 1)[0]:
                by_reader[reader].listen(told)
            assert time.monotonic() < give_up, "nobody labels"
        time.sleep(chance.uniform(0, 0.02))


@contextmanager
def _labellers(path: Path, told: Told, chance: random.Random) -> Iterator[list[Labeller]]:
    """All people, labelling at once; killed on leaving."""
    started: list[Labeller] = []
    try:
        for name in PEOPLE:
            reader, writer = os.pipe()
            seed = chance.random()
            process = os.fork()
            if process == 0:
                _label(path, name, writer, random.Random(seed))
            os.close(writer)
            started.append(Labeller(name, process, reader))
        yield started
    finally:
        for labeller in started:
            os.kill(labeller.process, signal.SIGKILL)
        for labeller in started:
            _, status = os.waitpid(labeller.process, 0)
            labeller.listen(told)
            os.close(labeller.reader)
            assert os.WTERMSIG(status) == signal.SIGKILL, "a labeller ended before it was killed"


def _label(path: Path, name: str, writer: int, chance: random.Random) -> Never:
    """Label for ever; tells each answer before it is saved and again when it is acknowledged."""
    try:
        log = AnswerLog(Study.open(path))
        while True:
            pair, choice = chance.randint(1, PAIRS), chance.choice(list(Preference))
            answer = NewAnswer(pair, name, choice=choice)
            os.write(writer, f"begun {answer.token} {pair} {choice.value}\n".encode())
            log.save(answer)
            os.write(writer, f"saved {answer.token}\n".encode())
    finally:
        os._exit(1)


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
