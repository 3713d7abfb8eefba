"""One person's work: the next item, the log, undo, blind answers, hostile texts."""

import random

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from annotation.errors import AnswerError, StudyError
from annotation.store.tables import judgements
from annotation.study import Study
from annotation.validation.choices import Level
from annotation.validation.design import Design, Validations
from annotation.validation.desk import DeskProgress, ValidationDesk
from annotation.validation.facts import FactFault, FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import FIRST_REASON, JudgementKind, NewJudgement, Ruling
from annotation.validation.log import ValidationLog
from annotation.validation.report import report
from tests.annotation.validation.people import another, work

HOSTILE = "\x1b]52;c;aGk=\x07[/bold]\u202e=cmd|' /C calc'!A0\x00"


def first(desk: ValidationDesk) -> ValidationItem:
    item = desk.next()
    assert item is not None
    return item


@pytest.fixture
def desk(sample: Study) -> ValidationDesk:
    info = Validations(sample).create(Design("formality_alignment", 5, seed=1))
    return ValidationDesk(sample, info.id, "anna")


def test_an_item_brings_what_it_takes_to_judge_it(sample: Study) -> None:
    info = Validations(sample).create(Design("hallucination", 5, seed=1))
    item = first(ValidationDesk(sample, info.id, "anna"))
    view = sample.pair(_pair_with(sample, item.response_id))
    shown = {side.id: side for side in (view.left, view.right)}[item.response_id]
    assert (item.source, item.title) == (view.source, view.title)
    assert (item.response, item.agent) == (shown.text, shown.agent)
    assert item.extracted.value == shown.values["hallucination"].value
    assert item.factor.definition.startswith("The ratio of atomic facts that are incorrect")
    assert item.listed.question == "supported"
    share = sum(fact.verdict is False for fact in item.listed.facts) / len(item.listed.facts)
    assert item.extracted.value == pytest.approx(share, abs=0.001)


def test_facts_of_the_source_are_found_with_what_is_covered(sample: Study) -> None:
    info = Validations(sample).create(Design("source_coverage", 3))
    item = first(ValidationDesk(sample, info.id, "anna"))
    assert item.listed.of_source
    assert len(item.listed.facts) == 10
    assert sum(fact.verdict is True for fact in item.listed.facts) == round(10 * item.extracted.value)


def test_items_come_in_order_and_skipped_ones_last(desk: ValidationDesk) -> None:
    item = first(desk)
    assert (item.position, desk.number(item.id)) == (1, 1)
    desk.save(NewJudgement(item.id, "anna", JudgementKind.SKIP, set=True))
    positions = []
    following = desk.next(item.id)
    while following is not None and following.id != item.id:
        positions.append(following.position)
        desk.save(following.answered("anna"))
        following = desk.next(following.id)
    assert positions == [2, 3, 4, 5]
    assert following is not None
    assert desk.progress == DeskProgress(4, 5, 1, 0)
    desk.save(following.answered("anna"))
    assert desk.next() is None
    assert desk.progress == DeskProgress(5, 5, 0, 0)
    assert desk.beside(item.id, -1) is None
    beside = desk.beside(item.id, 1)
    assert beside is not None
    assert beside.position == 2


def test_a_judgement_says_what_is_right(desk: ValidationDesk) -> None:
    item = first(desk)
    wrong = item.answered("anna", label=another(item), seconds=4.5)
    assert (wrong.verdict, wrong.label, wrong.seconds) == (Ruling.WRONG, another(item), 4.5)
    assert wrong.value == dict(item.factor.classes)[another(item)]
    right = item.answered("anna")
    assert (right.verdict, right.label, right.value) == (
        Ruling.CORRECT,
        item.extracted_label,
        item.extracted.value,
    )
    assert item.answered("anna", label=item.extracted_label).verdict is Ruling.CORRECT
    unsure = item.answered("anna", cannot_tell=True)
    assert (unsure.verdict, unsure.label, unsure.value) == (Ruling.CANNOT_TELL, None, None)
    with pytest.raises(StudyError, match="not possible"):
        item.answered("anna", label="Chatty")


def test_single_facts_are_judged_yes_or_no(sample: Study) -> None:
    info = Validations(sample).create(Design("off_focus", 5, level=Level.FACT))
    desk = ValidationDesk(sample, info.id, "anna")
    item = first(desk)
    assert item.fact is not None
    assert item.choices == ("yes", "no")
    assert item.extracted_label == ("yes" if item.listed.facts[item.fact].verdict else "no")
    assert item.answered("anna", label=another(item)).verdict is Ruling.WRONG


