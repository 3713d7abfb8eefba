"""Cells, columns and tables that several experiments have."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from profile_engine.accuracy import Interval
from profile_engine.alignment import Alignment, ResponseAgreement
from profile_engine.experiments.alignment import AlignedAgent
from profile_engine.ranking import FactorRanking
from tui.cli.output import Cell, Column, ResultTable
from tui.experiment_words import ranking_name

Titles = Mapping[str, str]
"""Of factors, by name."""

CORRELATIONS: Final = (
    Column("τ", "tau_b", digits=3),
    Column("ρ", "spearman", digits=3),
    Column("r", "pearson", digits=3),
)
AGREEMENT: Final = (Column("Agree. (%)", "agree_percent", digits=1), Column("Of", "of"))


def score_tables(rankings: Sequence[FactorRanking], titles: Titles) -> Iterator[ResultTable]:
    """Factor scores and ranks, a column an agent, factors in the order of the first one's ranking."""
    factors = [entry.score.factor for entry in rankings[0].factors]
    names = [ranking_name(ranking) for ranking in rankings]
    for title, digits in (("Factor scores (τ14)", 3), ("Ranks", None)):
        yield ResultTable(
            title,
            (Column("Factor", "factor"), *(Column(name, name, digits=digits) for name in names)),
            tuple(
                (
                    titles.get(factor, factor),
                    *(
                        entry.rank if digits is None else entry.score.score
                        for entry in (ranking.of(factor) for ranking in rankings)
                    ),
                )
                for factor in factors
            ),
            () if digits is None else tuple(_undefined(rankings, titles)),
        )


def _undefined(rankings: Sequence[FactorRanking], titles: Titles) -> Iterator[str]:
    """Why scores are undefined; what is so of everybody is said once."""
    whose: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for ranking in rankings:
        reasons: dict[str, list[str]] = {}
        for entry in ranking.factors:
            if entry.score.reason:
                reasons.setdefault(entry.score.reason, []).append(entry.score.factor)
        for reason, factors in reasons.items():
            whose.setdefault((reason, tuple(sorted(factors))), []).append(ranking_name(ranking))
    for (reason, names), who in whose.items():
        of = "" if len(who) == len(rankings) else f" ({', '.join(who)})"
        yield f"No score{of}, {reason}: {', '.join(titles.get(name, name) for name in names)}"


def correlation_cells(found: Alignment | None) -> tuple[Cell, ...]:
    """tau_b, rho and r."""
    return (None, None, None) if found is None else (found.kendall, found.spearman, found.pearson)


def agreement_cells(found: ResponseAgreement | None) -> tuple[Cell, ...]:
    """Agreement in percent, and of how many pairs."""
    return (None, None) if found is None else (in_percent(found), found.of)


def plain_interval(interval: Interval | None) -> str | None:
    """An interval of something that is no share."""
    return None if interval is None else f"[{interval.low:.3f}, {interval.high:.3f}]"


def tied_notes(tied: int) -> tuple[str, ...]:
    """That pairs were left out."""
    from annotation.wording import counted

    return (f"{counted(tied, 'pair')} left out, as people find both equal (§4.1).",) if tied else ()


def in_percent(found: ResponseAgreement) -> float | None:
    """The rate; None where nothing was compared."""
    return None if found.rate is None else 100 * found.rate


def alignment_of(one: AlignedAgent | None) -> Alignment | None:
    """Of an agent that may not be there."""
    return None if one is None else one.alignment
