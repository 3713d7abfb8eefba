"""Corrections are a layer: they change the ranking as computed by hand, live as on loading, and come off."""

import random
from collections.abc import Iterator

import pytest

from annotation.answers import AnswerLog, NewAnswer
from annotation.profiles import StudyProfile, load_profile
from annotation.store.tables import factor_values
from annotation.study import Study
from annotation.validation.choices import Level, Values
from annotation.validation.corrections import Correction, read_corrections
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.facts import FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import JudgementKind, NewJudgement
from annotation.validation.log import ValidationLog
from profile_engine.preferences import Aggregation
from tests.annotation.drafts import LEFT, RIGHT, Draft
from tests.annotation.validation.people import another


def corrections(study: Study) -> tuple[Correction, ...]:
    with study.reading() as connection:
        return read_corrections(connection)


def tone(profile: StudyProfile) -> tuple[int, int, int]:
    score = profile.live.snapshot.people.of("formality_alignment").score
    return score.concordant, score.discordant, score.ties


def test_a_corrected_tone_moves_c_d_and_t_as_by_hand(study: Study) -> None:
    """Three responses of one post: x aligned, y not, z partially; anna prefers x to y, z to x, y to z.

    Extracted: x 1, y 0, z 0.5. M(x, y) = 1, M(x, z) = 1, M(y, z) = -1 against Pref 1, -1, 1: C 1, D 2.
    With x corrected to 0: M = 0, -1, -1: the first pair is a factor tie, the second speaks for: C 1, D 1.
    """
    draft, log = Draft(study), AnswerLog(study)
    source = draft.source("A post.")
    x, y, z = (draft.response(source, text) for text in ("x.", "y.", "z."))
    for response, value in ((x, 1.0), (y, 0.0), (z, 0.5)):
        draft.value(response, "formality_alignment", value)
    log.register("anna")
    for pair, choice in (((x, y), LEFT), ((x, z), RIGHT), ((y, z), LEFT)):
        log.save(NewAnswer(draft.pair(source, *pair), "anna", choice=choice))
    info = Validations(study).create(Design("formality_alignment", 3))
    desk = ValidationDesk(study, info.id, "anna")
    live = load_profile(study, values=Values.CORRECTED)
    assert tone(live) == (1, 2, 0)

    item = next(one for one in _items(desk) if one.response_id == x)
    desk.save(item.answered("anna", label="Not Aligned"))
    desk.save(NewJudgement(item.id, "anna", JudgementKind.REASON, reason="too literal"))
    snapshot = live.follow_corrections(study)
    assert tone(live) == tone(load_profile(study, values=Values.CORRECTED)) == (1, 1, 0)
    assert tone(load_profile(study)) == (1, 2, 0)
    assert snapshot is not None
    assert snapshot.revaluation is not None
    assert snapshot.revaluation.pairs == 2
    (move,) = snapshot.revaluation.moves
    assert move.score_before == pytest.approx(-1 / 3)
    assert move.score_after == 0.0

    (correction,) = corrections(study)
    assert (correction.response_id, correction.before, correction.after) == (x, 1.0, 0.0)
    assert (correction.after_label, correction.by, correction.reasons) == (
        "Not Aligned",
        ("anna",),
        ("too literal",),
    )
    shown = study.pair(1).left.values["formality_alignment"]
    assert (shown.value, shown.correction) == (1.0, correction)

    for _ in range(2):
        desk.undo()
    live.follow_corrections(study)
    assert tone(live) == (1, 2, 0)
    assert corrections(study) == ()


@pytest.mark.parametrize("aggregation", Aggregation)
def test_live_corrections_are_a_recomputation(sample: Study, aggregation: Aggregation) -> None:
    chance = random.Random(3)
    validations = Validations(sample)
    designs = (
        Design("formality_alignment", 40),
        Design("hallucination", 40),
        Design("number_of_facts", 40),
        Design("off_focus", 60, level=Level.FACT),
    )
    desks = [ValidationDesk(sample, validations.create(design).id, "anna") for design in designs]
    items = [list(_items(desk)) for desk in desks]
    live = load_profile(sample, aggregation, Values.CORRECTED)
    for step in range(120):
        number = chance.randrange(len(desks))
        desk, item = desks[number], chance.choice(items[number])
        if chance.random() < 0.2:
            desk.undo()
        elif item.choices:
            desk.save(item.answered("anna", label=chance.choice(item.choices)))
        else:
            turned = {fact.index: not fact.verdict for fact in item.listed.facts if chance.random() < 0.3}
            missing = ("",) * chance.randrange(3) if item.factor.name == "number_of_facts" else ()
            desk.save(item.answered("anna", facts=FactMarks(turned, missing=missing)))
        live.follow_corrections(sample)
        if step % 20 == 19:
            again = load_profile(sample, aggregation, Values.CORRECTED)
            assert live.live.snapshot.rankings == again.live.snapshot.rankings
            assert (live.manifestations == again.manifestations).all()
    assert len(corrections(sample)) > 20
    raw = load_profile(sample, aggregation).live.snapshot
    assert live.live.snapshot.rankings != raw.rankings
    assert live.show(sample, Values.RAW).rankings == raw.rankings
    assert live.follow_corrections(sample) is None
    again = load_profile(sample, aggregation, Values.CORRECTED)
    assert live.show(sample, Values.CORRECTED).rankings == again.live.snapshot.rankings


