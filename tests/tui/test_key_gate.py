"""Only a deliberate press counts; the tests are the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.key_gate import HELD_SECONDS, KeyGate


def admits(gate: KeyGate, key: str, at: float) -> bool:
    """Whether a press would be an answer."""
    return not gate.held(key, at) and gate.is_open(at)


def test_a_press_before_the_item_is_painted_is_no_answer() -> None:
    gate = KeyGate(minimum=0.0)
    assert not admits(gate, "1", 10.0)
    gate.painted(11.0)
    assert not admits(gate, "2", 10.9)  # typed ahead, handled late
    assert admits(gate, "a", 11.0)


def test_a_press_counts_from_the_minimum_time_on() -> None:
    gate = KeyGate(minimum=0.7)
    gate.painted(100.0)
    assert not admits(gate, "1", 100.69)
    assert admits(gate, "2", 100.71)


def test_a_closed_gate_admits_nothing_until_the_next_item_is_painted() -> None:
    gate = KeyGate(minimum=0.0)
    gate.painted(5.0)
    gate.close()
    assert not admits(gate, "1", 6.0)
    gate.painted(7.0)
    assert admits(gate, "2", 7.5)


def test_a_refused_press_still_begins_a_hold() -> None:
    gate = KeyGate(minimum=1.0)
    gate.painted(0.0)
    assert not admits(gate, "1", 0.9)
    assert not admits(gate, "1", 1.0)  # 100 ms after: the same press, still held
    assert not admits(gate, "1", 1.1)
    assert admits(gate, "1", 1.11 + HELD_SECONDS)


def test_another_key_ends_a_hold() -> None:
    gate = KeyGate(minimum=0.0)
    gate.painted(0.0)
    assert [admits(gate, key, at) for key, at in (("1", 1.0), ("2", 1.05), ("1", 1.1))] == [True] * 3


def test_one_key_counts_again_after_a_pause() -> None:
    gate = KeyGate(minimum=0.0)
    gate.painted(0.0)
    assert [gate.held("u", at) for at in (1.0, 1.5, 2.3, 3.1)] == [False, True, False, False]


@pytest.mark.parametrize("minimum", [0.0, 0.3, 0.7])
@given(
    pause=st.floats(0.25, 0.66),
    gap=st.floats(0.015, 0.1),
    commit=st.floats(0.001, 0.4),
    repeats=st.integers(1, 200),
)
def test_a_held_key_counts_once_however_the_keyboard_repeats(
    minimum: float, pause: float, gap: float, commit: float, repeats: int
) -> None:
    gate = KeyGate(minimum)
    gate.painted(0.0)
    presses = [1.0, *(1.0 + pause + gap * number for number in range(repeats))]
    answers = 0
    for press in presses:
        if admits(gate, "1", press):
            answers += 1
            gate.close()
            gate.painted(press + commit)
    assert answers == 1


def test_a_key_pressed_again_after_another_screen_is_no_held_one() -> None:
    gate = KeyGate(0)
    assert not gate.held("n", 1.0)
    gate.forget()
    assert not gate.held("n", 1.2)
    assert gate.held("n", 1.4)
