"""Pairs by who wrote their responses."""

from sqlalchemy import ColumnElement, select

from annotation.store.tables import agents, pairs, responses
from profile_engine.preferences import AgentKind


def written_by(kind: AgentKind) -> ColumnElement[bool]:
    """Condition on `pairs`: an agent of a kind wrote one of its responses."""
    of_kind = select(responses.c.id).join(agents).where(agents.c.kind == kind.value)
    return pairs.c.left_id.in_(of_kind) | pairs.c.right_id.in_(of_kind)


def is_work() -> ColumnElement[bool]:
    """Condition on `pairs`: for people and models to judge.

    Which response of a pair is the improved one was decided by who made it (PROFILE F.2.2): not to be asked.
    """
    return ~written_by(AgentKind.IMPROVER)