def test_single_facts_add_up(sample: Study) -> None:
    """Two facts of one list, drawn singly and both wrong, change its ratio by two."""
    info = Validations(sample).create(Design("off_focus", 2000, level=Level.FACT))
    desk = ValidationDesk(sample, info.id, "anna")
    items = list(_items(desk))
    response = items[0].response_id
    pair = [item for item in items if item.response_id == response][:2]
    for item in pair:
        desk.save(item.answered("anna", label=another(item)))
    (correction,) = corrections(sample)
    off = [fact.verdict is False for fact in items[0].listed.facts]
    for item in pair:
        assert item.fact is not None
        off[item.fact] = not off[item.fact]
    assert correction.after == pytest.approx(sum(off) / len(off))
    assert correction.items == tuple(item.id for item in pair)


def test_a_newer_judgement_of_a_list_replaces_the_older(sample: Study) -> None:
    """Two validations draw the same list; what the second says of its facts holds, and single facts later."""
    first, second = (
        ValidationDesk(sample, Validations(sample).create(Design("number_of_facts", 1)).id, "anna")
        for _ in range(2)
    )
    item, again = first.next(), second.next()
    assert item is not None and again is not None
    listed = len(item.listed.facts)
    first.save(item.answered("anna", facts=FactMarks(missing=("left out",))))
    assert [one.after for one in corrections(sample)] == [listed + 1]
    second.save(again.answered("anna", facts=FactMarks(missing=("left out",))))
    assert [one.after for one in corrections(sample)] == [listed + 1]
    second.save(again.answered("anna", facts=FactMarks()))
    assert corrections(sample) == ()


def test_a_right_class_outlives_a_later_extraction(sample: Study) -> None:
    validations = Validations(sample)
    tones = ValidationDesk(sample, validations.create(Design("formality_alignment", 1)).id, "anna")
    facts = ValidationDesk(sample, validations.create(Design("hallucination", 1)).id, "anna")
    item, listed = tones.next(), facts.next()
    assert item is not None
    assert listed is not None
    tones.save(item.answered("anna"))
    facts.save(listed.answered("anna", facts=FactMarks({0: not listed.listed.facts[0].verdict})))
    assert [one.factor for one in corrections(sample)] == ["hallucination"]
    for factor, value, response in (
        ("formality_alignment", (item.extracted.value + 0.5) % 1.5, item.response_id),
        ("hallucination", 0.9, listed.response_id),
    ):
        Draft(sample).value(response, factor, value, version="later")
    # Anna confirmed the tone, so another one is wrong; her fact was in a list that no longer counts.
    (correction,) = corrections(sample)
    assert (correction.factor, correction.after) == ("formality_alignment", item.extracted.value)


def test_where_validators_differ_nothing_is_corrected(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 1, validators=2))
    item = ValidationDesk(sample, info.id, "anna").next()
    assert item is not None
    log = ValidationLog(sample)
    log.save(item.answered("anna"))
    log.save(item.answered("ben", label=another(item)))
    assert corrections(sample) == ()
    log.save(item.answered("ben", label=another(item), kind=JudgementKind.ADJUDICATION))
    assert [one.by for one in corrections(sample)] == [("ben",)]


def test_nothing_extracted_is_ever_touched(sample: Study) -> None:
    def stored() -> list[object]:
        with sample.reading() as connection:
            return list(connection.execute(factor_values.select().order_by(factor_values.c.id)).all())

    before = stored()
    info = Validations(sample).create(Design("intent_alignment", 5))
    desk = ValidationDesk(sample, info.id, "anna")
    for item in list(_items(desk)):
        desk.save(item.answered("anna", label=another(item)))
    assert len(corrections(sample)) == 5
    assert stored() == before


def _items(desk: ValidationDesk) -> Iterator[ValidationItem]:
    item = desk.next()
    while item is not None:
        yield item
        item = desk.beside(item.id, 1)
