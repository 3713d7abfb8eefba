"""Only a deliberate press answers; the tests are the clock."""

from hypothesis import given
from hypothesis import strategies as st

from tui.key_gate import REPEAT_SECONDS, KeyGate


def test_a_press_before_the_item_is_painted_is_no_answer() -> None:
    gate = KeyGate(minimum=0.0)
    assert not gate.admits("1", 10.0)
    gate.painted(11.0)
    assert not gate.admits("2", 10.9)  # typed ahead, handled late
    assert gate.admits("a", 11.0)


def test_a_press_counts_from_the_minimum_time_on() -> None:
    gate = KeyGate(minimum=0.7)
    gate.painted(100.0)
    assert not gate.admits("1", 100.69)
    assert gate.admits("2", 100.71)


def test_a_closed_gate_admits_nothing_until_the_next_item_is_painted() -> None:
    gate = KeyGate(minimum=0.0)
    gate.painted(5.0)
    gate.close()
    assert not gate.admits("1", 6.0)
    gate.painted(7.0)
    assert gate.admits("2", 7.5)


def test_a_refused_press_still_begins_a_hold() -> None:
    gate = KeyGate(minimum=1.0)
    gate.painted(0.0)
    assert not gate.admits("1", 0.9)
    assert not gate.admits("1", 1.0)  # 100 ms after: the same press, still held
    assert not gate.admits("1", 1.1)
    assert gate.admits("1", 1.11 + REPEAT_SECONDS)


def test_another_key_is_not_a_repeat() -> None:
    gate = KeyGate(minimum=0.0)
    gate.painted(0.0)
    assert gate.admits("1", 1.0)
    assert gate.admits("2", 1.05)


@given(
    pause=st.floats(0.25, 0.66),
    gap=st.floats(0.015, 0.14),
    commit=st.floats(0.001, 0.4),
    repeats=st.integers(1, 200),
)
def test_a_held_key_answers_once_however_the_keyboard_repeats(
    pause: float, gap: float, commit: float, repeats: int
) -> None:
    gate = KeyGate(minimum=0.7)
    gate.painted(0.0)
    presses = [1.0, *(1.0 + pause + gap * number for number in range(repeats))]
    answers = 0
    for press in presses:
        if gate.admits("1", press):
            answers += 1
            gate.close()
            gate.painted(press + commit)
    assert answers == 1
