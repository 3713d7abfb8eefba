"""Under the texts of a blind task: the question, the choices, and what was stored last."""

from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style

from profile_engine.preferences import Preference
from tui.outside import OutsideText
from tui.sides import SIDES
from tui.widgets.answer_bar import KEY, AnswerBar, Readiness

__all__ = ["ChoiceBar", "Readiness"]

_CHOICES: Final = (
    (Preference.LEFT, "◀ 1 better", "1"),
    (Preference.TIE, "0 tie", "0"),
    (Preference.RIGHT, "2 better ▶", "2"),
)


class ChoiceBar(AnswerBar):
    """Three lines: question and readiness, the choices, what was stored."""

    DEFAULT_CSS = """
    ChoiceBar { height: 3; padding: 0 2; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    question: reactive[OutsideText] = reactive(OutsideText(""))
    ties: reactive[bool] = reactive(True)
    sure: reactive[bool] = reactive(True)
    """Whether one can say that one is sure."""
    remarks: reactive[Content] = reactive(Content())
    """Flag and note of the item on screen."""

    def render(self) -> Content:
        """Question and readiness; choices; what was stored."""
        ready = self.readiness is Readiness.READY
        word = Content.styled(self.readiness, "bold $text-success" if ready else "$quiet")
        right = Content("  ").join(part for part in (self.remarks, word) if part.plain)
        width = self.content_size.width
        question = self.question.line(max(width - right.cell_length - 2, 1)).stylize("bold")
        lines = (
            _apart(question, right, width),
            self._choices(ready=ready),
            self.said.truncate(width, ellipsis=True),
        )
        return Content("\n").join(lines)

    def _choices(self, *, ready: bool) -> Content:
        offered = [
            self._choice(side, words, key, ready=ready)
            for side, words, key in _CHOICES
            if self.ties or side is not Preference.TIE
        ]
        hints = ((self.sure, "shift: sure"), (not self.ties, "no ties in this study"))
        hint = Content.styled(" · ".join(words for there, words in hints if there), "$quiet")
        return Content("    ").join((*offered, hint))

    def _choice(self, side: Preference, words: str, key: str, *, ready: bool) -> Content:
        style = f"bold {SIDES[side].style}" if ready else "dim"
        # No `@click`: it would draw the choice in the colour of a link.
        return Content(f" {words} ").stylize(style).stylize(Style.from_meta({KEY: key}))


def _apart(left: Content, right: Content, width: int) -> Content:
    return Content.assemble(left, " " * max(width - left.cell_length - right.cell_length, 1), right)
