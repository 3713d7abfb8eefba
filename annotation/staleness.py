"""How far a study has moved on since an experiment was run on it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, func, select

from annotation.experiments.log import StoredExperiment, reading_of
from annotation.experiments.names import ExperimentName
from annotation.store.moment import Moment
from annotation.store.standing import label_stands
from annotation.store.tables import answers
from annotation.study import Study

_WITHOUT_PEOPLE: Final = frozenset({ExperimentName.DIRECT, ExperimentName.CORRELATIONS})
"""The experiments that read factor values alone."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels that counted when an experiment was run, and that count now."""

    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Age:
    """What an experiment was run on, beside what is there now.

    Attributes:
        labels: None of an experiment that reads none.
        since: what else came or was changed since then, in words.
    """

    labels: Labels | None
    since: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        """Whether it may come to something else now."""
        return bool(self.since) or (self.labels is not None and self.labels.then != self.labels.now)


def read_ages(study: Study, experiments: Iterable[StoredExperiment]) -> Mapping[int | None, Age]:
    """The age of each by its id."""
    reading = reading_of(study)
    with study.reading() as connection:
        present, now = Moment.now(connection), _count(connection)
        return {
            one.id: Age(
                None if one.name in _WITHOUT_PEOPLE else Labels(_count(connection, one.moment), now),
                tuple(_since(connection, one, present, reading)),
            )
            for one in experiments
        }


def _since(
    connection: Connection, one: StoredExperiment, present: Moment, reading: Mapping[str, object]
) -> Iterator[str]:
    then = one.moment
    if one.name not in _WITHOUT_PEOPLE:
        changed = select(exists().where(label_stands(), answers.c.id > then.answers))
        if connection.execute(changed).scalar_one():
            yield "labels"
        if present.preferences > then.preferences:
            yield "verdicts"
    if present.factor_values > then.factor_values:
        yield "factor values"
    if one.reading != reading:
        yield "settings"


def _count(connection: Connection, at: Moment | None = None) -> int:
    number: int = connection.execute(select(func.count(answers.c.id)).where(label_stands(at))).scalar_one()
    return number
