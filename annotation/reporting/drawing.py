"""Figures drawn by matplotlib (extra `report`), as SVG, PNG and PDF: the same bytes for the same figure.

No figure tells anything by colour alone: bars have hatches and letters, points have shapes, a matrix its
numbers. The colours are those of Okabe and Ito (2008).
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from annotation.errors import StudyError
from annotation.reporting.figures import Figure, Matrix, Points, ScoreBars, Series, Shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

MOST_SERIES: Final = 4
"""Agents of one figure of bars; more cannot be told apart in print."""

_COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
_HATCHES: Final = ("", "////", "\\\\\\\\", "xxxx")
_MARKS: Final = ("o", "s", "^", "D")
_INK: Final = "#222222"
_QUIET: Final = "#666666"
_WIDTH: Final = 7.6
"""Inches."""

_STYLE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": _QUIET,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "axes.labelcolor": _INK,
        "axes.spines.left": False,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Noto Sans CJK SC", "Arial Unicode MS"],
        "font.size": 9,
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.6,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "pdf.fonttype": 42,
        "svg.fonttype": "none",  # text stays text: it can be searched, read aloud, and set in any font
        "svg.hashsalt": "profile-tui",
        "text.color": _INK,
        "text.parse_math": False,  # a name with dollar signs is no formula
        "xtick.color": _QUIET,
        "xtick.labelcolor": _INK,
        "ytick.labelcolor": _INK,
        "ytick.left": False,
    }
)
_FORMATS: Final[Mapping[str, Mapping[str, None]]] = MappingProxyType(
    {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
)
"""What a file is not to say of itself, since it would differ from one making to the next."""


def drawing_version() -> str:
    """The version of matplotlib.

    Raises:
        StudyError: it is not installed; says how to install it.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise StudyError(
            "a report is drawn by matplotlib, which is not installed; install it with: "
            "pip install '.[report]'"
        ) from None
    return mpl.__version__


def draw(figure: Figure) -> dict[str, bytes]:
    """The figure as a file of each format, by the ending of its name: svg, png, pdf."""
    from matplotlib.figure import Figure as Drawn

    made = {}
    with _styled():
        drawn = Drawn(layout="constrained")
        _DRAWERS[type(figure)](drawn, figure)
        for ending, metadata in _FORMATS.items():
            stream = io.BytesIO()
            drawn.savefig(stream, format=ending, dpi=200, metadata=dict(metadata))
            made[ending] = stream.getvalue()
    return made


@contextmanager
def _styled() -> Iterator[None]:
    import logging
    import warnings

    import matplotlib as mpl

    # A name in a script that no font here has becomes boxes in PNG and PDF; SVG keeps it.
    fonts = logging.getLogger("matplotlib.font_manager")
    before = fonts.level
    fonts.setLevel(logging.ERROR)
    try:
        style: Any = {**mpl.rcParamsDefault, **_STYLE}  # nobody's own matplotlibrc
        with warnings.catch_warnings(), mpl.rc_context(style):
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            yield
    finally:
        fonts.setLevel(before)


def _score_bars(drawn: "Drawn", figure: ScoreBars) -> None:
    rows, several = len(figure.rows), len(figure.series)
    drawn.set_size_inches(_WIDTH, 1.2 + rows * (0.13 + 0.13 * several))
    widths = [1.0, 0.06 * several] if figure.ranks else [1.0]
    axes = drawn.subplots(1, len(widths), width_ratios=widths, sharey=True, squeeze=False)[0]
    thick = 0.8 / several
    for place, one in enumerate(figure.series):
        offset = (place - (several - 1) / 2) * thick
        ys = [row + offset for row in range(rows)]
        axes[0].barh(
            ys,
            [value or 0.0 for value in one.values],
            height=thick * 0.92,
            color=_COLOURS[place],
            hatch=_HATCHES[place],
            edgecolor="white" if not _HATCHES[place] else _INK,
            linewidth=0.3,
            label=_lettered(place, one.name),
        )
        for y, value in zip(ys, one.values, strict=True):
            _number_at_end(axes[0], y, value, figure.absent)
    axes[0].axvline(0, color=_INK, linewidth=0.8)
    axes[0].set_xlim(*_room(figure.series))
    axes[0].set_yticks(range(rows), figure.rows)
    axes[0].set_ylim(rows - 0.5, -0.5)
    axes[0].set_xlabel("factor score τ₁₄")
    if figure.ranks:
        _rank_table(axes[1], figure)
    drawn.legend(loc="outside upper left", ncols=min(several, 2), handlelength=2.2)


