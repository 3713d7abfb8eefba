"""Four pairs of two everyday posts, with a generator, a judge and hand-written values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.settings import StudySettings
from annotation.store.database import timestamp
from annotation.store.tables import agents, factor_values, pairs, preferences, responses, sources
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task

GENERATOR, JUDGE, PERSON = "writer-model", "judge-model", "person one"
SECRETS: Final = (GENERATOR, JUDGE, PERSON, "score", "rank", "human", "tau")
"""What an annotator must never see."""

_AUTHOR, _JUDGE = 1, 2


@dataclass(frozen=True, slots=True)
class Text:
    """A response: its text, its author's score, its values by factor."""

    text: str
    score: float
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """A source and the pairs of responses to it."""

    title: str | None
    text: str
    pairs: Sequence[tuple[Text, Text]]


POSTS: Final = (
    Post(
        "Lost my keys again",
        "I lost my keys at the market on Saturday. The stall keeper found them and kept them for me. "
        "Now my flat mate says that I should wear them round my neck. Is she right, or is she teasing?",
        (
            (
                Text(
                    "Keys lost at the market, found by a stall keeper.",
                    4,
                    {"length": 9, "novel_words": 0.125},
                ),
                Text("I lost my keys; my flat mate teases me.", 2, {"length": 9, "novel_words": 0.0}),
            ),
            (
                Text("Somebody misplaced a bunch of keys.", 1, {"length": 6, "novel_words": 0.6}),
                Text(
                    "I lost my keys on Saturday, a stall keeper kept them; my mate says I should wear them.",
                    5,
                    {"length": 19, "novel_words": 0.1},
                ),
            ),
        ),
    ),
    Post(
        None,
        "My neighbour plays the trumpet at six in the morning. I asked him twice to wait until eight.",
        (
            (
                Text("A neighbour plays the trumpet too early.", 3, {"length": 7, "novel_words": 0.3}),
                Text("Trumpet at six; asked twice to wait.", 4, {"length": 7}),
            ),
            (
                Text("Noise.", 1, {"length": 1, "novel_words": 1.0}),
                Text("My neighbour plays the trumpet at six, though I asked him to wait.", 5, {"length": 13}),
            ),
        ),
    ),
)


def make_study(
    path: Path, posts: Iterable[Post] = POSTS, settings: StudySettings | None = None, name: str = "small"
) -> Study:
    """Make the study; the judge prefers the longer text, the generator the one it scored higher."""
    study = Study.create(path, task=Task.SUMMARIZATION, name=name, settings=settings)
    with study.writing() as connection:
        connection.execute(
            insert(agents),
            [
                {"id": _AUTHOR, "name": GENERATOR, "kind": AgentKind.GENERATOR, "simulated": False},
                {"id": _JUDGE, "name": JUDGE, "kind": AgentKind.JUDGE, "simulated": False},
            ],
        )
        for number, post in enumerate(posts, start=1):
            row = {"id": number, "key": f"{number:064}", "title": post.title, "text": post.text}
            connection.execute(insert(sources), row)
            for left, right in post.pairs:
                _add_pair(connection, number, left, right)
    return study


def label(study: Study, choices: dict[int, Preference], person: str = PERSON) -> None:
    """Let a person label pairs."""
    log = AnswerLog(study)
    log.register(person)
    for pair_id, choice in choices.items():
        log.save(NewAnswer(pair_id, person, choice=choice))


def _add_pair(connection: Connection, source_id: int, left: Text, right: Text) -> None:
    ids = [_add_response(connection, source_id, text) for text in (left, right)]
    row = {"source_id": source_id, "left_id": ids[0], "right_id": ids[1], "key": uuid4().hex}
    pair_id = connection.execute(insert(pairs), row).lastrowid
    longer = (len(left.text) > len(right.text)) - (len(left.text) < len(right.text))
    verdict = {"pair_id": pair_id, "agent_id": _JUDGE, "value": longer, "created": timestamp()}
    connection.execute(insert(preferences), verdict)


def _add_response(connection: Connection, source_id: int, text: Text) -> int:
    row = {"source_id": source_id, "agent_id": _AUTHOR, "score": text.score, "text": text.text}
    response_id: int = connection.execute(insert(responses), {**row, "key": uuid4().hex}).lastrowid
    for factor, value in text.values.items():
        told = {"response_id": response_id, "factor": factor, "value": value, "created": timestamp()}
        connection.execute(insert(factor_values), {**told, "method": "hand-written", "version": "1"})
    return response_id
