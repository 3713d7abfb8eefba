"""Figures as data: what a drawing shows, without how it is drawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one agent or measure, one a row of the figure; None where undefined."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ScoreBars:
    """Factor scores as bars, and beside them the ranks (PROFILE Figure 3).

    Attributes:
        name: of its files.
        caption: what is to be seen, for those who see it and those who do not.
        rows: factors.
        series: agents; as many as `drawing.MOST_SERIES` at most.
        ranks: one tuple an agent, in the order of the rows; empty where there are none to show.
        absent: said where there is no score.
    """

    name: str
    title: str
    caption: str
    rows: tuple[str, ...]
    series: tuple[Series, ...]
    ranks: tuple[tuple[int | None, ...], ...] = ()
    absent: str = "undefined"


@dataclass(frozen=True, slots=True)
class Points:
    """Correlations of each row, a mark a measure, on one axis from -1 to 1 (PROFILE Table 1)."""

    name: str
    title: str
    caption: str
    rows: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `of` things and its interval, all in 0 to 1; None where undefined."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares with their intervals, one a row."""

    name: str
    title: str
    caption: str
    axis: str
    rows: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Correlations of every two of some labels, -1 to 1 (PROFILE Figure 5); None where undefined."""

    name: str
    title: str
    caption: str
    labels: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


Figure = ScoreBars | Points | Shares | Matrix
