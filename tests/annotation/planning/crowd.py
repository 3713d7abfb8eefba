"""People who work by one plan at the same time, each in a process of their own."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Final

from annotation.planning.seats import utc_now
from annotation.study import Study
from tests.annotation.planning.planned import Person

_PATIENCE: Final = 120


@dataclass(frozen=True, slots=True)
class Worked:
    """What one of them has done.

    Attributes:
        ids: of the answers that were acknowledged, in their order.
        saving: seconds that each label took until it was acknowledged.
        handing: seconds until the next pair was there.
    """

    ids: tuple[int, ...]
    saving: tuple[float, ...]
    handing: tuple[float, ...]


def work_at_once(location: str, names: Sequence[str], labels: int, pause: float = 0.0) -> list[Worked]:
    """Have people who are registered label so many pairs each, all beginning together.

    Args:
        location: of a study that is not open in this process, which is forked.
        names: theirs.
        labels: that each of them gives; the plan must have enough for all.
        pause: seconds that they look at a pair, on average; 0 is a key pressed at once.
    """
    context = get_context("fork")
    begin = context.Barrier(len(names))
    with ProcessPoolExecutor(len(names), context, _wait_for, (begin,)) as pool:
        work = [pool.submit(_work, location, name, labels, pause) for name in names]
        return [one.result() for one in work]


_begin: Barrier


def _wait_for(begin: Barrier) -> None:
    global _begin  # noqa: PLW0603 - a barrier is handed to a process only while it is made
    _begin = begin


def _work(location: str, name: str, labels: int, pause: float) -> Worked:
    chance = random.Random(name)
    ids, saving, handing = [], [], []
    with Study.open(location) as study:
        person = Person(study, name, utc_now)
        _begin.wait(_PATIENCE)
        for _ in range(labels):
            began = time.perf_counter()
            assert person.next() is not None
            handing.append(time.perf_counter() - began)
            if pause:
                time.sleep(chance.expovariate(1 / pause))
            began = time.perf_counter()
            answer = person.answer()
            saving.append(time.perf_counter() - began)
            ids.append(answer.id)
        person.worklist.leave()
    return Worked(tuple(ids), tuple(saving), tuple(handing))
