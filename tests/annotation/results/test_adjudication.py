"""Pairs without a majority: which they are, settling them, and what that does and does not change."""

from typing import Final

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import AnswerError
from annotation.people.participation import leave_out, take_in
from annotation.profiles import load_profile
from annotation.results.adjudication import Adjudications, Said
from annotation.results.labels import Labelling
from annotation.results.report import report_study
from annotation.settings import StudySettings
from annotation.study import Study
from profile_engine.preferences import MISSING, Preference
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan

SAID: Final = {
    "anna": (LEFT, LEFT, RIGHT, LEFT, LEFT),
    "ben": (TIE, LEFT, LEFT, RIGHT, None),
    "cleo": (RIGHT, RIGHT, TIE, None, None),
}
"""1-1-1 with a tie, a majority, 1-1-1 again, one against one, a single label."""


@pytest.fixture
def pairs(draft: Draft, log: AnswerLog) -> list[int]:
    made = draft.pairs(5)
    for name, choices in SAID.items():
        label(log, name, [(pair, one) for pair, one in zip(made, choices, strict=True) if one is not None])
    return made


def signs(study: Study, labelling: Labelling) -> list[int]:
    found: list[int] = report_study(study).outcomes.signs[labelling].tolist()
    return found


def test_which_pairs_have_no_majority(study: Study, pairs: list[int]) -> None:
    disputes = Adjudications(study).disputes()
    assert [one.pair_id for one in disputes] == [pairs[0], pairs[2], pairs[3]]
    assert disputes[0].labels == (Said("anna", LEFT), Said("ben", TIE), Said("cleo", RIGHT))
    assert [(one.waiting, one.settled) for one in disputes] == [(0, None)] * 3


def test_what_is_settled_stands_beside_the_majority(study: Study, pairs: list[int]) -> None:
    settled = Adjudications(study)
    before = load_profile(study).live.human_preferences().tolist()
    assert settled.settle(pairs[0], RIGHT, "dora", "the longer one invents").choice is RIGHT
    last = settled.settle(pairs[0], LEFT, "dora")
    assert (last.by, last.note) == ("dora", None)
    settled.settle(pairs[2], TIE, "anna")
    assert [one.settled and one.settled.choice for one in settled.disputes()] == [LEFT, TIE, None]
    assert signs(study, Labelling.MAJORITY) == [MISSING, 1, MISSING, MISSING, 1]
    assert signs(study, Labelling.ADJUDICATED) == [1, 1, 0, MISSING, 1]
    assert report_study(study).settled == 2
    assert load_profile(study).live.human_preferences().tolist() == before
    # Whoever settles has labelled nothing.
    assert report_study(study).labels.annotators == ("anna", "ben", "cleo")


def test_settling_is_taken_back(study: Study, pairs: list[int]) -> None:
    settled = Adjudications(study)
    settled.settle(pairs[0], RIGHT, "dora")
    settled.reopen(pairs[0], "dora", "read it again")
    assert settled.disputes()[0].settled is None
    assert signs(study, Labelling.ADJUDICATED)[0] == MISSING
    with pytest.raises(AnswerError, match="nothing is settled"):
        settled.reopen(pairs[0], "dora")


def test_a_majority_that_comes_later_stands(study: Study, log: AnswerLog, pairs: list[int]) -> None:
    settled = Adjudications(study)
    settled.settle(pairs[3], RIGHT, "dora")
    log.save(NewAnswer(pairs[3], "cleo", choice=LEFT))
    assert signs(study, Labelling.ADJUDICATED)[3] == LEFT
    assert pairs[3] not in [one.pair_id for one in settled.disputes()]


@pytest.mark.parametrize(("place", "says"), [(1, "has a majority"), (5, "has no labels yet")])
def test_what_cannot_be_settled(study: Study, draft: Draft, pairs: list[int], place: int, says: str) -> None:
    pair = [*pairs, *draft.pairs(1)][place]
    with pytest.raises(AnswerError, match=f"pair {pair} {says}"):
        Adjudications(study).settle(pair, LEFT, "dora")


def test_wrong_words(study: Study, pairs: list[int]) -> None:
    settled = Adjudications(study)
    with pytest.raises(AnswerError, match="pair 999 is not in this study"):
        settled.settle(999, LEFT, "dora")
    with pytest.raises(AnswerError, match="stands for all people"):
        settled.settle(pairs[0], LEFT, "human")
    study.change_settings(StudySettings(allow_ties=False))
    with pytest.raises(AnswerError, match="no ties"):
        settled.settle(pairs[0], TIE, "dora")


def test_who_is_left_out_has_no_say(study: Study, pairs: list[int]) -> None:
    """Without cleo the first pair is one against one; without ben too, every label is a majority."""
    settled = Adjudications(study)
    leave_out(study, "cleo", "in a hurry")
    assert [one.pair_id for one in settled.disputes()] == [pairs[0], pairs[2], pairs[3]]
    assert len(settled.disputes()[0].labels) == 2
    leave_out(study, "ben", "in a hurry")
    assert settled.disputes() == ()
    assert [one.annotator for one in report_study(study).absences] == ["ben", "cleo"]
    take_in(study, "ben")
    assert len(settled.disputes()) == 3


def test_pairs_that_wait_for_labels_count_nowhere(study: Study, draft: Draft, log: AnswerLog) -> None:
    """Of three labels wanted two that agree still wait, unless the plan stops there; so do one, or L R."""
    author = draft.agent("model")
    made = []
    for number in range(3):
        source = draft.source(f"Post {number}.")
        better, worse = (draft.response(source, f"{number}: {score}", author, score) for score in (5, 1))
        made.append(draft.pair(source, better, worse))
    plan(study, made, design={"annotators_per_pair": 3})
    said: dict[str, tuple[Preference, ...]] = {"anna": (LEFT, LEFT, LEFT), "ben": (LEFT, RIGHT)}
    for name, choices in said.items():
        label(log, name, zip(made, choices, strict=False))
    report = report_study(study)
    (model,) = report.models.each
    assert (model.pairs, model.waiting, model.labels) == (0, 3, 0)
    plan(study, made, design={"annotators_per_pair": 3, "stop_when_decided": True})
    report = report_study(study)
    (model,) = report.models.each
    assert (model.pairs, model.waiting, model.labels) == (1, 2, 2)
    assert model.agreement[Labelling.MAJORITY].value == 1
    assert report.single == report.agreement.krippendorff_alpha.left_out == 1
    assert report.progress is not None
    assert (report.progress.done, report.progress.given, report.progress.labels) == (1, 5, 9)
    (dispute,) = Adjudications(study).disputes()
    assert (dispute.pair_id, dispute.waiting) == (made[1], 1)
