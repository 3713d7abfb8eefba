"""`profile-tui facts`: what stands behind the values of one response."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.options import PlainFormatOption, StudyArgument
from tui.cli.output import Cell, Column, Format, Passage, Result, ResultTable, publish

if TYPE_CHECKING:
    from annotation.evidence import JudgedFact, ResponseEvidence, ValueRecord
    from annotation.study import Study
    from profile_engine.taxonomy import Factor

_FACT_COLUMNS: Final = (
    Column("#", "number"),
    Column("Fact", "fact", wraps=True),
    Column("Factor", "factor"),
    Column("Verdict", "verdict"),
    Column("Because", "justification", wraps=True),
)
_VALUE_COLUMNS: Final = (
    Column("Factor", "factor"),
    Column("Value", "value"),
    Column("Because", "because", wraps=True),
    Column("Found by", "method", wraps=True),
    Column("When (UTC)", "created"),
)


_ANSWER_COLUMNS: Final = (Column("Factors", "factors", wraps=True), Column("Answer", "answer", wraps=True))


def facts(
    study: StudyArgument,
    response: Annotated[int, typer.Option("--response", help="The response; `pairs --id` names a pair's.")],
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Show what stands behind the values of one response.

    The atomic facts of the response and of its source come with each verdict and its justification. Every
    value is listed with model or method, version and time; superseded ones apart. Answers that could not
    be used are shown as they came; JSON has all others, too.

    Example: profile-tui facts study.db --response 12
    """
    from annotation.evidence import read_evidence
    from annotation.study import Study

    with Study.open(study) as opened:
        evidence = read_evidence(opened, response)
        factors = {factor.name: factor for factor in opened.factors}
        publish(
            Result(_document(opened, evidence), tuple(_tables(evidence, factors)), None, _texts(evidence)),
            output_format,
        )


def _document(study: "Study", evidence: "ResponseEvidence") -> dict[str, Any]:
    found = {factor.factor for factor in evidence.values}
    missing = [factor.name for factor in study.factors if factor.name not in found]
    return {"study": study.name, **asdict(evidence), "missing": missing}


def _texts(evidence: "ResponseEvidence") -> tuple[Passage, ...]:
    author = f" by {evidence.agent}" if evidence.agent else ""
    return (Passage(f"Response {evidence.response_id}{author}", evidence.text),)


def _tables(evidence: "ResponseEvidence", factors: "Mapping[str, Factor]") -> Iterator[ResultTable]:
    titles = {name: factor.title for name, factor in factors.items()}
    for title, facts in (
        ("Facts of the response", evidence.facts),
        ("Facts of the source", evidence.source_facts),
    ):
        if facts:
            yield ResultTable(title, _FACT_COLUMNS, tuple(_fact_rows(facts, titles)))
    rows = tuple(_value_row(value, factors[value.factor]) for value in evidence.values if value.stands)
    missing = [title for name, title in titles.items() if name not in {one.factor for one in evidence.values}]
    note = (f"Not extracted yet: {', '.join(missing)}",) if missing else ()
    yield ResultTable("Values", _VALUE_COLUMNS, rows, note)
    earlier = tuple(_value_row(value, factors[value.factor]) for value in evidence.values if not value.stands)
    if earlier:
        yield ResultTable("Values that are superseded", _VALUE_COLUMNS, earlier)
    if answers := tuple(_answer_rows(evidence, titles)):
        yield ResultTable("Answers that could not be used", _ANSWER_COLUMNS, answers)


def _answer_rows(evidence: "ResponseEvidence", titles: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for reply in evidence.replies:
        spoilt = [one for one in evidence.values if one.stands and reply.key in one.unusable]
        if spoilt:
            yield ", ".join(titles[one.factor] for one in spoilt), reply.text


def _fact_rows(facts: "tuple[JudgedFact, ...]", titles: dict[str, str]) -> Iterator[tuple[Cell, ...]]:
    for number, fact in enumerate(facts, 1):
        head: tuple[Cell, Cell] = (number, fact.text)
        for factor, verdict in fact.verdicts.items():
            yield (
                *head,
                titles.get(factor, factor),
                f"{verdict.question}: {verdict.answer}",
                verdict.justification,
            )
            head = ("", "")
        if not fact.verdicts:
            yield (*head, None, None, None)


def _value_row(value: "ValueRecord", factor: "Factor") -> tuple[Cell, ...]:
    version = f"version {value.version}" if value.version.isdecimal() else value.version
    return (
        factor.title,
        _shown(value, factor),
        value.justification or value.reason,
        f"{value.model or value.method}, {version}",
        value.created[:16].replace("T", " "),
    )


def _shown(value: "ValueRecord", factor: "Factor") -> str | None:
    """A class by its name, a count without decimals."""
    from profile_engine.taxonomy import ValueKind

    if value.value is None:
        return None
    whole = factor.kind is ValueKind.COUNT and value.value % 1 == 0
    return value.label or f"{value.value:.{0 if whole else 3}f}"
