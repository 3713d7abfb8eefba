"""What can be drawn: the standing values of a factor, or the verdicts on their facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from annotation.errors import StudyError
from annotation.store.standing import value_stands
from annotation.store.tables import factor_values, responses, sources
from annotation.validation.choices import Stratify
from annotation.validation.facts import read_facts
from profile_engine.taxonomy import Factor, ValueKind


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be drawn.

    Attributes:
        key: the same in every study that holds the same response; decides the draw.
        fact: position of a fact in the value's list; None for a response.
        stratum: empty where the draw is not stratified.
    """

    key: str
    response_id: int
    value_id: int
    fact: int | None
    stratum: str


def read_units(
    connection: Connection, factor: Factor, *, facts: bool, stratify: Stratify | None
) -> tuple[Unit, ...]:
    """All units of a factor; raises StudyError where there are none, or no verdicts to stratify by."""
    units = tuple(
        _fact_units(connection, factor, stratify) if facts else _units(connection, factor, stratify)
    )
    if not units:
        what = "facts with a verdict" if facts else "values"
        raise StudyError(
            f"{factor.title} has no {what} to validate; `profile-tui extract` finds values, and a data set "
            "may bring them"
        )
    return units


def _units(connection: Connection, factor: Factor, stratify: Stratify | None) -> Iterator[Unit]:
    c = factor_values.c
    found = (
        select(responses.c.key, c.response_id, c.id, c.value, c.label)
        .join(responses, responses.c.id == c.response_id)
        .where(c.factor == factor.name, c.value.is_not(None), value_stands())
    )
    for key, response_id, value_id, value, label in connection.execute(found):
        stratum = "" if stratify is None else verdict_of(factor, value, label)
        yield Unit(key, response_id, value_id, None, stratum)


def _fact_units(connection: Connection, factor: Factor, stratify: Stratify | None) -> Iterator[Unit]:
    c = factor_values.c
    found = (
        select(responses.c.key, c.response_id, c.id, c.evidence, sources.c.evidence.label("source_evidence"))
        .join(responses, responses.c.id == c.response_id)
        .join(sources, sources.c.id == responses.c.source_id)
        .where(c.factor == factor.name, c.value.is_not(None), value_stands())
    )
    for key, response_id, value_id, evidence, source_evidence in connection.execute(found):
        for fact in read_facts(factor.name, evidence, source_evidence).facts:
            if fact.verdict is not None:
                stratum = "" if stratify is None else yes_or_no(fact.verdict)
                yield Unit(f"{key}:{fact.index}", response_id, value_id, fact.index, stratum)


YES_NO: Final = ("yes", "no")
"""The classes of a verdict on a fact."""


def yes_or_no(verdict: bool) -> str:
    """A verdict on a fact, as its class is called."""
    return YES_NO[not verdict]


def verdict_of(factor: Factor, value: float, label: str | None) -> str:
    """The class of a value; of a ratio whether it is nothing, everything or between."""
    if factor.classes:
        return label or class_of(factor, value) or f"{value:g}"
    if factor.kind is ValueKind.RATIO:
        return "0" if value <= 0 else "1" if value >= 1 else "between 0 and 1"
    raise StudyError(f"{factor.title} is a {factor.kind}, which has no verdicts to stratify by; leave it out")


def class_of(factor: Factor, value: float | None) -> str | None:
    """The class with this value."""
    return next((label for label, its in factor.classes if its == value), None)
