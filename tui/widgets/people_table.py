"""People and how far each is."""

from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable

from annotation.people.quality import AnnotatorQuality
from tui.people_words import HEADS, People, person_row

_WORDS: Final = frozenset((0, len(HEADS) - 1))
"""Columns of words; between them are numbers."""


class PeopleTable(DataTable[Text]):
    """One row a person, in the order in which they came."""

    people: reactive[People | None] = reactive(None, always_update=True)

    @dataclass
    class PersonChosen(Message):
        """The cursor came to a person."""

        person: AnnotatorQuality

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, cell_padding=0)
        self._shown: list[tuple[str, ...]] = []
        self._chosen: str | None = None

    def watch_people(self) -> None:
        """Draw anew what has moved; the cursor stays on its person."""
        if self.people is None:
            return
        rows = [person_row(one, self.people) for one in self.people.figures.people]
        if rows != self._shown:
            self._draw(rows)
        self._tell()

    @property
    def person(self) -> AnnotatorQuality | None:
        """Who is under the cursor."""
        everybody = self.people.figures.people if self.people is not None else ()
        return everybody[self.cursor_row] if self.cursor_row < len(everybody) else None

    def on_data_table_row_highlighted(self) -> None:
        """Tell who is chosen."""
        if self.row_count == len(self._shown):
            self._tell()

    def _tell(self) -> None:
        person = self.person
        if person is not None:
            self._chosen = person.annotator
            self.post_message(self.PersonChosen(person))

    def _draw(self, rows: list[tuple[str, ...]]) -> None:
        assert self.people is not None
        names = [one.annotator for one in self.people.figures.people]
        row = names.index(self._chosen) if self._chosen in names else 0
        top = self.scroll_offset.y
        cells = [[_cell(text, place) for place, text in enumerate(line)] for line in (HEADS, *rows)]
        self._shown = []
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            for column in zip(*cells, strict=True):
                self.add_column(column[0], width=max(text.cell_len for text in column))
            self.add_rows(cells[1:])
            self.move_cursor(row=row)
        self._shown = rows
        self.scroll_to(y=top, animate=False)


def _cell(text: str, place: int) -> Text:
    """A cell with its gap: numbers stand under one another, words after what is before them."""
    if place not in _WORDS:
        return Text(f" {text}", justify="right")
    return Text(text if place == 0 else f"  {text}")
