"""The figures of the experiments, drawn with cells from a stored result."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from annotation.experiments.log import StoredExperiment
from annotation.experiments.names import ExperimentName
from profile_engine.accuracy import Interval
from profile_engine.alignment import Alignment
from profile_engine.experiments.alignment import AlignedAgent, AlignmentResult
from profile_engine.experiments.correlations import Correlation, CorrelationMatrix, CorrelationsResult
from profile_engine.experiments.direct import Closeness, DirectResult
from profile_engine.experiments.guidance import ConditionDifference, GuidanceResult
from profile_engine.experiments.improvement import ImprovementResult
from profile_engine.experiments.reward import RewardResult
from profile_engine.preferences import AgentKind
from profile_engine.ranking import FactorRanking
from tui.experiment_words import METHODS, ranking_name, reward_roles
from tui.outside import OutsideText
from tui.sides import Glyph
from tui.widgets.bars import bar_around, bar_right, scale_for
from tui.wording import agreement_words, number, safe_name, score_word

Titles = Mapping[str, str]
"""Of factors, by name, safe to show."""

_NAME: Final = 30
_VALUE: Final = 7
_LEAST_BAR: Final = 8
_MATRIX_CELL: Final = 5
_MATRIX_NAME: Final = 22
_FAINT, _STRONG = 15, 60
"""How much of its hue the field of a weak and of a perfect correlation has, in percent."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A row of a figure.

    Attributes:
        value: None where there is none; `after` says why.
        glyph: what kind of agent, before the label.
    """

    label: str
    value: float | None
    after: str = ""
    glyph: str = ""


def figure(stored: StoredExperiment, titles: Titles, width: int) -> Content:
    """The figure of an experiment, so many cells wide."""
    lines = _FIGURES[stored.name](stored.result, titles, width)
    return Content("\n").join(lines)


# Bars


def _bars(rows: Iterable[_Bar], width: int, *, digits: int = 3, signed: bool = True) -> Iterator[Content]:
    """Rows with one scale; around an axis where values may be negative."""
    rows = tuple(rows)
    name = min(max((len(row.label) for row in rows), default=0) + 2, _NAME)
    after = max((len(row.after) for row in rows if row.value is not None), default=0)
    room = max(width - name - _VALUE - after - 4, _LEAST_BAR)
    values = [row.value for row in rows if row.value is not None]
    longest = max(map(abs, values), default=0) or 1
    scale = max(scale_for(*values), longest) if signed else longest
    for row in rows:
        hue = "$people" if row.glyph == Glyph.PEOPLE else "$model"
        label = OutsideText(safe_name(row.label)).line(name - 2 if row.glyph else name)
        mark = Content.assemble((f"{row.glyph} " if row.glyph else "", hue))
        start = Content.assemble(mark, label, " " * (name - mark.cell_length - label.cell_length), " ")
        if row.value is None:
            why = OutsideText(safe_name(row.after) or "undefined").line(width - start.cell_length)
            yield start + why.stylize("$quiet")
            continue
        bar = bar_around(row.value, room // 2, room - room // 2 - 1, scale) if signed else None
        drawn = bar if bar is not None else bar_right(row.value, room, scale)
        shown = number(row.value, digits) if signed else f"{row.value:.{digits}f}"
        yield Content.assemble(start, drawn, f"{shown:>{_VALUE}}", (f"  {row.after}", "$quiet"))


def _heading(text: str) -> Content:
    return Content.styled(safe_name(text), "bold")


def _glyph(ranking: FactorRanking) -> str:
    return Glyph.PEOPLE if ranking.agent.kind is AgentKind.HUMAN else Glyph.MODEL


def _tau(label: str, found: Alignment | None, *, after: str = "") -> _Bar:
    if found is None:
        return _Bar(label, None, "not here", Glyph.MODEL)
    return _Bar(label, found.kendall, found.reason or after, Glyph.MODEL)


def _agent_tau(one: AlignedAgent) -> _Bar:
    return _tau(ranking_name(one.ranking), one.alignment, after=agreement_words(one.agreement))


def _scores(rankings: Sequence[FactorRanking], titles: Titles, width: int) -> Iterator[Content]:
    """Each agent's factor scores, in the order of the first one's."""
    order = [entry.score.factor for entry in rankings[0].factors]
    for ranking in rankings:
        entries = [ranking.of(factor) for factor in order]
        yield Content()
        hue = "$people" if _glyph(ranking) == Glyph.PEOPLE else "$model"
        yield Content.assemble((f"{_glyph(ranking)} ", hue), _heading(ranking_name(ranking)))
        yield from _bars(
            (
                _Bar(
                    f"{entry.rank or '-':>2} {titles.get(entry.score.factor, entry.score.factor)}",
                    entry.score.score,
                    score_word(entry.score) if entry.score.score is None else "",
                )
                for entry in entries
            ),
            width,
        )


# The six


def _alignment(result: AlignmentResult, titles: Titles, width: int) -> Iterator[Content]:
    tied = f"; {result.tied:,} pairs that people find equal left out" if result.tied else ""
    yield _heading(f"τ_b of factor scores with people, and agreement{tied}")
    agents = [one for one in result.agents if one.ranking.agent.kind is not AgentKind.IMPROVER]
    yield from _bars((_agent_tau(one) for one in agents), width)
    if not agents:
        yield Content.styled("no model has any preference here", "$quiet")
    yield from _scores((result.people, *(one.ranking for one in agents)), titles, width)


def _guidance(result: GuidanceResult, titles: Titles, width: int) -> Iterator[Content]:
    of = f"{result.answered:,} of {result.pairs:,} pairs"
    yield _heading(f"{result.model} agrees with people, in % of {of}")
    yield from _bars(
        (
            _Bar(
                one.condition + ("" if one.factor is None else f": {titles.get(one.factor, one.factor)}"),
                None if one.agreement.rate is None else 100 * one.agreement.rate,
                "no pairs" if one.agreement.rate is None else _range(one.interval, 100, 1),
            )
            for one in result.conditions
        ),
        width,
        digits=1,
        signed=False,
    )
    yield Content()
    for difference in result.differences:
        yield _difference(difference)
    yield Content()
    yield _heading("Factor scores of the model minus people's")
    yield from _bars(
        (
            _Bar(titles.get(gap.factor, gap.factor), gap.difference, gap.reason or _range(gap.interval, 1, 2))
            for gap in result.gaps
        ),
        width,
    )


def _difference(one: ConditionDifference) -> Content:
    names = f"{one.first} → {one.second}"
    if one.difference is None:
        return Content.assemble(names, (f"  {one.reason}", "$quiet"))
    p = "no p" if one.p_value is None else f"p {one.p_value:.4f}"
    said = f"  {100 * one.difference:+.1f} points  {_range(one.interval, 100, 1)}  "
    return Content.assemble(names, (said, "bold"), f"{one.first_only} : {one.second_only}  {p}")


def _improvement(result: ImprovementResult, titles: Titles, width: int) -> Iterator[Content]:
    for title, who in (("the evaluator's", True), ("people's", False)):
        yield _heading(f"Δτ: scores of improvement with {title}")
        yield from _bars(
            (
                _tau(
                    f"{row.generator} {METHODS[row.method]}",
                    row.with_evaluator if who else row.with_people,
                    after=f"by {row.evaluator}" if who and row.evaluator else "",
                )
                for row in result.rows
            ),
            width,
        )
        yield Content()
    improvers = {row.ranking.agent: row.ranking for row in result.rows}
    rankings = (result.people, *result.evaluators.values(), *improvers.values())
    yield from list(_scores(rankings, titles, width))[1:]


def _reward(result: RewardResult, _titles: Titles, width: int) -> Iterator[Content]:
    yield _heading("τ_b of factor scores with people, and agreement")
    yield from _bars(
        (
            _Bar(f"{name}, {role}", None, "not here", Glyph.MODEL)
            if one is None
            else _tau(f"{name}, {role}", one.alignment, after=agreement_words(one.agreement))
            for row in result.rows
            for name, role, one in reward_roles(row)
        ),
        width,
    )


def _direct(result: DirectResult, titles: Titles, width: int) -> Iterator[Content]:
    for place, one in enumerate(result.agents):
        if place:
            yield Content()
        yield _heading(f"{one.agent}: distance from its direct responses, {one.sources:,} sources")
        yield from _levels(one, width)
        if one.closest is not None:
            yield Content(f"Score {one.closest:g} is closest on average.")
        for words in _left_out(one, titles):
            yield Content.styled(words, "$quiet")


def _levels(one: Closeness, width: int) -> Iterator[Content]:
    if one.reason:
        yield Content.styled(one.reason, "$quiet")
    yield from _bars(
        (
            _Bar(
                f"score {level.level:g}",
                level.distance,
                f"{_range(level.interval, 1, 2)}  closest in {level.closest:,}".strip(),
            )
            for level in one.levels
        ),
        width,
        signed=False,
    )


def _left_out(one: Closeness, titles: Titles) -> Iterator[str]:
    if one.tied:
        yield f"In {one.tied:,} sources several scores are equally close."
    if one.left_out:
        yield f"{one.left_out:,} sources lack a score or its values."
    if one.unused and one.levels:
        yield f"Without values that vary: {', '.join(titles.get(factor, factor) for factor in one.unused)}."


def _correlations(result: CorrelationsResult, titles: Titles, width: int) -> Iterator[Content]:
    for place, one in enumerate(result.agents):
        if place:
            yield Content()
        out = f"; {one.left_out:,} direct and initial ones left out" if one.left_out else ""
        yield _heading(f"{one.agent}: {result.method.title()} correlations, {one.responses:,} responses{out}")
        yield from _matrix(one, titles, width)


def _matrix(one: CorrelationMatrix, titles: Titles, width: int) -> Iterator[Content]:
    """Numbers on fields whose hue says the sign and whose strength the size."""
    size = len(one.factors)
    name = max(min(_MATRIX_NAME, width - _MATRIX_CELL * size - 1), 4)
    heads = "".join(f"{column:>{_MATRIX_CELL}}" for column in range(1, size + 1))
    yield Content.styled(" " * name + heads, "$quiet")
    for place, (factor, row) in enumerate(zip(one.factors, one.cells, strict=True), start=1):
        label = OutsideText(f"{place:>2} {titles.get(factor, factor)}").line(name)
        yield Content.assemble(label, " " * (name - label.cell_length), *map(_cell, row))


def _cell(cell: Correlation) -> tuple[str, str]:
    if cell.value is None:
        return f"{'-':>{_MATRIX_CELL}}", "$quiet"
    shown = f"{cell.value:.2f}".replace("0.", ".", 1).replace("1.00", "1.0")
    hue = "$bar-more" if cell.value >= 0 else "$bar-less"
    return f"{shown:>{_MATRIX_CELL}}", f"on {hue} {_FAINT + (_STRONG - _FAINT) * abs(cell.value):.0f}%"


def _range(interval: Interval | None, times: float, digits: int) -> str:
    """An interval in short."""
    if interval is None:
        return ""
    return f"[{times * interval.low:.{digits}f}, {times * interval.high:.{digits}f}]"


_FIGURES: Final[Mapping[ExperimentName, Callable[..., Iterator[Content]]]] = {
    ExperimentName.ALIGNMENT: _alignment,
    ExperimentName.GUIDANCE: _guidance,
    ExperimentName.IMPROVEMENT: _improvement,
    ExperimentName.REWARD: _reward,
    ExperimentName.DIRECT: _direct,
    ExperimentName.CORRELATIONS: _correlations,
}
