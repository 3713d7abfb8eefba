"""The study of PROFILE Appendix A with invented posts, and people who are simulated."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import insert

from annotation.answers import AnswerLog, NewAnswer
from annotation.planning.worklist import open_worklist
from annotation.store.database import timestamp
from annotation.store.seals import sealing
from annotation.store.tables import agents, factor_values, responses, sources
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference

MODELS = tuple(f"model {number}" for number in range(1, 7))
SCORES = (1, 2, 3, 4, 5)


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of labels wait thousands of times for a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def add_posts(study: Study, posts: int = 30, models: Sequence[str] = MODELS) -> None:
    """Every model writes five responses to every post; each has a value of every factor, more by score."""
    random = np.random.default_rng(0)
    written = [
        (post, place, score) for post in range(posts) for place in range(len(models)) for score in SCORES
    ]
    with study.writing() as connection, sealing(connection, sources, factor_values):
        connection.execute(
            insert(agents),
            [
                {"id": place + 1, "name": name, "kind": AgentKind.GENERATOR}
                for place, name in enumerate(models)
            ],
        )
        connection.execute(
            insert(sources),
            [{"id": post + 1, "key": _key(f"post {post}"), "text": f"Post {post}."} for post in range(posts)],
        )
        connection.execute(
            insert(responses),
            [
                {
                    "id": number,
                    "key": _key(f"response {number}"),
                    "source_id": post + 1,
                    "agent_id": place + 1,
                    "score": score,
                    "text": f"{models[place]} on post {post}, {score}.",
                }
                for number, (post, place, score) in enumerate(written, start=1)
            ],
        )
        connection.execute(
            insert(factor_values),
            [
                {
                    "response_id": number,
                    "factor": factor.name,
                    # Each model likes some factors and dislikes others.
                    "value": score * (column - place) / 5 + float(random.normal()),
                    "method": "hand-written",
                    "version": "1",
                    "created": timestamp(),
                }
                for number, (_, place, score) in enumerate(written, start=1)
                for column, factor in enumerate(study.factors)
            ],
        )


def _key(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def scores_of(study: Study) -> dict[int, tuple[str, float, float]]:
    """Of each pair the author, and the scores of the left and the right response."""
    with study.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT pairs.id, agents.name, l.score, r.score FROM pairs JOIN responses l ON l.id = left_id "
            "JOIN responses r ON r.id = right_id JOIN agents ON agents.id = l.agent_id"
        )
        return {pair: (name, left, right) for pair, name, left, right in rows}


def let_label(study: Study, people: Mapping[str, float], first: float = 0.5) -> None:
    """People in turn label what they are handed until nothing is left.

    Args:
        study: has a plan.
        people: how often each of them chooses the response that its model scored higher; otherwise
            they choose the one shown first with probability `first`.
        first: their side bias.
    """
    log, scores, random = AnswerLog(study), scores_of(study), np.random.default_rng(1)
    for name in people:
        log.register(name, simulated=True)
    lists = {name: open_worklist(study, name) for name in people}
    after: dict[str, int | None] = dict.fromkeys(people)
    while lists:
        for name, worklist in list(lists.items()):
            item = worklist.next(after[name])
            if item is None:
                del lists[name]
                continue
            _, left, right = scores[item.pair_id]
            if random.random() < people[name]:
                choice = Preference.LEFT if left > right else Preference.RIGHT
            else:
                choice = Preference(item.first * (1 if random.random() < first else -1))
            log.save(
                NewAnswer(
                    item.pair_id,
                    name,
                    item.kind,
                    choice,
                    item.first,
                    seconds=float(random.uniform(5, 40)),
                )
            )
            worklist.mark(item.key, labelled=True)
            after[name] = item.key
