"""How the work went: how far the plan is, what stopping early spares, how long labels took."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from sqlalchemy import Connection, func, select

from annotation.answers import CHOICES as CHOICE_KINDS
from annotation.planning.plan import Plan
from annotation.results.labels import Outcomes, StudyLabels
from annotation.store.columns import read_columns
from annotation.store.standing import answer_stands, as_given, counts
from annotation.store.tables import answers
from profile_engine.preferences import MISSING
from profile_engine.votes import CHOICES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the plan is.

    Attributes:
        items: pairs to label.
        done: those that need no more labels.
        labels: wanted in all.
        given: of those wanted.
        spared: labels that nobody was asked for because the pair was decided; 0 unless the plan stops there.
        sparable: of the labels wanted, those that came when their pair was decided; no surplus ones.
    """

    items: int
    done: int
    annotators_per_pair: int
    labels: int
    given: int
    stop_when_decided: bool
    spared: int
    sparable: int


@dataclass(frozen=True, slots=True)
class LabelTime:
    """Seconds for a label, idle time excluded; None where none were measured.

    Attributes:
        measured: labels whose time is known.
        total: of those.
    """

    measured: int
    median: float | None
    mean: float | None
    total: float


def measure_time(labels: StudyLabels) -> LabelTime:
    """The time that labels took."""
    known = labels.seconds[~np.isnan(labels.seconds)]
    if not len(known):
        return LabelTime(0, None, None, 0.0)
    return LabelTime(len(known), float(np.median(known)), float(known.mean()), float(known.sum()))


def measure_progress(plan: Plan, labels: StudyLabels, outcomes: Outcomes) -> Progress:
    """How far the plan is; `labels` and `outcomes` are of its pairs alone."""
    overlap = plan.design.annotators_per_pair
    items = len(plan.work)
    totals = outcomes.ballots.sum(axis=1)
    return Progress(
        items=items,
        done=int(np.count_nonzero(outcomes.complete)),
        annotators_per_pair=overlap,
        labels=items * overlap,
        given=int(np.minimum(totals, overlap).sum()),
        stop_when_decided=plan.design.stop_when_decided,
        spared=int(np.maximum(0, overlap - totals)[outcomes.complete].sum()),
        sparable=_after_decision(labels, overlap),
    )


def _after_decision(labels: StudyLabels, overlap: int) -> int:
    """Labels among the first so many of a pair that came when more than half of so many had agreed already.

    Labels beyond those that were planned are not among what a plan that stops early would have asked for.
    """
    votes = [[0] * len(CHOICES) for _ in labels.pair_ids]
    late = 0
    for pair, choice in zip(labels.pair.tolist(), labels.choice.tolist(), strict=True):
        late += 2 * max(votes[pair]) > overlap > sum(votes[pair])
        votes[pair][choice - CHOICES[0].value] += 1
    return late


def read_pressed(connection: Connection) -> list[list[int | None]]:
    """What each person who counts pressed on every item of theirs, gold and repeats too, in time."""
    rows = read_columns(
        connection,
        select(answers.c.annotator_id, func.coalesce(answers.c.shown_choice, MISSING))
        .where(
            answers.c.kind.in_(CHOICE_KINDS),
            answers.c.choice.is_not(None),
            answer_stands(),
            counts(),
        )
        .order_by(answers.c.annotator_id, *as_given()),
        [("annotator", "i8"), ("pressed", "i1")],
    )
    people = groupby(rows.tolist(), key=itemgetter(0))
    return [[None if one == MISSING else one for _, one in theirs] for _, theirs in people]
