"""What people said, counted: equal to counts made by hand from the script they followed."""

from collections import Counter

import pytest

from annotation.study import Study
from annotation.validation.choices import Level, Stratify
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.facts import FactFault, FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import FIRST_REASON, JudgementKind, NewJudgement, Ruling
from annotation.validation.report import Accuracy, report
from annotation.validation.validators import find_disputes
from profile_engine.accuracy import wilson
from tests.annotation.validation.people import another, work


def shown(accuracy: Accuracy) -> str:
    interval = accuracy.accuracy.interval
    assert accuracy.accuracy.value is not None
    assert interval is not None
    return f"{100 * accuracy.accuracy.value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def test_the_papers_study_is_counted_as_the_paper_counts(sample: Study) -> None:
    """50 drawn of each; every seventh intent is wrong but the last (7), four tones are."""
    expected: dict[str, Counter[tuple[str, str]]] = {}
    for factor, wrong in (("intent_alignment", range(0, 49, 7)), ("formality_alignment", range(4))):
        counted: Counter[tuple[str, str]] = Counter()
        info = Validations(sample).create(Design(factor, 50, seed=1))

        def answer(
            seen: int, item: ValidationItem, wrong: range = wrong, counted: Counter[tuple[str, str]] = counted
        ) -> NewJudgement:
            right = another(item) if seen in wrong else item.extracted_label
            counted[item.extracted_label, right] += 1
            return item.answered("anna", label=right, seconds=3.0)

        desk = work(sample, info.id, "anna", answer)
        assert desk.accuracy() == report(sample, info.id)[0].accuracies
        expected[factor] = counted
    intent, tone = (one.accuracies[0] for one in report(sample))
    assert (intent.n, intent.correct, shown(intent)) == (50, 43, "86.0 [73.8, 93.0]")
    assert (tone.n, tone.correct, shown(tone)) == (50, 46, "92.0 [81.2, 96.8]")
    for found in (intent, tone):
        assert found.confusion is not None
        told = {
            (extracted, right): number
            for extracted, row in found.confusion.items()
            for right, number in row.items()
            if number
        }
        assert told == expected[found.factor]
        for one in found.classes:
            hit = expected[found.factor][one.label, one.label]
            assert one.precision.value == pytest.approx(hit / one.extracted)
            assert one.recall.value == pytest.approx(hit / one.right)
        assert (found.level, found.open, found.disputed) == (Level.RESPONSE, 0, 0)
        assert not found.weighted
    assert report(sample)[0].seconds == 3.0


def test_what_nobody_can_tell_is_told_apart(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 10))

    def answer(seen: int, item: ValidationItem) -> NewJudgement:
        return item.answered("anna", label=another(item) if seen < 2 else None, cannot_tell=seen in (4, 5))

    (found,) = work(sample, info.id, "anna", answer).accuracy()
    assert (found.n, found.correct, found.cannot_tell) == (10, 6, 2)
    assert found.accuracy.value == 6 / 8
    assert found.accuracy.interval == wilson(6, 8)


def test_half_done_work_counts_as_far_as_it_goes(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 10))
    desk = ValidationDesk(sample, info.id, "anna")
    assert desk.accuracy()[0].accuracy.value is None
    item = desk.next()
    assert item is not None
    desk.save(item.answered("anna"))
    assert [(one.n, one.open) for one in desk.accuracy()] == [(1, 9)]
    desk.undo()
    assert [(one.n, one.open) for one in desk.accuracy()] == [(0, 10)]


def test_facts_are_counted_beside_values(sample: Study) -> None:
    """Of ten lists the first has a verdict turned, the second a fact too many, the third cannot be told."""
    info = Validations(sample).create(Design("hallucination", 10, seed=2))
    lists: list[ValidationItem] = []

    def answer(seen: int, item: ValidationItem) -> NewJudgement:
        lists.append(item)
        if seen == 0:
            return item.answered("anna", facts=FactMarks({0: not item.listed.facts[0].verdict}))
        if seen == 1:
            return item.answered("anna", facts=FactMarks(faults={0: FactFault.NOT_IN_RESPONSE}))
        return item.answered("anna", facts=FactMarks(), cannot_tell=seen == 2)

    values, facts = work(sample, info.id, "anna", answer).accuracy()
    sizes = [len(item.listed.facts) for item in lists]
    assert (values.level, values.n, values.cannot_tell) == (Level.RESPONSE, 10, 1)
    assert (facts.level, facts.n, facts.cannot_tell) == (Level.FACT, sum(sizes) - 1, sizes[2])
    assert facts.correct == facts.n - facts.cannot_tell - 1
    assert facts.faults == {"not in the response": 1}
    assert facts.clustered
    assert facts.accuracy.effective_n <= facts.n - facts.cannot_tell
    assert values.confusion is None
    assert facts.confusion is not None
    turned = "yes" if lists[0].listed.facts[0].verdict else "no"
    assert facts.confusion[turned]["no" if turned == "yes" else "yes"] == 1


