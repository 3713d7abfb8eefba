"""Judging at a real terminal that is killed again and again: what it had confirmed is in the log, once."""

import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Timer
from typing import Final

from tests.tui.terminal import Terminal
from tests.tui.validate.program import Program, ProgramEndedError, Reader
from tests.tui.validate.sample_rows import find_response

KILLS: Final = 10
N: Final = 100
LATEST: Final = 0.2
"""Seconds from before a press to the kill: it strikes before, while and after the entry is saved."""
ORDER: Final = """
    select responses.text from validation_items join responses on responses.id = response_id order by position
"""
LOG: Final = """
    select position, kind, verdict, label from judgements
    join validation_items on validation_items.id = item_id order by judgements.id
"""

Told = tuple[int, str]
"""The number of an item, and what the display says was saved of it."""


class Person:
    """Judges item after item; remembers what was pressed, and what the display confirmed."""

    def __init__(self, order: list[str]) -> None:
        self._order = order
        self.begun: set[Told] = set()
        self.confirmed: set[Told] = set()

    def judge(self, terminal: Terminal, done: int, kill_at: int, delay: float) -> None:
        """Judge the items that are open until the terminal is killed, at the press of one of them."""
        reader = Reader(terminal)
        timer = Timer(delay, os.kill, (terminal.pid, signal.SIGKILL))
        try:
            for number in range(done + 1, N + 1):
                reader.ready(number - 1, N)
                assert find_response(reader.pane("Response")) == self._order[number - 1]
                if number == kill_at:
                    timer.start()
                self._say(reader, number)
        except ProgramEndedError:
            assert terminal.wait_end() == -signal.SIGKILL
            self._look(reader)
        finally:
            timer.cancel()

    def _say(self, reader: Reader, number: int) -> None:
        if number % 3 == 0 and "⚑ flagged" not in reader.terminal.display:
            self._press(reader, "f", (number, "flagged"))
        claim = reader.claim
        if number % 2:
            self._press(reader, "y", (number, f"correct: {claim}"))
        else:
            right, digit = next((label, digit) for label, digit in reader.choices.items() if label != claim)
            self._press(reader, f"x{digit}", (number, f"wrong → {right}"))

    def _press(self, reader: Reader, keys: str, told: Told) -> None:
        self.begun.add(told)
        reader.press(*keys)
        reader.see(lambda _: told in self._look(reader), f"{told}")

    def _look(self, reader: Reader) -> set[Told]:
        if reader.saved is not None:
            self.confirmed.add(reader.saved)
        return self.confirmed


def read(study: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(study)) as connection:
        return connection.execute(query).fetchall()


def logged(study: Path) -> Counter[Told]:
    """How often each entry is in the log, in the words of the display."""
    words = {"correct": "correct: ", "wrong": "wrong → "}
    return Counter(
        (int(str(number)), "flagged" if kind == "flag" else f"{words[str(verdict)]}{label}")
        for number, kind, verdict, label in read(study, LOG)
    )


def test_what_the_display_confirmed_is_logged_once(tmp_path: Path) -> None:
    program, study, chance = Program(tmp_path), tmp_path / "sample.db", Random(3)
    program.run("new", study, "--task", "summarization", "--minimum-seconds", "0")
    program.run("import", study, "--card", "sample")
    program.run("validate", "new", study, "--factor", "formality_alignment", "--n", N, "--seed", 1)
    person = Person([find_response(str(text)) for (text,) in read(study, ORDER)])
    for _ in range(KILLS):
        done = sum(words != "flagged" for _, words in logged(study))
        kill_at, delay = done + chance.randint(1, 5), chance.uniform(0, LATEST)
        with program.open("validate", "open", study, "--annotator", "nina") as terminal:
            person.judge(terminal, done, kill_at, delay)
        stored = logged(study)
        assert person.confirmed <= stored.keys() <= person.begun
        assert set(stored.values()) <= {1}
    assert len(person.confirmed) > 2 * KILLS
    assert program.document("doctor", study)["problems"] == []
