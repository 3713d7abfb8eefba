"""A study in which everything was done that the experiments take, small enough to count by hand.

Six posts. `writer` wrote for each two scored responses (1 short, 5 long) and a direct one, of the length of
the one scored 5 in the first four posts, of the other in the others. The judge and the reward model chose on
the pair of the two: the judge the longer one, the reward model the longer one in all posts but the last, Ada
and Bo the longer one in the first four. `writer by critic` improved a response by making it longer,
`writer from both` by making it shorter.
"""

from pathlib import Path

from sqlalchemy import insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.store import model_tables
from annotation.store.database import timestamp
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference
from profile_engine.taxonomy import Task
from tests.annotation.drafts import LEFT, RIGHT, Draft

POSTS = 6
FOR_LONG = 4
VALUES = {"length": (10.0, 30.0), "novel_words": (0.5, 0.2), "fluency": (0.6, 0.9), "number_of_facts": (3, 8)}
"""Of the short and of the long response; each post adds a little of its own."""


def make_tried_study(path: Path | str) -> Study:
    """Make it where nothing is yet; pairs have the long response on the left."""
    study = Study.create(path, task=Task.SUMMARIZATION, name="tried")
    draft = Draft(study)
    kinds = {
        "writer": AgentKind.GENERATOR,
        "critic": AgentKind.JUDGE,
        "rm": AgentKind.REWARD_MODEL,
        "writer by critic": AgentKind.IMPROVER,
        "writer from both": AgentKind.IMPROVER,
    }
    agents = {name: draft.agent(name, kind) for name, kind in kinds.items()}
    log = AnswerLog(study)
    for person in ("Ada", "Bo"):
        log.register(person)
    for post in range(POSTS):
        source = draft.source(f"Post {post}.")
        short, long = (
            _response(draft, source, f"{size} {post}", agents["writer"], score, post)
            for size, score in (("short", 1.0), ("long", 5.0))
        )
        pair = draft.pair(source, long, short)
        draft.verdict(pair, agents["critic"], LEFT)
        draft.verdict(pair, agents["rm"], LEFT if post < POSTS - 1 else RIGHT)
        for person in ("Ada", "Bo"):
            _label(log, pair, person, post)
        like = "long" if post < FOR_LONG else "short"
        direct = _response(draft, source, f"{like} direct {post}", agents["writer"], None, post)
        _generated(study, source, agents["writer"], direct)
        for name, size in (("writer by critic", "long"), ("writer from both", "short")):
            initial = short if size == "long" else long
            improved = _response(draft, source, f"{size} {name} {post}", agents[name], None, post + 1)
            _improved(study, agents[name], pair, improved, name)
            draft.verdict(draft.pair(source, improved, initial), agents[name], LEFT)
    return study


def _response(draft: Draft, source: int, text: str, agent: int, score: float | None, post: int) -> int:
    response = draft.response(source, text, agent, score)
    for factor, (short, long) in VALUES.items():
        draft.value(response, factor, (long if text.startswith("long") else short) * (1 + post / 100))
    return response


def _label(log: AnswerLog, pair: int, person: str, post: int) -> None:
    choice = Preference.LEFT if post < FOR_LONG else Preference.RIGHT
    log.save(NewAnswer(pair, person, choice=choice))


def _generated(study: Study, source: int, agent: int, response: int) -> None:
    row = {"source_id": source, "agent_id": agent, "purpose": "direct", "number": 1, "response_id": response}
    _insert(study, "generations", row)


def _improved(study: Study, agent: int, pair: int, response: int, name: str) -> None:
    method = "feedback" if " by " in name else "both"
    _insert(
        study, "improvements", {"agent_id": agent, "pair_id": pair, "method": method, "response_id": response}
    )


def _insert(study: Study, table: str, row: dict[str, object]) -> None:
    provenance = {"version": "1", "model": "m", "created": timestamp()}
    with study.writing() as connection:
        connection.execute(insert(getattr(model_tables, table)).values(**row, **provenance))
