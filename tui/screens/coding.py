"""Coding: which factors a feedback text mentions, one key a factor."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import getters, work
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from annotation.validation.coding import Codings, CodingText
from annotation.validation.mentions import MentionEntry, MentionKind, NewMention
from tui.coding_texts import CodingTexts
from tui.coding_words import all_coded, coding_line, remarks, stored, taken_back
from tui.messages import EntrySaved, EntryUndone
from tui.outside import OutsideText, safe
from tui.screens.entries import EntryScreen
from tui.widgets.bars import progress
from tui.widgets.choice_list import ChoiceList
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.mention_list import KEYS, MentionList
from tui.widgets.text_pane import TextPane
from tui.widgets.verdict_bar import Offer, VerdictBar
from tui.wording import factor_titles


class CodingScreen(EntryScreen):
    """Shows one feedback text after another; the person ticks what it mentions."""

    CSS_PATH = "coding.tcss"
    title_name = "Coding"
    answer_keys = frozenset(("enter", "s"))
    question = "In whose name do you code?"

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                key, f"tick({place})", "Tick", show=False, tooltip="The text mentions this factor, or not"
            )
            for place, key in enumerate(KEYS)
        ),
        Binding(
            "enter", "done", "Done", show=False, tooltip="The text mentions what is ticked; on to the next"
        ),
        Binding("n", "note", "Note", tooltip="Write a note on this text"),
        Binding("u", "undo", "Undo", tooltip="Take back the last entry, and the one before, without limit"),
        Binding("s", "skip", "Skip", tooltip="Come back to this text after all others"),
        Binding("f", "flag", "Flag", tooltip="Flag this text, or take the flag away"),
        Binding("left", "beside(-1)", "Before", show=False, tooltip="The text before, coded or not"),
        Binding("right", "beside(1)", "After", show=False, tooltip="The text after, coded or not"),
        Binding("pagedown", "page(1)", "Read on", show=False, tooltip="A page on in the text"),
        Binding("pageup", "page(-1)", "Read back", show=False, tooltip="A page back in the text"),
        Binding("o", "other", "Other", tooltip="Open another set of texts"),
    ]

    bar = getters.query_one(VerdictBar)
    pane = getters.query_one(TextPane)
    mentions = getters.query_one(MentionList)
    done_words = getters.query_one("#done > Static", Static)

    def __init__(self) -> None:
        super().__init__()
        self._work: CodingTexts | None = None
        self._text: CodingText | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The text beside the factors."""
        with Container(id="texts"):
            yield TextPane()
            yield MentionList(self.app.session.study.factors)
        yield VerdictBar()
        yield Container(Static(markup=False), id="done")

    def on_mount(self) -> None:
        """Keys belong to the screen, so the pane takes none."""
        self.pane.can_focus = False
        self.bar.answers = (Offer("enter", "done, next", "enter"), Offer("s", "skip"), Offer("n", "note"))
        self.bar.claim = Content("Which factors does it mention? None is an answer, too.")

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """What the page of keys lists: which factor each key ticks."""
        titles = list(factor_titles(self.app.session.study.factors).values())
        ticks = {f"tick({place})": title for place, title in enumerate(titles)}
        return {
            key: one._replace(binding=replace(one.binding, tooltip=ticks[one.binding.action]))
            if one.binding.action in ticks
            else one
            for key, one in super().active_bindings.items()
            if not one.binding.action.startswith("tick(") or one.binding.action in ticks
        }

    # Which set of texts

    def begin(self) -> None:
        """Open the set that was asked for, the only one, or the one chosen."""
        self._find_work()

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="open the texts")
    def _find_work(self, *, other: bool = False) -> None:
        found = Codings(self.app.session.study).all()
        wanted = None if other else self.app.session.coding_id
        if wanted is None and len(found) == 1:
            wanted = found[0].id
        if wanted is not None:
            self._open(wanted)
        elif found:
            lines, ids = [coding_line(info) for info in found], [info.id for info in found]
            self.app.call_from_thread(self._choose, lines, ids)
        else:
            self.app.call_from_thread(self._say_nothing_there)

    def _choose(self, lines: list[Content], ids: list[int]) -> None:
        def take(place: int | None) -> None:
            if place is not None:
                self._open_chosen(ids[place])
            elif self._work is None:
                self.call_later(self.go_back)

        self.app.push_screen(ChoiceList("Which feedback texts?", lines), take)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="open the texts")
    def _open_chosen(self, coding_id: int) -> None:
        self._open(coding_id)

    def _open(self, coding_id: int) -> None:
        session = self.app.session
        assert session.annotator is not None
        self._work = CodingTexts(session.study, coding_id, session.annotator)
        session.coding_id = coding_id
        self.app.call_from_thread(self._show, self._work.next())

    def _say_nothing_there(self) -> None:
        self.found_nothing()
        self.show_done(True)
        self.done_words.update(
            "No feedback texts yet.\n\n"
            "profile-tui validate code STUDY --judge NAME  takes a judge's reasons\n"
            "profile-tui validate code STUDY --texts FILE  takes those of a file\n\nescape goes back"
        )

    # From text to text

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the text")
    def _read(self, text_id: int, step: int = 0, said: Content | None = None) -> None:
        assert self._work is not None
        text = self._work.beside(text_id, step) if step else self._work.text(text_id)
        if text is not None:
            self.app.call_from_thread(self._show, text, said)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the next text")
    def _read_next(self, after: int) -> None:
        if self._work is not None:
            self.app.call_from_thread(self._show, self._work.next(after))

    def read_ahead(self, item: int) -> None:
        """Find out what comes next."""
        if self._work is not None:
            self._work.read_ahead(item)

    def _show(self, text: CodingText | None, said: Content | None = None) -> None:
        """Put a text on the screen with what was said of it."""
        self._text = text
        self.show_done(text is None)
        if text is not None and self._work is not None:
            standing = self._work.standing(text.id)
            self.pane.show(OutsideText(text.text), label=f"Feedback {text.number:,}", empty="(empty text)")
            self.mentions.ticked = standing.factors or frozenset()
        if said is not None:
            self.tell(said)
        self._tell_place()
        self.begin_reading(text.id if text is not None else None)

    def _tell_place(self) -> None:
        if self._work is None:
            return
        self.title_line.person = OutsideText(self._work.coder)
        self.title_line.far = progress(self._work.done, self._work.total)
        self.mentions.done = self._work.done
        self.mentions.counts = self._work.counts()
        if self._text is None:
            self.done_words.update(all_coded(self._work, self.app.session.study.factors))
        else:
            self.bar.remarks = remarks(self._work.standing(self._text.id))

    # What the text mentions

    def action_tick(self, place: int) -> None:
        """Tick a factor, or take the tick away."""
        factors = self.app.session.study.factors
        if self._text is not None and place < len(factors):
            self.mentions.ticked ^= {factors[place].name}

    def action_done(self) -> None:
        """The text mentions what is ticked."""
        self._say(MentionKind.MENTIONS, factors=self.mentions.ticked)

    def action_skip(self) -> None:
        """Leave this text for later."""
        self._say(MentionKind.SKIP, on=True)

    def action_flag(self) -> None:
        """Flag this text, or take the flag away."""
        if self._text is not None and self._work is not None:
            self._say(MentionKind.FLAG, on=not self._work.standing(self._text.id).flagged)

    def action_note(self) -> None:
        """Ask for a note on this text."""
        if self._text is not None and self._work is not None:
            note = self._work.standing(self._text.id).note or ""
            prompt = LinePrompt(f"Note on text {self._text.number}", safe(note))
            self.app.push_screen(prompt, partial(self._give_note, self._text.id))

    def _give_note(self, text_id: int, note: str | None) -> None:
        if note is not None and self._work is not None:  # whichever text is there by now
            seconds = round(self.time.seconds, 3)
            said = NewMention(text_id, self._work.coder, MentionKind.NOTE, note=note, seconds=seconds)
            self.give_typed(partial(self.give, partial(self._work.save, said)))

    def _say(
        self,
        kind: MentionKind,
        *,
        factors: frozenset[str] | None = None,
        on: bool | None = None,
    ) -> None:
        if self._text is not None and self._work is not None:
            seconds = round(self.time.seconds, 3)
            said = NewMention(self._text.id, self._work.coder, kind, factors, set=on, seconds=seconds)
            self.give(partial(self._work.save, said))

    def action_undo(self) -> None:
        """Ask for the last entry to be taken back."""
        if self._work is not None:
            self.take_back(self._work.undo)

    # What the app says

    def on_entry_saved(self, message: EntrySaved) -> None:
        """Say what was stored; the next text comes now and not before."""
        self.done_waiting()
        self.time.saved()
        entry = message.entry
        if self._work is None or not isinstance(entry, MentionEntry):
            return
        number = self._work.number(entry.text_id)
        if number is None:
            return
        self.tell(stored(entry, number, self.app.session.study.factors))
        if entry.kind in (MentionKind.MENTIONS, MentionKind.SKIP):
            self._go_on_from(entry.text_id)
        else:
            self._tell_place()

    def _go_on_from(self, text_id: int) -> None:
        self.stop_reading()
        text = self._work.ready(text_id) if self._work is not None else None
        if text is not None:
            self._show(text)
        else:
            self._read_next(text_id)

    def on_entry_undone(self, message: EntryUndone) -> None:
        """Go back to what was taken back."""
        self.done_waiting()
        entry = message.entry
        if self._work is None or not isinstance(entry, MentionEntry):
            self.tell(Content("nothing left to take back"))
        elif (number := self._work.number(entry.text_id)) is not None:
            self._read(entry.text_id, said=taken_back(entry, number))

    # Going about

    def action_beside(self, step: int) -> None:
        """Look at the text before or after."""
        if self._text is not None:
            self._read(self._text.id, step)

    def action_page(self, direction: int) -> None:
        """Turn a page of the text."""
        self.pane.turn(direction)

    def action_other(self) -> None:
        """Open another set of texts."""
        self._find_work(other=True)
