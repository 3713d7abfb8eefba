"""One pair with everything known of it, as the screens show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from annotation.errors import StudyError
from annotation.store.model_tables import judgings
from annotation.store.standing import is_last
from annotation.store.tables import agents, answers, factor_values, pairs, preferences, responses, sources
from annotation.tags import UNREMARKED, PairRemarks, read_remarks
from annotation.validation.corrections import Correction, read_corrections
from profile_engine.preferences import AgentKind, Preference
from profile_engine.votes import majority_of


@dataclass(frozen=True, slots=True)
class FactorValue:
    """One factor value of one response, or why there is none, and where it came from.

    Attributes:
        model: that found it, as it was asked for; empty where none did.
        correction: what people say it should be, where that differs.
    """

    factor: str
    value: float | None
    label: str | None
    reason: str | None
    method: str
    version: str
    created: str
    evidence: Mapping[str, Any] | None = None
    model: str = ""
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A response as the screens show it."""

    id: int
    agent: str | None
    score: float | None
    text: str
    values: Mapping[str, FactorValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model preferred; `choice` None: it gave no preference (`raw` says what came)."""

    agent: str
    kind: AgentKind
    choice: Preference | None
    raw: str | None = None
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """What a model answered when it was shown a pair in one order; `choice` None: nothing, for a reason.

    Attributes:
        condition: what was added to the prompt; empty for the plain judgement.
    """

    agent: str
    condition: str
    shown_first: Preference
    choice: Preference | None
    justification: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class StandingLabel:
    """What one annotator says of a pair now."""

    annotator: str
    choice: Preference | None
    sure: bool
    flagged: bool
    note: str | None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class PairView:
    """Everything of one pair. `human` is the majority, None without one."""

    id: int
    external_id: str | None
    source_id: int
    title: str | None
    source: str
    left: ResponseView
    right: ResponseView
    verdicts: tuple[Verdict, ...]
    labels: tuple[StandingLabel, ...]
    human: Preference | None
    remarks: PairRemarks = UNREMARKED


def read_pair(connection: Connection, pair_id: int) -> PairView:
    """Read one pair, in a few queries; raises StudyError for an unknown id."""
    pair = connection.execute(
        select(pairs, sources.c.title, sources.c.text).join(sources).where(pairs.c.id == pair_id)
    ).one_or_none()
    if pair is None:
        raise StudyError(f"pair {pair_id} is not in this study; `profile-tui pairs` lists those that are")
    texts = _texts(connection, (pair.left_id, pair.right_id))
    left, right = texts[pair.left_id], texts[pair.right_id]
    labels = tuple(_labels(connection, pair_id))
    return PairView(
        id=pair.id,
        external_id=pair.external_id,
        source_id=pair.source_id,
        title=pair.title,
        source=pair.text,
        left=left.view,
        right=right.view,
        verdicts=_verdicts(connection, pair_id, left, right),
        labels=labels,
        human=majority_of([label.choice for label in labels]),
        remarks=read_remarks(connection, pair_id).get(pair_id, UNREMARKED),
    )


def read_judgings(connection: Connection, pair_id: int) -> tuple[Judging, ...]:
    """What models answered when they were shown a pair, in each order the last answer, by model."""
    c = judgings.c
    same = "agent_id", "condition", "pair_id", "shown_first"
    found = connection.execute(
        select(agents.c.name, c.condition, c.shown_first, c.choice, c.justification, c.reason)
        .join(agents)
        .where(c.pair_id == pair_id, is_last(judgings, *same))
        .order_by(agents.c.id, c.condition, c.shown_first.desc())
    )
    return tuple(
        Judging(
            name, condition, Preference(first), None if choice is None else Preference(choice), why, reason
        )
        for name, condition, first, choice, why, reason in found
    )


@dataclass(frozen=True, slots=True)
class _Authored:
    """A response and the kind of its author, on which its verdict depends."""

    view: ResponseView
    kind: AgentKind | None


def _texts(connection: Connection, ids: tuple[int, int]) -> dict[int, _Authored]:
    values: dict[int, dict[str, FactorValue]] = {response_id: {} for response_id in ids}
    found = select(factor_values).where(factor_values.c.response_id.in_(ids)).order_by(factor_values.c.id)
    for row in connection.execute(found):
        values[row.response_id][row.factor] = _factor_value(row)
    for correction in read_corrections(connection, ids):
        extracted = values[correction.response_id][correction.factor]
        values[correction.response_id][correction.factor] = replace(extracted, correction=correction)
    written = select(responses, agents.c.name, agents.c.kind).outerjoin(agents).where(responses.c.id.in_(ids))
    return {
        row.id: _Authored(
            ResponseView(row.id, row.name, row.score, row.text, values[row.id]),
            AgentKind(row.kind) if row.kind else None,
        )
        for row in connection.execute(written)
    }


def _factor_value(row: Row[Any]) -> FactorValue:
    return FactorValue(
        factor=row.factor,
        value=row.value,
        label=row.label,
        reason=row.reason,
        method=row.method,
        version=row.version,
        created=row.created,
        evidence=row.evidence,
        model=row.model,
    )


def _verdicts(connection: Connection, pair_id: int, left: _Authored, right: _Authored) -> tuple[Verdict, ...]:
    told = (
        select(preferences, agents.c.name, agents.c.kind)
        .join(agents)
        .where(preferences.c.pair_id == pair_id)
        .order_by(preferences.c.id)
    )
    found = [*_generated(left, right)]
    for row in connection.execute(told):
        found.append(Verdict(row.name, AgentKind(row.kind), _choice(row.value), row.raw, row.justification))
    # Of several by one agent the last one stands; one name may be several agents'.
    return tuple({(verdict.agent, verdict.kind): verdict for verdict in found}.values())


def _choice(value: int | None) -> Preference | None:
    return None if value is None else Preference(value)


def _generated(left: _Authored, right: _Authored) -> Iterator[Verdict]:
    """A model that wrote both responses to be of different quality prefers the one it scored higher."""
    ours, theirs = left.view, right.view
    if (left.kind, right.kind) != (AgentKind.GENERATOR,) * 2 or ours.agent != theirs.agent:
        return
    if ours.agent is None or ours.score is None or theirs.score is None or ours.score == theirs.score:
        return
    choice = Preference.LEFT if ours.score > theirs.score else Preference.RIGHT
    yield Verdict(ours.agent, AgentKind.GENERATOR, choice)


def _labels(connection: Connection, pair_id: int) -> Iterator[StandingLabel]:
    said = (
        select(answers, agents.c.name, agents.c.simulated)
        .join(agents)
        .where(answers.c.pair_id == pair_id)
        .order_by(answers.c.id)
    )
    entries: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(said):
        entries.setdefault(row.name, []).append(row)
    for annotator, rows in entries.items():
        label = _standing(annotator, rows)
        if label.choice is not None or label.flagged or label.note:
            yield label


def _standing(annotator: str, rows: Sequence[Row[Any]]) -> StandingLabel:
    last: dict[str, Row[Any]] = {}
    for row in rows:
        last[row.kind] = row
    label, flag, note = last.get("label"), last.get("flag"), last.get("note")
    said = label is not None and label.choice is not None
    return StandingLabel(
        annotator=annotator,
        choice=Preference(label.choice) if label is not None and said else None,
        sure=bool(label is not None and said and label.sure),
        flagged=bool(flag is not None and flag.set),
        note=note.note if note is not None else None,
        simulated=rows[0].simulated,
    )
