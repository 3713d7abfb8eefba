"""How well each annotator works, as far as it can be measured, and whether their answers count."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, func, select

from annotation.answers import AnswerKind
from annotation.planning.plan import Role
from annotation.planning.unselected import asked_anyway
from annotation.store.choices import read_choices
from annotation.store.columns import Columns
from annotation.store.standing import answer_stands, flag_stands, is_out, skip_stands
from annotation.store.tables import agents, answers, participation, plan_items
from annotation.study import Study
from profile_engine.bias import side_bias
from profile_engine.preferences import MISSING, AgentKind
from profile_engine.rates import Rate
from profile_engine.votes import CHOICES, majority_signs


class Presence(StrEnum):
    """Whether somebody's answers count."""

    COUNTS = "counts"
    LEFT_OUT = "left_out"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Absence:
    """Why somebody's answers do not count."""

    annotator: str
    presence: Presence
    reason: str | None
    since: str


@dataclass(frozen=True, slots=True)
class AnnotatorQuality:
    """One annotator in figures. What cannot be measured has a rate of nothing.

    Attributes:
        labels: that stand, also of somebody who does not count.
        seconds: the median of a label, idle time excluded; None where none was measured.
        sides: labels for the response shown first, among labels for a side that we showed.
        gold: known answers found, among gold items answered.
        agreement: labels that are what most of the others who count say, among pairs on which they have a
            majority; of labels that were asked for in any case.
        consistency: pairs labelled the same when shown again.
        flags, notes, skips: pairs that have one now.
        absence: None where the answers count.
    """

    annotator: str
    simulated: bool
    labels: int
    seconds: float | None
    sides: Rate
    gold: Rate
    agreement: Rate
    consistency: Rate
    flags: int
    notes: int
    skips: int
    absence: Absence | None

    @property
    def presence(self) -> Presence:
        """Whether the answers count."""
        return Presence.COUNTS if self.absence is None else self.absence.presence


def measure_quality(study: Study) -> tuple[AnnotatorQuality, ...]:
    """Everybody with a name in the study, in the order in which they came."""
    with study.reading() as connection:
        people = _people(connection)
        absences = {absence.annotator: absence for absence in read_absences(connection)}
        labels, gold, repeats = (
            _choices(connection, kind) for kind in (AnswerKind.LABEL, AnswerKind.GOLD, AnswerKind.REPEAT)
        )
        asked = labels[asked_anyway(connection, labels["pair"])]
        expected = _expected(connection)
        flags, skips, notes = (
            _tally(connection, condition) for condition in (flag_stands(), skip_stands(), _note_stands())
        )
    rest = _Rest(asked, [id_ for id_, row in people.items() if row.name not in absences])

    def measured(id_: int, name: str, simulated: bool) -> AnnotatorQuality:
        own = labels[labels["annotator"] == id_]
        known = own["seconds"][~np.isnan(own["seconds"])]
        return AnnotatorQuality(
            annotator=name,
            simulated=simulated,
            labels=len(own),
            seconds=float(np.median(known)) if len(known) else None,
            sides=side_bias(own["pressed"].tolist()),
            gold=_matching(gold[gold["annotator"] == id_], expected),
            agreement=rest.agreement(id_, asked[asked["annotator"] == id_]),
            consistency=_matching(repeats[repeats["annotator"] == id_], _by_pair(own)),
            flags=flags.get(id_, 0),
            notes=notes.get(id_, 0),
            skips=skips.get(id_, 0),
            absence=absences.get(name),
        )

    return tuple(measured(id_, row.name, row.simulated) for id_, row in people.items())


def read_absences(connection: Connection) -> tuple[Absence, ...]:
    """Everybody whose answers do not count, by name; who withdrew and was left out has withdrawn."""
    standing = (
        select(participation, agents.c.name)
        .join(agents)
        .where(is_out())
        .order_by(agents.c.name, participation.c.matter.desc())  # consent is told after counting
    )
    found = {
        row.name: Absence(row.name, Presence(row.event), row.reason, row.created)
        for row in connection.execute(standing)
    }
    return tuple(found.values())


class _Rest:
    """What the others say who count."""

    def __init__(self, labels: Columns, counting: list[int]) -> None:
        self._pair_ids = np.unique(labels["pair"])
        self._counting = set(counting)
        self._ballots = self._ballots_of(labels[np.isin(labels["annotator"], counting)])

    def agreement(self, annotator_id: int, own: Columns) -> Rate:
        others = self._ballots
        if annotator_id in self._counting:
            others = others - self._ballots_of(own)
        rows = np.searchsorted(self._pair_ids, own["pair"])
        majority = majority_signs(others)[rows]
        decided = majority != MISSING
        return Rate(
            int(np.count_nonzero(decided & (majority == own["choice"]))), int(np.count_nonzero(decided))
        )

    def _ballots_of(self, labels: Columns) -> npt.NDArray[np.int16]:
        ballots = np.zeros((len(self._pair_ids), len(CHOICES)), np.int16)
        rows = np.searchsorted(self._pair_ids, labels["pair"])
        np.add.at(ballots, (rows, labels["choice"] - CHOICES[0].value), 1)
        return ballots


def _people(connection: Connection) -> dict[int, "_Person"]:
    found = connection.execute(
        select(agents.c.id, agents.c.name, agents.c.simulated)
        .where(agents.c.kind == AgentKind.ANNOTATOR)
        .order_by(agents.c.id)
    )
    return {row.id: _Person(row.name, row.simulated) for row in found}


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    simulated: bool


def _choices(connection: Connection, kind: AnswerKind) -> Columns:
    """Choices of a kind that stand, whoever made them."""
    return read_choices(connection, answers.c.kind == kind, answers.c.choice.is_not(None), answer_stands())


def _expected(connection: Connection) -> dict[int, int]:
    """The known answers of gold items; the newest plan's where several have the pair."""
    known = (
        select(plan_items.c.pair_id, plan_items.c.expected)
        .where(plan_items.c.role == Role.GOLD, plan_items.c.expected.is_not(None))
        .order_by(plan_items.c.plan_id)
    )
    return {row.pair_id: row.expected for row in connection.execute(known)}


def _by_pair(choices: Columns) -> dict[int, int]:
    return dict(zip(choices["pair"].tolist(), choices["choice"].tolist(), strict=True))


def _matching(choices: Columns, wanted: Mapping[int, int]) -> Rate:
    """Choices that are the wanted ones, among pairs for which there is one."""
    given = [(choice, wanted[pair]) for pair, choice in _by_pair(choices).items() if pair in wanted]
    return Rate(sum(choice == right for choice, right in given), len(given))


def _note_stands() -> ColumnElement[bool]:
    said = answers.c.note.is_not(None) & (answers.c.note != "")
    return (answers.c.kind == AnswerKind.NOTE) & said & answer_stands()


def _tally(connection: Connection, condition: ColumnElement[bool]) -> dict[int, int]:
    counted = select(answers.c.annotator_id, func.count()).where(condition).group_by(answers.c.annotator_id)
    return {row[0]: row[1] for row in connection.execute(counted)}
