"""What is said of an item while labelling, besides which response is better."""

from functools import partial

from annotation.answers import AnswerKind, NewAnswer
from annotation.assignment import Item
from tui.messages import AnswerGiven
from tui.screens.taking_part import TakingPartScreen
from tui.widgets.line_prompt import LinePrompt


class SayingScreen(TakingPartScreen):
    """Skips and flags the item on screen, and takes notes on it.

    Attributes:
        item: on screen; None where there is none.
    """

    item: Item | None = None

    def wait(self) -> None:
        """Take nothing until the app has committed."""
        raise NotImplementedError

    def action_skip(self) -> None:
        """Leave this item for later."""
        self._say_of_item(AnswerKind.SKIP, on=True)

    def action_flag(self) -> None:
        """Flag this item, or take the flag away."""
        if self.item is not None and self.labelling is not None:
            self._say_of_item(AnswerKind.FLAG, on=not self.labelling.is_flagged(self.item.pair_id))

    def action_note(self) -> None:
        """Ask for a note on this item."""
        if self.item is None or self.labelling is None:
            return
        item, annotator = self.item, self.labelling.annotator
        prompt = LinePrompt(f"Note on item {item.number}", self.labelling.note(item.pair_id))
        self.app.push_screen(prompt, partial(self._give_note, item.pair_id, annotator))

    def _give_note(self, pair_id: int, annotator: str, note: str | None) -> None:
        if note is not None:  # of the item for which it was asked, whichever is there by now
            answer = NewAnswer(pair_id, annotator, AnswerKind.NOTE, note=note)
            self.give_typed(partial(self.give, answer))

    def _say_of_item(self, kind: AnswerKind, *, on: bool) -> None:
        if self.item is not None and self.labelling is not None:
            plan, annotator = self.labelling.plan_id, self.labelling.annotator
            self.give(NewAnswer(self.item.pair_id, annotator, kind, set=on, plan=plan))

    def give(self, answer: NewAnswer) -> None:
        """Have it saved; nothing else is taken until it is."""
        if not self._waiting:
            self.wait()
            self.post_message(AnswerGiven(answer))
