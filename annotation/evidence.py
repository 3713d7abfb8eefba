"""What stands behind a response's values: its facts, the verdicts on them, and every reply as it came."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from annotation.errors import StudyError
from annotation.store.tables import agents, factor_values, replies, responses, sources
from annotation.study import Study

NAMES: Final = MappingProxyType(
    {
        "supported": "hallucination",
        "on_focus": "off_focus",
        "helpful": "helpfulness",
        "misleading": "misinformation",
        "covered": "source_coverage",
    }
)
"""Which of the thirteen factors each verdict on a fact belongs to."""


@dataclass(frozen=True, slots=True)
class FactVerdict:
    """What was answered to a question about a fact, and why, where that was said.

    Attributes:
        question: such as `supported`; the question of a factor of the study's own is `answer`.
    """

    question: str
    answer: str
    justification: str | None = None


@dataclass(slots=True)
class JudgedFact:
    """An atomic fact and what was said of it, by factor."""

    text: str
    verdicts: dict[str, FactVerdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A value and where it comes from.

    Attributes:
        stands: whether it is the one that counts; an earlier one is superseded and stays for the record.
        model: as it was asked for; empty where none was.
        answered_by: as the endpoint says.
        replies: keys of the replies that it rests on.
        unusable: keys of those among them that kept it from being found.
    """

    factor: str
    value: float | None
    label: str | None
    reason: str | None
    justification: str | None
    method: str
    version: str
    model: str
    answered_by: str | None
    attempt: int
    created: str
    stands: bool
    replies: tuple[str, ...]
    unusable: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it came."""

    key: str
    text: str
    answered_by: str
    prompt_tokens: int | None
    completion_tokens: int | None
    created: str


@dataclass(frozen=True, slots=True)
class ResponseEvidence:
    """A response and all that was found out about it; values in the order of the study's factors."""

    response_id: int
    agent: str | None
    score: float | None
    text: str
    source_id: int
    source: str
    facts: tuple[JudgedFact, ...]
    source_facts: tuple[JudgedFact, ...]
    values: tuple[ValueRecord, ...]
    replies: tuple[Reply, ...]

    def unusable(self, value: ValueRecord) -> tuple[Reply, ...]:
        """What came in place of an answer from which the value could be found, the first attempt first."""
        return tuple(reply for reply in self.replies if reply.key in value.unusable)


def read_evidence(study: Study, response_id: int) -> ResponseEvidence:
    """Read one response with everything behind its values; raises StudyError for an unknown id."""
    with study.reading() as connection:
        response = connection.execute(
            select(
                responses,
                agents.c.name,
                sources.c.text.label("source"),
                sources.c.evidence.label("source_evidence"),
            )
            .join(sources, sources.c.id == responses.c.source_id)
            .outerjoin(agents)
            .where(responses.c.id == response_id)
        ).one_or_none()
        if response is None:
            raise StudyError(
                f"response {response_id} is not in this study; profile-tui pairs --id PAIR names a pair's"
            )
        rows = connection.execute(
            select(factor_values)
            .where(factor_values.c.response_id == response_id)
            .order_by(factor_values.c.id)
        ).all()
        standing = {row.factor: row for row in rows}
        order = {factor.name: position for position, factor in enumerate(study.factors)}
        values = sorted((_record(row, standing) for row in rows), key=lambda value: order[value.factor])
        return ResponseEvidence(
            response_id,
            response.name,
            response.score,
            response.text,
            response.source_id,
            response.source,
            _merged(standing.values(), "facts"),
            _merged(standing.values(), "source_facts")
            or tuple(_covered(response.source_evidence, standing.get("source_coverage"))),
            tuple(values),
            tuple(_replies(connection, values)),
        )


def _record(row: Row[Any], standing: Mapping[str, Row[Any]]) -> ValueRecord:
    evidence: Mapping[str, Any] = row.evidence or {}
    return ValueRecord(
        row.factor,
        row.value,
        row.label,
        row.reason,
        evidence.get("justification"),
        row.method,
        row.version,
        row.model,
        evidence.get("answered_by"),
        row.attempt,
        row.created,
        standing[row.factor].id == row.id,
        tuple(evidence.get("replies", ())),
        tuple(evidence.get("unusable", ())),
        tuple(evidence.get("notes", ())),
    )


def _merged(rows: Iterable[Row[Any]], name: str) -> tuple[JudgedFact, ...]:
    """The facts of all values that stand, each once, with every factor's verdict on it."""
    facts: dict[str, JudgedFact] = {}
    for row in rows:
        for told in (row.evidence or {}).get(name, ()):
            if not isinstance(told, Mapping) or not isinstance(told.get("text"), str):
                continue  # evidence that came with the data has what form it likes
            fact = facts.setdefault(told["text"], JudgedFact(told["text"]))
            fact.verdicts.update(_verdicts(told, row.factor))
    return tuple(facts.values())


def _covered(evidence: Mapping[str, Any] | None, coverage: Row[Any] | None) -> Iterator[JudgedFact]:
    """The facts that came with a source, and which of them the response covers, where that is known."""
    covers = None if coverage is None else (coverage.evidence or {}).get("covers")
    for position, text in enumerate((evidence or {}).get("facts", ())):
        if isinstance(text, str):
            fact = JudgedFact(text)
            if covers is not None:
                covered = "yes" if position in covers else "no"
                fact.verdicts["source_coverage"] = FactVerdict("covered", covered)
            yield fact


def _verdicts(told: Mapping[str, Any], factor: str) -> Iterator[tuple[str, FactVerdict]]:
    for key, answer in told.items():
        if isinstance(answer, bool):
            said = "yes" if answer else "no"
            yield NAMES.get(key, factor), FactVerdict(key, said, told.get("justification"))


def _replies(connection: Connection, values: Iterable[ValueRecord]) -> Iterator[Reply]:
    keys = list(dict.fromkeys(key for value in values for key in value.replies))
    c = replies.c
    found = select(c.key, c.text, c.answered_by, c.prompt_tokens, c.completion_tokens, c.created)
    for row in connection.execute(found.where(c.key.in_(keys)).order_by(c.id)):
        yield Reply(*row)
