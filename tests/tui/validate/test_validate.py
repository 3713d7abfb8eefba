"""Validating with real keys on the sample: one press, committed, then the next item."""

from threading import Event

import pytest

from annotation.errors import StudyError
from annotation.settings import StudySettings
from annotation.study import Study
from annotation.validation.design import Design, Level, Validations
from annotation.validation.facts import FactFault
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import FIRST_REASON, JudgementEntry, JudgementKind, NewJudgement, Ruling
from annotation.validation.log import ValidationLog
from annotation.validation.report import report
from profile_engine.extraction.facts import fact_spans
from tests.tui.validate.conftest import WHO, Open
from tests.tui.validate.pressing import press, ready, validate_screen, write
from tests.tui.waiting import sees, shown, until
from tui.validating import Validating
from tui.widgets.choice_list import ChoiceList
from tui.widgets.line_prompt import LinePrompt

FORMALITY = "formality_alignment"


def draw(study: Study, factor: str = FORMALITY, n: int = 5, **design: object) -> int:
    return Validations(study).create(Design(factor, n, 1, **design)).id  # type: ignore[arg-type]


def entries(study: Study) -> list[JudgementEntry]:
    return ValidationLog(study).since(0)


async def test_blind_first_shows_dashes_until_an_answer_and_stores_both(sample: Study, judge: Open) -> None:
    draw(sample, blind_first=True)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        item = validate_screen(app).item
        assert item is not None
        own = next(i for i, c in enumerate(item.choices, 1) if c != item.extracted_label)
        claim = validate_screen(app).bar.claim.plain
        assert "─────" in claim and item.extracted_label not in claim
        await press(pilot, app, "y")
        assert entries(sample) == []
        await press(pilot, app, str(own))
        assert item.extracted_label in validate_screen(app).bar.claim.plain
        await sees(pilot, app, f"you said {item.choices[own - 1]}")
        await press(pilot, app, "enter")
        blind, final = entries(sample)
        assert (blind.kind, final.kind) == (JudgementKind.BLIND, JudgementKind.JUDGEMENT)
        assert blind.label == final.label == item.choices[own - 1]
        second = validate_screen(app).item
        assert second is not None and second.id != item.id
        await press(pilot, app, "1", "y")
        assert entries(sample)[-1].verdict is Ruling.CORRECT


async def test_facts_are_turned_and_the_rest_accepted_with_one_key(sample: Study, judge: Open) -> None:
    draw(sample, "hallucination", 30)
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        while screen.item is not None and len(screen.item.listed.facts) < 3:
            await press(pilot, app, "s")
        item = screen.item
        assert item is not None
        first, second, third, *_ = item.listed.facts
        assert first.verdict is not None and second.verdict is not None
        await press(pilot, app, "space", "down", "space", "space", "down", "r", "m")
        assert isinstance(app.screen, LinePrompt)
        await write(pilot, app, "lost")
        await press(pilot, app, "y")
        entry = entries(sample)[-1]
        assert entry.facts is not None
        assert entry.facts.verdicts == {first.index: not first.verdict}  # the second was turned back
        assert entry.facts.faults == {third.index: FactFault.NOT_IN_RESPONSE}
        assert entry.facts.missing == ("lost",)
        assert entry.verdict is Ruling.WRONG
        assert screen.item is not None and screen.item.id != item.id


async def test_blind_facts_need_a_verdict_each(sample: Study, judge: Open) -> None:
    draw(sample, "hallucination", 1, blind_first=True)
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        item = validate_screen(app).item
        assert item is not None
        assert "✓ yes" not in shown(app) and "✗ no" not in shown(app)
        await press(pilot, app, "y")
        await sees(pilot, app, "have no verdict yet")
        await press(pilot, app, *("1" if fact.verdict else "2" for fact in item.listed.facts), "y")
        (blind,) = entries(sample)
        assert (blind.kind, blind.verdict) == (JudgementKind.BLIND, Ruling.CORRECT)
        await press(pilot, app, "y")
        await sees(pilot, app, "All done")


async def test_the_fact_in_question_is_lit_in_both_texts(sample: Study, judge: Open) -> None:
    draw(sample, "hallucination", 5, level=Level.FACT)
    app = judge()
    lit = []
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        for _ in range(5):
            item, texts = validate_screen(app).item, validate_screen(app).texts
            assert item is not None and item.fact is not None
            assert item.choices == ("yes", "no")
            await sees(pilot, app, f"▸ {item.fact + 1}.")
            fact = item.listed.facts[item.fact].text
            for pane, text in ((texts.source, item.source), (texts.response, item.response)):
                (span,) = fact_spans(text, [fact])
                lit.append(span is not None)
                assert bool(pane._spans) is lit[-1]
            await press(pilot, app, "x", "1" if item.extracted_label == "no" else "2")
    assert sum(lit) > 3
    assert {entry.verdict for entry in entries(sample)} == {Ruling.WRONG}


