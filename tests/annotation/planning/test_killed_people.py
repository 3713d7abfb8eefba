"""Three people work by a plan and are killed at random moments: a thousand of them, fifty in a study.

Each of them is killed alone while the others go on, and begins anew. What a process was told to have been
saved it writes into a pipe afterwards, so that its killer knows.
"""

import os
import random
import select as waiting
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Never

import pytest
from sqlalchemy import Row, select

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import AnswerError
from annotation.integrity import check
from annotation.planning.seats import utc_now
from annotation.store.journal import Journal
from annotation.store.tables import agents, answers, seats
from annotation.study import Study
from annotation.verification import verify
from tests.annotation.drafts import LEFT, RIGHT
from tests.annotation.planning.planned import Clock, Person, overlap, planned_study

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="processes are forked, which this system cannot"
)
PEOPLE: Final = ("anna", "ben", "cleo")
PAIRS, WANTED, KILLS = 60, 2, 50
STUDIES: Final = 20
_GIVE_UP: Final = 300


@dataclass
class Told:
    """What the processes told before they were killed.

    Attributes:
        begun: by token, whose entry, of which pair and kind.
        saved: ids of acknowledged entries by token.
        undone: what an acknowledged undo took back, by its own id.
    """

    begun: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)
    undone: dict[int, int] = field(default_factory=dict)


@dataclass
class Life:
    """A process that works until it is killed: some time after its so many-th answer was acknowledged."""

    name: str
    process: int
    reader: int
    answers_left: int
    seconds_then: float
    due: float | None = None
    heard: bytes = b""

    def listen(self, told: Told) -> None:
        """Take in what it has to say now; lines are short, and written whole."""
        *lines, self.heard = (self.heard + os.read(self.reader, 65536)).split(b"\n")
        for line in lines:
            match line.decode().split():
                case ["begun", token, pair, kind]:
                    told.begun[token] = (self.name, int(pair), kind)
                case ["saved", token, id_]:
                    told.saved[token] = int(id_)
                    self.answers_left -= 1
                case ["undone", id_, undoes]:
                    told.undone[int(id_)] = int(undoes)
                    self.answers_left -= 1
        if self.answers_left <= 0 and self.due is None:
            self.due = time.monotonic() + self.seconds_then

    def end(self, told: Told) -> None:
        """Kill it and take in the last it said."""
        os.kill(self.process, signal.SIGKILL)
        _, status = os.waitpid(self.process, 0)
        self.listen(told)
        os.close(self.reader)
        assert os.WIFSIGNALED(status), "it ended before it was killed"
        assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.service) for seed in range(1, STUDIES))]
)
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "study.db", random.Random(seed)
    # Others get what the killed have left after a second; or at once, also of who is still at work.
    hold_minutes = 0.02 if seed % 2 else 0.0005
    planned_study(path, PAIRS, a_source=3, annotators_per_pair=WANTED, hold_minutes=hold_minutes).close()
    told = Told()
    with _lives(path, told, chance) as kills:
        assert sum(1 for _ in zip(range(KILLS), kills, strict=False)) == KILLS
    assert len(told.saved) > KILLS
    noted = {line["id"] for line in Journal(path).read().answers.values()}
    assert noted >= {*told.saved.values(), *told.undone}, "acknowledged and not noted"
    with Study.open(path) as study:
        _is_what_was_told(study, told)
        _finish(study)
        assert overlap(study) == dict.fromkeys(range(1, PAIRS + 1), WANTED)
        _keeps_the_overlap(study)
        assert check(study) == ()
        found = verify(study)
        assert (found.faults, found.noted) == ((), found.head.entries)


@contextmanager
def _lives(path: Path, told: Told, chance: random.Random) -> Iterator[Iterator[None]]:
    """Everybody at work; each step kills one of them, who begins anew. All are killed on leaving."""
    at_work: dict[int, Life] = {}

    def begin(name: str) -> None:
        life = _begin(path, name, chance)
        at_work[life.reader] = life

    def kills() -> Iterator[None]:
        give_up = time.monotonic() + _GIVE_UP
        for name in PEOPLE:
            begin(name)
        while time.monotonic() < give_up:
            next_due = min((life.due for life in at_work.values() if life.due is not None), default=None)
            patience = 1.0 if next_due is None else max(0.0, next_due - time.monotonic())
            for reader in waiting.select(at_work, [], [], patience)[0]:
                at_work[reader].listen(told)
            for life in list(at_work.values()):
                if life.due is not None and life.due <= time.monotonic():
                    del at_work[life.reader]
                    life.end(told)
                    begin(life.name)
                    yield
        pytest.fail("nobody works")

    try:
        yield kills()
    finally:
        for life in at_work.values():
            life.end(told)


