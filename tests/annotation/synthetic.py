"""A study of any size, made in seconds: for benchmarks, and for tests that count."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, insert

from annotation.store.chain import extend
from annotation.store.database import timestamp
from annotation.store.seals import SEALED, sealing
from annotation.store.tables import answers
from annotation.study import Study
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task

PAIRS_A_SOURCE = 10
RESPONSES_A_SOURCE = 20
VALUED_FACTORS = ("length", "novel_words")
_PORTION = 10_000


def make_study(
    path: Path,
    pairs: int = 100_000,
    *,
    annotators: int = 3,
    labels_each: int | None = None,
    judges: int = 2,
    generators: int = 2,
    words: int = 60,
    seed: int = 0,
) -> Study:
    """Make a study in a SQLite file; nothing about it is real.

    Ten pairs a source, each of two responses of its own, both by one generator, with scores from 1 to 5.

    Args:
        path: must not exist.
        pairs: how many.
        annotators: `person 1`, ...; registered in this order.
        labels_each: each annotator labels the first so many pairs; all of them when None.
        judges: `judge 1`, ...; each has a verdict on every pair, none on one in fifty.
        generators: `model 1`, ...; they take turns.
        words: of a response, on average; its source has three times as many.
        seed: same seed, same study.
    """
    study = Study.create(path, task=Task.SUMMARIZATION)
    maker = _Maker(np.random.default_rng(seed), pairs, words)
    names = [
        *((f"model {n + 1}", AgentKind.GENERATOR) for n in range(generators)),
        *((f"judge {n + 1}", AgentKind.JUDGE) for n in range(judges)),
        *((f"person {n + 1}", AgentKind.ANNOTATOR) for n in range(annotators)),
    ]
    labels = pairs if labels_each is None else labels_each
    with study.writing() as connection, sealing(connection, *SEALED):
        for statement, rows in (
            ("INSERT INTO agents VALUES (?, ?, ?, ?)", ((n + 1, *name, 0) for n, name in enumerate(names))),
            ("INSERT INTO sources VALUES (?, ?, ?, ?, ?, NULL)", maker.sources()),
            ("INSERT INTO responses VALUES (?, ?, ?, ?, ?, NULL, ?)", maker.responses(generators)),
            ("INSERT INTO pairs VALUES (?, ?, NULL, ?, ?, ?, NULL)", maker.pairs()),
            (
                "INSERT INTO factor_values (response_id, factor, value, method, version, created)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                maker.values(),
            ),
            (
                "INSERT INTO preferences (pair_id, agent_id, value, created) VALUES (?, ?, ?, ?)",
                maker.verdicts(range(generators + 1, generators + judges + 1)),
            ),
        ):
            cursor = connection.connection.cursor()
            cursor.executemany(statement, list(rows))
        people = range(len(names) - annotators + 1, len(names) + 1)
        _say(connection, maker.labels(people, labels), {id_: names[id_ - 1][0] for id_ in people})
    return study


def _say(connection: Connection, labels: Iterator[dict[str, object]], names: Mapping[int, str]) -> None:
    """Put labels into the log as people's answers get there: chained to one another."""
    while portion := list(islice(labels, _PORTION)):
        extend(connection, portion, names)
        connection.execute(insert(answers), portion)


class _Maker:
    def __init__(self, random: np.random.Generator, pairs: int, words: int) -> None:
        self._random = random
        self._pairs = pairs
        self._now = timestamp()
        vocabulary = ["".join(letters) for letters in random.choice(list("aeioulmnrst"), (4000, 6))]
        # Zipf's law, roughly: texts repeat common words, as real ones do.
        ranks = np.minimum(random.zipf(1.3, (500, max(1, words // 3))), len(vocabulary)) - 1
        self._phrases = [" ".join(vocabulary[rank] for rank in row) for row in ranks]

    def _texts(self, count: int, phrases: int) -> Iterator[str]:
        for number, row in enumerate(self._random.integers(0, len(self._phrases), (count, phrases))):
            yield " ".join([*(self._phrases[phrase] for phrase in row), f"number {number}."])

    def sources(self) -> Iterator[tuple[object, ...]]:
        for number, text in enumerate(self._texts(-(-self._pairs // PAIRS_A_SOURCE), 9), start=1):
            yield number, f"source {number:057}", f"s{number}", f"Source {number}", text

    def responses(self, generators: int) -> Iterator[tuple[object, ...]]:
        scores = self._random.integers(1, 6, 2 * self._pairs).tolist()
        for index, text in enumerate(self._texts(2 * self._pairs, 3)):
            author = index // 2 % generators + 1 if generators else None
            score = float(scores[index]) if generators else None
            yield index + 1, f"{index:064}", index // RESPONSES_A_SOURCE + 1, author, score, text

    def pairs(self) -> Iterator[tuple[object, ...]]:
        for index in range(self._pairs):
            yield index + 1, f"pair {index}", index // PAIRS_A_SOURCE + 1, 2 * index + 1, 2 * index + 2

    def values(self) -> Iterator[tuple[object, ...]]:
        drawn = self._random.integers(1, 100, (2 * self._pairs, len(VALUED_FACTORS))).tolist()
        for index, row in enumerate(drawn):
            for factor, value in zip(VALUED_FACTORS, row, strict=True):
                yield index + 1, factor, float(value), "rule", "synthetic", self._now

    def verdicts(self, judges: range) -> Iterator[tuple[object, ...]]:
        drawn = self._random.integers(-1, 2, (self._pairs, len(judges))).tolist()
        for index, row in enumerate(drawn):
            for judge, value in zip(judges, row, strict=True):
                yield index + 1, judge, None if index % 50 == judge else value, self._now

    def labels(self, annotators: range, each: int) -> Iterator[dict[str, object]]:
        truth = self._random.integers(-1, 2, each)
        for annotator in annotators:
            noise = self._random.integers(-1, 2, each)
            choices = np.where(self._random.random(each) < 0.8, truth, noise).tolist()
            for index, choice in enumerate(choices):
                yield {
                    "token": f"{annotator}-{index}",
                    "pair_id": index + 1,
                    "annotator_id": annotator,
                    "kind": "label",
                    "choice": choice,
                    "origin": "import",
                    "created": self._now,
                }
