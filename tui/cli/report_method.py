"""The method section of a report: what was done with what, in words and tables."""

import platform
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Final

from annotation.reporting.drawing import drawing_version
from annotation.reporting.method import Method, read_method
from annotation.study import Study
from annotation.validation.choices import Values
from annotation.wording import counted
from profile_engine.preferences import Aggregation
from profile_engine.ranking import FactorRanking
from tui.cli import PROGRAM
from tui.cli.output import Column, ResultTable
from tui.cli.report_drafts import Draft, NamedTable

_LIBRARIES: Final = ("numpy", "scipy", "sqlalchemy")

_VALUES: Final = (
    Column("Factor", "factor"),
    Column("Method", "method"),
    Column("Version", "version"),
    Column("Model", "model"),
    Column("Values", "values"),
    Column("Without", "without"),
)
_WORK: Final = (
    Column("What", "what"),
    Column("Agent", "agent"),
    Column("Model", "model"),
    Column("Answered by", "answered_by"),
    Column("Prompt", "version"),
    Column("Asked", "asked"),
    Column("Failed", "failed"),
)
_PARAMETERS: Final = (
    Column("Model", "model"),
    Column("Parameters", "parameters", wraps=True),
    Column("Replies", "replies"),
)
_IMPORTS: Final = (
    Column("Data", "title", wraps=True),
    Column("Files", "files", wraps=True),
    Column("Rows", "rows"),
    Column("Licence and citation", "terms", wraps=True),
    Column("Left out", "left_out", wraps=True),
)


def method_section(
    study: Study,
    people: FactorRanking,
    aggregation: Aggregation,
    values: Values,
    titles: Mapping[str, str],
    name: Callable[[str], str],
) -> Draft:
    """What a reader must know to judge the rest, and to do it again."""
    method = read_method(study)
    parts: tuple[str | NamedTable, ...] = (
        _about_data(study, method),
        _about_people(method, people, aggregation),
        _about_scores(study, values),
        _about_program(),
        *(NamedTable(name(table.title), table) for table in _tables(method, titles) if table.rows),
    )
    return Draft("method", "Method", parts)


def _about_data(study: Study, method: Method) -> str:
    summary = method.summary
    empty = f", {summary.empty_responses:,} of them empty" if summary.empty_responses else ""
    return (
        f"The study {study.name} is of the task {study.task.value}: {counted(summary.sources, 'source')}, "
        f"{counted(summary.responses, 'response')}{empty}, {counted(summary.pairs, 'pair')} of responses, "
        f"{summary.labelled_pairs:,} of them labelled by people."
    )


def _about_people(method: Method, people: FactorRanking, aggregation: Aggregation) -> str:
    labels = sum(one.labels for one in method.summary.annotators)
    if not labels:
        return "Nobody has labelled a pair, so there are no preferences of people."
    how = "their majority" if aggregation is Aggregation.MAJORITY else "every label by itself"
    said = [
        f"{counted(len(method.summary.annotators), 'annotator')} gave {counted(labels, 'label')}; of several "
        f"labels on one pair {how} counts, which makes {counted(people.pairs, 'preference')} of people."
    ]
    if people.no_preference:
        said.append(f"{counted(people.no_preference, 'pair')} without a majority count nowhere.")
    made = sum(one.simulated for one in method.summary.annotators)
    if made:
        said.append(f"{made} of the annotators are simulated (~).")
    for one in method.absences:
        why = f" ({one.reason})" if one.reason else ""
        said.append(f"{one.annotator} does not count: {one.presence.value.replace('_', ' ')}{why}.")
    return " ".join(said)


def _about_scores(study: Study, values: Values) -> str:
    how = "with people's corrections over them" if values is Values.CORRECTED else "as they were extracted"
    return (
        f"The score of each of {counted(len(study.factors), 'factor')} is τ₁₄ = (C − D) / (C + D + T) over "
        "all pairs (PROFILE §3.2): C pairs in which the agent prefers the response with more of the factor, "
        "D those in which it prefers the other. In evaluation T are ties of the agent, and pairs with equal "
        "values are left out; in generation and improvement T are pairs with equal values. Pairs without "
        "a value on both sides are left out, and counted in the tables. An empty denominator leaves a score "
        f"undefined, which is not zero. Factor values count {how}. Two agents are aligned by Kendall's τ_b, "
        "Spearman's ρ and Pearson's r of their factor scores."
    )


def _about_program() -> str:
    libraries = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    return (
        f"Computed by {PROGRAM} {version(PROGRAM)} with Python {platform.python_version()}, {libraries}; "
        f"drawn by matplotlib {drawing_version()}."
    )


def _tables(method: Method, titles: Mapping[str, str]) -> Iterator[ResultTable]:
    yield ResultTable(
        "Where the data comes from",
        _IMPORTS,
        tuple(
            (one.title, ", ".join(one.files), one.rows, one.terms, _list(one.left_out))
            for one in method.imports
        ),
    )
    yield ResultTable(
        "Where factor values come from",
        _VALUES,
        tuple(
            (
                titles.get(one.factor, one.factor),
                one.method,
                one.version,
                one.model or None,
                one.values,
                one.without,
            )
            for one in method.values
        ),
        ("Without: responses that have a reason in place of a value.",),
    )
    yield ResultTable(
        "What models were asked",
        _WORK,
        tuple(
            (one.what, one.agent, one.model, one.answered_by or None, one.version, one.asked, one.failed)
            for one in method.work
        ),
    )
    yield ResultTable(
        "How models were called",
        _PARAMETERS,
        tuple(
            (one.model, one.parameters or "as the endpoint has them", one.replies)
            for one in method.parameters
        ),
    )


def _list(left_out: Mapping[str, int]) -> str | None:
    return ", ".join(f"{number:,} {words}" for words, number in left_out.items()) or None
