"""What the other experiments print: guidance, direct responses, correlations."""

from collections.abc import Iterator
from typing import Final

from profile_engine.experiments.correlations import CorrelationMatrix, CorrelationsResult
from profile_engine.experiments.direct import Closeness, DirectResult
from profile_engine.experiments.guidance import GuidanceResult
from tui.cli.experiment_cells import Titles, in_percent, plain_interval
from tui.cli.output import Column, ResultTable
from tui.cli.validation_results import shown_interval

_A_LINE: Final = 2
"""Responses from which on a correlation may be defined."""


def guidance_tables(result: GuidanceResult, titles: Titles) -> Iterator[ResultTable]:
    """Table 2, and what the factors were picked from."""
    yield ResultTable(
        f"Agreement of {result.model} with people, by guidance (Table 2)",
        (
            Column("Guidance", "condition"),
            Column("On", "factor"),
            Column("Agree. (%)", "agree_percent", digits=1),
            Column("95 % interval", "interval"),
            Column("Agree", "agree"),
            Column("Of", "of"),
        ),
        tuple(
            (
                one.condition,
                None if one.factor is None else titles.get(one.factor, one.factor),
                in_percent(one.agreement),
                shown_interval(one.interval),
                one.agreement.agree,
                one.agreement.of,
            )
            for one in result.conditions
        ),
        _unanswered(result),
    )
    yield ResultTable(
        "Differences on the same pairs",
        (
            Column("From", "first"),
            Column("To", "second"),
            Column("Difference (%)", "difference", digits=1),
            Column("95 % interval", "interval"),
            Column("Only the first agrees", "first_only"),
            Column("Only the second", "second_only"),
            Column("p (McNemar)", "p_value", digits=4),
        ),
        tuple(
            (
                one.first,
                one.second,
                None if one.difference is None else 100 * one.difference,
                shown_interval(one.interval),
                one.first_only,
                one.second_only,
                one.p_value,
            )
            for one in result.differences
        ),
        tuple(f"{one.first}, {one.second}: {one.reason}" for one in result.differences if one.reason),
    )
    yield ResultTable(
        f"How much more each factor drives {result.model} than people",
        (
            Column("Factor", "factor"),
            Column(result.model, "model", digits=3),
            Column("People", "people", digits=3),
            Column("Difference", "difference", digits=3),
            Column("95 % interval", "interval"),
            Column("Ranks", "ranks"),
            Column("Differ", "differs"),
        ),
        tuple(
            (
                titles.get(gap.factor, gap.factor),
                gap.model,
                gap.people,
                gap.difference,
                plain_interval(gap.interval),
                gap.ranks,
                None if gap.diverges is None else ("yes" if gap.diverges else "no"),
            )
            for gap in result.gaps
        ),
        tuple(_gap_notes(result, titles)),
    )


def _gap_notes(result: GuidanceResult, titles: Titles) -> Iterator[str]:
    gaps = {gap.factor: gap for gap in result.gaps}
    for one in result.conditions:
        if one.factor is not None:
            gap = gaps[one.factor]
            holds = "is undefined" if gap.diverges is None else "leaves out 0" if gap.diverges else "holds 0"
            title = titles.get(gap.factor, gap.factor)
            yield f"{one.condition}: {title}, the interval of its difference {holds}"
    reasons: dict[str, list[str]] = {}
    for gap in result.gaps:
        if gap.reason:
            reasons.setdefault(gap.reason, []).append(titles.get(gap.factor, gap.factor))
    for reason, names in reasons.items():
        yield f"{reason.capitalize()}: {', '.join(names)}"


def _unanswered(result: GuidanceResult) -> tuple[str, ...]:
    missing = result.pairs - result.answered
    return (f"{missing:,} of {result.pairs:,} pairs lack an answer in a condition.",) if missing else ()


