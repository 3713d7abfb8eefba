"""Nothing is painted twice for one press, and nothing is computed while the next item is painted."""

from threading import Event

import pytest
from textual.geometry import Region

from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.judgements import JudgementEntry, NewJudgement
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import ready, validate_screen
from tests.tui.waiting import sees, until
from tui.validating import Validating
from tui.widgets.choice_bar import Readiness
from tui.widgets.fact_pane import FactPane
from tui.widgets.verdict_bar import VerdictBar


async def test_saving_is_only_mentioned_where_it_takes_a_while(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Validations(sample).create(Design("intent_alignment", 2))
    drawn, refresh, slow, save = list[bool](), VerdictBar.refresh, Event(), Validating.save

    def note(bar: VerdictBar, *what: Region, **how: bool) -> VerdictBar:
        drawn.append(True)
        return refresh(bar, *what, **how)

    def save_slowly(work: Validating, new: NewJudgement) -> JudgementEntry:
        assert slow.wait(10)
        return save(work, new)

    monkeypatch.setattr(VerdictBar, "refresh", note)
    monkeypatch.setattr(Validating, "save", save_slowly)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        drawn.clear()
        screen.action_accept()
        assert (screen.bar.readiness, drawn) == (Readiness.SAVING, [])
        await sees(pilot, app, Readiness.SAVING)
        slow.set()
        await sees(pilot, app, "saved: item 1")


async def test_facts_are_drawn_once_an_item(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    Validations(sample).create(Design("source_coverage", 1))
    drawn: list[int] = []
    draw = FactPane.replace_option_prompt_at_index

    def note(pane: FactPane, index: int, prompt: object) -> FactPane:
        drawn.append(index)
        return draw(pane, index, prompt)  # type: ignore[arg-type]

    monkeypatch.setattr(FactPane, "replace_option_prompt_at_index", note)
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        assert drawn == []
        await pilot.press("space")
        await until(pilot, lambda: 0 in drawn, "the turned fact is drawn anew")


async def test_the_accuracy_is_not_waited_for(
    sample: Study, judge: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not read ahead is read and shown; the accuracy follows."""
    Validations(sample).create(Design("intent_alignment", 5))
    monkeypatch.setattr(Validating, "ready", lambda _self, _after: None)
    app = judge()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        screen = validate_screen(app)
        on_screen_then: list[bool] = []
        measure, first = Validating.measure, screen.item

        def note(work: Validating) -> None:
            on_screen_then.append(screen.item is not first)
            measure(work)

        await sees(pilot, app, "nothing judged yet")
        await pilot.pause(0.2)
        monkeypatch.setattr(Validating, "measure", note)
        await pilot.press("y")
        await sees(pilot, app, "1 of 1 right")
        assert on_screen_then == [True]
