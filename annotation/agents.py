"""Who is in a study."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from annotation.store import tables
from annotation.study import Study
from profile_engine.preferences import HUMAN, Agent, AgentKind, Setting


def study_agents(study: Study) -> tuple[Agent, ...]:
    """The people together, then all others in the order in which they came, in their settings."""
    with study.reading() as connection:
        others = read_agents(connection, study.settings.agent_settings)
    return (HUMAN.told(study.settings.agent_settings), *others.values())


def read_agents(connection: Connection, settings: Mapping[str, Setting]) -> dict[int, Agent]:
    """Agents by their ids, ascending, in the settings told for them."""
    rows = connection.execute(select(tables.agents).order_by(tables.agents.c.id))
    return {row.id: Agent(row.name, AgentKind(row.kind)).told(settings) for row in rows}
