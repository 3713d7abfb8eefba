"""Seconds of work: what lies idle does not count."""

from tui.working_time import IDLE_SECONDS, WorkingTime


def test_long_silences_count_up_to_a_limit() -> None:
    time = WorkingTime()
    time.start(100.0)
    time.alive(104.0)
    time.alive(104.0 + 3600)  # away for an hour
    time.alive(104.0 + 3600 + 2)
    assert time.seconds == 4 + IDLE_SECONDS + 2


def test_each_entry_counts_from_the_one_before() -> None:
    time = WorkingTime()
    time.start(10.0)
    time.alive(13.0)
    time.saved()
    assert time.seconds == 0
    time.alive(15.0)
    assert time.seconds == 2
    time.start(20.0)
    assert time.seconds == 0


def test_nothing_counts_before_an_item_is_there() -> None:
    time = WorkingTime()
    time.alive(5.0)
    assert time.seconds == 0
