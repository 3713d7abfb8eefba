"""Waiting for the screen instead of for a time."""

from asyncio import sleep
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Final, TypeVar

import pytest
from textual._context import active_app
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from tui.app import ProfileApp

AnyScreen = TypeVar("AnyScreen", bound=Screen[Any])

_ROUNDS: Final = 3
"""How often nothing may be found under way, one message being the answer to another."""


async def until(pilot: Pilot[Any], condition: Callable[[], bool], what: str, seconds: float = 60.0) -> float:
    """Wait until something holds; gives how many seconds that took."""
    begun = monotonic()
    while monotonic() - begun < seconds:
        if condition():
            return monotonic() - begun
        await pilot.pause(0.01)
    pytest.fail(f"never happened: {what}")


async def loaded(pilot: Pilot[Any], app: ProfileApp) -> None:
    """Wait until the study is read into a profile and drawn."""
    await until(pilot, lambda: app.snapshot is not None and app.reading is None, "the profile was read")
    await pilot.pause()


async def opened(pilot: Pilot[Any], app: App[Any], kind: type[AnyScreen]) -> AnyScreen:
    """Wait until such a screen is on top, with all its parts, and takes the next key."""
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_mounted, kind.__name__)
    await pilot.pause()
    assert isinstance(app.screen, kind)
    return app.screen


async def settled(pilot: Pilot[Any], app: ProfileApp) -> None:
    """Wait until nothing more will be drawn by itself: all that was begun is done, and is on the screen."""
    before = None
    while before is None or before != shown(app):
        before = shown(app)
        await until(pilot, lambda: not is_busy(app), "the workers' end")
        await pilot.pause()


def is_busy(app: ProfileApp, *groups: str) -> bool:
    """Whether a worker is at work, of these groups or of any.

    Not counted are the one that looks for others' answers without end, and those that wait for a person.
    """
    at_work = [worker.group for worker in app.workers if not worker.is_finished]
    if groups:
        return any(group in groups for group in at_work)
    replies = [reply for screen in app.screen_stack for reply in screen._result_callbacks]
    asked = [reply for reply in replies if reply.future is not None and reply.callback is None]
    return len(at_work) - at_work.count("poll") > len(asked)


def shown(app: App[Any]) -> str:
    """Everything on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def sees(pilot: Pilot[Any], app: App[Any], text: str) -> None:
    """Wait until a text stands on the screen: what a state draws may come one layout later than the state."""
    await until(pilot, lambda: text in shown(app), f"{text!r} on the screen")


async def quiet(least: float = 0.02, most: float = 30.0) -> None:
    """Wait until every message has been taken, with those that came of it, and the screen is drawn.

    Stands in for Textual's own `wait_for_idle`, by which a key press and a pause of a pilot end: that one
    takes a process for idle that a loaded machine gives no time. Workers and timers are not waited for.
    """
    app, begun, still = active_app.get(), monotonic(), 0
    await sleep(max(least, 0.02))  # until a key is with the app
    while still < _ROUNDS and app.is_running and app.screen_stack and monotonic() - begun < most:
        pumps = [app, *app.screen.walk_children(with_self=True)]
        await _take_all(pumps, begun + most)
        still = still + 1 if app.screen_stack and _is_still(app, pumps) else 0
        if not still:
            await sleep(0.002)  # the screen draws by a timer


async def _take_all(pumps: Sequence[MessagePump], end: float) -> None:
    """Wait until each has taken what it had been sent by now."""
    waiting = set(pumps)

    def take(pump: MessagePump) -> None:
        waiting.discard(pump)

    for pump in pumps:
        if not pump.call_later(take, pump):
            take(pump)
    while any(pump.is_running for pump in waiting) and monotonic() < end:
        await sleep(0.001)


def _is_still(app: App[Any], pumps: Sequence[MessagePump]) -> bool:
    screen = app.screen
    to_draw = screen._layout_required, screen._scroll_required, screen._repaint_required
    to_do = app._batch_count, screen._dirty_widgets, screen._callbacks
    return not any((*to_draw, *to_do)) and not any(
        pump.message_queue_size or pump._next_callbacks for pump in pumps
    )
