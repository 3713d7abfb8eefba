"""A study small enough to count by hand, made for the tests of the terminal.

Four posts with three pairs each. The left response of the pairs with an odd number is the longer one. Ada
chooses the longer response in the first six pairs but the third, Bo in the first six but the second: pairs 2
and 3 have no majority. The judge `gpt-judge` prefers the left response everywhere but gave no verdict on pair
12; `writer` wrote all responses and gave the longer ones the higher score.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task

Row = dict[str, Any]

POSTS = ("The key snapped", "A shy cat", "The damp wall", "A race with a hill")
PAIRS = 12
LABELLED = 6

_WRITER, _JUDGE = 1, 2
_LONG = "I moved away for work and came back, and now the gas stays off before an old bill is paid in full."
_SHORT = "The gas stays off until an old bill is paid."


def longer(pair: int) -> Preference:
    """Which side of a pair has the longer response."""
    return Preference.LEFT if pair % 2 else Preference.RIGHT


def make_small_study(path: Path, *, labels: bool = True) -> Study:
    """Make it at a path that does not exist."""
    study = Study.create(path, task=Task.SUMMARIZATION, name="small")
    responses = list(_responses())
    with study.writing() as connection:
        for table, rows in (
            (tables.agents, list(_agents())),
            (tables.sources, list(_sources())),
            (tables.responses, responses),
            (tables.pairs, list(_pairs())),
            (tables.preferences, list(_verdicts())),
            (tables.factor_values, [row for response in responses for row in _values(response)]),
        ):
            connection.execute(insert(table), rows)
    if labels:
        _label(study)
    return study


def _agents() -> Iterator[Row]:
    for number, name, kind in (
        (_WRITER, "writer", AgentKind.GENERATOR),
        (_JUDGE, "gpt-judge", AgentKind.JUDGE),
    ):
        yield {"id": number, "name": name, "kind": kind.value, "simulated": False}


def _sources() -> Iterator[Row]:
    for number, title in enumerate(POSTS, start=1):
        yield {"id": number, "key": f"s{number}", "title": title, "text": f"{title}. " * 30 + _LONG}


def _responses() -> Iterator[Row]:
    for pair in range(1, PAIRS + 1):
        for number, side in ((2 * pair - 1, Preference.LEFT), (2 * pair, Preference.RIGHT)):
            is_long = longer(pair) is side
            yield {
                "id": number,
                "key": f"r{number}",
                "source_id": _source(pair),
                "agent_id": _WRITER,
                "score": 5.0 if is_long else 2.0,
                "text": f"{_LONG if is_long else _SHORT} ({pair})",
            }


def _pairs() -> Iterator[Row]:
    for pair in range(1, PAIRS + 1):
        sides = {"left_id": 2 * pair - 1, "right_id": 2 * pair}
        yield {
            "id": pair,
            "key": f"p{pair}",
            "external_id": f"pair-{pair}",
            "source_id": _source(pair),
            **sides,
        }


def _verdicts() -> Iterator[Row]:
    for pair in range(1, PAIRS + 1):
        value, raw = (None, "garbage") if pair == PAIRS else (1, "1")
        yield {"pair_id": pair, "agent_id": _JUDGE, "value": value, "raw": raw, "created": timestamp()}


def _values(response: Row) -> Iterator[Row]:
    """Values of seven of the ten factors; Coherence has none, and a reason."""
    number, is_long = response["id"], response["score"] == 5.0
    values = {
        "length": float(len(response["text"].split())),
        "novel_words": 0.4 if is_long else 0.1,
        "number_of_facts": 4.0 if is_long else 4.0 - (number + 1) // 2 % 3,
        "source_coverage": (0.2, 0.6)[number % 2],
        "hallucination": (0.5, 0.0, 0.25)[number % 3],
        "fluency": (0.91, 0.88, 0.9, 0.93)[number % 4],
        "coherence": None,
    }
    for factor, value in values.items():
        yield {
            "response_id": number,
            "factor": factor,
            "value": value,
            "reason": "no source" if value is None else None,
            "method": "rule" if factor in ("length", "novel_words") else "hand-written",
            "version": "1",
            "created": timestamp(),
        }


def _source(pair: int) -> int:
    return (pair + 2) // 3


def _label(study: Study) -> None:
    log = AnswerLog(study)
    for annotator, otherwise in (("Ada", 3), ("Bo", 2)):
        log.register(annotator)
        for pair in range(1, LABELLED + 1):
            choice = longer(pair) if pair != otherwise else Preference(-longer(pair))
            log.save(NewAnswer(pair, annotator, choice=choice))
