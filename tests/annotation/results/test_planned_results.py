"""What counts where a plan stands: its pairs, the done ones, the same on both sides; against loops."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nltk.metrics.agreement import AnnotationTask

from annotation.answers import AnswerLog
from annotation.planning.cost import is_done, read_progress
from annotation.planning.design import PlanDesign
from annotation.planning.making import make_plan
from annotation.planning.plan import Role, read_plan
from annotation.profiles import load_profile
from annotation.results.labels import Labelling
from annotation.results.report import report_study
from annotation.study import Study
from profile_engine.alignment import align
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan
from tests.annotation.results.appendix import MODELS, add_posts, let_label, scores_of
from tests.annotation.results.loops import rows_of, tau_of


@pytest.fixture
def replanned(tmp_path: Path) -> Iterator[Study]:
    """Two models, six posts, 72 pairs with three labels, then a plan of every second one and of three more.

    The three have no label.
    """
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as study:
        add_posts(study, posts=6, models=MODELS[:2])
        first = make_plan(study, PlanDesign(pairs_per_source=6))
        let_label(study, {"anna": 0.8, "ben": 0.7, "cleo": 0.4})
        labelled = [item.pair_id for item in first.items]
        make_plan(study, PlanDesign(pairs_per_source=10), replace=True)
        new = [pair for pair in sorted(scores_of(study)) if pair not in labelled]
        plan(study, [*labelled[::2], *new[:3]], design={"annotators_per_pair": 3, "ties": False})
        yield study


def test_only_pairs_of_the_plan_count(replanned: Study) -> None:
    report, rows = report_study(replanned), rows_of(replanned)
    with replanned.reading() as connection:
        standing = read_plan(connection)
    assert standing is not None
    work = {item.pair_id for item in standing.items}
    inside = {pair: row for pair, row in rows.items() if pair in work}
    assert len(inside) == 36
    assert (len(report.labels), report.labels.outside) == (108, 108)
    assert set(report.outcomes.pair_ids.tolist()) == inside.keys()
    assert report.labels.origins == {"terminal": 108}
    together = report.models.together
    assert (together.pairs, together.labels, together.waiting) == (36, 108, 3)
    agree = sum(row.majority == row.scored for row in inside.values())
    assert together.agreement[Labelling.MAJORITY].hits == agree
    votes = [(str(n), str(pair), one) for pair, row in inside.items() for n, one in enumerate(row.said)]
    assert report.agreement.krippendorff_alpha.value == pytest.approx(AnnotationTask(votes).alpha())
    assert all(len(crowd.probabilities) == 36 for crowd in report.outcomes.crowd.values())
    progress = report.progress
    assert progress is not None
    assert (progress.items, progress.done, progress.given) == (39, 36, 108)


def test_everything_counts_without_a_plan(study: Study, draft: Draft, log: AnswerLog) -> None:
    label(log, "anna", [(pair, LEFT) for pair in draft.pairs(4)])
    report = report_study(study)
    assert (len(report.labels), report.labels.outside, report.models.together.waiting) == (4, 0, 0)


def test_gold_pairs_of_the_plan_are_no_pairs_to_label(study: Study, draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(3)
    label(log, "anna", [(pair, LEFT) for pair in pairs])
    plan(study, pairs[:2], roles={pairs[1]: Role.GOLD})
    assert report_study(study).labels.outside == 2


def test_tau_is_of_the_pairs_of_its_row(replanned: Study) -> None:
    """Both sides, for each model and for all; over all pairs of the study it would be another number."""
    report, rows = report_study(replanned), rows_of(replanned)
    counted = set(report.outcomes.pair_ids.tolist())
    inside = [row for pair, row in rows.items() if pair in counted]
    for one in report.models.each:
        own = [row for row in inside if row.model == one.model]
        assert len(own) == one.pairs
        assert one.alignment.kendall == pytest.approx(tau_of(own))
    assert report.models.together.alignment.kendall == pytest.approx(tau_of(inside))
    everywhere = load_profile(replanned).live.snapshot
    whole = align(everywhere.people, everywhere.of(MODELS[0])).kendall
    assert report.models.each[0].alignment.kendall != pytest.approx(whole)


@pytest.mark.parametrize("stop", [False, True])
def test_a_pair_is_done_in_one_way_everywhere(study: Study, draft: Draft, log: AnswerLog, stop: bool) -> None:
    """LL of three, LR, LRT, L: with three labels, or where the plan stops at two that agree."""
    two, open_, three, one = draft.pairs(4)
    plan(study, [two, open_, three, one], design={"annotators_per_pair": 3, "stop_when_decided": stop})
    label(log, "anna", [(pair, LEFT) for pair in (two, open_, three, one)])
    label(log, "ben", [(two, LEFT), (open_, RIGHT), (three, RIGHT)])
    label(log, "cleo", [(three, TIE)])
    done = {two, three} if stop else {three}
    report = report_study(study)
    outcomes = report.outcomes
    assert set(outcomes.pair_ids[outcomes.complete].tolist()) == done
    assert report.progress is not None
    with study.reading() as connection:
        standing = read_plan(connection)
        assert standing is not None
        shown = read_progress(connection, standing)
    assert shown.items == report.progress.done == len(done)
    assert (shown.saved, report.progress.spared) == (int(stop), int(stop))
    assert shown.undecided == 1
    assert report.is_provisional is stop  # where agreement ends a pair, those that go on are disputed


def test_only_planned_labels_could_have_been_spared(study: Study, draft: Draft, log: AnswerLog) -> None:
    """Three planned. LLL: the third. LLRR: the third alone, the fourth was not asked for. LRLL: none."""
    pairs = draft.pairs(3)
    said = {"anna": (LEFT, LEFT, LEFT), "ben": (LEFT, LEFT, RIGHT), "cleo": (LEFT, RIGHT, LEFT)}
    for name, choices in said.items():
        label(log, name, zip(pairs, choices, strict=True))
    label(log, "dora", [(pairs[1], RIGHT), (pairs[2], LEFT)])
    plan(study, pairs, design={"annotators_per_pair": 3})
    progress = report_study(study).progress
    assert progress is not None
    assert (progress.labels, progress.given, progress.sparable) == (9, 9, 2)


def test_when_a_pair_is_done() -> None:
    """Three of five decide; more labels than planned finish a pair without a majority, too."""
    ask, stop = PlanDesign(annotators_per_pair=5), PlanDesign(annotators_per_pair=5, stop_when_decided=True)
    for said, plain, early in (
        ((), False, False),
        ((1, 1), False, False),
        ((1, 1, 1), False, True),
        ((1, 1, 0, 0), False, False),
        ((1, 1, 0, 0, -1), True, True),
        ((1, 1, 0, 0, -1, -1), True, True),
    ):
        assert (is_done(said, ask), is_done(said, stop)) == (plain, early), said