def test_a_stratified_draw_is_weighted_back(sample: Study) -> None:
    """15 of 77 `no` and 15 of 598 `yes`: 12 and 14 right, so (77 * 12 + 598 * 14) / (15 * 675)."""
    design = Design("hallucination", 30, 1, Level.FACT, Stratify.VERDICT)
    info = Validations(sample).create(design)
    seen: Counter[str] = Counter()

    def answer(_: int, item: ValidationItem) -> NewJudgement:
        seen[item.stratum] += 1
        wrong = seen[item.stratum] <= (3 if item.stratum == "no" else 1)
        return item.answered("anna", label=another(item) if wrong else None)

    (found,) = work(sample, info.id, "anna", answer).accuracy()
    assert (found.n, found.correct, found.weighted) == (30, 26, True)
    assert found.accuracy.value == pytest.approx((77 * 12 + 598 * 14) / (15 * 675))
    # Of the facts that are unsupported in truth the recall is 77 * 12 of 77 * 12 + 598 * 1.
    unsupported = next(one for one in found.classes if one.label == "no")
    assert unsupported.recall.value == pytest.approx(77 * 12 / (77 * 12 + 598))
    assert found.unjudged_strata == ()


def test_reasons_are_counted(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 6))
    desk = ValidationDesk(sample, info.id, "anna")
    reasons = iter((FIRST_REASON, FIRST_REASON, "another"))
    item = desk.next()
    while item is not None:
        desk.save(item.answered("anna", label=another(item)))
        if reason := next(reasons, None):
            desk.save(NewJudgement(item.id, "anna", JudgementKind.REASON, reason=reason))
        last, item = item, desk.next(item.id)
    assert desk.accuracy()[0].reasons == {FIRST_REASON: 2, "another": 1}
    desk.save(NewJudgement(last.id, "anna", JudgementKind.REASON, reason="slip"))
    assert desk.accuracy()[0].reasons == {FIRST_REASON: 2, "another": 1, "slip": 1}
    desk.save(last.answered("anna"))
    assert desk.accuracy()[0].reasons == {FIRST_REASON: 2, "another": 1}, "it is right after all"


def test_two_validators_and_who_settles_it(sample: Study) -> None:
    """Of ten items anna finds all right; ben the first two wrong: they agree on eight."""
    info = Validations(sample).create(Design("intent_alignment", 10, validators=2))
    work(sample, info.id, "anna", lambda _, item: item.answered("anna"))
    work(
        sample,
        info.id,
        "ben",
        lambda seen, item: item.answered("ben", label=another(item) if seen < 2 else None),
    )
    (told,) = report(sample, info.id)
    (accuracy,), (pair,) = told.accuracies, told.agreement
    assert (accuracy.n, accuracy.correct, accuracy.disputed, accuracy.open) == (8, 8, 2, 0)
    assert (pair.a, pair.b, pair.agree, pair.of) == ("anna", "ben", 8, 10)
    disputes = find_disputes(sample)
    assert [one.item.position for one in disputes] == [1, 2]
    assert [entry.validator for entry in disputes[0].judgements] == ["anna", "ben"]
    desk = ValidationDesk(sample, info.id, "anna")
    kind = JudgementKind.ADJUDICATION
    desk.save(disputes[0].item.answered("anna", label=another(disputes[0].item), kind=kind))
    desk.save(disputes[1].item.answered("anna", kind=kind))
    (accuracy,) = report(sample, info.id)[0].accuracies
    assert (accuracy.n, accuracy.correct, accuracy.disputed) == (10, 9, 0)
    assert find_disputes(sample) == ()
    desk.undo()
    assert [one.item.position for one in find_disputes(sample, info.id)] == [2]


def test_kappa_is_that_of_the_right_classes(sample: Study) -> None:
    from nltk.metrics.agreement import AnnotationTask

    info = Validations(sample).create(Design("formality_alignment", 40, validators=2))
    said = []
    for name, wrong in (("anna", 5), ("ben", 3)):

        def answer(seen: int, item: ValidationItem, name: str = name, wrong: int = wrong) -> NewJudgement:
            label = another(item) if seen % wrong == 0 else item.extracted_label
            said.append((name, item.id, label))
            return item.answered(name, label=label)

        work(sample, info.id, name, answer)
    (pair,) = report(sample, info.id)[0].agreement
    assert pair.kappa.value == pytest.approx(AnnotationTask(said).kappa())


def test_blind_answers_show_who_gave_in(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 4, blind_first=True))
    desk = ValidationDesk(sample, info.id, "anna")
    finals = (True, True, False, False)
    blinds = (True, False, False, True)
    for blind, final in zip(blinds, finals, strict=True):
        item = desk.next()
        assert item is not None
        for is_right, kind in ((blind, JudgementKind.BLIND), (final, JudgementKind.JUDGEMENT)):
            desk.save(item.answered("anna", label=None if is_right else another(item), kind=kind))
    told = report(sample, info.id)[0].blind
    assert told is not None
    assert (told.answers, told.as_extracted, told.changed, told.changed_to_extracted) == (4, 2, 2, 1)
    assert report(sample, info.id)[0].accuracies[0].correct == 2


def test_only_a_verdict_counts_as_judged(sample: Study) -> None:
    info = Validations(sample).create(Design("intent_alignment", 3))
    desk = ValidationDesk(sample, info.id, "anna")
    item = desk.next()
    assert item is not None
    desk.save(NewJudgement(item.id, "anna", JudgementKind.NOTE, note="hm"))
    desk.save(NewJudgement(item.id, "anna", JudgementKind.BLIND, Ruling.CORRECT))
    assert report(sample, info.id)[0].accuracies[0].open == 3
