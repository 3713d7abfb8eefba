"""A study in which everything that comes from outside attacks the terminal."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.settings import StudySettings
from annotation.store import tables
from annotation.store.database import timestamp
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task, own_factor
from tests.tui.terminal import HOSTILE

TEXTS: Final = tuple(text for text in HOSTILE.values() if "\ud83d" not in text)
"""What a database can hold: everything but lone surrogates."""

NAMES: Final = tuple(text for text in TEXTS if text.strip() and "\x00" not in text)
"""What can be a name: something to see, and nothing that ends a string."""

TIES: Final = "[/b] [$error on $error]\x1b]0;ties\x07\u202e always"
"""A judge that answers every pair with a tie, so that no correlation with it is defined."""

_ALL = "".join(NAMES[:12])
_JUDGES = (TIES, *NAMES)
_AUTHOR = len(_JUDGES) + 1


def make_hostile_study(path: Path) -> None:
    """One pair a text: the text is its source, its title, its responses and all that is said of it."""
    settings = StudySettings(minimum_seconds=0.0, question=_ALL, instructions=_ALL)
    with Study.create(path, task=Task.SUMMARIZATION, name=_ALL, settings=settings) as study:
        study.change_factor(own_factor("hostile", f"[/] {NAMES[2]}", _ALL))
        with study.writing() as connection:
            _add_agents(connection)
            for number, text in enumerate(TEXTS, start=1):
                _add_pair(connection, number, text)
                _add_verdicts(connection, number, text)
        for number, text in enumerate(TEXTS, start=1):
            _label(AnswerLog(study), number, text)


def _add_agents(connection: Connection) -> None:
    rows = [
        {"id": number, "name": name, "kind": AgentKind.JUDGE, "simulated": number % 2 == 0}
        for number, name in enumerate(_JUDGES, start=1)
    ]
    author = {"id": _AUTHOR, "name": NAMES[0], "kind": AgentKind.GENERATOR, "simulated": False}
    connection.execute(insert(tables.agents), [*rows, author])


def _add_pair(connection: Connection, number: int, text: str) -> None:
    source = {"id": number, "key": f"s{number}", "title": text[:999], "text": text}
    connection.execute(insert(tables.sources), source)
    sides = 2 * number - 1, 2 * number
    for side, response in zip(sides, (text, f"{text[::-1]}\n{TEXTS[number - 2]}"), strict=True):
        row = {"id": side, "key": f"r{side}", "source_id": number, "agent_id": _AUTHOR, "score": side % 3}
        connection.execute(insert(tables.responses), {**row, "text": response})
        _add_values(connection, side, response)
    pair = {"id": number, "key": f"p{number}", "external_id": text[:99], "source_id": number}
    connection.execute(insert(tables.pairs), {**pair, "left_id": sides[0], "right_id": sides[1]})


def _add_values(connection: Connection, response: int, text: str) -> None:
    known = {"hostile": float(response), "length": float(len(text)), "novel_words": response % 5 / 5}
    rows = [
        {"factor": factor, "value": value, "label": text[:99] if factor == "hostile" else None}
        for factor, value in known.items()
    ]
    told = {"response_id": response, "method": "hand-written", "version": "1", "created": timestamp()}
    connection.execute(insert(tables.factor_values), [{**told, **row} for row in rows])
    connection.execute(
        insert(tables.factor_values), {**told, "factor": "coherence", "reason": f"x{text[:99]}"}
    )


def _add_verdicts(connection: Connection, number: int, text: str) -> None:
    judges = dict.fromkeys((1, number % len(_JUDGES) + 1, (number + 7) % len(_JUDGES) + 1))
    said = {"pair_id": number, "created": timestamp(), "raw": text[:999], "justification": text[:999]}
    rows = [{**said, "agent_id": judge, "value": 0 if judge == 1 else (-1) ** number} for judge in judges]
    connection.execute(insert(tables.preferences), rows)


def _label(log: AnswerLog, number: int, text: str) -> None:
    person = log.register(NAMES[number % len(NAMES)])
    log.save(NewAnswer(number, person, choice=Preference.LEFT if number % 3 else Preference.RIGHT))
    log.save(NewAnswer(number, person, AnswerKind.NOTE, note=text[:999]))
