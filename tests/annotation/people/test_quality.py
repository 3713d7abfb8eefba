"""Each annotator's figures, counted by hand."""

import pytest

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.errors import AnswerError
from annotation.people.participation import leave_out, take_in
from annotation.people.quality import AnnotatorQuality, Presence, measure_quality
from annotation.planning.plan import Role
from annotation.profiles import load_profile
from annotation.study import Study
from profile_engine.preferences import Preference
from profile_engine.rates import Rate
from tests.annotation.drafts import LEFT, RIGHT, TIE, Draft, label
from tests.annotation.planning.planned import plan


def quality_of(study: Study, name: str) -> AnnotatorQuality:
    return next(one for one in measure_quality(study) if one.annotator == name)


def press(
    log: AnswerLog, name: str, pair: int, choice: Preference, first: Preference, seconds: float
) -> None:
    log.save(NewAnswer(pair, name, choice=choice, shown_first=first, seconds=seconds))


def test_sides_and_seconds(study: Study, draft: Draft, log: AnswerLog) -> None:
    """First, second, first, a tie; 3, 5, 9 and 100 seconds: the median is 7."""
    pairs = draft.pairs(5)
    log.register("anna")
    for pair, choice, first, seconds in zip(
        pairs, (LEFT, LEFT, RIGHT, TIE), (LEFT, RIGHT, RIGHT, LEFT), (3, 5, 9, 100), strict=False
    ):
        press(log, "anna", pair, choice, first, seconds)
    label(log, "ben", [(pairs[4], LEFT)])  # not shown by us, not timed
    anna, ben = quality_of(study, "anna"), quality_of(study, "ben")
    assert (anna.labels, anna.seconds, anna.sides) == (4, 7, Rate(2, 3))
    assert (ben.labels, ben.seconds, ben.sides) == (1, None, Rate(0, 0))
    assert anna.agreement == Rate(0, 0)  # nobody else labelled those


def test_what_others_say_is_without_oneself(study: Study, draft: Draft, log: AnswerLog) -> None:
    """anna LLLT, ben LLRR, cleo LRR-.

    Of anna the others say L, nothing, R, R: 1 of 3. Of ben L, nothing, nothing, T: 1 of 2. Of cleo L, L,
    nothing: 1 of 2.
    """
    pairs = draft.pairs(4)
    for name, choices in (
        ("anna", (LEFT, LEFT, LEFT, TIE)),
        ("ben", (LEFT, LEFT, RIGHT, RIGHT)),
        ("cleo", (LEFT, RIGHT, RIGHT)),
    ):
        label(log, name, zip(pairs, choices, strict=False))
    assert [one.agreement for one in measure_quality(study)] == [Rate(1, 3), Rate(1, 2), Rate(1, 2)]
    # Without ben, anna is held against cleo alone; ben still is against both.
    leave_out(study, "ben", "never reads the post")
    assert quality_of(study, "anna").agreement == Rate(1, 3)
    assert quality_of(study, "cleo").agreement == Rate(1, 3)
    assert quality_of(study, "ben").agreement == Rate(1, 2)


def test_gold_and_repeats(study: Study, draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(4)
    roles = {pairs[2]: Role.GOLD, pairs[3]: Role.GOLD}
    plan(study, pairs, roles, expected=LEFT, design={"repeats": 2})
    log.register("anna")
    for pair, kind, choice in (
        (pairs[0], AnswerKind.LABEL, LEFT),
        (pairs[1], AnswerKind.LABEL, RIGHT),
        (pairs[2], AnswerKind.GOLD, LEFT),
        (pairs[3], AnswerKind.GOLD, RIGHT),
        (pairs[0], AnswerKind.REPEAT, LEFT),
        (pairs[1], AnswerKind.REPEAT, LEFT),
    ):
        log.save(NewAnswer(pair, "anna", kind, choice, LEFT))
    anna = quality_of(study, "anna")
    assert (anna.labels, anna.gold, anna.consistency) == (2, Rate(1, 2), Rate(1, 2))
    log.save(NewAnswer(pairs[1], "anna", AnswerKind.LABEL, LEFT, LEFT))
    assert quality_of(study, "anna").consistency == Rate(2, 2)


def test_flags_notes_and_skips_as_they_stand(study: Study, draft: Draft, log: AnswerLog) -> None:
    pairs = draft.pairs(3)
    log.register("anna")
    for pair in pairs:
        log.save(NewAnswer(pair, "anna", AnswerKind.FLAG, set=True))
        log.save(NewAnswer(pair, "anna", AnswerKind.NOTE, note="odd"))
    log.save(NewAnswer(pairs[0], "anna", AnswerKind.FLAG, set=False))
    log.save(NewAnswer(pairs[0], "anna", AnswerKind.NOTE, note=""))
    log.save(NewAnswer(pairs[0], "anna", AnswerKind.SKIP, set=True))
    anna = quality_of(study, "anna")
    assert (anna.flags, anna.notes, anna.skips, anna.labels) == (2, 2, 1, 0)


def test_leaving_out_is_seen_and_taken_back(study: Study, draft: Draft, log: AnswerLog) -> None:
    (pair,) = draft.pairs(1)
    label(log, "anna", [(pair, LEFT)])
    assert quality_of(study, "anna").presence is Presence.COUNTS
    leave_out(study, "anna", "in a hurry")
    anna = quality_of(study, "anna")
    assert (anna.presence, anna.labels) == (Presence.LEFT_OUT, 1)
    assert anna.absence is not None
    assert anna.absence.reason == "in a hurry"
    assert load_profile(study).live.snapshot.labels == 0
    with pytest.raises(AnswerError, match="left out already"):
        leave_out(study, "anna", "again")
    take_in(study, "anna")
    assert quality_of(study, "anna").absence is None
    assert load_profile(study).live.snapshot.labels == 1
    with pytest.raises(AnswerError, match="not left out"):
        take_in(study, "anna")
    with pytest.raises(AnswerError, match="'zoe' is no annotator"):
        leave_out(study, "zoe", "who?")
