"""What a human study found: models against people, people among themselves, how they worked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.agreement import Agreement, agreement_of
from annotation.people.quality import Absence, read_absences
from annotation.planning.plan import read_plan
from annotation.profiles import load_profile
from annotation.results.adjudication import read_external_ids
from annotation.results.labels import (
    Doubt,
    Labelling,
    Outcomes,
    StudyLabels,
    doubt,
    draw_outcomes,
    read_labels,
)
from annotation.results.models import ModelResults, compare_models
from annotation.results.work import LabelTime, Progress, measure_progress, measure_time, read_pressed
from annotation.study import Study
from profile_engine.bias import CarryOver, carry_over, side_bias
from profile_engine.preferences import MISSING
from profile_engine.rates import Rate


@dataclass(frozen=True, slots=True)
class StudyReport:
    """Everything that `profile-tui study report` says.

    Attributes:
        external_ids: the data's own names of pairs, where they have any.
        agreement: of people among themselves; pairs with one label are left out there.
        single: how many pairs those are.
        unanimous: pairs whose labels are all the same, among those with two or more; of the labels that were
            asked for in any case, as agreement.
        observed: pairs of labels on one pair that are the same, among the same labels.
        side_bias: labels for the response shown first, among labels for a side that we showed.
        progress: None where nothing is planned.
        doubt: what speaks against the weighted labels.
        settled: pairs without a majority that were settled by hand.
        absences: people whose labels do not count, and why.
    """

    labels: StudyLabels
    outcomes: Outcomes
    external_ids: Mapping[int, str]
    models: ModelResults
    agreement: Agreement
    single: int
    unanimous: Rate
    observed: Rate
    side_bias: Rate
    carry_over: CarryOver
    time: LabelTime
    progress: Progress | None
    doubt: Doubt
    settled: int
    absences: tuple[Absence, ...]

    @property
    def is_provisional(self) -> bool:
        """Whether pairs that people agree on are done and those that they dispute are not."""
        plan = self.progress
        return plan is not None and plan.stop_when_decided and 0 < plan.done < plan.items


def report_study(study: Study) -> StudyReport:
    """Compute everything from the labels that stand."""
    with study.reading() as connection:
        plan = read_plan(connection)
        labels = read_labels(connection, plan)
        outcomes = draw_outcomes(connection, labels, plan)
        absences = read_absences(connection)
        pressed = read_pressed(connection)
        external_ids = read_external_ids(connection)
    ballots = labels.unselected_ballots()
    totals = ballots.sum(axis=1)
    same = ballots.max(axis=1, initial=0) == totals
    several = totals > 1
    return StudyReport(
        labels=labels,
        outcomes=outcomes,
        external_ids=external_ids,
        models=compare_models(load_profile(study), labels, outcomes, study.settings),
        agreement=agreement_of(labels.annotators, labels.votes, labels.asked),
        single=int(np.count_nonzero(totals == 1)),
        unanimous=Rate(int(np.count_nonzero(same & several)), int(np.count_nonzero(several))),
        observed=_observed(ballots.astype(np.int64)),
        side_bias=side_bias(labels.pressed.tolist()),
        carry_over=carry_over(pressed),
        time=measure_time(labels),
        progress=None if plan is None else measure_progress(plan, labels, outcomes),
        doubt=doubt(labels, outcomes),
        settled=_settled(outcomes),
        absences=absences,
    )


def _observed(ballots: npt.NDArray[np.int64]) -> Rate:
    """Of every two labels on one pair, how many are the same."""
    totals = ballots.sum(axis=1)
    return Rate(int((ballots * (ballots - 1)).sum() // 2), int((totals * (totals - 1)).sum() // 2))


def _settled(outcomes: Outcomes) -> int:
    majority, adjudicated = (
        outcomes.signs[labelling] for labelling in (Labelling.MAJORITY, Labelling.ADJUDICATED)
    )
    return int(np.count_nonzero((majority == MISSING) & (adjudicated != MISSING)))
