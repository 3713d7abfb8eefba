"""Which responses lack a value, and how values come into the study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, true, tuple_

from annotation.store.database import timestamp
from annotation.store.dialects import insert_new
from annotation.store.seals import sealing
from annotation.store.standing import FAILED, value_failed
from annotation.store.tables import factor_values, responses, sources
from annotation.study import Study
from profile_engine.extraction.rules import NO_SOURCE
from profile_engine.taxonomy import Method

FAILURES_KEPT: Final = 1000
"""So many are told one by one; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a factor's values are found; other values of it, from elsewhere, do not count as these.

    Attributes:
        version: of the rule, or of plan and prompts.
        model: as it is asked for; empty where none is.
    """

    method: Method
    version: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value, or the reason why there is none."""

    response_id: int
    factor: str
    value: float | None
    label: str | None = None
    reason: str | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OpenResponse:
    """A response that lacks a value, with its source.

    Attributes:
        input: the whole source text.
        source: what factors compare the response with; None where there is nothing.
    """

    id: int
    source_id: int
    text: str
    input: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that could not be had, and why."""

    response_id: int
    factor: str
    reason: str


def is_open(factor: str, origin: Origin, *, retry: bool = False) -> ColumnElement[bool]:
    """Condition on `responses`: no such value yet; with `retry`, or none that did not fail."""
    had = ~value_failed() if retry else true()
    return ~exists().where(_is_of(factor, origin), had)


def has_failed(factor: str, origin: Origin) -> ColumnElement[bool]:
    """Condition on `responses`: open for `retry` alone."""
    return and_(exists().where(_is_of(factor, origin), value_failed()), is_open(factor, origin, retry=True))


def _is_of(factor: str, origin: Origin) -> ColumnElement[bool]:
    c = factor_values.c
    return and_(
        c.response_id == responses.c.id,
        c.factor == factor,
        c.method == origin.method,
        c.version == origin.version,
        c.model == origin.model,
    )


def is_any_open(origins: Mapping[str, Origin], *, retry: bool = False) -> ColumnElement[bool]:
    """Condition on `responses`: one of the factors is open."""
    return or_(*(is_open(factor, origin, retry=retry) for factor, origin in origins.items()))


def count_responses(study: Study, condition: ColumnElement[bool]) -> int:
    """How many responses meet a condition."""
    with study.reading() as connection:
        number: int = connection.execute(select(func.count(responses.c.id)).where(condition)).scalar_one()
        return number


def read_open(
    study: Study, condition: ColumnElement[bool], portion: int, limit: int | None = None
) -> Iterator[tuple[OpenResponse, ...]]:
    """Responses that meet a condition, `limit` at most, those of one source together.

    Each portion is read when it is asked for, after what was stored meanwhile.
    """
    place = tuple_(responses.c.source_id, responses.c.id)
    wanted = (
        select(responses.c.source_id, responses.c.id, responses.c.text, sources.c.text, sources.c.evidence)
        .join(sources)
        .where(condition)
        .order_by(responses.c.source_id, responses.c.id)
    )
    after, left = (0, 0), limit
    while left is None or left > 0:
        most = portion if left is None else min(portion, left)
        with study.reading() as connection:
            rows = connection.execute(wanted.where(place > after).limit(most)).all()
        if not rows:
            return
        yield tuple(
            OpenResponse(id_, source_id, text, source, _source_text(source, evidence))
            for source_id, id_, text, source, evidence in rows
        )
        after = (rows[-1][0], rows[-1][1])
        left = None if left is None else left - len(rows)


def why_none(response: OpenResponse, reason: str | None) -> str | None:
    """Calls documents that did not come along by name: the question itself stands there as the source."""
    return "no documents" if reason == NO_SOURCE and response.source is None else reason


def _source_text(source: str, evidence: Mapping[str, Any] | None) -> str | None:
    """A question whose documents did not come along is no source."""
    return None if (evidence or {}).get("documents") == 0 else source


def open_factors(
    study: Study, origins: Mapping[str, Origin], portion: Sequence[OpenResponse], *, retry: bool = False
) -> Mapping[int, frozenset[str]]:
    """The factors that each of some responses lacks."""
    ids = [response.id for response in portion]
    with study.reading() as connection:
        lacking = {
            factor: set(
                connection.execute(
                    select(responses.c.id).where(
                        responses.c.id.in_(ids), is_open(factor, origin, retry=retry)
                    )
                ).scalars()
            )
            for factor, origin in origins.items()
        }
    return {id_: frozenset(factor for factor, open_ids in lacking.items() if id_ in open_ids) for id_ in ids}


def store_values(
    study: Study, origins: Mapping[str, Origin], values: Sequence[NewValue], *, retry: bool = False
) -> None:
    """Store values in one transaction, each once.

    With `retry` a value that failed before stays, and the new attempt comes after it.
    """
    if not values:
        return
    created = timestamp()
    with study.writing() as connection:
        rows = [_row(origins[value.factor], value, created) for value in values]
        if retry:
            for row in rows:
                row["attempt"] = _next_attempt(connection, row)
        with sealing(connection, factor_values):
            connection.execute(insert_new(connection, factor_values), rows)


def _row(origin: Origin, value: NewValue, created: str) -> dict[str, Any]:
    return {
        "response_id": value.response_id,
        "factor": value.factor,
        "value": value.value,
        "label": value.label,
        "reason": value.reason,
        "method": origin.method.value,
        "version": origin.version,
        "model": origin.model,
        "attempt": 1,
        "created": created,
        "evidence": dict(value.evidence) if value.evidence else None,
    }


def _next_attempt(connection: Connection, row: Mapping[str, Any]) -> int:
    """One more than the last where that failed; that of a value that is there, which then stays alone."""
    c = factor_values.c
    same = [c[name] == row[name] for name in ("response_id", "factor", "method", "version", "model")]
    last = connection.execute(
        select(c.attempt, c.value, c.reason).where(*same).order_by(c.attempt.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return 1
    failed = last.value is None and last.reason.startswith(FAILED)
    return int(last.attempt) + failed
