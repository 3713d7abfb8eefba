"""Where validators differ: what each says stands before whoever has the last word."""

import pytest

from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.facts import FactFault, FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.log import ValidationLog
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import press, ready
from tests.tui.waiting import sees, shown


def desk_of(study: Study, validation_id: int, name: str) -> tuple[ValidationDesk, ValidationItem]:
    """A validator, and the first item."""
    ValidationLog(study).register(name)
    desk = ValidationDesk(study, validation_id, name)
    item = desk.next()
    assert item is not None
    return desk, item


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_names_stand_beside_the_classes(sample: Study, judge: Open, size: tuple[int, int]) -> None:
    info = Validations(sample).create(Design("formality_alignment", 1, validators=2))
    for name, label in (("annabell", "Partially Aligned"), ("benjamin", "Not Aligned")):
        desk, item = desk_of(sample, info.id, name)
        desk.save(item.answered(name, label=label))
    app = judge(who="cleo")
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "a")
        await sees(pilot, app, "2 Partially Aligned (annabell)")
        await sees(pilot, app, "3 Not Aligned (benjamin)")
        await press(pilot, app, "x")
        await sees(pilot, app, "which one?")
        await sees(pilot, app, "3 Not Aligned (benjamin)")
        await press(pilot, app, "3")
        await sees(pilot, app, "1 of 1 disputed items settled")


async def test_facts_say_who_differs_and_how(sample: Study, judge: Open) -> None:
    info = Validations(sample).create(Design("source_coverage", 1, validators=2))
    marks = {
        "ada": FactMarks({1: True}, {2: FactFault.SPLIT}),
        "bo": FactMarks({1: True}, {}, ("left out",)),
    }
    for name, said in marks.items():
        desk, item = desk_of(sample, info.id, name)
        desk.save(item.answered(name, facts=said))
    app = judge(who="cleo")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "a")
        await sees(pilot, app, "(ada split, bo no)")
        await sees(pilot, app, "bo: missing  left out")
        assert shown(app).count("(ada ") == 1  # on the second fact they agree


async def test_the_accuracy_beside_disputes_is_of_all_that_is_settled(sample: Study, judge: Open) -> None:
    info = Validations(sample).create(Design("intent_alignment", 2, validators=2))
    for name in ("ada", "bo"):
        desk, first = desk_of(sample, info.id, name)
        other = next(choice for choice in first.choices if choice != first.extracted_label)
        desk.save(first.answered(name, label=other if name == "bo" else None))
        second = desk.next(first.id)
        assert second is not None
        desk.save(second.answered(name))
    app = judge(who="cleo")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "a")
        await sees(pilot, app, "1 of 1 right")
        await press(pilot, app, "x", str(first.choices.index(other) + 1))
        await sees(pilot, app, "1 of 2 right")


async def test_there_is_a_way_back_where_nobody_differs(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design("intent_alignment", 2))
    app = judge(who="cleo")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await press(pilot, app, "a")
        await sees(pilot, app, "each item of this validation is for one person")
        await press(pilot, app, "escape")
        await sees(pilot, app, "0 of 2")
        await press(pilot, app, "y")
        await sees(pilot, app, "by you: 1 of 1 right")
