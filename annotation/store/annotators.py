"""The people of a study, by the names they are registered under."""

from unicodedata import category, normalize

from sqlalchemy import ColumnElement, Connection, and_, insert, select

from annotation.errors import AnswerError
from annotation.store.tables import agents
from profile_engine.preferences import AgentKind, annotator_fault


def is_annotator(name: str) -> ColumnElement[bool]:
    """Condition on `agents`: the person registered by this name."""
    return and_(agents.c.name == name, agents.c.kind == AgentKind.ANNOTATOR)


def annotator_names(connection: Connection) -> list[str]:
    """What everybody is called who is registered."""
    named = select(agents.c.name).where(agents.c.kind == AgentKind.ANNOTATOR)
    return list(connection.execute(named).scalars())


def add_annotator(connection: Connection, name: str, *, simulated: bool = False) -> int:
    """Register somebody whom the study does not know, as they are called; gives the id."""
    made = connection.execute(
        insert(agents).values(name=name, kind=AgentKind.ANNOTATOR, simulated=simulated)
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def find_annotator(connection: Connection, name: str) -> int | None:
    """The id of the person registered by this name; None where nobody is."""
    return connection.execute(select(agents.c.id).where(is_annotator(name))).scalar_one_or_none()


def annotator_id(connection: Connection, name: str) -> int:
    """The same; raises AnswerError where nobody is."""
    found = find_annotator(connection, name)
    if found is None:
        raise not_registered(name)
    return found


def proper_name(name: str) -> str:
    """A name as people are registered under it: no space around it, accents in one way (NFC)."""
    return normalize("NFC", name).strip()


def alike(name: str) -> str:
    """What names have in common that people take for one: no capitals, no spaces, nothing invisible."""
    folded = normalize("NFKC", normalize("NFKC", name).casefold())
    return "".join(one for one in folded if not one.isspace() and category(one) != "Cf")


def called(connection: Connection, name: str) -> str:
    """What a person is registered under who is called so, or is to be registered under who is new.

    Raises:
        AnswerError: nobody can be called so, or somebody is already whom people would take for the same.
    """
    if fault := annotator_fault(name):
        raise AnswerError(f"{name!r}: {fault}")
    proper = proper_name(name)
    known = annotator_names(connection)
    if name in known:  # as data had it that came in
        return name
    if proper in known:
        return proper
    for other in known:
        if alike(other) == alike(proper):
            raise AnswerError(
                f"{proper!r} differs from the annotator {other!r} only by capitals, spaces or the like: "
                f"give {other!r}, or another name"
            )
    return proper


def not_registered(name: str) -> AnswerError:
    """What is said of a name that nobody is registered under."""
    return AnswerError(
        f"{name} is not an annotator of this study; profile-tui study annotators list STUDY names all"
    )
