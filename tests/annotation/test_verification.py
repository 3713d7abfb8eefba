"""What is shown equals what is counted again, and a number that is wrong is named."""

import random
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask
from sqlalchemy import ColumnElement

from annotation.answers import AnswerLog, NewAnswer
from annotation.people.consent import withdraw
from annotation.people.participation import leave_out
from annotation.recount import alpha_of, cohen_of, fleiss_of, recount
from annotation.store.standing import answer_stands
from annotation.store.tables import answers
from annotation.study import Study
from annotation.verification import verify
from profile_engine.preferences import AgentKind, Aggregation, Preference
from tests.annotation.drafts import LEFT, RIGHT, Draft, label, three_of_one_name
from tests.annotation.synthetic import make_study


@pytest.fixture
def busy(tmp_path: Path) -> Study:
    """Sixty pairs, judges and generators, three people who labelled in part, changed and took back."""
    study = make_study(tmp_path / "study.db", pairs=60, labels_each=25, words=10)
    log, chance = AnswerLog(study), random.Random(3)
    for name in ("person 1", "person 2", "ben", "cleo"):
        log.register(name)
        for _ in range(30):
            if chance.random() < 0.2:
                log.undo(name)
            else:
                log.save(NewAnswer(chance.randint(1, 60), name, choice=chance.choice(list(Preference))))
    withdraw(study, "ben")
    leave_out(study, "person 3", "hurries")
    return study


@pytest.mark.parametrize("aggregation", Aggregation)
def test_all_is_counted_again_and_the_same(busy: Study, aggregation: Aggregation) -> None:
    busy.change_settings(busy.settings.model_copy(update={"aggregation": aggregation}))
    busy.change_factor(replace(busy.factors[0], tie_tolerance=20.0))
    found = verify(busy)
    assert found.faults == ()
    # Twice (loaded, label by label): the people together, 2 generators, 2 judges, 3 people who count.
    assert found.compared["scores"] == 2 * 8 * len(busy.factors)
    assert found.compared["majorities"] == 2 * 60
    assert found.compared["agreement"] == 2 + 3 + 4
    with busy.reading() as connection:
        assert sorted(recount(busy, connection).people) == ["cleo", "person 1", "person 2"]


def test_agents_of_one_name_are_told_apart(study: Study, draft: Draft) -> None:
    three_of_one_name(draft)
    assert verify(study).faults == ()


def test_an_empty_study_is_sound(study: Study) -> None:
    found = verify(study)
    assert (found.faults, found.head.entries, found.noted) == ((), 0, None)
    assert found.head.link == found.head.root


def _off(found: Any) -> Any:  # noqa: ANN401 (whatever the function gives)
    return replace(found, score=0.123)


@pytest.mark.parametrize(
    ("place", "wrong", "named"),
    [
        ("profile_engine.live.tau14", lambda real: lambda *a: _off(real(*a)), "score of length of human"),
        (
            "profile_engine.live.tally_table",
            lambda real: lambda *a: real(*a) + 1,
            "concordant pairs of length",
        ),
        ("annotation.agreement.majority_signs", lambda real: lambda b: -real(b) % 2, "majorities for"),
        ("annotation.agreement.fleiss_kappa", lambda real: lambda r: replace(real(r), value=0.5), "Fleiss"),
        ("annotation.profiles.label_stands", lambda _: _everybody, "ben (annotator), loaded"),
    ],
)
def test_a_number_that_is_wrong_is_named(
    busy: Study, monkeypatch: pytest.MonkeyPatch, place: str, wrong: Callable[[Any], Any], named: str
) -> None:
    module, name = place.rsplit(".", 1)
    monkeypatch.setattr(place, wrong(getattr(import_module(module), name)))
    assert any(named in fault for fault in verify(busy).counts)


def _everybody(_: object = None) -> ColumnElement[bool]:
    return (answers.c.kind == "label") & answers.c.choice.is_not(None) & answer_stands()


def test_coefficients_are_those_of_others() -> None:
    """Against krippendorff and nltk."""
    chance = np.random.default_rng(5)
    ratings = chance.integers(-1, 2, (3, 40))
    task = AnnotationTask(
        [(str(c), str(i), str(v)) for c, row in enumerate(ratings) for i, v in enumerate(row)]
    )
    said = [list(column) for column in ratings.T.tolist()]
    assert alpha_of(said) == pytest.approx(krippendorff.alpha(ratings, level_of_measurement="nominal"))
    assert alpha_of(said) == pytest.approx(task.alpha())
    a, b = (dict(enumerate(row)) for row in ratings[:2].tolist())
    assert cohen_of(a, b) == pytest.approx(task.kappa_pairwise("0", "1"))
    # Fleiss: P = mean of (sum n_j^2 - 3) / 6 over items, Pe from the totals.
    counts = np.array([[column.count(v) for v in (-1, 0, 1)] for column in said])
    agreeing = ((counts**2).sum(axis=1) - 3).mean() / 6
    by_chance = ((counts.sum(axis=0) / counts.sum()) ** 2).sum()
    assert fleiss_of(said) == pytest.approx((agreeing - by_chance) / (1 - by_chance))


def test_nothing_to_agree_on_has_no_coefficient() -> None:
    assert (alpha_of([]), fleiss_of([[1]]), cohen_of({1: 1}, {2: 1})) == (None, None, None)
    assert (alpha_of([[1, 1]]), fleiss_of([[1, 1]]), cohen_of({1: 1}, {1: 1})) == (None, None, None)


def test_ties_of_an_evaluation_are_those_of_the_preference(study: Study, draft: Draft) -> None:
    pairs = draft.pairs(2)
    for response in range(1, 5):
        draft.value(response, "length", 2.0 if response == 1 else 1.0)
    judge = draft.agent("judge", AgentKind.JUDGE)
    for pair, choice in zip(pairs, (Preference.TIE, LEFT), strict=True):
        draft.verdict(pair, judge, choice)
    label(AnswerLog(study), "anna", [(pairs[0], RIGHT)])
    assert verify(study).faults == ()
