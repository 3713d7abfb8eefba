"""Whoever is erased is out of every file, and nothing else may be changed under their name."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.errors import AnswerError, StudyError
from annotation.growth import growth
from annotation.integrity import check
from annotation.people import accounts
from annotation.people.consent import withdraw
from annotation.people.erased import ErasedNames
from annotation.people.erasure import erase
from annotation.people.participation import leave_out, take_in
from annotation.people.quality import Presence, read_absences
from annotation.profiles import load_profile
from annotation.store.tables import agents, answers, participation, seats
from annotation.study import Study
from annotation.verification import verify
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, Draft, label
from tests.annotation.planning.planned import plan
from tui.session import Role, Session

SECRET = "zyzzyva-brother-lives-in-Ghent"
NAME = "Wilhelmina-Quux"


@pytest.fixture
def study(location: str) -> Iterator[Study]:
    """Two people; one of them is to be erased, with a note, an undo, a flag and a code."""
    with Study.create(location, task=Task.SUMMARIZATION) as made:
        pairs, log = Draft(made).pairs(4), AnswerLog(made)
        accounts.add(made, NAME)
        for name in (NAME, "ben"):
            label(log, name, zip(pairs, (LEFT, RIGHT, LEFT, LEFT), strict=True))
        log.save(NewAnswer(pairs[0], NAME, AnswerKind.NOTE, note=SECRET, seconds=4321.5))
        log.save(NewAnswer(pairs[0], NAME, AnswerKind.FLAG, set=True))
        log.save(NewAnswer(pairs[1], NAME, choice=LEFT, origin=Origin.IMPORT))
        log.undo(NAME)
        leave_out(made, NAME, f"told us: {SECRET}")
        yield made


def _bytes(study: Study) -> bytes:
    folder = Path(study.location).parent
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_nothing_of_them_is_left_in_any_file(study: Study) -> None:
    on_disk = not study.location.startswith("postgresql")
    if on_disk:
        assert SECRET.encode() in _bytes(study)
        assert NAME.encode() in _bytes(study)
        assert struct.pack(">d", 4321.5) in _bytes(study)
    done = erase(study, NAME)
    assert (done.pseudonym, done.answers, done.kept, done.scrubbed) == ("erased 1", 8, 0, True)
    assert done.known_again
    if on_disk:
        assert SECRET.encode() not in _bytes(study)
        assert NAME.encode() not in _bytes(study)
        for seconds in (b"4321.5", struct.pack(">d", 4321.5)):  # in the notes, and in the database
            assert seconds not in _bytes(study)
    with study.reading() as connection:
        rows = connection.execute(select(answers).join(agents).where(agents.c.name == "erased 1")).all()
        names = connection.execute(select(agents.c.name)).scalars().all()
        reasons = connection.execute(select(participation.c.reason)).scalars().all()
    assert len(rows) == 8
    for row in rows:
        assert (row.choice, row.note, row.seconds, row.salt, row.set) == (None,) * 5
        assert row.created.endswith("T00:00:00Z")
        assert row.created[:10] > "2020-01-01"  # dated
    assert sorted(names) == ["ben", "erased 1"]
    assert reasons == [None, None]
    assert check(study) == ()
    assert verify(study).faults == ()


def test_who_answered_here_only_leaves_a_dated_mark_too(study: Study) -> None:
    done = erase(study, "ben")
    assert (done.answers, done.known_again) == (4, False)
    with study.reading() as connection:
        (absence,) = (one for one in read_absences(connection) if one.annotator == done.pseudonym)
        days = connection.execute(
            select(answers.c.created).join(agents).where(agents.c.name == done.pseudonym)
        ).scalars()
        assert [day[10:] for day in days] == ["T00:00:00Z"] * 4
    assert (absence.presence, absence.since) == (Presence.ERASED, done.since)
    assert done.since[:10] >= "2025-01-01"
    assert erase(study, done.pseudonym).since == done.since


def test_who_was_erased_has_nothing_left_to_withdraw(study: Study) -> None:
    pseudonym = erase(study, NAME).pseudonym
    with pytest.raises(AnswerError, match=r"erased 1 was erased on \d{4}-\d\d-\d\d: nothing is left"):
        withdraw(study, pseudonym)
    assert verify(study).faults == ()


def test_others_keep_all_they_said(study: Study) -> None:
    before = AnswerLog(study).standing("ben")
    erase(study, NAME)
    assert AnswerLog(study).standing("ben") == before
    assert load_profile(study).live.snapshot.labels == 4
    with pytest.raises(AnswerError):
        AnswerLog(study).save(NewAnswer(1, NAME, choice=LEFT))
    assert verify(study).faults == ()


def test_only_emptying_who_was_erased_is_let_through(study: Study) -> None:
    empty: dict[str, object] = {
        **dict.fromkeys(("choice", "shown_first", "shown_choice", "sure", "set", "note", "seconds", "salt")),
        "token": "erased 1",
        "created": "2025-01-01T00:00:00Z",
    }
    for before_erasing in (True, False):
        changes: list[dict[str, object]] = [
            empty,
            {"choice": 0},
            {"note": "x"},
            {"annotator_id": 2},
            {"seal": "x"},
            {"link": None},
        ]
        for change in changes:
            with (
                pytest.raises((StudyError, DBAPIError), match="answers is append-only"),
                study.writing() as connection,
            ):
                connection.execute(update(answers).where(answers.c.id == 1).values(**change))
        with (
            pytest.raises((StudyError, DBAPIError), match="participation is append-only"),
            study.writing() as connection,
        ):
            connection.execute(update(participation).values(event="taken_in"))
        if before_erasing:
            erase(study, NAME)


def test_seats_are_open_again(study: Study) -> None:
    """Two seats: while ben's label and another count there is none, and without the other one."""
    plan(study, [1, 2], design={"annotators_per_pair": 2})
    take_in(study, NAME)
    log = AnswerLog(study)
    for name in ("dora", "eve"):
        log.register(name)
    with pytest.raises(AnswerError, match="with others"):
        log.save(NewAnswer(1, "dora", choice=LEFT))
    erase(study, NAME)
    label(log, "dora", [(1, LEFT)])
    with pytest.raises(AnswerError, match="with others"):
        log.save(NewAnswer(1, "eve", choice=LEFT))
    erase(study, "dora")
    label(log, "eve", [(1, LEFT)])
    with study.reading() as connection:
        states = connection.execute(select(seats.c.state).order_by(seats.c.id)).scalars().all()
    assert states == ["given_back", "taken"]


