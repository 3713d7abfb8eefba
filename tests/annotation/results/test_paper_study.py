"""Appendix A's study with simulated people, from the plan to Table 4, against loops over the log."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from scipy.stats import binomtest

from annotation.people.quality import measure_quality
from annotation.planning.design import make_design
from annotation.planning.making import make_plan
from annotation.results.labels import Labelling
from annotation.results.report import StudyReport, report_study
from annotation.study import Study
from profile_engine.taxonomy import Task
from tests.annotation.results.appendix import MODELS, add_posts, let_label, quick_folder, scores_of
from tests.annotation.results.loops import log_of, rows_of, tau_of

PEOPLE = {"anna": 0.8, "ben": 0.7, "cleo": 0.1}


@pytest.fixture(scope="module")
def study() -> Iterator[Study]:
    with quick_folder() as folder, Study.create(folder / "study.db", task=Task.SUMMARIZATION) as made:
        add_posts(made)
        make_plan(made, make_design({"paper": True}))
        let_label(made, PEOPLE, first=0.65)
        yield made


@pytest.fixture(scope="module")
def report(study: Study) -> StudyReport:
    return report_study(study)


def test_the_size_of_the_study(report: StudyReport) -> None:
    """30 posts x 6 models x 3 pairs x 3 people."""
    assert len(report.labels) == 1620
    assert report.labels.origins == {"terminal": 1620}
    assert [one.model for one in report.models.each] == list(MODELS)
    assert {(one.pairs, one.labels, one.waiting) for one in report.models.each} == {(90, 270, 0)}
    assert (report.models.together.pairs, report.models.together.labels) == (540, 1620)
    assert report.single == 0


def test_agreement_rates(study: Study, report: StudyReport) -> None:
    """At least two of three prefer the response that the model scored higher."""
    scores, votes = scores_of(study), defaultdict(list)
    for _, pair, choice, _ in log_of(study):
        votes[pair].append(choice)
    agree = Counter[str]()
    for pair, choices in votes.items():
        model, left, right = scores[pair]
        agree[model] += choices.count(1 if left > right else -1) >= 2
    for one in (*report.models.each, report.models.together):
        expected = agree[one.model] if one.model in MODELS else sum(agree.values())
        rate = one.agreement[Labelling.MAJORITY]
        assert (rate.hits, rate.of) == (expected, one.pairs)
        interval = binomtest(expected, one.pairs).proportion_ci(method="wilson")
        assert rate.interval is not None
        assert (rate.interval.low, rate.interval.high) == pytest.approx((interval.low, interval.high))
        assert 0.6 < (rate.value or 0) < 0.95


def test_tau_of_each_model_and_of_all(study: Study, report: StudyReport) -> None:
    """Of a model's scores and of the people's, setting evaluation, both on the pairs of the row."""
    rows = rows_of(study).values()
    taus = [one.alignment.kendall for one in report.models.each]
    assert taus == pytest.approx([tau_of(row for row in rows if row.model == model) for model in MODELS])
    assert report.models.together.alignment.kendall == pytest.approx(tau_of(rows))
    assert len(set(taus)) > 1


def test_bias_and_carry_over_are_measured(study: Study, report: StudyReport) -> None:
    pressed = defaultdict(list)
    for person, _, _, shown in log_of(study):
        pressed[person].append(shown)
    first = sum(shown == 1 for sides in pressed.values() for shown in sides)
    assert (report.side_bias.hits, report.side_bias.of) == (first, 1620)
    assert report.side_bias.interval is not None
    assert report.side_bias.interval.low > 0.5  # they were told to lean to the first
    same = sum(a == b for sides in pressed.values() for a, b in pairwise(sides))
    assert (report.carry_over.repeats.hits, report.carry_over.repeats.of) == (same, 1620 - 3)
    assert report.carry_over.repeats.value == pytest.approx(report.carry_over.expected, abs=0.05)


def test_what_stopping_when_decided_would_spare(study: Study, report: StudyReport) -> None:
    votes: dict[int, list[int]] = defaultdict(list)
    late = 0
    for _, pair, choice, _ in log_of(study):
        late += max(map(votes[pair].count, (1, -1))) >= 2
        votes[pair].append(choice)
    progress = report.progress
    assert progress is not None
    assert (progress.items, progress.labels, progress.given, progress.done) == (540, 1620, 1620, 540)
    assert (progress.spared, progress.sparable) == (0, late)
    assert late == sum(len(set(choices[:2])) == 1 for choices in votes.values())


def test_who_guesses_is_found(study: Study, report: StudyReport) -> None:
    for labels in report.outcomes.crowd.values():
        skills = dict(zip(report.labels.annotators, labels.skills, strict=True))
        assert min(skills, key=lambda name: skills[name] or 0) == "cleo"
    quality = {one.annotator: one for one in measure_quality(study)}
    assert min(quality, key=lambda name: quality[name].agreement.value or 1) == "cleo"
    assert {one.labels for one in quality.values()} == {540}
    assert all(one.simulated for one in quality.values())
    assert quality["cleo"].sides.interval is not None
    assert quality["cleo"].sides.interval.low > 0.55


def test_stopping_when_decided_spares_labels(tmp_path: Path) -> None:
    with Study.create(tmp_path / "study.db", task=Task.SUMMARIZATION) as study:
        add_posts(study, posts=4, models=MODELS[:2])
        make_plan(study, make_design({"stop_when_decided": True, "ties": False}))
        for name in ("anna", "ben", "cleo"):  # one after the other: nobody holds what is decided meanwhile
            let_label(study, {name: 0.9})
        report = report_study(study)
    progress = report.progress
    assert progress is not None
    assert (progress.items, progress.labels, progress.done, progress.sparable) == (24, 72, 24, 0)
    assert progress.spared == 72 - len(report.labels) > 0
    assert {one.pairs for one in report.models.each} == {12}
