"""What each key says of an item, and what is said where it says nothing."""

from functools import partial

from annotation.study import Study
from annotation.validation.design import Design, Level, Stratify, Validations
from annotation.validation.log import ValidationLog
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import press, ready, validate_screen, write
from tests.tui.waiting import sees, shown, until
from tui.app import ProfileApp
from tui.widgets.choice_list import ChoiceList

FORMALITY = "formality_alignment"


async def test_a_blind_answer_may_be_what_was_extracted(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 3, blind_first=True))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        assert screen.item is not None
        same = str(screen.item.choices.index(screen.item.extracted_label) + 1)
        await press(pilot, app, "x", "e")
        assert not isinstance(app.screen, ChoiceList)  # there is no error to give a reason for
        await press(pilot, app, same)
        await sees(pilot, app, f"saved: item 1 your own answer {screen.item.extracted_label}")
        await sees(pilot, app, "x wrong →")
        assert not screen.wrong
        assert len(ValidationLog(sample).since(0)) == 1


async def test_a_digit_alone_says_nothing_of_a_value_that_is_shown(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 3))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "1", "2", "3")
        await sees(pilot, app, "x it is wrong, then the digit")
        assert ValidationLog(sample).since(0) == []


async def test_a_reason_is_of_an_error(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 3))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        item = validate_screen(app).item
        assert item is not None
        right = next(i for i, choice in enumerate(item.choices, 1) if choice != item.extracted_label)
        await press(pilot, app, "x", str(right), "e")
        await sees(pilot, app, "first x; ← goes to the item before")  # the next item is not wrong yet
        assert "e reason" not in shown(app)
        await press(pilot, app, "left", "e", "1")
        first = ValidationLog(sample).since(0)[-1]
        assert (first.item_id, first.reason is not None) == (item.id, True)


async def test_marks_are_taken_back_one_by_one_before_they_are_saved(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design("source_coverage", 2))
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        await press(pilot, app, "down", "space")
        await sees(pilot, app, "not saved yet: y saves, u takes back")
        turned = screen.marks
        await press(pilot, app, "r", "1")
        await press(pilot, app, "u", "u")
        await sees(pilot, app, "it was not saved yet")
        assert screen.marks == turned
        assert screen.texts.fact is not None
        assert screen.texts.fact.index == 1
        await press(pilot, app, "u", "u")
        await sees(pilot, app, "nothing left to take back")
        assert not screen.marks.verdicts


async def test_keys_for_lists_say_that_there_is_none(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design("hallucination", 2, level=Level.FACT))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        for key in ("0", "p", "m", "M", "space"):
            await press(pilot, app, "x", "x", "f")  # words of another key
            await press(pilot, app, key)
            await sees(pilot, app, "one value is in question here")


async def test_what_is_wrong_is_asked_of_facts_that_have_verdicts(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design("number_of_facts", 2))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "x")
        await sees(pilot, app, "say which facts are: p, g, r or m")
        await press(pilot, app, "space")
        await sees(pilot, app, "nothing was asked of these facts")


async def test_the_fact_in_question_is_always_in_sight(sample: Study, judge: Open) -> None:
    design = Design("hallucination", 10, level=Level.FACT, stratify=Stratify.VERDICT)
    Validations(sample).create(design)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(10):
            await ready(pilot, app)
            item = validate_screen(app).item
            assert item is not None
            assert item.fact is not None
            await sees(pilot, app, f"▸ {item.fact + 1}.")
            await sees(pilot, app, f"fact {item.fact + 1} supported")
            await press(pilot, app, "y")


async def test_what_one_said_is_in_sight_beside_flag_note_and_reason(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 3))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        item = validate_screen(app).item
        assert item is not None
        right = next(choice for choice in item.choices if choice != item.extracted_label)
        await press(pilot, app, "f", "n")
        await write(pilot, app, "odd")
        await press(pilot, app, "x", "e", "1", str(item.choices.index(right) + 1), "left")
        await sees(pilot, app, f"you: {right}")
        for remark in ("⚑", "✎"):
            await sees(pilot, app, remark)


async def test_many_validations_are_counted(sample: Study, judge: Open) -> None:
    for seed in range(16):
        Validations(sample).create(Design(FORMALITY, 1, seed))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "16 in all")


async def test_no_empty_page_opens_where_there_is_no_justification(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 1))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        assert not screen.texts.justification
        await press(pilot, app, "w")
        await sees(pilot, app, "no justification came with the value")
        assert app.screen is screen


async def test_keys_that_only_look_may_be_held(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 4))
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("tab", "tab", "home", "home")
        for number in (2, 3):  # an item each, as fast as it comes
            await pilot.press("right")
            await until(pilot, partial(_is_at, app, number), "the next item")
        assert "is held" not in shown(app)


def _is_at(app: ProfileApp, number: int) -> bool:
    screen = validate_screen(app)
    return (
        screen.work is not None and screen.item is not None and screen.work.number(screen.item.id) == number
    )