async def test_undo_goes_back_without_limit(sample: Study, judge: Open) -> None:
    draw(sample)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        first = validate_screen(app).item
        assert first is not None
        await press(pilot, app, "y", "y", "s", "f", "u", "u", "u", "u")
        await until(pilot, lambda: "1 open again" in shown(app), "what was taken back")
        item = validate_screen(app).item
        assert item is not None and item.id == first.id
        assert validate_screen(app).work is not None
        await press(pilot, app, "u")
        await sees(pilot, app, "nothing left to take back")
        assert validate_screen(app).work.progress.done == 0  # type: ignore[union-attr]


async def test_reasons_come_from_a_list_that_grows(sample: Study, judge: Open) -> None:
    draw(sample)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "x", "e")
        assert isinstance(app.screen, ChoiceList)
        await press(pilot, app, "1", "e", "2")
        assert isinstance(app.screen, LinePrompt)
        await write(pilot, app, "too literal")
        assert [entry.reason for entry in entries(sample)] == [FIRST_REASON, "too literal"]
        await press(pilot, app, "e")
        await sees(pilot, app, "2 too literal")
        await press(pilot, app, "escape", "n")
        await write(pilot, app, "odd")
        assert entries(sample)[-1].note == "odd"
        await sees(pilot, app, "✎ note")


async def test_a_held_key_answers_once(sample: Study, judge: Open) -> None:
    sample.change_settings(StudySettings(minimum_seconds=0.7))
    draw(sample)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("y")
        await pilot.pause(0.3)  # before a held key begins to repeat
        for _ in range(20):
            await pilot.press("y")
            await pilot.pause(0.05)
        assert len(entries(sample)) == 1


async def test_no_key_counts_twice_while_the_next_item_is_slow_to_come(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(sample)
    app, slow, find = judge(), Event(), Validating.next
    monkeypatch.setattr(Validating, "ready", lambda _self, _after: None)

    def find_slowly(work: Validating, after: int | None = None) -> ValidationItem | None:
        assert after is None or slow.wait(10)
        return find(work, after)

    monkeypatch.setattr(Validating, "next", find_slowly)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("y")
        await sees(pilot, app, "saved: item 1")
        await pilot.press("pageup", "y", "pageup", "x", "2")
        await pilot.pause(0.2)
        slow.set()
        await sees(pilot, app, "1 of 5")
        assert len(entries(sample)) == 1


async def test_nothing_moves_on_when_an_answer_is_not_saved(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(sample)
    app = judge()

    def refuse(_log: ValidationLog, _new: NewJudgement) -> JudgementEntry:
        raise StudyError("the disk is full; make room and press again")

    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        item = validate_screen(app).item
        with monkeypatch.context() as patch:
            patch.setattr(ValidationLog, "save", refuse)
            await press(pilot, app, "y")
        await sees(pilot, app, "not saved: the disk is full")
        assert validate_screen(app).item is item
        await press(pilot, app, "y")
        assert len(entries(sample)) == 1


async def test_disputes_are_settled_with_the_same_keys(sample: Study, judge: Open) -> None:
    validation = draw(sample, n=3, validators=2)
    for who in ("ada", "bo"):
        app = judge(who=who)
        async with app.run_test(size=(80, 24)) as pilot:
            await ready(pilot, app)
            item = validate_screen(app).item
            assert item is not None
            other = next(i for i, c in enumerate(item.choices, 1) if c != item.extracted_label)
            right = item.choices[other - 1]
            await press(pilot, app, *(("y",) if who == "ada" else ("x", str(other))))
            await press(pilot, app, "y", "y")
    assert item is not None
    app = judge(who="cleo")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "a")
        await sees(pilot, app, f"{item.extracted_label} (ada)")
        await sees(pilot, app, f"{right} (bo)")
        await press(pilot, app, "y")
        await sees(pilot, app, "1 of 1 disputed items settled")
    assert entries(sample)[-1].kind is JudgementKind.ADJUDICATION
    (after,) = report(sample, validation)
    assert (after.accuracies[0].disputed, after.accuracies[0].correct) == (0, 3)


async def test_asks_whom_and_which(sample: Study, judge: Open) -> None:
    draw(sample)
    draw(sample, "intent_alignment")
    app = judge(who=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LinePrompt), "the question whom")
        await pilot.press(*WHO, "enter")  # typed over the name that is offered
        await until(pilot, lambda: isinstance(app.screen, ChoiceList), "the question which")
        await pilot.press("2")
        await ready(pilot, app)
        await sees(pilot, app, "Intent Alignment")
        await sees(pilot, app, f" {WHO} ")
        await press(pilot, app, "f1")
        await sees(pilot, app, "Cannot tell")


async def test_says_what_to_do_where_nothing_is_drawn(judge: Open) -> None:
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "profile-tui validate new STUDY" in shown(app), "what to do")
