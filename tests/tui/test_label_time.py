"""Seconds of an item that an undo brings back: they go on from what it had."""

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from tests.annotation.drafts import LEFT
from tests.tui.label_task import WHO, annotate, press, ready
from tests.tui.waiting import until


def label_seconds(study: Study) -> list[float | None]:
    return [one.seconds for one in AnswerLog(study).since(0) if one.choice is not None]


async def test_what_is_given_anew_goes_on_from_what_was_taken_back(fast_study: Study) -> None:
    """Twice, and from an earlier day: seconds are those of the whole of the reading."""
    log = AnswerLog(fast_study)
    log.register(WHO)
    log.save(NewAnswer(2, WHO, choice=LEFT, shown_first=LEFT, seconds=40.0))
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        for _ in range(2):
            await ready(pilot, app)
            await pilot.press("pageup", "u")
            await until(pilot, lambda: screen.item is not None and screen.item.pair_id == 2, "pair 2 again")
            await ready(pilot, app)
            await press(pilot, app, "1")
        await press(pilot, app, "1")
    first, second, third, other = label_seconds(fast_study)
    assert first is not None and second is not None and third is not None and other is not None
    assert 40 == first < second < third < 60
    assert other < 10  # the next item has a time of its own


async def test_a_flag_taken_back_leaves_the_time_of_its_item(fast_study: Study) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        screen.time.start(screen._painted_at - 40)  # it has been there for a while
        await pilot.press("pageup", "f")
        await until(pilot, lambda: AnswerLog(fast_study).last() == 1, "the flag")
        await ready(pilot, app)
        await pilot.press("pageup", "u")
        await until(pilot, lambda: AnswerLog(fast_study).last() == 2, "no flag")
        await ready(pilot, app)
        await press(pilot, app, "1")
    [seconds] = label_seconds(fast_study)
    assert seconds is not None
    assert 40 < seconds < 60
