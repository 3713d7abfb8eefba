"""The labels of a study and what they come to: by majority, settled by hand, weighted by annotator."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Select, and_, func, select

from annotation.planning.cost import is_done
from annotation.planning.plan import Plan, Role
from annotation.planning.unselected import asked_anyway
from annotation.results.adjudication import read_adjudications
from annotation.store.choices import read_choices
from annotation.store.standing import label_stands
from annotation.store.tables import agents, answers, plan_items
from profile_engine.crowd import CrowdLabels, CrowdMethod, CrowdVotes, weigh
from profile_engine.preferences import MISSING
from profile_engine.rates import Rate
from profile_engine.tally import Signs
from profile_engine.votes import CHOICES, majority_signs


class Labelling(StrEnum):
    """How the labels of a pair become one; the agent `human` is always their majority.

    MAJORITY is what more than half of them say. ADJUDICATED takes, where there is none, what was settled by
    hand. The others weigh annotators (`profile_engine.crowd`).
    """

    MAJORITY = "majority"
    ADJUDICATED = "adjudicated"
    DAWID_SKENE = "dawid_skene"
    MACE = "mace"


@dataclass(frozen=True, slots=True)
class StudyLabels:
    """The labels that stand, of people who count; a row each, in the order in which they were given.

    Where a plan stands these are labels on its pairs to label, and no others.

    Attributes:
        annotators: names.
        pair_ids: of the pairs with labels, ascending.
        annotator: index into `annotators`.
        pair: index into `pair_ids`.
        choice: canonical.
        pressed: 1 first, 0 tie, -1 second; MISSING where the pair was not shown by us.
        seconds: NaN where not measured.
        asked: whether a label was asked for whatever the others of its pair said.
        origins: how many labels came from where.
        outside: labels on pairs that the plan does not have, which are not among these.
    """

    annotators: tuple[str, ...]
    pair_ids: npt.NDArray[np.int64]
    annotator: npt.NDArray[np.int64]
    pair: npt.NDArray[np.int64]
    choice: Signs
    pressed: Signs
    seconds: npt.NDArray[np.float64]
    asked: npt.NDArray[np.bool_]
    origins: Mapping[str, int]
    outside: int

    def __len__(self) -> int:
        return len(self.choice)

    @property
    def votes(self) -> CrowdVotes:
        """Who said what of which pair."""
        return CrowdVotes(self.annotator, self.pair, self.choice)

    def signs(self) -> Mapping[str, Signs]:
        """What each annotator says, one sign for each of `pair_ids`; MISSING where they say nothing."""
        signs = np.full((len(self.annotators), len(self.pair_ids)), MISSING, np.int8)
        signs[self.annotator, self.pair] = self.choice
        return dict(zip(self.annotators, signs, strict=True))

    def ballots(self) -> npt.NDArray[np.int16]:
        """Pairs x `CHOICES`: how many people chose what."""
        return self._count(np.ones(len(self), bool))

    def unselected_ballots(self) -> npt.NDArray[np.int16]:
        """The same of the labels that were asked for in any case, which say how far people agree."""
        return self._count(self.asked)

    def _count(self, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.int16]:
        ballots = np.zeros((len(self.pair_ids), len(CHOICES)), np.int16)
        np.add.at(ballots, (self.pair[which], self.choice[which] - CHOICES[0].value), 1)
        return ballots


FEW_LABELS: Final = 30
"""Labels of an annotator below which weights say little: five for each of six confusions of three choices."""

MUCH_AGAINST: Final = 0.1
"""The share of majorities above which a weighting contradicts them so often that it needs a reason."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against labels that are weighted by annotator.

    Attributes:
        labels: of an annotator, in the median; None without any.
        against: by each method, pairs with a majority for which it says something else than that.
    """

    labels: float | None
    against: Mapping[CrowdMethod, Rate]

    @property
    def is_thin(self) -> bool:
        """Whether annotators have too few labels (`FEW_LABELS`) to know them by."""
        return self.labels is not None and self.labels < FEW_LABELS

    def contradicts(self, method: CrowdMethod) -> bool:
        """Whether a method is against more than `MUCH_AGAINST` of the majorities."""
        share = self.against[method].value
        return share is not None and share > MUCH_AGAINST


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the labels of each pair come to, rows in the order of `pair_ids`.

    Attributes:
        ballots: pairs x `CHOICES`.
        unlabelled: pairs of the plan that are in no row, since nobody has labelled them.
        complete: whether no label is due any more (`annotation.planning.cost.is_done`); all are where
            nothing is planned.
        signs: the outcome by each labelling; MISSING where there is none.
        crowd: the weighted labels with their probabilities and the annotators' skills.
    """

    pair_ids: npt.NDArray[np.int64]
    ballots: npt.NDArray[np.int16]
    unlabelled: npt.NDArray[np.int64]
    complete: npt.NDArray[np.bool_]
    signs: Mapping[Labelling, Signs]
    crowd: Mapping[CrowdMethod, CrowdLabels]


