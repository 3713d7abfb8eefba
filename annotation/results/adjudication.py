"""Pairs on which people found no majority, and what somebody settled on them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select

from annotation.answers import AnswerLog
from annotation.errors import AnswerError
from annotation.planning.plan import read_plan
from annotation.store.annotators import annotator_id, is_annotator
from annotation.store.database import timestamp
from annotation.store.seals import sealing
from annotation.store.standing import is_last, label_stands
from annotation.store.tables import adjudications, agents, answers, pairs
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.votes import majority_of

_NEWEST: Final = adjudications.c.id.desc()


@dataclass(frozen=True, slots=True)
class Adjudication:
    """What stands settled on a pair.

    Attributes:
        choice: canonical.
        by: the adjudicator.
    """

    pair_id: int
    choice: Preference
    by: str
    note: str | None
    created: str


@dataclass(frozen=True, slots=True)
class Said:
    """One person's label."""

    annotator: str
    choice: Preference


@dataclass(frozen=True, slots=True)
class Dispute:
    """A pair whose labels have no majority.

    Attributes:
        external_id: the data's own name of the pair, where it has one.
        labels: those that count, in the order in which they were given.
        waiting: how many labels the plan still wants of it.
        settled: None while it is open.
    """

    pair_id: int
    external_id: str | None
    labels: tuple[Said, ...]
    waiting: int
    settled: Adjudication | None


class Adjudications:
    """What was settled in one study; append-only, the last word stands."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def disputes(self) -> tuple[Dispute, ...]:
        """All pairs that have labels and no majority, by id; those that still wait for labels, too."""
        with self._study.reading() as connection:
            plan = read_plan(connection)
            settled = read_adjudications(connection)
            labels = _labels(connection)
            named = read_external_ids(connection)
        overlap = plan.design.annotators_per_pair if plan else 0
        planned = {item.pair_id for item in plan.work} if plan else set()
        return tuple(
            Dispute(
                pair_id,
                named.get(pair_id),
                tuple(said),
                waiting=max(0, overlap - len(said)) if pair_id in planned else 0,
                settled=settled.get(pair_id),
            )
            for pair_id, said in sorted(labels.items())
        )

    def settle(
        self, pair_id: int, choice: Preference, by: str, note: str | None = None, *, again: bool = True
    ) -> Adjudication:
        """Say what a pair without a majority comes to; said again, the last word stands.

        Without `again`, what is settled already is not replaced.

        Raises:
            AnswerError: the pair has a majority, or no labels, or is not in the study, or the study has no
                ties, or nobody can be called so; or it is settled, where that is not to be replaced.
        """
        if choice is Preference.TIE and not self._study.settings.allow_ties:
            raise AnswerError(f"pair {pair_id}: this study has no ties; settle on left or right")
        self._append(pair_id, choice, by, note, again=again)
        with self._study.reading() as connection:
            return read_adjudications(connection)[pair_id]

    def remark(self, pair_id: int, by: str, note: str | None) -> None:
        """Write a note on a pair that is open; raises AnswerError where it is settled, or none is to be."""
        self._append(pair_id, None, by, note, again=False)

    def remarks(self, by: str) -> dict[int, str]:
        """The notes of one person that stand on pairs, settled ones too."""
        latest = select(func.max(adjudications.c.id)).join(agents).where(is_annotator(by))
        found = select(adjudications.c.pair_id, adjudications.c.note).where(
            adjudications.c.id.in_(latest.group_by(adjudications.c.pair_id))
        )
        with self._study.reading() as connection:
            return {row.pair_id: row.note for row in connection.execute(found) if row.note}

    def take_back(self, by: str) -> int | None:
        """Open again what this person settled last of what stands; their note on it stays.

        Returns:
            The pair; None where nothing of theirs stands.
        """
        with self._study.writing() as connection:
            row = connection.execute(_standing().where(is_annotator(by)).order_by(_NEWEST)).first()
            if row is None:
                return None
            _insert(connection, row.pair_id, row.adjudicator_id, None, row.note)
            return int(row.pair_id)

    def reopen(self, pair_id: int, by: str, note: str | None = None) -> None:
        """Take back what was settled; raises AnswerError where nothing is."""
        with self._study.reading() as connection:
            if pair_id not in read_adjudications(connection):
                raise AnswerError(f"pair {pair_id}: nothing is settled that could be taken back")
        self._append(pair_id, None, by, note)

    def _append(
        self, pair_id: int, choice: Preference | None, by: str, note: str | None, *, again: bool = True
    ) -> None:
        with self._study.reading() as connection:
            _check(connection, pair_id)
        by = AnswerLog(self._study).register(by)
        with self._study.writing() as connection:
            _check(connection, pair_id)  # labels may have come meanwhile
            settled = None if again else read_adjudications(connection).get(pair_id)
            if settled is not None:
                raise AnswerError(f"pair {pair_id} was settled by {settled.by} meanwhile; that stands")
            _insert(connection, pair_id, annotator_id(connection, by), choice, note)


def _insert(
    connection: Connection, pair_id: int, by: int, choice: Preference | None, note: str | None
) -> None:
    entry = {"pair_id": pair_id, "adjudicator_id": by, "choice": choice, "note": note}
    with sealing(connection, adjudications):
        connection.execute(insert(adjudications).values(**entry, created=timestamp()))


def read_adjudications(connection: Connection) -> dict[int, Adjudication]:
    """What stands settled, by pair."""
    found = connection.execute(_standing().order_by(adjudications.c.pair_id))
    return {row.pair_id: _adjudication(row) for row in found}


def _standing() -> Select[Any]:
    return (
        select(adjudications, agents.c.name)
        .join(agents)
        .where(adjudications.c.choice.is_not(None), is_last(adjudications, "pair_id"))
    )


def _adjudication(row: Row[Any]) -> Adjudication:
    return Adjudication(row.pair_id, Preference(row.choice), row.name, row.note, row.created)


def _labels(connection: Connection, pair_id: int | None = None) -> dict[int, list[Said]]:
    """The labels of pairs that have some and no majority."""
    said = (
        select(answers.c.pair_id, agents.c.name, answers.c.choice)
        .join(agents)
        .where(label_stands())
        .order_by(answers.c.id)
    )
    if pair_id is not None:
        said = said.where(answers.c.pair_id == pair_id)
    labels: defaultdict[int, list[Said]] = defaultdict(list)
    for pair, name, choice in connection.execute(said):
        labels[pair].append(Said(name, Preference(choice)))
    return {pair: said for pair, said in labels.items() if majority_of([one.choice for one in said]) is None}


def read_external_ids(connection: Connection) -> dict[int, str]:
    """What the data calls its pairs, where it calls them anything."""
    named = select(pairs.c.id, pairs.c.external_id).where(pairs.c.external_id.is_not(None))
    return {row.id: row.external_id for row in connection.execute(named)}


def _check(connection: Connection, pair_id: int) -> None:
    """Refuse a pair on which nothing is to be settled."""
    if connection.execute(select(pairs.c.id).where(pairs.c.id == pair_id)).first() is None:
        raise AnswerError(f"pair {pair_id} is not in this study; study adjudicate lists the pairs to settle")
    if pair_id in _labels(connection, pair_id):
        return
    said = connection.execute(select(answers.c.id).where(answers.c.pair_id == pair_id, label_stands()))
    if said.first() is None:
        raise AnswerError(f"pair {pair_id} has no labels yet; it can be settled once people have differed")
    raise AnswerError(f"pair {pair_id} has a majority, which stands; only pairs without one are settled")