def test_the_erased_are_numbered_and_erased_again_for_the_files_only(study: Study) -> None:
    assert erase(study, NAME).pseudonym == "erased 1"
    with pytest.raises(AnswerError, match="not an annotator"):
        erase(study, NAME)
    assert erase(study, "erased 1").pseudonym == "erased 1"
    withdraw(study, "ben")
    assert erase(study, "ben").pseudonym == "erased 2"
    assert check(study) == ()


def test_a_reader_keeps_old_bytes_and_is_told_of(tmp_path: Path) -> None:
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as study:
        (pair,) = Draft(study).pairs(1)
        label(AnswerLog(study), "anna", [(pair, LEFT)])
        with Study.open(study.location) as other, other.reading() as connection:
            assert connection.execute(select(answers.c.choice)).scalar_one() == 1
            assert not erase(study, "anna").scrubbed
        assert erase(study, "erased 1").scrubbed


def test_open_screens_follow_who_counts(study: Study) -> None:
    session = Session(study, Role.RESEARCHER)
    session.load_profile()
    assert session.profile is not None
    assert session.profile.live.snapshot.labels == 4  # the other one is left out
    AnswerLog(study).save(NewAnswer(2, NAME, choice=RIGHT, shown_first=LEFT))
    assert session.follow() is None  # who is left out does not count live, either
    before = growth(study)
    take_in(study, NAME)
    assert growth(study) != before
    for _ in range(2):
        session.look()
    assert session.outdated
    session.load_profile()
    assert session.profile.live.snapshot.labels == 8
    withdraw(study, NAME)
    for _ in range(2):
        session.look()
    assert session.outdated


def test_only_of_who_came_from_a_file_is_there_a_mark_and_no_name_follows_from_it(study: Study) -> None:
    erase(study, NAME)  # one of whose answers was imported
    erase(study, "ben")
    with study.reading() as connection:
        names = ErasedNames.of_study(connection)
        marks = connection.execute(
            select(participation.c.version).where(participation.c.event == "erased")
        ).scalars()
        assert [mark is not None for mark in marks] == [True, False]
        assert (NAME in names, "ben" in names, "erased 1" in names) == (True, False, False)
    assert ErasedNames("00" * 32).mark(NAME) != names.mark(NAME)
