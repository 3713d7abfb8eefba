"""Everything of each pair, in the layout of `annotation.importers.study_rows`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from annotation.answers import CHOICES, AnswerKind
from annotation.importers.study_rows import MARK, SIDE_NAMES, VERSION
from annotation.store.standing import answer_stands, counts, is_last, preference_stands
from annotation.store.tables import agents, answers, factor_values, pairs, preferences, responses, sources
from annotation.study import Study
from profile_engine.votes import majority_of

ExportRow = dict[str, Any]
"""One pair as JSON."""

_PORTION: Final = 500


def exported_rows(study: Study, only: Sequence[int] | None = None) -> Iterator[ExportRow]:
    """Every pair in the order of import, as the study is when the first one is asked for.

    What people said who withdrew, or were left out, is not among it.

    Args:
        study: has the pairs.
        only: ids of the pairs wanted, in the order wanted; None: all.
    """
    with study.reading() as connection:
        portions = _all_pairs(connection) if only is None else _these_pairs(connection, only)
        for portion in portions:
            yield from _Portion(connection, portion).rows()


def _all_pairs(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    after = 0
    while portion := _next_pairs(connection, after):
        yield portion
        after = portion[-1].id


def _these_pairs(connection: Connection, only: Sequence[int]) -> Iterator[Sequence[Row[Any]]]:
    for start in range(0, len(only), _PORTION):
        wanted = only[start : start + _PORTION]
        found = {row.id: row for row in connection.execute(select(pairs).where(pairs.c.id.in_(wanted)))}
        yield [found[id_] for id_ in wanted]


def _next_pairs(connection: Connection, after: int) -> Sequence[Row[Any]]:
    wanted = select(pairs).where(pairs.c.id > after).order_by(pairs.c.id).limit(_PORTION)
    return connection.execute(wanted).all()


class _Portion:
    """Some pairs and all that belongs to them, read in five queries."""

    def __init__(self, connection: Connection, portion: Sequence[Row[Any]]) -> None:
        self._pairs = portion
        ids = [pair.id for pair in portion]
        of_responses = {side for pair in portion for side in (pair.left_id, pair.right_id)}
        of_sources = {pair.source_id for pair in portion}
        read = connection.execute
        self._sources = {row.id: row for row in read(select(sources).where(sources.c.id.in_(of_sources)))}
        self._responses = {
            row.id: row
            for row in read(
                select(responses, agents.c.name, agents.c.simulated)
                .outerjoin(agents)
                .where(responses.c.id.in_(of_responses))
            )
        }
        self._values = _grouped(
            connection,
            select(factor_values)
            .where(
                factor_values.c.response_id.in_(of_responses),
                # An attempt that failed before a later one is no value of its own.
                is_last(factor_values, "factor", "response_id", "method", "version"),
            )
            .order_by(factor_values.c.id),
            "response_id",
        )
        self._answers = _grouped(
            connection,
            select(answers, agents.c.name, agents.c.simulated)
            .join(agents)
            .where(answers.c.pair_id.in_(ids), answer_stands(), counts())
            .order_by(answers.c.id),
            "pair_id",
        )
        self._verdicts = _grouped(
            connection,
            select(preferences, agents.c.name, agents.c.kind, agents.c.simulated)
            .join(agents)
            .where(preferences.c.pair_id.in_(ids), preference_stands())
            .order_by(preferences.c.id),
            "pair_id",
        )

    def rows(self) -> Iterator[ExportRow]:
        """The pairs in their order."""
        for pair in self._pairs:
            said = [_answer(row) for row in self._answers[pair.id] if not _is_withdrawn(row)]
            yield _without_nothing(
                {
                    MARK: VERSION,
                    "key": pair.key,
                    "id": pair.external_id,
                    "source": _source(self._sources[pair.source_id]),
                    "left": self._response(pair.left_id),
                    "right": self._response(pair.right_id),
                    "human": _human(self._answers[pair.id]),
                    "answers": said,
                    "verdicts": [_verdict(row) for row in self._verdicts[pair.id]],
                }
            )

    def _response(self, response_id: int) -> ExportRow:
        row = self._responses[response_id]
        values = [_value(value) for value in self._values[response_id]]
        return _without_nothing(
            {
                "id": row.external_id,
                "agent": row.name,
                "simulated": row.simulated or None,
                "score": row.score,
                "text": row.text,
                "values": values or None,
            }
        )


def _grouped(connection: Connection, statement: Select[Any], by: str) -> defaultdict[int, list[Row[Any]]]:
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(statement):
        groups[row._mapping[by]].append(row)
    return groups


def _source(row: Row[Any]) -> ExportRow:
    return _without_nothing(
        {"id": row.external_id, "title": row.title, "text": row.text, "evidence": row.evidence}
    )


def _value(row: Row[Any]) -> ExportRow:
    known = {"factor": row.factor, "value": row.value}
    rest = {
        "label": row.label,
        "reason": row.reason,
        "method": row.method,
        "version": row.version,
        "created": row.created,
        "evidence": row.evidence,
    }
    return known | _without_nothing(rest)


def _is_withdrawn(row: Row[Any]) -> bool:
    if row.kind in CHOICES:
        return row.choice is None
    return not (row.note if row.kind == AnswerKind.NOTE else row.set)


def _answer(row: Row[Any]) -> ExportRow:
    return _without_nothing(
        {
            "annotator": row.name,
            "simulated": row.simulated or None,
            "kind": row.kind,
            "choice": SIDE_NAMES.get(row.choice),
            "shown_first": SIDE_NAMES.get(row.shown_first),
            "sure": row.sure,
            "set": row.set,
            "note": row.note,
            "seconds": row.seconds,
            "created": row.created,
        }
    )


def _verdict(row: Row[Any]) -> ExportRow:
    return _without_nothing(
        {
            "agent": row.name,
            "simulated": row.simulated or None,
            "kind": row.kind,
            "choice": SIDE_NAMES.get(row.value),
            "raw": row.raw,
            "justification": row.justification,
            "created": row.created,
        }
    )


def _human(said: Sequence[Row[Any]]) -> str | None:
    """What the majority prefers; None without one."""
    majority = majority_of([row.choice for row in said if row.kind == AnswerKind.LABEL])
    return None if majority is None else SIDE_NAMES[majority]


def _without_nothing(row: ExportRow) -> ExportRow:
    return {key: value for key, value in row.items() if value is not None}
