"""Everybody counted once, with each their place."""

from collections.abc import Callable

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.people.accounts import accounts, add_all
from annotation.people.consent import Consent, accept_consent, withdraw
from annotation.people.crew import Place, read_crew
from annotation.people.erasure import erase
from annotation.people.participation import leave_out
from annotation.people.progress import measure_people
from annotation.results.adjudication import Adjudications
from annotation.study import Study
from tests.annotation.drafts import LEFT, RIGHT, Draft, label
from tests.annotation.planning.planned import Clock, Person, plan


def place_of(study: Study, name: str) -> Place:
    with study.reading() as connection:
        return read_crew(connection).places[name]


def imported(log: AnswerLog, name: str, pair: int) -> None:
    log.register(name)
    log.save(NewAnswer(pair, name, choice=LEFT, origin=Origin.IMPORT))


@pytest.fixture
def pairs(study: Study, draft: Draft) -> list[int]:
    made = draft.pairs(2)
    plan(study, made, design={"annotators_per_pair": 9})
    return made


def test_each_has_one_place_and_all_who_count_them_agree(
    study: Study, log: AnswerLog, pairs: list[int]
) -> None:
    add_all(study, ["invited"])
    log.register("declined")
    label(log, "anna", [(pairs[0], LEFT)])
    label(log, "ben", [(pairs[0], RIGHT)])
    log.register("skipper")
    log.save(NewAnswer(pairs[0], "skipper", AnswerKind.SKIP, set=True))
    for name in ("gone", "wiped", "hasty"):
        label(log, name, [(pairs[1], LEFT)])
    withdraw(study, "gone")
    leave_out(study, "gone", "in a hurry, too")
    erase(study, "wiped")
    leave_out(study, "hasty", "in a hurry")
    imported(log, "worker", pairs[0])
    log.register("made", simulated=True)
    label(log, "made", [(pairs[0], RIGHT)])
    Adjudications(study).settle(pairs[0], LEFT, "dora")
    with study.reading() as connection:
        crew = read_crew(connection)
    assert crew.places == {
        "invited": Place.NOT_BEGUN,
        "declined": Place.NOT_BEGUN,
        "anna": Place.ANNOTATOR,
        "ben": Place.ANNOTATOR,
        "skipper": Place.ANNOTATOR,
        "gone": Place.WITHDRAWN,
        "erased 1": Place.ERASED,
        "hasty": Place.LEFT_OUT,
        "worker": Place.IMPORTED,
        "made": Place.SIMULATED,
        "dora": Place.JUDGE,
    }
    assert crew.in_words() == (
        "3 annotators · 1 withdrawn · 1 erased · 1 left out · 1 imported · 1 simulated · 1 judging only · "
        "2 not begun"
    )
    figures, summary = measure_people(study), study.summary()
    assert summary.crew == figures.crew == crew
    lists = (
        [one.annotator for one in figures.people],
        [one.annotator for one in summary.annotators],
        [one.name for one in accounts(study)],
    )
    assert [sorted(names) for names in lists] == [sorted(crew.places)] * 3


def _labels(study: Study, log: AnswerLog, pair: int) -> None:
    label(log, "eve", [(pair, LEFT)])


def _is_handed_something(study: Study, log: AnswerLog, pair: int) -> None:
    Person(study, "eve", Clock()).next()


def _consents(study: Study, log: AnswerLog, pair: int) -> None:
    accept_consent(study, "eve", Consent("yes?", ""))


@pytest.mark.parametrize(
    ("begin", "with_data"),
    [(_labels, Place.ANNOTATOR), (_is_handed_something, Place.ANNOTATOR), (_consents, Place.IMPORTED)],
)
def test_who_begins_is_an_annotator(
    study: Study,
    log: AnswerLog,
    pairs: list[int],
    begin: Callable[[Study, AnswerLog, int], None],
    with_data: Place,
) -> None:
    """Also after what came with data; consent may have come with it."""
    log.register("eve")
    assert place_of(study, "eve") is Place.NOT_BEGUN
    begin(study, log, pairs[0])
    assert place_of(study, "eve") is Place.ANNOTATOR
    imported(log, "eve", pairs[1])
    assert place_of(study, "eve") is with_data
