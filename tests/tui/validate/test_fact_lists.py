"""Lists of facts on the screen, judged one key after another."""

from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.log import ValidationLog
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import ready, validate_screen
from tests.tui.waiting import sees, shown, until


async def test_a_list_of_facts_is_answered_as_fast_as_it_is_read(sample: Study, judge: Open) -> None:
    """Nothing is saved before `y`, so one key may come again at once: yes, yes, yes."""
    Validations(sample).create(Design("source_coverage", 1, blind_first=True))
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        assert screen.item is not None
        listed = len(screen.item.listed.facts)
        assert listed > 1
        await pilot.press(*["1"] * listed, "k", "k")
        await until(pilot, lambda: set(screen.marks.verdicts) == set(range(listed)), "a verdict each")
        assert "is held" not in shown(app)
        await pilot.press("r")  # these are facts of the source, which may well not be in the response
        await sees(pilot, app, "not in the source")
        assert ValidationLog(sample).since(0) == []
