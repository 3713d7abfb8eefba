"""Thirty real reasons of a judge, coded by two people at a real terminal, and counted by hand."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
from nltk.metrics.agreement import AnnotationTask
from scipy.stats import kendalltau, spearmanr
from sqlalchemy import insert, select

from annotation.store.tables import factor_values, responses
from annotation.study import Study
from tests.tui.validate.program import Program, Reader, squeeze

JUDGE: Final = "gpt-3.5-turbo"
N: Final = 30
SLIP, SKIPPED = 5, 8

Keywords = Mapping[str, tuple[str, ...]]

ANNA: Final[Keywords] = MappingProxyType(
    {
        "receptiveness": ("request", "asked", "answer", "instruction", "address"),
        "off_focus": ("irrelevant", "not related", "focuses more", "unnecessary"),
        "helpfulness": ("detail", "specific", "informative", "helpful"),
        "misinformation": ("incorrect", "inaccura", "correct", "accura"),
        "number_of_facts": ("list", "include", "only", "more information"),
        "length": ("concise", "brief", "short", "long"),
        "fluency": ("grammar", "grammatical", "spelling", "natural"),
        "coherence": ("clear", "coheren", "sense", "complete"),
    }
)
BEN: Final[Keywords] = MappingProxyType(
    {
        **ANNA,
        "receptiveness": ("request", "asked", "relevant"),
        "misinformation": ("incorrect", "inaccura"),
        "number_of_facts": ("list", "include"),
        "coherence": ("complete",),
    }
)
CODERS: Final = MappingProxyType({"anna": ANNA, "ben": BEN})

# Any numbers will do for what no rule extracts: they only have to rank the judge's factors.
STAND_INS: Final[Mapping[str, Callable[[str], float]]] = MappingProxyType(
    {
        "off_focus": lambda text: float(text.count(",")),
        "helpfulness": lambda text: float(len(set(text.split()))),
        "misinformation": lambda text: float(sum(map(str.isdigit, text))),
        "number_of_facts": lambda text: float(text.count(".")),
        "fluency": lambda text: -float(text.count("'")),
        "coherence": lambda text: float(sum(map(str.isupper, text))),
    }
)


def mentioned(text: str, keywords: Keywords) -> set[str]:
    """The factors of which a text has a keyword."""
    return {factor for factor, words in keywords.items() if any(word in text.lower() for word in words)}


@dataclass(frozen=True, slots=True)
class Coded:
    """The study, and the reasons that its coders read at the terminal, in their order."""

    program: Program
    study: Path
    read: dict[str, list[str]]


class Coder:
    """Ticks the factors whose keywords stand on the display."""

    def __init__(self, reader: Reader, keywords: Keywords) -> None:
        self._reader, self._keywords = reader, keywords
        self.read: list[str] = []

    def code_all(self) -> list[str]:
        """Code until nothing is open."""
        self._reader.ready(0, N)
        for turn in range(1, N + 2):
            if turn == SLIP:
                self._slip()
            if turn == SKIPPED:
                self._reader.press("s")
                self._reader.see(lambda display: "skipped" in display, "skipped")
            else:
                self._code()
            self._reader.ready(len(self.read), N)
        return self.read

    def _code(self) -> None:
        text = self._text
        self._reader.press(
            *(self._keys[factor] for factor in sorted(mentioned(text, self._keywords))), "enter"
        )
        self.read.append(text)

    def _slip(self) -> None:
        """Say that the text mentions nothing, and take it back."""
        text = self._text
        self._reader.press("enter")
        self._reader.ready(len(self.read) + 1, N)
        self._reader.press("u")
        self._reader.see(lambda display: "is open again" in display, "undo")
        self._reader.ready(len(self.read), N)
        assert self._text == text

    @property
    def _text(self) -> str:
        (title,) = re.findall(r"Feedback \d+", self._reader.terminal.display)
        return self._reader.pane(title)

    @property
    def _keys(self) -> dict[str, str]:
        listed = re.findall(r"│ (\w) [■□] (\S+(?: \S+)*) ", self._reader.terminal.display)
        return {title.lower().replace(" ", "_"): key for key, title in listed}


@pytest.fixture(scope="module")
def coded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Coded:
    home = tmp_path_factory.mktemp("coded")
    program, study = Program(home), home / "pandalm.db"
    program.run("new", study, "--task", "helpful-response", "--minimum-seconds", "0")
    program.run("import", study, "--card", "pandalm", "--path", shared_data / "pandalm")
    program.run("extract", study, "--factors", "rules")
    add_stand_ins(study)
    program.run("validate", "code", study, "--judge", JUDGE, "--n", N, "--seed", 1)
    read = {}
    for name, keywords in CODERS.items():
        with program.open("validate", "open", study, "--feedback", "--annotator", name) as terminal:
            read[name] = Coder(Reader(terminal), keywords).code_all()
            terminal.press("ctrl+q")
            assert terminal.wait_end() == 0
            assert terminal.foreign == []
    return Coded(program, study, read)


def add_stand_ins(path: Path) -> None:
    with Study.open(path) as study, study.writing() as connection:
        found = connection.execute(select(responses.c.id, responses.c.text)).all()
        made = {"method": "stand-in", "version": "1", "created": "2026-01-01T00:00:00Z"}
        values = [
            {"response_id": response, "factor": factor, "value": measure(text), **made}
            for response, text in found
            for factor, measure in STAND_INS.items()
        ]
        connection.execute(insert(factor_values), values)


@pytest.fixture(scope="module")
def reasons(coded: Coded, shared_data: Path) -> list[str]:
    """The thirty that were drawn, as the judge's own file has them."""
    rows = json.loads((shared_data / "pandalm" / f"{JUDGE}-testset-v1.json").read_text("utf-8"))
    every = {squeeze(row["gpt_reason"]): row["gpt_reason"] for row in rows}
    assert sorted(coded.read["anna"]) == sorted(coded.read["ben"])
    return [every[squeeze(text)] for text in coded.read["anna"]]


