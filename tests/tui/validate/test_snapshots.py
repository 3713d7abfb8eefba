"""What the screens of validation look like. After a wanted change: `pytest --snapshot-update`, then look."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from annotation.study import Study
from annotation.validation.coding import Codings
from annotation.validation.design import Design, Level, Validations
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import press, ready
from tui.app import Mode, ProfileApp

SMALL, LARGE = (80, 24), (120, 40)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])

Compare = Callable[..., bool]


def after(app: ProfileApp, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def settle(pilot: Pilot[Any]) -> None:
        await ready(pilot, app)
        await press(pilot, app, *keys)
        await pilot.pause(0.3)

    return settle


@SIZES
def test_a_class(sample: Study, judge: Open, snap_compare: Compare, size: tuple[int, int]) -> None:
    Validations(sample).create(Design("formality_alignment", 50, 1))
    app = judge()
    keys = ("y", "x", "3", "y", "x")
    assert snap_compare(app, terminal_size=size, run_before=after(app, *keys))


@SIZES
def test_blind(sample: Study, judge: Open, snap_compare: Compare, size: tuple[int, int]) -> None:
    Validations(sample).create(Design("formality_alignment", 50, 1, blind_first=True))
    app = judge()
    assert snap_compare(app, terminal_size=size, run_before=after(app, "f"))


@SIZES
def test_facts(sample: Study, judge: Open, snap_compare: Compare, size: tuple[int, int]) -> None:
    Validations(sample).create(Design("hallucination", 50, 1))
    app = judge()
    assert snap_compare(app, terminal_size=size, run_before=after(app, "y", "y", "space", "down", "p"))


@SIZES
def test_one_fact(sample: Study, judge: Open, snap_compare: Compare, size: tuple[int, int]) -> None:
    Validations(sample).create(Design("source_coverage", 50, 1, Level.FACT))
    app = judge()
    assert snap_compare(app, terminal_size=size, run_before=after(app, "y"))


@SIZES
def test_coding(sample: Study, judge: Open, snap_compare: Compare, size: tuple[int, int]) -> None:
    Codings(sample).from_texts(
        "reasons", ["It is formal and keeps the intent.", "Too long, makes things up."]
    )
    app = judge(Mode.CODING)
    assert snap_compare(app, terminal_size=size, run_before=after(app, "1", "2", "enter", "8"))
