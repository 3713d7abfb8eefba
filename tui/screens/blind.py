"""What the screens share on which somebody says which of two responses is better, and not whose they are."""

from typing import Final

from textual import getters
from textual.binding import ActiveBinding
from textual.content import Content

from profile_engine.preferences import Preference
from tui.marks import NO_MARKS, word_differences
from tui.outside import OutsideText
from tui.screens.reading import ReadingScreen
from tui.widgets.choice_bar import ChoiceBar
from tui.widgets.pair_texts import LabelledText

SHOWN: Final = {"first": Preference.LEFT, "tie": Preference.TIE, "second": Preference.RIGHT}
"""What keys say, by the sides as they are shown."""


class BlindScreen(ReadingScreen):
    """Shows a source and two responses, 1 and 2, with or without the words marked in which they differ."""

    choices = getters.query_one(ChoiceBar)
    differences = False
    """Whether the words are marked that only one of the two has."""
    _responses: tuple[str, str] | None = None

    def tell_place(self) -> None:
        """Say what stands of what is on the screen."""
        raise NotImplementedError

    def show_pair(self, source_id: int, source: str, title: str | None, first: str, second: str) -> None:
        """Put a pair on the screen."""
        heading = OutsideText(title).line(200) if title else Content("Source")
        self.texts.show_source(source_id, LabelledText(source, heading))
        self.texts.show_responses(LabelledText(first, Content("◀ 1")), LabelledText(second, Content("▶ 2")))
        self._responses = first, second
        self._mark_differences()

    def allows(self, choice: Preference) -> bool:
        """Whether the study has such a choice; says so where it has not."""
        allowed = choice is not Preference.TIE or self.choices.ties
        if not allowed:
            self.say("ties are not allowed in this study: choose 1 or 2, or s to skip")
        return allowed

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """What the page of keys lists: no tie where there is none, although its keys say so."""
        active = super().active_bindings
        if self.choices.ties:
            return active
        return {key: one for key, one in active.items() if not one.binding.action.startswith("answer('tie'")}

    def action_differences(self) -> None:
        """Mark the words that only one of the two has, or stop marking them."""
        self.differences = not self.differences
        self._mark_differences()
        self.tell_place()

    def _mark_differences(self) -> None:
        if self._responses is not None:
            self.texts.mark(word_differences(*self._responses) if self.differences else NO_MARKS)
