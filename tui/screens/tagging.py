"""What the screens share on which researchers tag pairs and note something on them."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from annotation.errors import StudyError
from annotation.tags import UNREMARKED, PairRemarks, Remark
from tui.outside import safe
from tui.pair_said import said_page
from tui.screens.base import BaseScreen
from tui.widgets.key_bar import EXTRAS
from tui.widgets.line_prompt import LinePrompt
from tui.wording import safe_name


class TaggingScreen(BaseScreen):
    """Tags and a note of the pair at hand; each step is committed, and can be taken back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "tag", "Tag", group=EXTRAS, tooltip="Tag this pair, or take the tag away"),
        Binding("n", "note", "Note", group=EXTRAS, tooltip="Write a note on this pair"),
        Binding("w", "said", "Said", group=EXTRAS, tooltip="All labels, verdicts, reasons and notes in full"),
        Binding("u", "undo_remark", "Undo", group=EXTRAS, tooltip="Take back the last tag or note"),
    ]

    _last_tag = ""

    @property
    def at_hand(self) -> tuple[int, PairRemarks] | None:
        """The pair that is tagged, and what stands of it; None where there is none."""
        raise NotImplementedError

    def take_remark(self) -> None:
        """Something was said of a pair: show it."""
        raise NotImplementedError

    def action_tag(self) -> None:
        """Ask for a tag."""
        if (pair_id := self._writable()) is None:
            return
        _, remarks = self.at_hand or (0, UNREMARKED)
        hint = "export --tag gives the pairs that carry it"
        if remarks.tags:
            hint = f"a tag that stands is taken away; now: {safe(', '.join(remarks.tags))}"
        prompt = LinePrompt(f"Tag pair {pair_id}", self._last_tag, hint, gives="tags", offered=True)
        self.app.push_screen(prompt, partial(self._tag, pair_id))

    def action_note(self) -> None:
        """Ask for the note."""
        if (pair_id := self._writable()) is None:
            return
        _, remarks = self.at_hand or (0, UNREMARKED)
        hint = "an empty line takes the note away" if remarks.note else ""
        prompt = LinePrompt(f"Note on pair {pair_id}", remarks.note or "", hint)
        self.app.push_screen(prompt, partial(self._note, pair_id))

    def action_undo_remark(self) -> None:
        """Take back the last step."""
        self._write(self.app.session.tags.undo)

    @work(thread=True, exclusive=True, exit_on_error=False, group="said", name="read what was said")
    def action_said(self) -> None:
        """Show everything that was said of this pair."""
        if self.at_hand is not None:
            page = said_page(self.app.session.study, self.at_hand[0])
            self.app.call_from_thread(self.app.push_screen, page)

    def _writable(self) -> int | None:
        if self.app.session.study.read_only:
            self._tell("this study is read-only: nothing can be tagged or noted")
            return None
        return self.at_hand[0] if self.at_hand is not None else None

    def _tag(self, pair_id: int, tag: str | None) -> None:
        if tag:
            self._last_tag = tag
            self._write(partial(self.app.session.tags.toggle, pair_id, tag))

    def _note(self, pair_id: int, text: str | None) -> None:
        if text is not None:
            self._write(partial(self.app.session.tags.note, pair_id, text))

    @work(exit_on_error=False, name="keep what was said of the pair")
    async def _write(self, write: Callable[[], Remark | None]) -> None:
        try:
            said = await asyncio.to_thread(write)
        except StudyError as error:
            self._tell(f"not kept: {error}")
            return
        self._tell("nothing to take back" if said is None else _told(said))
        self.take_remark()

    def _tell(self, words: str) -> None:
        self.notify(safe(words), markup=False)


def _told(said: Remark) -> str:
    if said.tag is not None:
        name = safe_name(said.tag)
        return f"pair {said.pair_id}: " + (f"no longer {name}" if said.text is None else f"tagged {name}")
    return f"pair {said.pair_id}: " + ("without a note" if said.text is None else "noted")
