"""Pairs and responses by who wrote them, and what for."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select, true

from annotation.store.model_tables import generations
from annotation.store.moment import Moment
from annotation.store.tables import agents, pairs, responses
from profile_engine.agents.generating import Purpose
from profile_engine.preferences import AgentKind


def written_by(kind: AgentKind) -> ColumnElement[bool]:
    """Condition on `pairs`: an agent of a kind wrote one of its responses."""
    of_kind = select(responses.c.id).join(agents).where(agents.c.kind == kind.value)
    return pairs.c.left_id.in_(of_kind) | pairs.c.right_id.in_(of_kind)


def is_work() -> ColumnElement[bool]:
    """Condition on `pairs`: for people and models to judge.

    Which response of a pair is the improved one was decided by who made it (PROFILE F.2.2): not to be asked.
    A pair of two initial responses is there to be improved; only an evaluator is asked about it.
    """
    initial = _written_as((Purpose.INITIAL,))
    return ~written_by(AgentKind.IMPROVER) & ~(pairs.c.left_id.in_(initial) & pairs.c.right_id.in_(initial))


def is_aside(at: Moment | None = None) -> ColumnElement[bool]:
    """Condition on `responses`: written as a direct or initial one only, beside those that people compare."""
    id_ = responses.c.id
    return (
        responses.c.score.is_(None)
        & id_.in_(_written_as((Purpose.DIRECT, Purpose.INITIAL), at))
        & id_.not_in(_written_as((Purpose.SCORED,), at))
    )


def _written_as(purposes: Iterable[Purpose], at: Moment | None = None) -> Select[tuple[int | None]]:
    c = generations.c
    by_then = true() if at is None else c.id <= at.generations
    return select(c.response_id).where(c.purpose.in_(purposes), c.response_id.is_not(None), by_then)
