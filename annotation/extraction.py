"""Filling a study with factor values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, tuple_

from annotation.errors import StudyError
from annotation.store.database import insert_new, timestamp
from annotation.store.tables import factor_values, responses, sources
from annotation.study import Study
from profile_engine.extraction.rules import RULES, RULES_VERSION
from profile_engine.taxonomy import Method

Progress = Callable[[int, int], bool]
"""Told (done, of) now and then; False asks to stop."""

_PORTION: Final = 2000


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What an extraction did, a factor.

    Attributes:
        added: responses that got a value.
        unavailable: responses of which it was noted why they have none.
        already: responses that had one or the other before.
        stopped: asked to stop before the end.
    """

    factor: str
    added: int
    unavailable: int
    already: int
    stopped: bool


def extract_rules(
    study: Study, factors: Sequence[str] | None = None, progress: Progress | None = None
) -> tuple[ExtractionReport, ...]:
    """Compute the rule-based factors of every response that has none of the present version.

    Works in committed portions, so that a stop keeps what is done, and done again it adds nothing.

    Args:
        study: gets the values.
        factors: names; all rule-based factors of the study when None.
        progress: counts values over all factors.

    Raises:
        StudyError: a factor that the study does not have, or that no rule finds.
    """
    names = _chosen(study, factors)
    open_before = {name: _count(study, _is_open(name)) for name in names}
    of, done = sum(open_before.values()), 0
    every = _count(study, responses.c.id.is_not(None))
    reports = []
    stopped = False
    for name in names:
        added = unavailable = 0
        for portion in _portions(study, name) if not stopped else ():
            values = _store(study, name, portion)
            added += sum(value["value"] is not None for value in values)
            unavailable += sum(value["value"] is None for value in values)
            done += len(values)
            if progress is not None and not progress(done, of):
                stopped = True
                break
        reports.append(ExtractionReport(name, added, unavailable, every - open_before[name], stopped))
    return tuple(reports)


def _chosen(study: Study, factors: Sequence[str] | None) -> tuple[str, ...]:
    known = {factor.name for factor in study.factors}
    if factors is None:
        return tuple(name for name in RULES if name in known)
    for name in factors:
        if name not in RULES:
            raise StudyError(f"no rule finds {name}; rules find {', '.join(RULES)}")
        if name not in known:
            raise StudyError(f"{name} is not a factor of this study; it has {', '.join(sorted(known))}")
    return tuple(dict.fromkeys(factors))


def _is_open(factor: str) -> ColumnElement[bool]:
    return ~exists().where(
        factor_values.c.response_id == responses.c.id,
        factor_values.c.factor == factor,
        factor_values.c.method == Method.RULE,
        factor_values.c.version == RULES_VERSION,
    )


def _count(study: Study, condition: ColumnElement[bool]) -> int:
    with study.reading() as connection:
        number: int = connection.execute(select(func.count(responses.c.id)).where(condition)).scalar_one()
        return number


def _portions(study: Study, factor: str) -> Iterator[Sequence[Row[Any]]]:
    """Responses that have no value yet, those of one source together, so that its stems are made once."""
    place = tuple_(responses.c.source_id, responses.c.id)
    wanted: Select[Any] = (
        select(
            responses.c.source_id,
            responses.c.id,
            responses.c.text,
            sources.c.text.label("source"),
            sources.c.evidence,
        )
        .join(sources)
        .where(_is_open(factor))
        .order_by(responses.c.source_id, responses.c.id)
        .limit(_PORTION)
    )
    after = (0, 0)
    while True:
        with study.reading() as connection:
            portion = connection.execute(wanted.where(place > after)).all()
        if not portion:
            return
        yield portion
        after = (portion[-1].source_id, portion[-1].id)


def _store(study: Study, factor: str, portion: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    created = timestamp()
    values = []
    for response in portion:
        found = RULES[factor](response.text, _source_text(response))
        values.append(
            {
                "response_id": response.id,
                "factor": factor,
                "value": found.value,
                "reason": found.reason,
                "method": Method.RULE,
                "version": RULES_VERSION,
                "created": created,
                "evidence": dict(found.detail) or None,
            }
        )
    with study.writing() as connection:
        connection.execute(insert_new(connection, factor_values), values)
    return values


def _source_text(response: Row[Any]) -> str | None:
    """What factors compare a response with; a question whose documents did not come along is no source."""
    return None if (response.evidence or {}).get("documents") == 0 else response.source