def _begin(path: Path, name: str, chance: random.Random) -> Life:
    reader, writer = os.pipe()
    seed, answers_left, seconds = chance.random(), chance.randint(0, 5), chance.uniform(0, 0.02)
    process = os.fork()
    if process == 0:
        _work(path, name, writer, random.Random(seed))
    os.close(writer)
    life = Life(name, process, reader, answers_left, seconds)
    if not answers_left:
        life.due = time.monotonic() + seconds  # as likely as not before it has opened the study
    return life


def _work(path: Path, name: str, writer: int, chance: random.Random) -> Never:
    """Work by the plan for ever; who is through with it changes their mind about what they said."""
    try:
        study = Study.open(path)
        person = Person(study, name, utc_now)
        said: list[int] = []

        def save(pair_id: int, kind: AnswerKind = AnswerKind.LABEL, **what: object) -> None:
            answer = NewAnswer(pair_id, name, kind, **what)  # type: ignore[arg-type]
            os.write(writer, f"begun {answer.token} {pair_id} {kind}\n".encode())
            saved = person.log.save(answer)
            os.write(writer, f"saved {answer.token} {saved.id}\n".encode())

        while True:
            item = person.next()
            if item is None:
                said = said or list(person.log.standing(name).labels)
                item = person.worklist.item(chance.choice(said))
            pair_id, drawn = item.pair_id, chance.random()
            try:
                if drawn < 0.1:
                    save(pair_id, AnswerKind.NOTE, note="hm – so?")
                elif drawn < 0.15:
                    save(pair_id, AnswerKind.SKIP, set=True)
                    person.worklist.mark(pair_id, labelled=False, skipped=True)
                else:
                    save(pair_id, choice=chance.choice((LEFT, RIGHT)), shown_first=item.first)
                    person.worklist.mark(pair_id, labelled=True)
                if drawn > 0.9 and (undone := person.log.undo(name)) is not None:
                    os.write(writer, f"undone {undone.id} {undone.undoes}\n".encode())
                    labelled = undone.pair_id in person.log.standing(name).labels
                    person.worklist.mark(undone.pair_id, labelled=labelled)
            except AnswerError:
                person.item = person.worklist.after_refusal(item.key)
    finally:
        os._exit(1)


def _entries(study: Study) -> list[Row[tuple[object, ...]]]:
    with study.reading() as connection:
        return list(
            connection.execute(select(answers, agents.c.name).join(agents).order_by(answers.c.id)).all()
        )


def _is_what_was_told(study: Study, told: Told) -> None:
    """All that was acknowledged is there once, and nothing is that nobody gave."""
    rows = _entries(study)
    given = {row.token: row for row in rows if row.undoes is None}
    undone = {row.id: row.undoes for row in rows if row.undoes is not None}
    assert len(given) + len(undone) == len(rows)
    assert told.saved.items() <= {token: row.id for token, row in given.items()}.items()
    assert told.undone.items() <= undone.items()
    stored = {token: (row.name, row.pair_id, row.kind) for token, row in given.items()}
    assert stored.items() <= told.begun.items()
    unacknowledged = len(rows) - len(told.saved) - len(told.undone)
    assert unacknowledged <= KILLS + len(PEOPLE), "more than one open answer a kill"


def _finish(study: Study) -> None:
    """Everybody comes back when nothing of the killed is held any more, and labels what is left."""
    clock = Clock(utc_now() + timedelta(hours=1))
    for name in PEOPLE:
        Person(study, name, clock).work()


def _keeps_the_overlap(study: Study) -> None:
    """Answer by answer: never did a pair have more labels than planned, nor a person two seats of one."""
    choices: dict[tuple[int, str], int | None] = {}
    for row in _entries(study):
        if row.kind == AnswerKind.LABEL:
            choices[row.pair_id, row.name] = row.choice
            labels = [one for (pair, _), one in choices.items() if pair == row.pair_id and one is not None]
            assert len(labels) <= WANTED
    with study.reading() as connection:
        taken = connection.execute(select(seats.c.item_id).where(seats.c.state == "taken")).scalars()
        labelled = (pair for (pair, _), choice in choices.items() if choice is not None)
        assert Counter(taken) == Counter(labelled)  # items have the numbers of their pairs here
    assert AnswerLog(study).last() == len(_entries(study))