def read_labels(connection: Connection, plan: Plan | None) -> StudyLabels:
    """Read all labels that count: on the pairs that a plan has people label, else on all."""
    counted = label_stands() if plan is None else and_(label_stands(), answers.c.pair_id.in_(_work(plan)))
    rows = read_choices(connection, counted)
    every = connection.execute(select(func.count()).select_from(answers).where(label_stands())).scalar_one()
    names = {row.id: row.name for row in connection.execute(select(agents.c.id, agents.c.name))}
    people, annotator = np.unique(rows["annotator"], return_inverse=True)
    pair_ids, pair = np.unique(rows["pair"], return_inverse=True)
    origins = connection.execute(
        select(answers.c.origin, func.count())
        .where(counted)
        .group_by(answers.c.origin)
        .order_by(answers.c.origin)
    )
    return StudyLabels(
        annotators=tuple(names[person] for person in people.tolist()),
        pair_ids=pair_ids,
        annotator=annotator,
        pair=pair,
        choice=rows["choice"],
        pressed=rows["pressed"],
        seconds=rows["seconds"],
        asked=asked_anyway(connection, rows["pair"]),
        origins={row[0]: row[1] for row in origins},
        outside=every - len(rows),
    )


def _work(plan: Plan) -> Select[tuple[int]]:
    return select(plan_items.c.pair_id).where(plan_items.c.plan_id == plan.id, plan_items.c.role == Role.WORK)


def draw_outcomes(connection: Connection, labels: StudyLabels, plan: Plan | None) -> Outcomes:
    """What the labels come to, by every labelling."""
    ballots = labels.ballots()
    majority = majority_signs(ballots)
    crowd = {method: weigh(method, labels.votes) for method in CrowdMethod}
    return Outcomes(
        pair_ids=labels.pair_ids,
        ballots=ballots,
        unlabelled=_unlabelled(labels, plan),
        complete=_complete(ballots, plan),
        signs={
            Labelling.MAJORITY: majority,
            Labelling.ADJUDICATED: np.where(majority == MISSING, _settled(connection, labels), majority),
            Labelling.DAWID_SKENE: crowd[CrowdMethod.DAWID_SKENE].choices,
            Labelling.MACE: crowd[CrowdMethod.MACE].choices,
        },
        crowd=crowd,
    )


def doubt(labels: StudyLabels, outcomes: Outcomes) -> Doubt:
    """How far weighted labels can be trusted."""
    given = np.bincount(labels.annotator)
    majority = outcomes.signs[Labelling.MAJORITY]
    decided = majority != MISSING
    return Doubt(
        float(np.median(given)) if len(given) else None,
        {
            method: Rate(
                int(np.count_nonzero(decided & (outcomes.signs[Labelling(method)] != majority))),
                int(np.count_nonzero(decided)),
            )
            for method in CrowdMethod
        },
    )


def _unlabelled(labels: StudyLabels, plan: Plan | None) -> npt.NDArray[np.int64]:
    work = () if plan is None else plan.work
    return np.setdiff1d(np.array([item.pair_id for item in work], np.int64), labels.pair_ids)


def _complete(ballots: npt.NDArray[np.int16], plan: Plan | None) -> npt.NDArray[np.bool_]:
    if plan is None:
        return np.ones(len(ballots), bool)
    choices = np.array([choice.value for choice in CHOICES])
    said = (np.repeat(choices, ballot).tolist() for ballot in ballots)
    return np.array([is_done(one, plan.design) for one in said], bool)


def _settled(connection: Connection, labels: StudyLabels) -> Signs:
    settled = read_adjudications(connection)
    return np.array(
        [
            settled[pair].choice.value if pair in settled else MISSING  # a plain dict: there are few
            for pair in labels.pair_ids.tolist()
        ],
        np.int8,
    )
