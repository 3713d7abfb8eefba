"""Waiting for the screen instead of for a time."""

from collections.abc import Callable
from time import monotonic

import pytest
from textual.pilot import Pilot

from tui.app import ProfileApp


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str, seconds: float = 20.0) -> float:
    """Wait until something holds; gives how many seconds that took."""
    begun = monotonic()
    while monotonic() - begun < seconds:
        if condition():
            return monotonic() - begun
        await pilot.pause(0.01)
    pytest.fail(f"never happened: {what}")


async def loaded(pilot: Pilot[None], app: ProfileApp) -> None:
    """Wait until the study is read into a profile and drawn."""
    await until(pilot, lambda: app.snapshot is not None and app.reading is None, "the profile was read")
    await pilot.pause()


def shown(app: ProfileApp) -> str:
    """Everything on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def sees(pilot: Pilot[None], app: ProfileApp, text: str) -> None:
    """Wait until a text stands on the screen: what a state draws may come one layout later than the state."""
    await until(pilot, lambda: text in shown(app), f"{text!r} on the screen")