def test_turned_verdicts_give_another_ratio(sample: Study) -> None:
    info = Validations(sample).create(Design("hallucination", 60))
    desk = ValidationDesk(sample, info.id, "anna")
    item = next(one for one in _all(desk) if len(one.listed.facts) == 5 and one.extracted.value == 0)
    turned = item.answered("anna", facts=FactMarks({0: False, 1: True}))
    # One of five is not supported now; the verdict on fact 1 only repeats what was extracted.
    assert (turned.verdict, turned.value) == (Ruling.WRONG, 0.2)
    assert turned.facts == FactMarks({0: False})
    assert item.answered("anna", facts=FactMarks()).verdict is Ruling.CORRECT
    unsure = item.answered("anna", facts=FactMarks({0: None}))
    assert (unsure.verdict, unsure.facts) == (Ruling.CORRECT, FactMarks({0: None}))
    # A fact that is not in the response does not count: of the four others one is unsupported.
    marks = FactMarks({0: False}, {1: FactFault.NOT_IN_RESPONSE})
    assert item.answered("anna", facts=marks).value == 0.25
    gone = FactMarks(faults=dict.fromkeys(range(5), FactFault.NOT_IN_RESPONSE))
    assert item.answered("anna", facts=gone).value is None


def test_the_number_of_facts_follows_their_faults(sample: Study) -> None:
    info = Validations(sample).create(Design("number_of_facts", 60))
    item = next(
        one
        for one in _all(ValidationDesk(sample, info.id, "anna"))
        if len(one.listed.facts) == 5 and one.listed.question is None
    )
    marks = FactMarks(
        faults={0: FactFault.SPLIT, 1: FactFault.MERGED, 2: FactFault.NOT_IN_RESPONSE},
        missing=("The lock is new.", ""),
    )
    assert item.answered("anna", facts=marks).value == 5 - 1 + 1 - 1 + 2


def test_blind_answers_come_before_the_value(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 3, blind_first=True))
    desk = ValidationDesk(sample, info.id, "anna")
    item = first(desk)
    assert not desk.standing(item.id).shows_value
    desk.save(item.answered("anna", label=another(item), kind=JudgementKind.BLIND))
    standing = desk.standing(item.id)
    assert standing.shows_value
    assert standing.judgement is None
    desk.save(item.answered("anna"))
    standing = desk.standing(item.id)
    assert standing.blind is not None
    assert standing.judgement is not None
    assert (standing.blind.verdict, standing.judgement.verdict) == (Ruling.WRONG, Ruling.CORRECT)
    desk.undo()
    desk.undo()
    for one in (desk, ValidationDesk(sample, info.id, "anna")):  # a second answer would not be blind
        assert one.standing(item.id).blind is None
        assert one.standing(item.id).shows_value
    desk.save(item.answered("anna"))
    blind = report(sample)[0].blind
    assert blind is not None
    assert blind.answers == 0


