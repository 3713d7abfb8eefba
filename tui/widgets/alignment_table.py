"""Agents and how close each comes to the reference."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable

from profile_engine.preferences import Agent
from tui.session import Comparison, Session
from tui.wording import agent_label, number

SortKey = Callable[[Comparison], tuple[bool, float | str]]

_NAME: Final = 26
_WORDS: Final = 2
"""Columns of words, before those of numbers."""


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

    def watch_comparisons(self) -> None:
        """Draw the table anew; the cursor stays on its agent."""
        column = self._columns[self._sorted_by]
        self._shown = sorted(self.comparisons, key=column.key) if column.key else list(self.comparisons)
        agents = [comparison.agent for comparison in self._shown]
        row = agents.index(self._chosen) if self._chosen in agents else 0
        self.clear(columns=True)
        heads, rows = self._heads(), [self._row(comparison) for comparison in self._shown]
        for head, *cells in zip(heads, *rows, strict=True):
            # Widths that it finds later by itself do not reach a heading that was drawn before.
            self.add_column(head, width=max(text.cell_len for text in (head, *cells)))
        self.add_rows(rows)
        self.move_cursor(row=row)

    def sort_by_next(self) -> None:
        """Sort by the next column that sorts."""
        self._sorted_by = (self._sorted_by + 1) % len(self._columns)
        if self._columns[self._sorted_by].key is None:
            self.sort_by_next()
        else:
            self.watch_comparisons()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column clicked on."""
        if self._columns[event.column_index].key is not None:
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
