"""Judging and coding at a real terminal that is killed again and again: what it confirmed is logged once."""

import json
import os
import signal
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any, Final

import pytest

from tests.tui.terminal import Terminal
from tests.tui.validate.program import Program, ProgramEndedError, Reader
from tests.tui.validate.sample_rows import find_response

N: Final = 100
LATEST: Final = 0.2
"""Seconds from before a press to the kill: it strikes before, while and after the entry is saved."""

Told = tuple[int, str]
"""The number of an item or a text, and what the display says was saved of it."""


class Person(ABC):
    """Says something of one after another; remembers what was pressed, and what the display confirmed."""

    command: tuple[str, ...]

    def __init__(self, study: Path) -> None:
        self._study = study
        self.begun: set[Told] = set()
        self.confirmed: set[Told] = set()

    @abstractmethod
    def check(self, reader: Reader, number: int) -> None:
        """Fail unless the one with this number is on the screen."""

    @abstractmethod
    def say(self, reader: Reader, number: int) -> None:
        """Press what is to be said of it."""

    @abstractmethod
    def logged(self) -> Counter[Told]:
        """How often each entry is in the log, in the words of the display."""

    @property
    def done(self) -> int:
        """How many are done, by the log."""
        return sum(words != "flagged" for _, words in self.logged())

    def work(self, terminal: Terminal, kill_at: int, delay: float) -> None:
        """Go on with what is open until the terminal is killed, at the press for one of them."""
        reader, done = Reader(terminal), self.done
        timer = Timer(delay, os.kill, (terminal.pid, signal.SIGKILL))
        try:
            for number in range(done + 1, N + 1):
                reader.ready(number - 1, N)
                self.check(reader, number)
                if number == done + kill_at:
                    timer.start()
                self.say(reader, number)
        except ProgramEndedError:
            assert terminal.wait_end() == -signal.SIGKILL
            self._look(reader)
        finally:
            timer.cancel()

    def press(self, reader: Reader, keys: str | list[str], told: Told) -> None:
        """Press keys, and wait for the display to confirm."""
        self.begun.add(told)
        reader.press(*keys)
        reader.see(lambda _: told in self._look(reader), f"{told}")

    def _look(self, reader: Reader) -> set[Told]:
        if reader.saved is not None:
            self.confirmed.add(reader.saved)
        return self.confirmed

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the file."""
        with closing(sqlite3.connect(self._study)) as connection:
            return connection.execute(query).fetchall()


class Validator(Person):
    """Every second value is wrong, every third is flagged."""

    command = ("--id", "1")

    def __init__(self, study: Path, program: Program) -> None:
        super().__init__(study)
        program.run("validate", "new", study, "--factor", "formality_alignment", "--n", N, "--seed", 1)
        texts = (
            "select text from validation_items join responses on responses.id = response_id order by position"
        )
        self._order = [find_response(text) for (text,) in self.read(texts)]

    def check(self, reader: Reader, number: int) -> None:
        """By the text of the response."""
        assert find_response(reader.pane("Response")) == self._order[number - 1]

    def say(self, reader: Reader, number: int) -> None:
        """What was flagged and killed before it was judged is flagged already."""
        if number % 3 == 0 and "⚑ flagged" not in reader.terminal.display:
            self.press(reader, "f", (number, "flagged"))
        claim = reader.claim
        if number % 2:
            self.press(reader, "y", (number, f"correct: {claim}"))
        else:
            right, digit = next((label, digit) for label, digit in reader.choices.items() if label != claim)
            self.press(reader, f"x{digit}", (number, f"wrong → {right}"))

    def logged(self) -> Counter[Told]:
        """Judgements and flags."""
        words = {"correct": "correct: ", "wrong": "wrong → "}
        entries = self.read(
            "select position, kind, verdict, label from judgements"
            " join validation_items on validation_items.id = item_id"
        )
        return Counter(
            (number, "flagged" if kind == "flag" else f"{words[verdict]}{label}")
            for number, kind, verdict, label in entries
        )


class Coder(Person):
    """Every second text mentions the first factor, every third one nothing."""

    command = ("--feedback",)

    def __init__(self, study: Path, program: Program) -> None:
        super().__init__(study)
        self._texts = [f"Reason {number} of a judge." for number in range(1, N + 1)]
        file = study.with_name("reasons.txt")
        file.write_text("\n".join(self._texts), "utf-8")
        program.run("validate", "code", study, "--texts", file)

    def check(self, reader: Reader, number: int) -> None:
        """By its text."""
        assert reader.pane(f"Feedback {number}") == self._texts[number - 1]

    def say(self, reader: Reader, number: int) -> None:
        """Ticks of a text that was not confirmed are gone, and made again."""
        if number % 3 == 0:
            self.press(reader, ["enter"], (number, "mentions none of the factors"))
        elif number % 2:
            self.press(reader, ["2", "enter"], (number, "mentions Formality Alignment"))
        else:
            self.press(reader, ["1", "enter"], (number, "mentions Intent Alignment"))

    def logged(self) -> Counter[Told]:
        """Mentions."""
        entries = self.read(
            "select position, factors from mentions join coding_texts on coding_texts.id = text_id"
        )
        return Counter((number, f"mentions {_titles(json.loads(factors))}") for number, factors in entries)


def _titles(factors: list[str]) -> str:
    return ", ".join(name.replace("_", " ").title() for name in factors) or "none of the factors"


@pytest.mark.parametrize(("kind", "kills"), [(Validator, 10), (Coder, 6)])
def test_what_the_display_confirmed_is_logged_once(
    kind: type[Validator | Coder], kills: int, tmp_path: Path
) -> None:
    program, study, chance = Program(tmp_path), tmp_path / "sample.db", Random(3)
    program.run("new", study, "--task", "summarization", "--minimum-seconds", "0")
    program.run("import", study, "--card", "sample")
    person = kind(study, program)
    for _ in range(kills):
        kill_at, delay = chance.randint(1, 5), chance.uniform(0, LATEST)
        with program.open("validate", "open", study, *kind.command, "--annotator", "nina") as terminal:
            person.work(terminal, kill_at, delay)
        stored = person.logged()
        assert person.confirmed <= stored.keys() <= person.begun
        assert set(stored.values()) <= {1}
    assert len(person.confirmed) > 2 * kills
    assert program.document("doctor", study)["problems"] == []
