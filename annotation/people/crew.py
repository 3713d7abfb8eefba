"""Everybody a study knows by name, counted once and the same everywhere: each person has one place in it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, or_, select

from annotation.store.standing import is_out
from annotation.store.tables import adjudications, agents, answers, judgements, mentions, participation, seats
from annotation.wording import counted
from profile_engine.preferences import AgentKind


class Place(StrEnum):
    """What somebody is in a study; whose answers do not count is that before anything else.

    ANNOTATOR has labelled here, was handed something or has consented. IMPORTED has answers that came with
    data, and no others. JUDGE settles pairs or judges values, and labels nothing. NOT_BEGUN has a name, with
    or without a code, and has done nothing: also who has not consented.
    """

    ANNOTATOR = "annotator"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    LEFT_OUT = "left out"
    IMPORTED = "imported"
    SIMULATED = "simulated"
    JUDGE = "judging only"
    NOT_BEGUN = "not begun"


@dataclass(frozen=True, slots=True)
class Crew:
    """Who is in a study, by name, in the order in which they came."""

    places: Mapping[str, Place]

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.places)

    def in_words(self) -> str:
        """How many annotators there are, and every other part that is not empty, by its name."""
        parts = Counter(self.places.values())
        annotators = counted(parts.pop(Place.ANNOTATOR, 0), "annotator")
        return " · ".join((annotators, *(f"{parts[place]:,} {place}" for place in Place if parts[place])))


def read_crew(connection: Connection) -> Crew:
    """Everybody, each with their place."""
    gone = {row.annotator_id: Place(row.event.replace("_", " ")) for row in connection.execute(_gone())}
    people = connection.execute(
        select(
            agents.c.id,
            agents.c.name,
            agents.c.simulated,
            _works().label("works"),
            exists().where(answers.c.annotator_id == agents.c.id).label("answers"),
            _consented().label("consented"),
            _judges().label("judges"),
        )
        .where(agents.c.kind == AgentKind.ANNOTATOR)
        .order_by(agents.c.id)
    )
    return Crew({row.name: gone.get(row.id) or _place(row) for row in people})


def _place(row: Row[Any]) -> Place:
    places = (
        (row.simulated, Place.SIMULATED),
        (row.works, Place.ANNOTATOR),
        (row.answers, Place.IMPORTED),
        (row.consented, Place.ANNOTATOR),
        (row.judges, Place.JUDGE),
    )
    return next((place for there, place in places if there), Place.NOT_BEGUN)


def _gone() -> Select[tuple[int, str]]:
    """Whose answers do not count; who withdrew and was left out has withdrawn."""
    return (
        select(participation.c.annotator_id, participation.c.event)
        .where(is_out())
        .order_by(participation.c.matter.desc())  # consent is told after counting
    )


def _works() -> ColumnElement[bool]:
    """Whether somebody was handed anything, or has answers that did not come with data."""
    sat = exists().where(seats.c.annotator_id == agents.c.id)
    return or_(sat, exists().where(answers.c.annotator_id == agents.c.id, answers.c.origin != "import"))


def _consented() -> ColumnElement[bool]:
    return exists().where(participation.c.annotator_id == agents.c.id, participation.c.event == "accepted")


def _judges() -> ColumnElement[bool]:
    return or_(
        exists().where(adjudications.c.adjudicator_id == agents.c.id),
        exists().where(judgements.c.validator_id == agents.c.id),
        exists().where(mentions.c.coder_id == agents.c.id),
    )
