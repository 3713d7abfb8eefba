"""Where a plan stops at a decision, agreement is measured on what was asked for in any case."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from annotation.agreement import measure_agreement
from annotation.answers import AnswerLog
from annotation.people.quality import measure_quality
from annotation.planning.design import PlanDesign
from annotation.planning.making import make_plan
from annotation.planning.unselected import asked_anyway
from annotation.recount import fleiss_of
from annotation.results.report import StudyReport, report_study
from annotation.study import Study
from annotation.verification import verify
from profile_engine.rates import Rate
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan
from tests.annotation.results.appendix import MODELS, add_posts, let_label, quick_folder
from tests.annotation.results.loops import log_of

PAIRS = 600


@pytest.fixture(scope="module")
def flipped() -> Iterator[Study]:
    """Three people who flip coins; a third label only where the first two differ."""
    with (
        quick_folder() as folder,
        Study.create(folder / "study.db", task=Task.SUMMARIZATION) as study,
    ):
        add_posts(study, posts=30, models=MODELS[:2])
        make_plan(study, PlanDesign(pairs_per_source=10, stop_when_decided=True, ties=False))
        let_label(study, {"anna": 0, "ben": 0, "cleo": 0})
        yield study


@pytest.fixture(scope="module")
def report(flipped: Study) -> StudyReport:
    return report_study(flipped)


def test_coin_flippers_agree_by_chance(flipped: Study, report: StudyReport) -> None:
    """Not an alpha of 0.2, and kappas far from 0 by who comes third. SE: 1 / sqrt(600) = 0.04."""
    for agreement in (report.agreement, measure_agreement(flipped)):
        measures = [agreement.krippendorff_alpha, agreement.fleiss_kappa]
        assert [one.items for one in measures] == [PAIRS, PAIRS]
        assert [one.value for one in measures] == pytest.approx([0, 0], abs=0.12)
        kappas = [one.kappa for one in agreement.pairwise_kappa]
        assert sum(one.items for one in kappas) == PAIRS
        for one in kappas:
            assert one.value == pytest.approx(0, abs=3.5 / np.sqrt(one.items))
        assert agreement.set_aside == len(report.labels) - 2 * PAIRS > 200
    assert (report.observed, report.observed.of) == (report.unanimous, PAIRS)
    assert report.observed.value == pytest.approx(0.5, abs=0.06)
    rest = [one.agreement for one in measure_quality(flipped)]
    assert sum(one.hits for one in rest) / sum(one.of for one in rest) == pytest.approx(0.5, abs=0.06)


def test_it_is_of_the_first_two_labels(flipped: Study, report: StudyReport) -> None:
    first: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for person, pair, choice, _ in log_of(flipped):
        first[pair] += [(person, choice)] if len(first[pair]) < 2 else []
    told = [(str(person), str(pair), str(choice)) for pair, said in first.items() for person, choice in said]
    assert report.agreement.krippendorff_alpha.value == pytest.approx(AnnotationTask(told).alpha())
    fleiss = fleiss_of([[choice for _, choice in said] for said in first.values()])
    assert report.agreement.fleiss_kappa.value == pytest.approx(fleiss)
    assert report.observed.hits == sum(one[0][1] == one[1][1] for one in first.values())


def test_majorities_are_of_all_labels(report: StudyReport) -> None:
    majority = report.agreement.majority
    assert (majority.none, majority.left + majority.right) == (0, PAIRS)
    assert report.models.together.labels == len(report.labels)


def test_it_is_counted_again_and_the_same(flipped: Study) -> None:
    assert verify(flipped).counts == ()


@pytest.mark.parametrize(("planned", "least"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_how_many_first_labels_count(study: Study, draft: Draft, planned: int, least: int) -> None:
    """As many as are more than half; of a pair that no plan has, or one without stopping, all."""
    stopping, other, unplanned = draft.pairs(3)
    plan(study, [stopping, other], design={"annotators_per_pair": planned, "stop_when_decided": True})
    plan(study, [other], design={"annotators_per_pair": planned})
    labels = np.array([stopping, other, unplanned] * 6)
    with study.reading() as connection:
        asked = asked_anyway(connection, labels)
    counts = [int(np.count_nonzero(asked & (labels == pair))) for pair in (stopping, other, unplanned)]
    assert counts == [least, 6, 6]


def test_what_the_third_says_counts_for_no_rest(study: Study, draft: Draft, log: AnswerLog) -> None:
    """LL, LR and then L, RT and then T: of anna ben says L, R, T; of ben anna L, L, R; of cleo nobody."""
    pairs = draft.pairs(3)
    plan(study, pairs, design={"annotators_per_pair": 3, "stop_when_decided": True})
    label(log, "anna", zip(pairs, (LEFT, LEFT, RIGHT), strict=True))
    label(log, "ben", zip(pairs, (LEFT, RIGHT, TIE), strict=True))
    label(log, "cleo", zip(pairs[1:], (LEFT, TIE), strict=True))
    assert [one.agreement for one in measure_quality(study)] == [Rate(1, 3), Rate(1, 3), Rate(0, 0)]