def _number_at_end(axes: "Axes", y: float, value: float | None, absent: str) -> None:
    shown, at = (absent, 0.0) if value is None else (f"{value:.3f}", value)
    left = value is not None and value < 0
    axes.annotate(
        shown,
        (at, y),
        xytext=(-3 if left else 3, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center_baseline",
        fontsize=6.5,
        color=_QUIET if value is None else _INK,
    )


def _room(series: Sequence[Series]) -> tuple[float, float]:
    """The ends of the axis: the longest bars with their numbers beside them."""
    values = [value for one in series for value in one.values if value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    margin = 0.1 * max(high - low, 0.1)
    return (low - margin if low < 0 else -0.02 * (high + margin)), high + margin


def _rank_table(axes: "Axes", figure: ScoreBars) -> None:
    axes.set_title("rank", fontsize=8.5, pad=16)
    for place, ranks in enumerate(figure.ranks):
        axes.annotate(
            _letter(place),
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
        )
        for row, rank in enumerate(ranks):
            axes.text(place, row, "–" if rank is None else str(rank), ha="center", va="center_baseline")
    axes.set_xlim(-0.5, len(figure.ranks) - 0.5)
    axes.set_xticks([])
    axes.tick_params(labelleft=False)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _points(drawn: "Drawn", figure: Points) -> None:
    rows, several = len(figure.rows), len(figure.series)
    drawn.set_size_inches(_WIDTH, 1.25 + 0.36 * rows)
    axes = drawn.subplots()
    for place, one in enumerate(figure.series):
        offset = (place - (several - 1) / 2) * 0.22
        known = [(value, row + offset) for row, value in enumerate(one.values) if value is not None]
        axes.plot(
            [value for value, _ in known],
            [y for _, y in known],
            linestyle="none",
            marker=_MARKS[place],
            markersize=6,
            color=_COLOURS[place],
            markeredgecolor=_INK,
            markeredgewidth=0.5,
            label=one.name,
        )
    for row in range(rows):
        axes.axhline(row, color="#EEEEEE", linewidth=0.8, zorder=0)
        if all(one.values[row] is None for one in figure.series):
            axes.text(0.02, row, "undefined", va="center", color=_QUIET, fontsize=8)
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.set_xlim(-1.05, 1.05)
    axes.set_yticks(range(rows), figure.rows)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlabel("correlation of factor scores")
    drawn.legend(loc="outside upper left", ncols=4)


def _shares(drawn: "Drawn", figure: Shares) -> None:
    rows = len(figure.rows)
    drawn.set_size_inches(_WIDTH, 0.9 + 0.32 * rows)
    axes = drawn.subplots()
    for row, one in enumerate(figure.rows):
        if one.value is None:
            axes.text(1, row, "undefined", va="center", color=_QUIET, fontsize=8)
            continue
        if one.low is not None and one.high is not None:
            axes.plot([100 * one.low, 100 * one.high], [row, row], color=_COLOURS[0], linewidth=2.2)
        axes.plot(100 * one.value, row, marker="o", markersize=6, color=_COLOURS[0], markeredgecolor=_INK)
        axes.annotate(
            f"{100 * one.value:.1f} % of {one.of:,}",
            (1.01, row),
            xycoords=("axes fraction", "data"),
            va="center_baseline",
            fontsize=8,
        )
    axes.set_xlim(0, 100)
    axes.set_yticks(range(rows), [one.name for one in figure.rows])
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlabel(figure.axis)


def _matrix(drawn: "Drawn", figure: Matrix) -> None:
    labels = len(figure.labels)
    drawn.set_size_inches(min(_WIDTH, 2.6 + 0.5 * labels), 1.9 + 0.42 * labels)
    axes = drawn.subplots()
    grid = [[float("nan") if value is None else value for value in row] for row in figure.values]
    axes.pcolormesh(grid, vmin=-1, vmax=1, cmap="PuOr", edgecolors="white", linewidth=1)
    for row, values in enumerate(figure.values):
        for column, value in enumerate(values):
            axes.text(
                column + 0.5,
                row + 0.5,
                "–" if value is None else f"{value:.2f}",
                ha="center",
                va="center_baseline",
                fontsize=7.5,
                color="white" if value is not None and abs(value) > _DARK else _INK,
            )
    middles = [place + 0.5 for place in range(labels)]
    axes.set_xticks(middles, figure.labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(middles, figure.labels)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.tick_params(bottom=False)
    axes.spines["bottom"].set_visible(False)


_DARK: Final = 0.6
"""From this correlation on the field is so dark that its number is written in white."""

_DRAWERS: Final[Mapping[type[Figure], Callable[["Drawn", Any], None]]] = MappingProxyType(
    {ScoreBars: _score_bars, Points: _points, Shares: _shares, Matrix: _matrix}
)


def _letter(place: int) -> str:
    return "ABCD"[place]


def _lettered(place: int, name: str) -> str:
    return f"{_letter(place)}  {name}"
