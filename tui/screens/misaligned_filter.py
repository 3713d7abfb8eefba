"""Choosing which misaligned pairs to list."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from textual import getters
from textual.content import Content
from textual.widgets import Select

from annotation.misaligned import MisalignedFilter
from tui.outside import OutsideText
from tui.screens.filtering import FilterScreen, choice, chosen_value

_GAPS: Final = (1.0, 2.0, 3.0, 4.0)
"""Scores go from 1 to 5."""
_TAG: Final = 30


class MisalignedFilterScreen(FilterScreen[MisalignedFilter]):
    """The filter of Misaligned: a factor, how far the scores are apart, a tag."""

    factor = getters.query_one("#factor", Select)
    gap = getters.query_one("#gap", Select)
    tag = getters.query_one("#tag", Select)

    def __init__(self, wanted: MisalignedFilter, titles: Mapping[str, str], tags: Mapping[str, int]) -> None:
        super().__init__()
        self._wanted, self._titles, self._tags = wanted, titles, tags

    def choices(self) -> Iterator[tuple[str, Select[Any]]]:
        """Three of them; one post is chosen in the list."""
        wanted = self._wanted
        factors = [(Content(title), name) for name, title in self._titles.items()]
        gaps = [(f"{gap:g} or more" if gap < _GAPS[-1] else f"{gap:g}", gap) for gap in _GAPS]
        tags = [(_counted(tag, count), tag) for tag, count in self._tags.items()]
        yield "The two differ in", choice("factor", factors, wanted.factor, "any factor")
        yield "Written for scores apart by", choice("gap", gaps, wanted.gap, "anything, or no score")
        yield "Tagged", choice("tag", tags, wanted.tag, "anything, or nothing")

    def chosen(self) -> MisalignedFilter:
        """A post chosen in the list stays."""
        return replace(
            self._wanted,
            factor=chosen_value(self.factor),
            gap=chosen_value(self.gap),
            tag=chosen_value(self.tag),
        )

    def everything(self) -> MisalignedFilter:
        """All misaligned pairs."""
        return MisalignedFilter()


def _counted(tag: str, count: int) -> Content:
    return Content.assemble(OutsideText(tag).line(_TAG), (f" {count:,}", "$quiet"))
