"""Who is working and how far it is, counted by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.people.consent import withdraw
from annotation.people.erasure import erase
from annotation.people.participation import leave_out
from annotation.people.progress import last_seen, measure_people, read_head, read_whereabouts
from annotation.planning.cost import TimeBasis
from annotation.planning.plan import Role
from annotation.results.adjudication import Adjudications
from annotation.study import Study
from annotation.summary import PlanCount
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import Clock, Person, plan

SAID = {"anna": (LEFT, LEFT, LEFT), "ben": (LEFT, RIGHT), "cleo": (RIGHT, TIE)}
"""Pair 1: L L R, decided. Pair 2: L R T, complete without a majority. Pair 3: one of three."""


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    """An empty study, in a file or on a server."""
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        yield made


@pytest.fixture
def pairs(study: Study, draft: Draft, log: AnswerLog) -> list[int]:
    made = draft.pairs(6)
    plan(
        study, made[:5], roles={made[4]: Role.GOLD}, design={"annotators_per_pair": 3, "seconds_per_item": 90}
    )
    for name, choices in SAID.items():
        label(log, name, zip(made, choices, strict=False))
    return made


def test_the_plan(study: Study, pairs: list[int]) -> None:
    """Four pairs of three labels; seven are there, and five take 90 seconds each: an eighth of an hour."""
    progress = measure_people(study).plan
    assert progress is not None
    assert (progress.items, progress.golds, progress.labels, progress.done.labels) == (4, 1, 12, 7)
    assert (progress.done.items, progress.decided, progress.done.undecided) == (2, 1, 1)
    counted = study.summary().plan
    assert counted == PlanCount(pairs=4, labels_a_pair=3, given=7, at_work=0)
    assert counted.labels == 12
    assert progress.time.basis is TimeBasis.STATED
    assert progress.hours == pytest.approx(0.125)


def test_the_time_left_follows_what_was_measured(
    study: Study, draft: Draft, log: AnswerLog, pairs: list[int]
) -> None:
    """Ten labels of 36 s in the mean, on other pairs; five of the plan's twelve are left."""
    for pair, seconds in zip(draft.pairs(10), [10] * 9 + [270], strict=True):
        log.save(NewAnswer(pair, "ben", choice=LEFT, shown_first=LEFT, seconds=seconds))
    progress = measure_people(study).plan
    assert progress is not None
    assert progress.time.basis is TimeBasis.MEASURED
    assert progress.hours == pytest.approx(5 * 0.01)


def test_early_stopping_spares_time(study: Study, draft: Draft, log: AnswerLog) -> None:
    """Two of three agree on the first pair: of six labels two are there, one is spared, three are left."""
    made = draft.pairs(2)
    plan(study, made, design={"annotators_per_pair": 3, "stop_when_decided": True, "seconds_per_item": 60})
    for name in ("anna", "ben"):
        label(log, name, [(made[0], LEFT)])
    progress = measure_people(study).plan
    assert progress is not None
    assert (progress.done.labels, progress.done.saved) == (2, 1)
    assert progress.hours == pytest.approx(0.05)


def test_without_a_plan(study: Study, draft: Draft, log: AnswerLog) -> None:
    label(log, "anna", [(draft.pairs(2)[0], LEFT)])
    figures = measure_people(study)
    assert (figures.plan, figures.pairs, read_whereabouts(study)) == (None, 2, {})


def test_who_holds_what(study: Study, pairs: list[int]) -> None:
    """Whoever only looks is there, too: they hold what was handed out to them."""
    dan = Person(study, "dan", Clock())
    item = dan.next()
    assert item is not None
    held = read_whereabouts(study)["dan"].held
    assert held >= 1
    dan.answer()
    dan.skip()
    there = read_whereabouts(study)["dan"]
    assert (there.taken, there.held) == (1, held - 1)
    assert "dan" in [one.annotator for one in measure_people(study).people]
    assert study.summary().plan == PlanCount(pairs=4, labels_a_pair=3, given=8, at_work=1)
    # Labels without being handed anything took a seat as well.
    assert read_whereabouts(study)["anna"].taken == 3
    plan(study, pairs[3:4])
    assert read_whereabouts(study) == {}  # of the plan that stands


def test_the_head_moves_with_what_is_measured(study: Study, log: AnswerLog, pairs: list[int]) -> None:
    heads = [measure_people(study).head]
    assert read_head(study) == heads[0]
    log.save(NewAnswer(pairs[0], "anna", AnswerKind.FLAG, set=True))
    heads.append(read_head(study))
    leave_out(study, "cleo", "in a hurry")
    heads.append(read_head(study))
    Person(study, "dan", Clock()).next()
    heads.append(read_head(study))
    Adjudications(study).settle(pairs[1], LEFT, "dora")
    heads.append(read_head(study))
    plan(study, pairs[:2])
    heads.append(read_head(study))
    assert len(set(heads)) == len(heads)


def test_when_somebody_was_last_seen(study: Study, log: AnswerLog, pairs: list[int]) -> None:
    figures, there = measure_people(study), read_whereabouts(study)
    seen = last_seen("anna", figures, there)
    assert seen is not None
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 60
    assert last_seen("nobody", figures, there) is None
    withdraw(study, "ben")
    erase(study, "ben")
    figures = measure_people(study)
    names = [one.annotator for one in figures.people if one.absence is not None]
    assert [last_seen(name, figures, read_whereabouts(study)) for name in names] == [None]


def test_whose_labels_came_with_data_was_never_seen(study: Study, log: AnswerLog, pairs: list[int]) -> None:
    log.register("worker")
    log.save(NewAnswer(pairs[2], "worker", choice=LEFT, origin=Origin.IMPORT))
    assert last_seen("worker", measure_people(study), read_whereabouts(study)) is None
    before = last_seen("anna", measure_people(study), read_whereabouts(study))
    log.save(NewAnswer(pairs[0], "worker", AnswerKind.FLAG, set=True, origin=Origin.BROWSER))
    log.save(NewAnswer(pairs[1], "worker", choice=LEFT, origin=Origin.IMPORT))
    assert last_seen("worker", measure_people(study), read_whereabouts(study)) is not None
    assert last_seen("anna", measure_people(study), read_whereabouts(study)) == before


def test_labels_left_out_are_wanted_again(study: Study, pairs: list[int]) -> None:
    leave_out(study, "cleo", "in a hurry")
    progress = measure_people(study).plan
    assert progress is not None
    assert (progress.done.labels, progress.done.items) == (5, 0)
