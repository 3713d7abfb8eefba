"""What keeps twenty people at once on a PostgreSQL server from waiting for each other longer than need be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.engine.interfaces import CacheStats, DBAPICursor, ExecutionContext

from annotation.answers import AnswerLog
from annotation.store.tables import answer_log, answers, seats
from annotation.study import Study
from tests.annotation.planning.planned import Clock, Person, planned_study
from tests.annotation.postgres import Server

pytestmark = pytest.mark.service

ANNA = "anna"


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that was sent.

    Attributes:
        holding: whether everybody else waited for its transaction.
        made: whether it had to be made first.
    """

    statement: str
    holding: bool
    made: bool


@pytest.fixture
def study(postgres_server: Server) -> Iterator[Study]:
    """Three posts of six pairs and somebody who has not begun."""
    location = postgres_server.new_database()
    with planned_study(location, 18, a_source=6, annotators_per_pair=3) as made:
        AnswerLog(made).register(ANNA)
    with Study.open(location) as opened:
        yield opened


@contextmanager
def listening() -> Iterator[list[Asked]]:
    asked: list[Asked] = []

    def hear(
        connection: Connection,
        _cursor: DBAPICursor,
        statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,
    ) -> None:
        begun = str(connection.get_execution_options().get("profile_begin"))
        made = context.compiled is not None and context.cache_hit is not CacheStats.CACHE_HIT  # type: ignore[attr-defined]
        asked.append(Asked(statement, "advisory" in begun, made))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def test_others_wait_for_few_questions_and_the_first_time_for_no_more(study: Study) -> None:
    person = Person(study, ANNA, Clock())
    with listening() as handing:
        person.next()
    with listening() as labelling:
        person.answer()
    verbs = [[one.statement.split()[0] for one in asked if one.holding] for asked in (handing, labelling)]
    assert verbs == [["BEGIN;", "SELECT", "SELECT", "SELECT", "INSERT"], ["BEGIN;", "SELECT", "WITH"]]
    assert not [one.statement for one in (*handing, *labelling) if one.holding and one.made]
    with study.reading() as connection:
        assert connection.execute(select(seats.c.state)).scalars().all().count("taken") == 1
        assert connection.execute(select(answer_log.c.entries)).scalar_one() == 1


def test_getting_ready_writes_nothing(study: Study) -> None:
    counted = select(
        select(func.count()).select_from(seats).scalar_subquery(),
        select(func.count()).select_from(answers).scalar_subquery(),
        select(answer_log.c.entries).scalar_subquery(),
    )
    Person(study, ANNA, Clock())
    with study.reading() as connection:
        assert tuple(connection.execute(counted).one()) == (0, 0, 0)


def test_what_is_asked_often_stays_prepared(study: Study) -> None:
    """The driver forgets all that is prepared when a transaction is rolled back."""
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%responses%'")
    person = Person(study, ANNA, Clock())
    person.work(7)
    study.summary()
    with study.reading(once=True) as connection:
        assert connection.execute(prepared).scalar_one() > 0


def test_a_server_that_was_started_anew_is_reached_again(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.store.dialects._FRESH_SECONDS", 0.0)
    person = Person(study, ANNA, Clock())
    person.work(1)
    _end_connections(study)
    person.work(1)
    _end_connections(study)
    assert study.summary().pairs == 18
    assert len(AnswerLog(study).since(0)) == 2


def _end_connections(study: Study) -> None:
    """Have the server end them, as it does when it stops."""
    ending = text(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    place = study.database.place.url
    assert place is not None
    with Study.open(place.render_as_string(hide_password=False)) as other, other.reading() as connection:
        assert any(connection.execute(ending).scalars())
