"""A hundred values judged by somebody at a real terminal, and all that is printed of it counted by hand."""

import re
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Final

import pytest
from scipy.stats import binomtest, norm

from annotation.validation.judgements import FIRST_REASON
from tests.tui.validate.program import Program, Reader
from tests.tui.validate.sample_rows import count_pairs, extracted, find_response

INTENT, FORMALITY = "intent_alignment", "formality_alignment"
TITLES: Final = {INTENT: "Intent Alignment", FORMALITY: "Formality Alignment"}
CLASSES: Final = {INTENT: ("Yes", "No"), FORMALITY: ("Aligned", "Partially Aligned", "Not Aligned")}
N: Final = 50
OWN_REASON = "too literal"
SLIP, CANNOT_TELL, SKIPPED = 4, 9, 14
"""Turns at which the person errs and takes it back, cannot tell, and leaves the item for later."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the person read and said; `right` is None where they could not tell."""

    response: str
    extracted: str
    right: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The study, and what was said at the terminal."""

    program: Program
    study: Path
    said: dict[str, list[Said]]


class Person:
    """Judges by a fixed rule: how many letters the text has decides."""

    def __init__(self, reader: Reader, factor: str) -> None:
        self._reader, self._factor = reader, factor
        self._own_reason_known = factor != INTENT
        self.said: list[Said] = []

    def judge_all(self) -> list[Said]:
        """Judge until nothing is open."""
        self._reader.ready(0, N)
        turn = 0
        while len(self.said) < N:
            turn += 1
            if turn == SKIPPED:
                self._skip()
            else:
                self._judge(turn)
            self._reader.ready(len(self.said), N)
        assert turn == N + 1
        return self.said

    def _judge(self, turn: int) -> None:
        text = self._reader.pane("Response")
        response, claim = find_response(text), self._reader.claim
        if turn == SLIP:
            self._slip(response)
        elif turn == CANNOT_TELL:
            self._answer(Said(response, claim, None), "?", "cannot tell")
            return
        letters = sum(map(str.isalpha, text))
        if letters % 5:
            self._answer(Said(response, claim, claim), "y", f"correct: {claim}")
            return
        reason = (FIRST_REASON, OWN_REASON, None)[letters // 5 % 3]
        self._reader.press("x")
        if reason is not None:
            self._give(reason)
        classes = CLASSES[self._factor]
        right = classes[(classes.index(claim) + 1) % len(classes)]
        self._answer(Said(response, claim, right, reason), self._reader.choices[right], f"wrong → {right}")

    def _answer(self, said: Said, keys: str, told: str) -> None:
        self._reader.press(*keys)
        self._reader.see(lambda _: self._tells(told), told)
        self.said.append(said)

    def _tells(self, told: str) -> bool:
        return self._reader.saved is not None and self._reader.saved[1] == told

    def _slip(self, response: str) -> None:
        """Say that nobody can tell, and take it back."""
        done = len(self.said)
        self._reader.press("?")
        self._reader.ready(done + 1, N)
        self._reader.press("u")
        self._reader.see(lambda display: "taken back: item" in display and "open again" in display, "undo")
        self._reader.ready(done, N)
        assert find_response(self._reader.pane("Response")) == response

    def _skip(self) -> None:
        left = find_response(self._reader.pane("Response"))
        self._reader.press("s")
        self._reader.see(lambda _: self._tells("skipped"), "skipped")
        self._reader.ready(len(self.said), N)
        assert find_response(self._reader.pane("Response")) != left

    def _give(self, reason: str) -> None:
        self._reader.press("e")
        display = self._reader.see(lambda display: "Why did the extraction err?" in display, "reasons")
        offered = re.search(rf"(\d) {re.escape(reason)}", display)
        if offered is not None:
            self._reader.terminal.press(offered[1], quiet=0.02)
        else:
            assert not self._own_reason_known, "a reason typed once is offered from then on"
            self._own_reason_known = True
            (other,) = re.findall(r"(\d) another reason", display)
            self._reader.terminal.press(other, reason, "enter", quiet=0.1)
        self._reader.see(lambda _: self._tells(f"reason: {reason}"), reason)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Both factors judged, one after the other, without leaving the screen."""
    home = tmp_path_factory.mktemp("judged")
    program, study = Program(home), home / "sample.db"
    program.run("new", study, "--task", "summarization", "--minimum-seconds", "0")
    program.run("import", study, "--card", "sample")
    drawn = ("--factor", INTENT, "--factor", FORMALITY, "--n", N, "--seed", 1)
    program.run("validate", "new", study, *drawn)
    said = {}
    with program.open("validate", "open", study, "--annotator", "nina") as terminal:
        reader = Reader(terminal)
        terminal.wait_for("Which validation?")
        terminal.press("enter")
        said[INTENT] = Person(reader, INTENT).judge_all()
        terminal.wait_for(f"enter goes on to {TITLES[FORMALITY]}, {N} open")
        assert "n Note" not in terminal.display  # there is nothing to write one on
        reader.press("enter")
        reader.ready(0, N)
        assert reader.saved is None  # what was said last was of another validation
        said[FORMALITY] = Person(reader, FORMALITY).judge_all()
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        assert terminal.foreign == []
    return Judged(program, study, said)


