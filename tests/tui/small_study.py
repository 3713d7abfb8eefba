"""A study small enough to count by hand, made for the tests of the terminal.

Four posts with three pairs each. Of each pair the left response is the longer one where its number is odd. Ada
chooses the longer response of the first six pairs but the third; Bo does the same but for the second. The judge
`gpt-judge` prefers the left response everywhere but gave no verdict on pair 12; `writer` wrote all responses and
scored the longer ones higher.
"""

from pathlib import Path

from sqlalchemy import insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task

POSTS = ("The key snapped", "A shy cat", "The damp wall", "A race with a hill")
PAIRS = 12
LABELLED = 6
WRITER, JUDGE = 1, 2

_LONG = "I moved away for work and came back, and now the gas cannot be set up before an old bill is paid in full."
_SHORT = "The gas stays off until an old bill is paid."


def longer(pair: int) -> Preference:
    """Which side of a pair has the longer response."""
    return Preference.LEFT if pair % 2 else Preference.RIGHT


def make_small_study(path: Path, *, labels: bool = True) -> Study:
    """Make it at a path that does not exist."""
    study = Study.create(path, task=Task.SUMMARIZATION, name="small")
    now = timestamp()
    with study.writing() as connection:
        add = connection.execute
        add(
            insert(tables.agents),
            [
                {"id": WRITER, "name": "writer", "kind": AgentKind.GENERATOR, "simulated": False},
                {"id": JUDGE, "name": "gpt-judge", "kind": AgentKind.JUDGE, "simulated": False},
            ],
        )
        for number, title in enumerate(POSTS, start=1):
            add(
                insert(tables.sources),
                {"id": number, "key": f"s{number}", "title": title, "text": f"{title}. " * 30 + _LONG},
            )
        for pair in range(1, PAIRS + 1):
            _add_pair(study, add, pair, now)
    if labels:
        _label(study)
    return study


def _add_pair(study: Study, add, pair: int, now: str) -> None:  # type: ignore[no-untyped-def]
    source = (pair + 2) // 3
    for response, is_long in ((2 * pair - 1, pair % 2 == 1), (2 * pair, pair % 2 == 0)):
        text = f"{_LONG if is_long else _SHORT} ({pair})"
        add(
            insert(tables.responses),
            {
                "id": response,
                "key": f"r{response}",
                "source_id": source,
                "agent_id": WRITER,
                "score": 5.0 if is_long else 2.0,
                "text": text,
            },
        )
        _add_values(add, response, pair, is_long, len(text.split()), now)
    add(
        insert(tables.pairs),
        {
            "id": pair,
            "key": f"p{pair}",
            "external_id": f"pair-{pair}",
            "source_id": source,
            "left_id": 2 * pair - 1,
            "right_id": 2 * pair,
        },
    )
    add(
        insert(tables.preferences),
        {
            "pair_id": pair,
            "agent_id": JUDGE,
            "value": None if pair == PAIRS else 1,
            "raw": "garbage" if pair == PAIRS else "1",
            "created": now,
        },
    )


def _add_values(add, response: int, pair: int, is_long: bool, words: int, now: str) -> None:  # type: ignore[no-untyped-def]
    values: dict[str, float | None] = {
        "length": float(words),
        "novel_words": 0.4 if is_long else 0.1,
        "number_of_facts": 4.0 if is_long else 4.0 - pair % 3,
        "source_coverage": (0.2, 0.6)[response % 2],
        "hallucination": (0.5, 0.0, 0.25)[response % 3],
        "fluency": (0.91, 0.88, 0.9, 0.93)[response % 4],
        "coherence": None,
    }
    for factor, value in values.items():
        add(
            insert(tables.factor_values),
            {
                "response_id": response,
                "factor": factor,
                "value": value,
                "reason": "no source" if value is None else None,
                "method": "rule" if factor in ("length", "novel_words") else "hand-written",
                "version": "1",
                "created": now,
            },
        )


def _label(study: Study) -> None:
    log = AnswerLog(study)
    for annotator, otherwise in (("Ada", 3), ("Bo", 2)):
        log.register(annotator)
        for pair in range(1, LABELLED + 1):
            choice = longer(pair) if pair != otherwise else Preference(-longer(pair))
            log.save(NewAnswer(pair, annotator, choice=choice))
