"""The labels of a study and what they come to: by majority, settled by hand, weighted by annotator."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select

from annotation.planning.plan import Plan, Role
from annotation.results.adjudication import read_adjudications
from annotation.store.columns import Columns, read_columns
from annotation.store.standing import label_stands
from annotation.store.tables import agents, answers
from profile_engine.crowd import CrowdLabels, CrowdMethod, CrowdVotes, weigh
from profile_engine.preferences import MISSING
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

    Attributes:
        annotators: names.
        pair_ids: of the pairs with labels, ascending.
        annotator: index into `annotators`.
        pair: index into `pair_ids`.
        choice: canonical.
        pressed: 1 first, 0 tie, -1 second; MISSING where the pair was not shown by us.
        seconds: NaN where not measured.
        origins: how many labels came from where.
    """

    annotators: tuple[str, ...]
    pair_ids: npt.NDArray[np.int64]
    annotator: npt.NDArray[np.int64]
    pair: npt.NDArray[np.int64]
    choice: Signs
    pressed: Signs
    seconds: npt.NDArray[np.float64]
    origins: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.choice)

    def ballots(self) -> npt.NDArray[np.int16]:
        """Pairs x `CHOICES`: how many people chose what."""
        ballots = np.zeros((len(self.pair_ids), len(CHOICES)), np.int16)
        np.add.at(ballots, (self.pair, self.choice - CHOICES[0].value), 1)
        return ballots


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the labels of each pair come to, rows in the order of `pair_ids`.

    Attributes:
        ballots: pairs x `CHOICES`.
        complete: whether no label is due any more: the pair has as many as planned, or no others could
            change its majority, or it was not planned.
        signs: the outcome by each labelling; MISSING where there is none.
        crowd: the weighted labels with their probabilities and the annotators' skills.
    """

    pair_ids: npt.NDArray[np.int64]
    ballots: npt.NDArray[np.int16]
    complete: npt.NDArray[np.bool_]
    signs: Mapping[Labelling, Signs]
    crowd: Mapping[CrowdMethod, CrowdLabels]


def read_labels(connection: Connection) -> StudyLabels:
    """Read all labels that count."""
    rows = _rows(connection)
    names = {row.id: row.name for row in connection.execute(select(agents.c.id, agents.c.name))}
    people, annotator = np.unique(rows["annotator"], return_inverse=True)
    pair_ids, pair = np.unique(rows["pair"], return_inverse=True)
    origins = connection.execute(
        select(answers.c.origin, func.count())
        .where(label_stands())
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
        origins={row[0]: row[1] for row in origins},
    )


def _rows(connection: Connection) -> Columns:
    return read_columns(
        connection,
        select(
            answers.c.annotator_id,
            answers.c.pair_id,
            answers.c.choice,
            func.coalesce(answers.c.shown_choice, MISSING),
            answers.c.seconds,
        )
        .where(label_stands())
        .order_by(answers.c.id),
        [("annotator", "i8"), ("pair", "i8"), ("choice", "i1"), ("pressed", "i1"), ("seconds", "f8")],
    )


def draw_outcomes(connection: Connection, labels: StudyLabels, plan: Plan | None) -> Outcomes:
    """What the labels come to, by every labelling."""
    ballots = labels.ballots()
    majority = majority_signs(ballots)
    votes = CrowdVotes(labels.annotator, labels.pair, labels.choice)
    crowd = {method: weigh(method, votes) for method in CrowdMethod}
    return Outcomes(
        pair_ids=labels.pair_ids,
        ballots=ballots,
        complete=completed(labels.pair_ids, ballots, plan),
        signs={
            Labelling.MAJORITY: majority,
            Labelling.ADJUDICATED: np.where(majority == MISSING, _settled(connection, labels), majority),
            Labelling.DAWID_SKENE: crowd[CrowdMethod.DAWID_SKENE].choices,
            Labelling.MACE: crowd[CrowdMethod.MACE].choices,
        },
        crowd=crowd,
    )


def completed(
    pair_ids: npt.NDArray[np.int64], ballots: npt.NDArray[np.int16], plan: Plan | None
) -> npt.NDArray[np.bool_]:
    """Whether a pair waits for no more labels, one a pair."""
    if plan is None:
        return np.ones(len(pair_ids), bool)
    overlap = plan.design.annotators_per_pair
    planned = np.isin(pair_ids, [item.pair_id for item in plan.items if item.role is Role.WORK])
    decided = 2 * ballots.max(axis=1, initial=0) > overlap
    done: npt.NDArray[np.bool_] = ~planned | decided | (ballots.sum(axis=1) >= overlap)
    return done


def _settled(connection: Connection, labels: StudyLabels) -> Signs:
    settled = read_adjudications(connection)
    return np.array(
        [
            settled[pair].choice.value if pair in settled else MISSING  # a plain dict: there are few
            for pair in labels.pair_ids.tolist()
        ],
        np.int8,
    )