def needed_by_hand(share: float, judged: int) -> int:
    """Count up until Wilson's interval, by its formula, is no wider than five points either way."""
    z, n = norm.ppf(0.975), judged
    while z * sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n) > 0.05:
        n += 1
    return n - judged


def counted_by_hand(factor: str, said: list[Said]) -> dict[str, Any]:
    """The entry of the report, by counting."""
    told = [one for one in said if one.right is not None]
    correct = sum(one.right == one.extracted for one in told)
    interval = binomtest(correct, len(told)).proportion_ci(0.95, method="wilson")
    cells = Counter((one.extracted, one.right) for one in told)
    classes = CLASSES[factor]
    return {
        "factor": factor,
        "level": "response",
        "n": len(said),
        "correct": correct,
        "cannot_tell": len(said) - len(told),
        "accuracy": pytest.approx(correct / len(told)),
        "low": pytest.approx(interval.low),
        "high": pytest.approx(interval.high),
        "confusion": {said: {right: cells[said, right] for right in classes} for said in classes},
        "reasons": dict(Counter(one.reason for one in said if one.reason is not None)),
        "needed_for_5_points": needed_by_hand(correct / len(told), len(told)),
    }


def test_what_was_read_is_what_was_extracted(judged: Judged) -> None:
    for factor, said in judged.said.items():
        values = extracted(factor)
        assert [one.extracted for one in said] == [values[one.response] for one in said]
        assert len({one.response for one in said}) == N
        assert sum(one.right is None for one in said) == 1
        assert sum(one.right not in (None, one.extracted) for one in said) > 4
        assert {one.reason for one in said} == {None, FIRST_REASON, OWN_REASON}
    drawn = [{one.response for one in said} for said in judged.said.values()]
    assert drawn[0] == drawn[1]  # the same seed, the same responses


def test_the_report_is_the_count_by_hand(judged: Judged) -> None:
    document = judged.program.document("validate", "report", judged.study)
    wanted = [counted_by_hand(factor, said) for factor, said in judged.said.items()]
    assert [{key: entry[key] for key in wanted[0]} for entry in document["validations"]] == wanted
    assert [(entry["open"], entry["disputed"]) for entry in document["validations"]] == [(0, 0), (0, 0)]
    assert all(0 < entry["seconds"] < 5 for entry in document["validations"])


def test_the_table_is_the_count_by_hand(judged: Judged) -> None:
    table = judged.program.run("validate", "report", judged.study)
    for factor, said in judged.said.items():
        wanted = counted_by_hand(factor, said)
        told = wanted["n"] - wanted["cannot_tell"]
        interval = binomtest(wanted["correct"], told).proportion_ci(0.95, method="wilson")
        cells = (
            TITLES[factor],
            "response",
            f"{wanted['n']}",
            f"{wanted['correct']}",
            f"{wanted['cannot_tell']}",
            f"{100 * wanted['correct'] / told:.1f} %",
            f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]",
            f"{wanted['needed_for_5_points']}",
        )
        assert re.search(r"\s{2,}".join(map(re.escape, cells)), table), (cells, table)
        for reason, items in wanted["reasons"].items():
            assert re.search(rf"{TITLES[factor]} +{re.escape(reason)} +{items}\b", table), table


def corrected(judged: Judged, factor: str) -> dict[str, str]:
    """The class of each response, as the person at the terminal left it."""
    right = {one.response: one.right for one in judged.said[factor] if one.right is not None}
    return {**extracted(factor), **right}


@pytest.mark.parametrize("factor", CLASSES)
def test_corrections_change_the_counts_of_pairs_as_by_hand(judged: Judged, factor: str) -> None:
    order = {label: -place for place, label in enumerate(CLASSES[factor])}
    was, now = (count_pairs(values, order) for values in (extracted(factor), corrected(judged, factor)))
    assert was != now
    for values, wanted in (("raw", was), ("corrected", now)):
        ranked = judged.program.document("rank", judged.study, "--values", values)
        (entry,) = [one for one in ranked["agents"][0]["factors"] if one["factor"] == factor]
        counts = entry["concordant"], entry["discordant"], entry["ties"]
        assert counts == (wanted.concordant, wanted.discordant, 0), values
        assert entry["excluded_by"]["factor_tie"] == wanted.factor_ties
        told = wanted.concordant + wanted.discordant
        assert entry["score"] == pytest.approx((wanted.concordant - wanted.discordant) / told)


def test_c_on_the_ranking_screen_lets_corrections_count(judged: Judged) -> None:
    order = {label: -place for place, label in enumerate(CLASSES[FORMALITY])}
    was, now = (
        f"C {counted.concordant}  D {counted.discordant}  T 0  counted"
        for values in (extracted(FORMALITY), corrected(judged, FORMALITY))
        for counted in [count_pairs(values, order)]
    )
    with judged.program.open("open", judged.study) as terminal:
        terminal.wait_for("pairs labelled")
        terminal.press("r")
        terminal.wait_for("· Ranking")
        terminal.wait_for("Ranks")
        for _ in range(10):
            if f"╭─ {TITLES[FORMALITY]} ─" in terminal.display:
                break
            terminal.press("down", quiet=0.1)
        assert was in terminal.display
        for key, shown in (("c", now), ("pageup", now), ("c", was)):
            terminal.press(key)
            terminal.wait_for(shown)
            assert ("corrected values" in terminal.display) is (shown == now)