@pytest.fixture(scope="module")
def document(coded: Coded) -> dict[str, Any]:
    (found,) = coded.program.document("validate", "coded", coded.study)["codings"]
    assert isinstance(found, dict)
    return found


def test_the_counts_are_those_by_hand(reasons: list[str], document: dict[str, Any]) -> None:
    said = {name: [mentioned(text, keywords) for text in reasons] for name, keywords in CODERS.items()}
    counts = {
        name: {factor: sum(factor in one for one in each) for factor in ANNA} for name, each in said.items()
    }
    both = [of_anna & of_ben for of_anna, of_ben in zip(said["anna"], said["ben"], strict=True)]
    assert (document["judge"], document["texts"], document["coded"]) == (JUDGE, N, N)
    assert document["by_coder"] == counts
    assert document["counts"] == {factor: sum(factor in one for one in both) for factor in ANNA}
    assert list(document["counts"].values()) == sorted(document["counts"].values(), reverse=True)
    assert len(set(document["counts"].values())) > 3
    assert counts["anna"] != counts["ben"]


def test_the_coders_agreement_is_that_of_nltk(reasons: list[str], document: dict[str, Any]) -> None:
    (pair,) = document["kappa"]
    assert (pair["a"], pair["b"]) == ("anna", "ben")
    for factor in ANNA:
        task = AnnotationTask(
            [
                (name, str(number), factor in mentioned(text, keywords))
                for name, keywords in CODERS.items()
                for number, text in enumerate(reasons)
            ]
        )
        # Where both always say the same there is nothing to agree on by more than chance.
        wanted = pytest.approx(task.kappa()) if len(task.K) > 1 else None
        assert pair["factors"][factor] == wanted, factor
    assert len(set(pair["factors"].values())) > 2


def test_the_rank_correlation_is_that_of_scipy(coded: Coded, document: dict[str, Any]) -> None:
    (judge,) = coded.program.document("rank", coded.study, "--agent", JUDGE)["agents"]
    scores = {one["factor"]: one["score"] for one in judge["factors"] if one["score"] is not None}
    numbers = [document["counts"][factor] for factor in scores]
    found = document["correlation"]
    assert (found["factors"], found["reason"]) == (len(STAND_INS) + 1, None)
    assert found["spearman"] == pytest.approx(spearmanr(numbers, list(scores.values())).statistic)
    assert found["kendall"] == pytest.approx(kendalltau(numbers, list(scores.values())).statistic)


def test_the_table_is_the_count_by_hand(coded: Coded, document: dict[str, Any]) -> None:
    table = coded.program.run("validate", "coded", coded.study)
    assert f"{N} of {N} texts coded" in table
    for factor, count in document["counts"].items():
        own = r"\s+".join(str(document["by_coder"][name][factor]) for name in CODERS)
        assert re.search(rf"{factor.replace('_', ' ').title()}\s+{count}\s+{own}\b", table), table
