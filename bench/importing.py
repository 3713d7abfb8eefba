"""Import of a JSON Lines file, against a naive import that inserts row by row and asks for every key."""

import hashlib
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from annotation.importers.importing import import_data
from annotation.importers.mapping import parse_map
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.study import Study
from bench.report import print_table
from profile_engine.preferences import AgentKind
from profile_engine.taxonomy import Task

PAIRS, SAMPLE, PAIRS_A_SOURCE = 100_000, 2_000, 3
SOURCE_WORDS, RESPONSE_WORDS = 280, 35
MAPPING = ["source=post", "left=a", "right=b", "left_agent=model_a", "right_agent=model_b"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall time in seconds, highest memory of the process in MB, pairs in the study afterwards."""

    seconds: float
    megabytes: float
    pairs: int


def write_pairs(path: Path, pairs: int) -> None:
    """Made-up posts of usual length, three pairs a post."""
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("abcdefghijklmnoprstuv"), 6)) for _ in range(5_000)])

    def text(count: int) -> str:
        return " ".join(rng.choice(words, count))

    with path.open("w", encoding="utf-8") as file:
        for number in range(pairs):
            if number % PAIRS_A_SOURCE == 0:
                post = text(SOURCE_WORDS)
            row = {
                "post": post,
                "a": text(RESPONSE_WORDS),
                "b": text(RESPONSE_WORDS),
                "model_a": f"model-{number % 6}",
                "model_b": f"model-{(number + 1) % 6}",
                "label": int(rng.integers(0, 2)),
                "worker": f"worker-{number % 40}",
            }
            file.write(json.dumps(row) + "\n")


def by_program(file: Path, study: Study) -> None:
    """The import as it is."""
    mapping = parse_map([*MAPPING, "label=label", "annotator=worker"], labels="0=left,1=right")
    import_data(study, mapping, [file])


class RowByRow:
    """Every row looked up and inserted on its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def found_or_made(self, table: Table, where: Mapping[str, object], **values: object) -> int:
        """The id of the row with a key, which is made where there is none."""
        condition = [table.c[name] == value for name, value in where.items()]
        known = self._connection.execute(table.select().where(*condition)).first()
        if known is not None:
            return int(known.id)
        made = self._connection.execute(table.insert().values(**where, **values))
        assert made.inserted_primary_key is not None
        return int(made.inserted_primary_key[0])

    def agent(self, name: str, kind: AgentKind) -> int:
        """An author's or annotator's id."""
        return self.found_or_made(tables.agents, {"name": name, "kind": kind.value}, simulated=False)

    def response(self, source: int, author: str, text: str) -> int:
        """A response's id."""
        agent = self.agent(author, AgentKind.GENERATOR)
        key = {"key": hashlib.sha256(f"{source} {agent} {text}".encode()).hexdigest()}
        return self.found_or_made(tables.responses, key, source_id=source, agent_id=agent, text=text)

    def add(self, row: dict[str, Any]) -> None:
        """Take one row of the file."""
        key = hashlib.sha256(row["post"].encode()).hexdigest()
        source = self.found_or_made(tables.sources, {"key": key}, text=row["post"])
        left, right = (self.response(source, row[f"model_{side}"], row[side]) for side in ("a", "b"))
        pair_key = {"key": f"{left} {right}"}
        pair = self.found_or_made(tables.pairs, pair_key, source_id=source, left_id=left, right_id=right)
        self.found_or_made(
            tables.answers,
            {"token": f"{pair} {row['worker']}"},
            pair_id=pair,
            annotator_id=self.agent(row["worker"], AgentKind.ANNOTATOR),
            kind="label",
            choice=1 - 2 * row["label"],
            origin="import",
            created=timestamp(),
        )


def row_by_row(file: Path, study: Study) -> None:
    """The same rows the naive way."""
    with study.writing() as connection, file.open(encoding="utf-8") as lines:
        naive = RowByRow(connection)
        for line in lines:
            naive.add(json.loads(line))


def _measure(work: Callable[[Path, Study], None], file: Path, place: Path) -> Measured:
    with Study.create(place, task=Task.SUMMARIZATION) as study:
        start = time.perf_counter()
        work(file, study)
        seconds = time.perf_counter() - start
        pairs = study.summary().pairs
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, pairs)


def measured(work: Callable[[Path, Study], None], file: Path, place: Path) -> Measured:
    """Time and memory of one import in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, file, place))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = folder / "large.jsonl", folder / "small.jsonl"
        write_pairs(large, PAIRS)
        write_pairs(small, SAMPLE)
        naive = measured(row_by_row, small, folder / "naive.db")
        sample = measured(by_program, small, folder / "sample.db")
        whole = measured(by_program, large, folder / "whole.db")
        size = large.stat().st_size / 1e6
    print_table(
        f"Import of JSON Lines ({size:.0f} MB for {PAIRS:,} pairs)",
        ["", "time", "highest memory", "ratio to row by row"],
        [
            (f"{naive.pairs:,} pairs, row by row", f"{naive.seconds:.2f} s", f"{naive.megabytes:.0f} MB", ""),
            _line(sample, naive),
            _line(whole, naive),
        ],
    )


def _line(imported: Measured, naive: Measured) -> tuple[str, str, str, str]:
    ratio = (naive.seconds / naive.pairs) / (imported.seconds / imported.pairs)
    return (
        f"{imported.pairs:,} pairs",
        f"{imported.seconds:.2f} s",
        f"{imported.megabytes:.0f} MB",
        f"{ratio:.1f} x a pair",
    )


if __name__ == "__main__":
    main()
