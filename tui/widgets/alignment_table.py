"""Agents and how close each comes to the reference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable
from textual.widgets.data_table import Column

from profile_engine.preferences import Agent
from tui.session import Comparison, Session
from tui.widgets.bars import points_around
from tui.wording import agent_label, number

SortKey = Callable[[Comparison], tuple[bool, float | str]]

_NAME: Final = 26
_WORDS: Final = 2
"""Columns of words, before those of numbers."""
_STRIP: Final = (21, 41)
"""Cells of the strip that shows the correlations, at least and at most; both odd, so that 0 has a cell."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its head, its cell, and what it sorts by (None: it does not sort)."""

    head: str
    cell: Callable[[Comparison], str]
    key: SortKey | None = None


class AlignmentTable(DataTable[Text]):
    """One row an agent; numbers high to low, undefined ones last."""

    comparisons: reactive[tuple[Comparison, ...]] = reactive(())

    @dataclass
    class AgentChosen(Message):
        """The cursor came to an agent."""

        comparison: Comparison

    def __init__(self, session: Session) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._session = session
        self._columns = _columns()
        self._sorted_by = _WORDS
        self._shown: list[Comparison] = []
        self._chosen: Agent | None = None
        self._strip = 0

    def watch_comparisons(self) -> None:
        """Draw the table anew; the cursor stays on its agent."""
        column = self._columns[self._sorted_by]
        self._shown = sorted(self.comparisons, key=column.key) if column.key else list(self.comparisons)
        agents = [comparison.agent for comparison in self._shown]
        row = agents.index(self._chosen) if self._chosen in agents else 0
        self.clear(columns=True)
        heads, rows = self._heads(), [self._row(comparison) for comparison in self._shown]
        columns = list(zip(heads, *rows, strict=True))
        # Widths that it finds later by itself do not reach a heading that was drawn before.
        widths = [max(text.cell_len for text in column) for column in columns]
        self._strip = self._strip_width(widths)
        if self._strip:
            widths.append(self._strip)
            heads.append(Text(f"-1{'0'.center(self._strip - 4)}+1"))
            rows = [[*cells, _strip(one, self._strip)] for cells, one in zip(rows, self._shown, strict=True)]
        for head, width in zip(heads, widths, strict=True):
            self.add_column(head, width=width)
        self.add_rows(rows)
        self.move_cursor(row=row)

    def on_resize(self) -> None:
        """Show the strip where there is room for it."""
        if self._shown and self._strip != self._strip_width([one.width for one in self._own_columns()]):
            self.watch_comparisons()

    def _own_columns(self) -> list[Column]:
        return self.ordered_columns[: len(self._columns)]

    def _strip_width(self, widths: Sequence[int]) -> int:
        """Cells that the other columns leave for the strip; 0 where they are too few."""
        padded = sum(widths) + 2 * self.cell_padding * (len(widths) + 1)
        room = self.size.width - padded - self.scrollbar_size_vertical
        least, most = _STRIP
        return 0 if room < least else min(room - 1 + room % 2, most)

    def sort_by_next(self) -> None:
        """Sort by the next column that sorts."""
        self._sorted_by = (self._sorted_by + 1) % len(self._columns)
        if self._columns[self._sorted_by].key is None:
            self.sort_by_next()
        else:
            self.watch_comparisons()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column clicked on."""
        if event.column_index < len(self._columns) and self._columns[event.column_index].key is not None:
            self._sorted_by = event.column_index
            self.watch_comparisons()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Tell which agent is chosen."""
        if event.cursor_row < len(self._shown):
            comparison = self._shown[event.cursor_row]
            self._chosen = comparison.agent
            self.post_message(self.AgentChosen(comparison))

    def _heads(self) -> list[Text]:
        marks = (" ▾" if place == self._sorted_by else "" for place in range(len(self._columns)))
        return [
            Text(column.head + mark, justify="left" if place < _WORDS else "right")
            for place, (column, mark) in enumerate(zip(self._columns, marks, strict=True))
        ]

    def _row(self, comparison: Comparison) -> list[Text]:
        name = Text(agent_label(comparison.agent, self._session.roster, _NAME).plain)
        cells = [Text(column.cell(comparison), justify="right") for column in self._columns[_WORDS:]]
        return [name, Text(comparison.agent.setting.value), *cells]


def _strip(comparison: Comparison, width: int) -> Text:
    found = comparison.alignment
    return Text(points_around({"τ": found.kendall, "ρ": found.spearman, "r": found.pearson}, width))


def _columns() -> tuple[_Column, ...]:
    return (
        _Column("Agent", lambda c: c.agent.name, lambda c: (False, c.agent.name.lower())),
        _Column("setting", lambda c: c.agent.setting.value),
        _Column("τ_b", lambda c: _or_undefined(c.alignment.kendall), _falling(lambda c: c.alignment.kendall)),
        _Column("ρ", lambda c: number(c.alignment.spearman), _falling(lambda c: c.alignment.spearman)),
        _Column("r", lambda c: number(c.alignment.pearson), _falling(lambda c: c.alignment.pearson)),
        _Column("agree", lambda c: f"{c.agreement.agree:,} of {c.agreement.of:,}"),
        _Column("rate", lambda c: _rate(c.agreement.rate), _falling(lambda c: c.agreement.rate)),
        _Column(
            "factors", lambda c: str(c.alignment.factors), _falling(lambda c: float(c.alignment.factors))
        ),
    )


def _falling(value: Callable[[Comparison], float | None]) -> SortKey:
    """High values first, undefined ones last."""

    def key(comparison: Comparison) -> tuple[bool, float | str]:
        found = value(comparison)
        return (found is None, -(found or 0.0))

    return key


def _or_undefined(value: float | None) -> str:
    return "undefined" if value is None else number(value)


def _rate(value: float | None) -> str:
    return "no pairs" if value is None else f"{value:.3f}"
