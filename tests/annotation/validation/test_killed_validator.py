"""Two people validate one study, are killed at random moments, and lose or double no judgement."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Never

import pytest
from sqlalchemy import select

from annotation.integrity import check
from annotation.store.tables import judgements
from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.judgements import NewJudgement, Ruling
from annotation.validation.log import ValidationLog

PEOPLE = ("anna", "ben")
ROUNDS = 15
ITEMS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which this system cannot")
def test_no_acknowledged_judgement_is_lost_or_doubled(sample: Study) -> None:
    path, chance = Path(sample.location), random.Random(4)
    Validations(sample).create(Design("intent_alignment", ITEMS, validators=2))
    sample.close()
    begun: set[str] = set()
    saved: set[str] = set()
    for round_number in range(ROUNDS):
        readers = [_start(path, name, round_number) for name in PEOPLE]
        for reader, _ in readers:
            assert os.read(reader, 1) == b"!"  # the study is open, judgements follow
        time.sleep(chance.uniform(0.01, 0.08))
        for _, process in readers:
            os.kill(process, signal.SIGKILL)
        for reader, process in readers:
            _, status = os.waitpid(process, 0)
            assert os.WTERMSIG(status) == signal.SIGKILL, "a validator ended before it was killed"
            with os.fdopen(reader) as lines:
                told = [line.split() for line in lines if line.endswith("\n")]
            begun |= {token for kind, token in told if kind == "begun"}
            saved |= {token for kind, token in told if kind == "saved"}
        with Study.open(path) as study, study.reading() as connection:
            stored = Counter(connection.execute(select(judgements.c.token)).scalars())
        assert saved <= stored.keys() <= begun
        assert max(stored.values(), default=1) == 1
    with Study.open(path) as study:
        assert check(study) == ()
    assert len(saved) > ROUNDS  # else the kills struck before anybody had begun


def _start(path: Path, name: str, seed: int) -> tuple[int, int]:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        _judge(path, name, writer, seed)
    os.close(writer)
    return reader, process


def _judge(path: Path, name: str, writer: int, seed: int) -> Never:
    """Judge for ever; tells each judgement before it is saved and again when it is acknowledged."""
    try:
        chance, log = random.Random(f"{name}{seed}"), ValidationLog(Study.open(path))
        os.write(writer, b"!")
        while True:
            new = NewJudgement(chance.randint(1, ITEMS), name, verdict=Ruling.CORRECT)
            os.write(writer, f"begun {new.token}\n".encode())
            log.save(new)
            os.write(writer, f"saved {new.token}\n".encode())
    finally:
        os._exit(1)
