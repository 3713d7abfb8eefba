"""What a method section says of a study: data, people, models, prompts, counts, exclusions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, func, select

from annotation.experiments.guidance import BASELINE, condition_of
from annotation.people.quality import Absence, read_absences
from annotation.store import model_tables as done
from annotation.store.standing import value_stands
from annotation.store.tables import agents, factor_values, imports, replies
from annotation.study import Study, StudySummary


@dataclass(frozen=True, slots=True)
class Imported:
    """A data set, or files without a card, that the study was made of.

    Attributes:
        terms: licence and citation as the card says; None without a card.
        left_out: what was not taken, with how often.
    """

    title: str
    files: tuple[str, ...]
    terms: str | None
    rows: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where values of a factor come from; `without` have a reason in place of a value."""

    factor: str
    method: str
    version: str
    model: str
    values: int
    without: int


@dataclass(frozen=True, slots=True)
class ModelWork:
    """What a model was asked to do, and how often; `failed` gave nothing that could be used."""

    what: str
    agent: str
    model: str
    answered_by: str
    version: str
    asked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a model was called, and how many replies are on record."""

    model: str
    parameters: str
    replies: int


@dataclass(frozen=True, slots=True)
class Method:
    """Everything."""

    summary: StudySummary
    imports: tuple[Imported, ...]
    values: tuple[ValueSource, ...]
    work: tuple[ModelWork, ...]
    parameters: tuple[Parameters, ...]
    absences: tuple[Absence, ...]


def read_method(study: Study) -> Method:
    """Read it of one moment."""
    summary = study.summary()
    with study.reading() as connection:
        return Method(
            summary,
            tuple(_imported(row) for row in connection.execute(select(imports).order_by(imports.c.id))),
            tuple(_values(connection)),
            tuple(_work(connection)),
            tuple(_parameters(connection)),
            read_absences(connection),
        )


_LEFT_OUT: Final = {
    "human_ties_excluded": "ties of people",
    "unmatched_verdicts": "verdicts on pairs that are not there",
    "unlabelled_pairs": "pairs without a label",
}


def _imported(row: Any) -> Imported:  # noqa: ANN401 - a row of `imports`
    report: dict[str, Any] = row.report
    terms = report.get("terms")
    left_out = {words: report.get(key, 0) for key, words in _LEFT_OUT.items()}
    left_out["bad rows"] = len(report.get("bad_rows", ()))
    left_out["verdicts that are no preference"] = sum(report.get("no_preference", {}).values())
    left_out["rows of other domains"] = sum(report.get("other_domains", {}).values())
    left_out |= report.get("left_out", {})
    return Imported(
        title=terms["title"] if terms else row.card or "files without a card",
        files=tuple(report.get("files", row.files)),
        terms=terms and f"{terms['licence']}. {terms['citation']}".strip(),
        rows=report.get("rows", 0),
        left_out={words: number for words, number in left_out.items() if number},
    )


def _values(connection: Connection) -> Iterator[ValueSource]:
    c = factor_values.c
    about = (c.factor, c.method, c.version, c.model)
    counted = select(*about, func.count().label("all"), func.count(c.value).label("known"))
    for row in connection.execute(counted.where(value_stands()).group_by(*about).order_by(*about)):
        yield ValueSource(row.factor, row.method, row.version, row.model, row.known, row.all - row.known)


def _work(connection: Connection) -> Iterator[ModelWork]:
    generated, judged = done.generations.c, done.judgings.c
    improved, rewarded = done.improvements.c, done.rewards.c
    kinds: tuple[tuple[str, Table, ColumnElement[Any] | None, ColumnElement[Any]], ...] = (
        ("responses", done.generations, generated.purpose, generated.response_id),
        ("judgements", done.judgings, judged.condition, judged.choice),
        ("rewards", done.rewards, None, rewarded.reward),
        ("improvements", done.improvements, improved.method, improved.response_id),
    )
    for what, table, detail, got in kinds:
        c = table.c
        about = (agents.c.name, c.model, c.answered_by, c.version, *(() if detail is None else (detail,)))
        counts = (func.count().label("asked"), func.count(got).label("got"))
        counted = select(*about, *counts).select_from(table).join(agents)
        for row in connection.execute(counted.group_by(*about).order_by(*about)):
            said = row[len(about) - 1] if detail is not None else ""
            said = BASELINE if said == condition_of(None) else said
            words = f"{what} ({said})" if said else what
            yield ModelWork(
                words, row.name, row.model, row.answered_by or "", row.version, row.asked, row.asked - row.got
            )


def _parameters(connection: Connection) -> Iterator[Parameters]:
    as_text = cast(replies.c.parameters, Text).label("parameters")  # PostgreSQL compares no JSON
    about = (replies.c.model, as_text)
    counted = select(*about, func.count().label("replies")).group_by(*about).order_by(*about)
    for row in connection.execute(counted):
        told: dict[str, Any] = json.loads(row.parameters)
        words = ", ".join(f"{key} {value}" for key, value in sorted(told.items()))
        yield Parameters(row.model, words, row.replies)