def test_reasons_notes_and_flags_stand_beside(desk: ValidationDesk, sample: Study) -> None:
    item = first(desk)
    desk.save(NewJudgement(item.id, "anna", JudgementKind.REASON, reason="too  literal\n"))
    desk.save(NewJudgement(item.id, "anna", JudgementKind.NOTE, note="look again"))
    desk.save(NewJudgement(item.id, "anna", JudgementKind.FLAG, set=True))
    assert desk.reasons() == (FIRST_REASON, "too literal")
    again = ValidationDesk(sample, desk.info.id, "anna").standing(item.id)
    assert (again.reason, again.note, again.flagged) == ("too literal", "look again", True)
    assert ValidationDesk(sample, desk.info.id, "ben").standing(item.id).reason is None


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (NewJudgement(999, "anna", verdict=Ruling.CORRECT), "not in this study"),
        (NewJudgement(1, "zoe", verdict=Ruling.CORRECT), "register"),
        (NewJudgement(1, "anna"), "no verdict"),
        (NewJudgement(1, "anna", verdict=Ruling.WRONG), "what is right"),
        (NewJudgement(1, "anna", JudgementKind.FLAG), "set it or to clear"),
        (NewJudgement(1, "anna", JudgementKind.REASON, reason=" "), "no reason"),
    ],
)
def test_what_says_nothing_is_refused(desk: ValidationDesk, new: NewJudgement, message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        desk.save(new)


def test_undo_has_no_limit_and_survives_a_restart(sample: Study) -> None:
    """Held against a plain list of what stood after each entry."""
    chance = random.Random(5)
    info = Validations(sample).create(Design("formality_alignment", 4))
    desk = ValidationDesk(sample, info.id, "anna")
    items = _all(desk)
    states = [_state(desk, items)]
    for _ in range(40):
        if len(states) > 1 and chance.random() < 0.35:
            if chance.random() < 0.3:
                desk = ValidationDesk(sample, info.id, "anna")
            desk.undo()
            states.pop()
        else:
            desk.save(_anything(chance.choice(items), chance))
            states.append(_state(desk, items))
        assert _state(desk, items) == states[-1]
        assert _state(ValidationDesk(sample, info.id, "anna"), items) == states[-1]
    while len(states) > 1:
        assert desk.undo() is not None
        states.pop()
        assert _state(desk, items) == states[-1]
    assert desk.undo() is None


def test_undo_stays_with_one_person_and_one_validation(sample: Study) -> None:
    validations = Validations(sample)
    ids = [validations.create(Design(name, 3, validators=2)).id for name in ("intent_alignment", "coherence")]
    for validation_id in ids:
        for name in ("anna", "ben"):
            work(sample, validation_id, name, lambda _, item: item.answered(name))  # noqa: B023
    desk = ValidationDesk(sample, ids[0], "anna")
    for _ in range(3):
        assert desk.undo() is not None
    assert desk.undo() is None
    others = [ValidationDesk(sample, *one) for one in ((ids[0], "ben"), (ids[1], "anna"), (ids[1], "ben"))]
    assert [other.progress.done for other in others] == [3, 3, 3]


@pytest.mark.parametrize("change", [update(judgements).values(verdict="wrong"), delete(judgements)])
def test_the_log_can_only_be_added_to(desk: ValidationDesk, sample: Study, change: object) -> None:
    desk.save(first(desk).answered("anna"))
    with pytest.raises((StudyError, DBAPIError), match="append-only"), sample.writing() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert desk.progress.done == 1


def test_the_same_token_is_stored_once(desk: ValidationDesk) -> None:
    answer = first(desk).answered("anna")
    assert desk.save(answer) == desk.save(answer)
    assert len(ValidationLog(desk._study).since(0)) == 1


def test_hostile_words_come_back_as_they_were(desk: ValidationDesk, sample: Study) -> None:
    item = first(desk)
    desk.save(NewJudgement(item.id, "anna", JudgementKind.NOTE, note=HOSTILE))
    desk.save(NewJudgement(item.id, "anna", JudgementKind.REASON, reason=HOSTILE))
    standing = ValidationDesk(sample, desk.info.id, "anna").standing(item.id)
    assert (standing.note, standing.reason) == (HOSTILE, HOSTILE)


def test_work_is_shared_out(sample: Study) -> None:
    """Two validators an item: of three people the third finds what is left."""
    ValidationLog(sample).register("cleo")
    info = Validations(sample).create(Design("intent_alignment", 6, validators=2))
    work(sample, info.id, "anna", lambda _, item: item.answered("anna"))
    ben = ValidationDesk(sample, info.id, "ben")
    for item in _all(ben)[:4]:
        ben.save(item.answered("ben"))
    cleo = ValidationDesk(sample, info.id, "cleo")
    assert cleo.progress.of == 2
    assert ValidationDesk(sample, info.id, "ben").progress == DeskProgress(4, 6, 0, 0)


def _all(desk: ValidationDesk) -> list[ValidationItem]:
    found, item = [], desk.next()
    while item is not None:
        found.append(item)
        item = desk.beside(item.id, 1)
    return found


def _state(desk: ValidationDesk, items: list[ValidationItem]) -> list[object]:
    states: list[object] = []
    for item in items:
        said = desk.standing(item.id)
        judged = said.judgement and (said.judgement.verdict, said.judgement.label)
        states.append((judged, said.reason, said.note, said.skipped, said.flagged))
    return states


def _anything(item: ValidationItem, chance: random.Random) -> NewJudgement:
    on = chance.random() < 0.5
    return chance.choice(
        [
            item.answered("anna"),
            item.answered("anna", label=another(item)),
            item.answered("anna", cannot_tell=True),
            NewJudgement(item.id, "anna", JudgementKind.NOTE, note=str(chance.random())),
            NewJudgement(item.id, "anna", JudgementKind.REASON, reason=str(chance.random())),
            NewJudgement(item.id, "anna", JudgementKind.SKIP, set=on),
            NewJudgement(item.id, "anna", JudgementKind.FLAG, set=on),
        ]
    )


def _pair_with(study: Study, response_id: int) -> int:
    from annotation.store.tables import pairs

    either = (pairs.c.left_id == response_id) | (pairs.c.right_id == response_id)
    with study.reading() as connection:
        return int(connection.execute(select(pairs.c.id).where(either).limit(1)).scalar_one())