def direct_tables(result: DirectResult, titles: Titles) -> Iterator[ResultTable]:
    """Table 10."""
    yield ResultTable(
        "Distance of scored responses from direct ones, in standard deviations (Table 10)",
        (
            Column("Model", "model"),
            Column("Score", "score"),
            Column("Distance", "distance", digits=3),
            Column("95 % interval", "interval"),
            Column("Closest in", "closest"),
            Column("Of", "of"),
        ),
        tuple(
            (
                one.agent,
                f"{level.level:g}",
                level.distance,
                plain_interval(level.interval),
                level.closest,
                one.sources,
            )
            for one in result.agents
            for level in one.levels
        ),
        tuple(note for one in result.agents for note in _direct_notes(one, titles)),
    )
    for one in result.agents:
        if one.levels:
            yield _by_factor(one, titles)


def _direct_notes(one: Closeness, titles: Titles) -> Iterator[str]:
    from annotation.wording import counted

    if one.reason:
        yield f"{one.agent}: {one.reason}"
    if one.closest is not None:
        yield f"{one.agent}: score {one.closest:g} is closest on average"
    if one.tied:
        yield f"{one.agent}: several scores are equally close in {counted(one.tied, 'source')}"
    if one.left_out:
        yield f"{one.agent}: {counted(one.left_out, 'source')} left out for lack of a score or its values"
    if one.unused and one.levels:
        names = ", ".join(titles.get(factor, factor) for factor in one.unused)
        yield f"{one.agent}: without values that vary: {names}"


def _by_factor(one: Closeness, titles: Titles) -> ResultTable:
    factors = [factor for factor in titles if factor in one.levels[0].by_factor]
    return ResultTable(
        f"{one.agent}: mean distance in each factor, by score",
        (
            Column("Factor", "factor"),
            *(Column(f"{level.level:g}", f"score_{level.level:g}", digits=3) for level in one.levels),
        ),
        tuple((titles[factor], *(level.by_factor[factor] for level in one.levels)) for factor in factors),
    )


def correlation_tables(result: CorrelationsResult, titles: Titles) -> Iterator[ResultTable]:
    """Figure 5."""
    for one in result.agents:
        rows = tuple(
            (
                f"{number} {titles.get(factor, factor)}",
                *(cell.value for cell in row),
            )
            for number, (factor, row) in enumerate(zip(one.factors, one.cells, strict=True), start=1)
        )
        numbers = range(1, len(one.factors) + 1)
        yield ResultTable(
            f"{one.agent}: {result.method.title()} correlations over {one.responses:,} responses (Figure 5)",
            (Column("Factor", "factor"), *(Column(str(number), str(number), digits=2) for number in numbers)),
            rows,
            tuple(_correlation_notes(one, titles)),
        )


def _correlation_notes(one: CorrelationMatrix, titles: Titles) -> Iterator[str]:
    if one.left_out:
        yield f"{one.left_out:,} direct and initial responses left out."
    counts = {cell.n for row in one.cells for cell in row if cell.value is not None}
    if counts:
        most = f" to {max(counts):,}" if len(counts) > 1 else ""
        yield f"Each over {min(counts):,}{most} responses with a value of both."
    constant: list[str] = []
    without: list[str] = []
    for place, factor in enumerate(one.factors):
        itself = one.cells[place][place]
        if itself.value is None:
            (without if itself.n < _A_LINE else constant).append(titles.get(factor, factor))
    if without:
        yield f"Fewer than two values: {', '.join(without)}"
    if constant:
        yield f"The same value in all responses: {', '.join(constant)}"


def correlations_flat(result: CorrelationsResult) -> ResultTable:
    """A row a cell."""
    keys = ("agent", "factor", "other", "correlation", "n", "reason")
    return ResultTable(
        result.method.value,
        tuple(Column(key, key) for key in keys),
        tuple(
            (one.agent, factor, other, cell.value, cell.n, cell.reason)
            for one in result.agents
            for factor, row in zip(one.factors, one.cells, strict=True)
            for other, cell in zip(one.factors, row, strict=True)
        ),
    )
