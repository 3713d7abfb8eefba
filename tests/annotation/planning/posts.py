"""Studies of posts for which models wrote a response of every score."""

from sqlalchemy import insert

from annotation.store.contents import response_key, text_key
from annotation.store.seals import sealing
from annotation.store.tables import agents, responses, sources
from annotation.study import Study
from profile_engine.preferences import AgentKind

SCORES = (1, 2, 3, 4, 5)


def add_posts(
    study: Study, posts: int, models: int, *, scores: tuple[float, ...] = SCORES, first: int = 1
) -> None:
    """Add posts with a response of each model and score, and no pair of them.

    Models are called `model 1`, ...; the posts are numbered from `first` on.
    """
    authors = [
        {"id": n, "name": f"model {n}", "kind": AgentKind.GENERATOR, "simulated": True}
        for n in range(1, models + 1)
    ]
    texts = {n: f"Post {n}." for n in range(first, first + posts)}
    written = [
        {
            "key": response_key(
                text_key(texts[post]), str(author["name"]), float(score), f"{author['name']}: {score}."
            ).hex(),
            "source_id": post,
            "agent_id": author["id"],
            "score": score,
            "text": f"{author['name']}: {score}.",
        }
        for post in texts
        for author in authors
        for score in scores
    ]
    with study.writing() as connection, sealing(connection, sources):
        if first == 1:
            connection.execute(insert(agents), authors)
        connection.execute(
            insert(sources),
            [{"id": n, "key": text_key(text).hex(), "text": text} for n, text in texts.items()],
        )
        connection.execute(insert(responses), written)
