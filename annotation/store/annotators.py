"""The people of a study, by the names they are registered under."""

from sqlalchemy import ColumnElement, Connection, and_, select

from annotation.errors import AnswerError
from annotation.store.tables import agents
from profile_engine.preferences import AgentKind


def is_annotator(name: str) -> ColumnElement[bool]:
    """Condition on `agents`: the person registered by this name."""
    return and_(agents.c.name == name, agents.c.kind == AgentKind.ANNOTATOR)


def find_annotator(connection: Connection, name: str) -> int | None:
    """The id of the person registered by this name; None where nobody is."""
    return connection.execute(select(agents.c.id).where(is_annotator(name))).scalar_one_or_none()


def annotator_id(connection: Connection, name: str) -> int:
    """The same; raises AnswerError where nobody is."""
    found = find_annotator(connection, name)
    if found is None:
        raise not_registered(name)
    return found


def not_registered(name: str) -> AnswerError:
    """What is said of a name that nobody is registered under."""
    return AnswerError(f"{name} is not an annotator of this study; register them first")
