"""What a person says of a value, key by key."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final, TypedDict, Unpack

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content

from annotation.errors import StudyError
from annotation.validation.facts import FactFault, FactLine, FactMarks
from annotation.validation.items import ValidationItem
from annotation.validation.judgements import JudgementKind, NewJudgement, Ruling
from tui.marking import turned, with_fault, with_missing, with_verdict, without_last_missing
from tui.outside import OutsideText, safe
from tui.screens.entries import EntryScreen, refused
from tui.validate_offers import claim, offers
from tui.validate_words import factor_title, remarks
from tui.validating import Validating
from tui.widgets.choice_list import ChoiceList
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.validated_texts import ValidatedTexts
from tui.widgets.verdict_bar import VerdictBar

_DIGITS: Final = tuple("123456789")
_OF_FACTS: Final = frozenset(("1", "2", "0", "space"))
"""Keys that say whether the fact under the cursor is so."""
FIRST_YOURS: Final = Content("first your own answer; then you see the extracted value")
"""Said where a key speaks of a value that is not shown yet."""
_FAULTS: Final = {"p": FactFault.SPLIT, "g": FactFault.MERGED, "r": FactFault.NOT_IN_RESPONSE}


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """What was said of a list of facts before a mark, and the fact that was marked."""

    marks: FactMarks
    fact: FactLine | None


class _Right(TypedDict, total=False):
    """What `ValidationItem.answered` takes."""

    label: str | None
    value: float | None
    facts: FactMarks
    cannot_tell: bool


class _Said(TypedDict, total=False):
    """What `NewJudgement` takes beside an answer."""

    set: bool
    reason: str


def _hidden() -> Iterator[BindingType]:
    """Keys for which there is no room in the key bar: one a choice, one a fault."""
    for place, digit in enumerate(_DIGITS):
        what = f"Say that choice {digit} is right, after x where a value is shown; of facts 1 is yes, 2 no"
        yield Binding(digit, f"choose({place})", "Choice", show=False, tooltip=what)
    for key, fault in _FAULTS.items():
        what = f"The fact is {fault}, or not after all"
        yield Binding(key, f"fault('{key}')", fault.capitalize(), show=False, tooltip=what)


class JudgingScreen(EntryScreen):
    """A screen on which extracted values are judged: one item, and the keys that say what is right."""

    answer_keys = frozenset(("y", "x", "question_mark", "enter", "s", *_DIGITS))
    free_keys = EntryScreen.free_keys | {"j", "k"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "accept", "Right", show=False, tooltip="It is right; of facts, those not turned"),
        Binding("x", "wrong", "Wrong", show=False, tooltip="It is wrong; then the digit of the right one"),
        Binding(
            "question_mark",
            "cannot_tell",
            "Cannot tell",
            key_display="?",
            show=False,
            tooltip="Nobody could tell",
        ),
        Binding(
            "enter",
            "keep",
            "Keep",
            show=False,
            tooltip="Keep your own answer after seeing the value; all done: on to the next validation",
        ),
        Binding(
            "e", "reason", "Reason", show=False, tooltip="Why the extraction erred, from a list; after x"
        ),
        Binding("n", "note", "Note", tooltip="Write a note on this item"),
        Binding(
            "u", "undo", "Undo", tooltip="Take back the last mark or entry, and the one before, without limit"
        ),
        Binding("s", "skip", "Skip", tooltip="Come back to this item after all others"),
        Binding("f", "flag", "Flag", tooltip="Flag this item, or take the flag away"),
        Binding("down,j", "cursor(1)", "Next fact", show=False, tooltip="Down the list of facts"),
        Binding("up,k", "cursor(-1)", "Fact before", show=False, tooltip="Up the list of facts"),
        Binding("space", "turn", "Turn", show=False, tooltip="Turn the verdict on the fact"),
        Binding("0", "unsure", "Unsure", show=False, tooltip="You cannot tell for this fact"),
        Binding("m", "missing", "Missing", show=False, tooltip="The list lacks a fact of the response"),
        Binding("M", "not_missing", "Not missing", show=False, tooltip="Take back the last missing fact"),
        Binding("f1", "app.show_keys", "Keys", key_display="F1", tooltip="Every key of this screen"),
        *_hidden(),
    ]

    bar = getters.query_one(VerdictBar)
    texts = getters.query_one(ValidatedTexts)

    def __init__(self) -> None:
        super().__init__()
        self.work: Validating | None = None
        self.item: ValidationItem | None = None
        self.marks = FactMarks()
        self.unsaved: list[_Unsaved] = []  # one a mark since the last entry, for undo
        self.wrong = False  # x was pressed, the right value is to come

    def may_repeat(self, key: str) -> bool:
        """Of facts too, where key after key marks a list and nothing is saved before `y`."""
        return super().may_repeat(key) or (key in _OF_FACTS and self._judges_facts)

    @property
    def shows_value(self) -> bool:
        """Whether the extracted value may be seen by now."""
        if self.work is None or self.item is None:
            return False
        return self.work.kind is JudgementKind.ADJUDICATION or self.work.standing(self.item.id).shows_value

    @property
    def _kind(self) -> JudgementKind:
        assert self.work is not None
        return self.work.kind if self.shows_value else JudgementKind.BLIND

    def draw(self) -> None:
        """Bring value, answers and facts up to what was said of them."""
        if self.item is None or self.work is None:
            return
        standing, shown = self.work.standing(self.item.id), self.shows_value
        self.bar.remarks = remarks(standing)
        others = self.work.others(self.item.id)
        self.bar.claim = claim(self.item, standing, self.marks, others, shown=shown)
        offered = offers(self.item, standing, others, shown=shown, wrong=self.wrong, erred=self._erred)
        self.bar.answers, self.bar.lead, self.bar.rights = offered.answers, offered.lead, offered.rights
        said = {one.validator: one.facts for one in others if one.facts is not None}
        self.texts.mark(self.marks, said, verdicts=shown)

    # Answers

    def _answer(self, **right: Unpack[_Right]) -> None:
        if self.item is None or self.work is None:
            return
        seconds = round(self.time.seconds, 3)
        try:
            entry = self.item.answered(self.work.validator, kind=self._kind, seconds=seconds, **right)
        except StudyError as error:
            self.tell(refused(str(error)))
        else:
            self.give(partial(self.work.save, entry))

    @property
    def _judges_facts(self) -> bool:
        return self.item is not None and self.item.fact is None and bool(self.item.listed.facts)

    @property
    def _erred(self) -> bool:
        """Whether the extraction was said to be wrong here."""
        if self.item is None or self.work is None or not self.shows_value:
            return False
        standing = self.work.standing(self.item.id)
        entries = (standing.blind, standing.judgement, standing.adjudication)
        judged = any(entry is not None and entry.verdict is Ruling.WRONG for entry in entries)
        return self.wrong or judged or self.marks.changes(self.item.listed)

    def action_accept(self) -> None:
        """The value is right; of facts, those that were not turned are."""
        if self.item is None:
            return
        if self._judges_facts:
            self._accept_facts()
        elif self.shows_value:
            self._answer()
        else:
            self.tell(FIRST_YOURS)

    def _accept_facts(self) -> None:
        assert self.item is not None
        asked = self.item.listed.question is not None and not self.shows_value
        open_ = sum(fact.index not in self.marks.verdicts for fact in self.item.listed.facts)
        if asked and open_:
            self.tell(Content(f"{open_} facts have no verdict yet: 1 yes, 2 no, 0 unsure"))
        else:
            self._answer(facts=self.marks)

    def action_wrong(self) -> None:
        """The value is wrong; the right one comes next."""
        if self.item is None:
            return
        if self._judges_facts:
            asked = self.item.listed.question is not None
            mark = (
                "turn the verdicts that are wrong with space"
                if asked
                else "say which facts are: p, g, r or m"
            )
            self.tell(Content(f"{mark}; y accepts the rest"))
        elif self.item.choices and not self.shows_value:
            self.tell(FIRST_YOURS)
        elif self.item.choices:
            self.wrong = not self.wrong
            self.draw()
        else:
            title = (
                f"The right {factor_title(self.item.factor)}"  # blind, too: there is no other way to answer
            )
            self.app.push_screen(LinePrompt(title), self._give_number)

    def _give_number(self, typed: str | None) -> None:
        if typed:
            try:
                self._answer(value=float(typed))
            except ValueError:
                self.tell(refused(f"{typed} is not a number"))

    def action_choose(self, place: int) -> None:
        """Say which class is right; of the fact under the cursor, yes or no."""
        if self.item is None:
            return
        if self._judges_facts:
            self._say_of_fact(place)
        elif self.shows_value and not self.wrong:
            self.tell(Content("y it is right; x it is wrong, then the digit of what is right"))
        elif place < len(self.item.choices):
            self._choose_label(self.item.choices[place])

    def _choose_label(self, label: str) -> None:
        assert self.item is not None
        if self.shows_value and label == self.item.extracted_label:
            self.tell(Content(f"{safe(label)} is what was extracted; y says that it is right"))
        else:
            self._answer(label=label)

    def action_cannot_tell(self) -> None:
        """Nobody could tell."""
        self._answer(cannot_tell=True)

    def action_keep(self) -> None:
        """Keep the answer given before the value was seen."""
        if self.item is None or self.work is None or not self.shows_value:
            return
        blind = self.work.standing(self.item.id).blind
        if blind is None:
            return
        if self._judges_facts and blind.verdict is not Ruling.CANNOT_TELL:
            self._answer(facts=self.marks)
        elif blind.verdict is Ruling.CANNOT_TELL:
            self._answer(cannot_tell=True)
        else:
            self._answer(label=blind.label) if blind.label else self._answer(value=blind.value)

    # Facts

    def _mark(self, marks: FactMarks) -> None:
        self.unsaved.append(_Unsaved(self.marks, self.texts.fact))
        self.marks = marks
        self.draw()
        self.tell(Content("not saved yet: y saves, u takes back"))

    def _take_mark_back(self) -> None:
        before = self.unsaved.pop()
        self.marks = before.marks
        if before.fact is not None and self.texts.fact is not None:
            self.texts.move(before.fact.index - self.texts.fact.index)
        self.draw()
        self.tell(Content("taken back; it was not saved yet"))

    def _fact_to_mark(self, *, verdict: bool = False) -> FactLine | None:
        """The fact under the cursor; where none can be marked, say why."""
        if self.item is None:
            return None
        fact = self.texts.fact if self._judges_facts else None
        if fact is None:
            self.tell(Content("one value is in question here, no list of facts"))
        elif verdict and fact.verdict is None:
            self.tell(Content("nothing was asked of these facts: p, g, r or m say what is wrong with one"))
            return None
        return fact

    def action_cursor(self, by: int) -> None:
        """Move the cursor in the list of facts."""
        if self._judges_facts:
            self.texts.move(by)

    def _say_of_fact(self, place: int) -> None:
        fact = self._fact_to_mark(verdict=True)
        if fact is not None and place < 2:  # noqa: PLR2004 yes and no
            self._mark(with_verdict(self.marks, fact.index, place == 0))
            self.texts.move(1)

    def action_turn(self) -> None:
        """Turn the verdict on the fact under the cursor."""
        fact = self._fact_to_mark(verdict=True)
        if fact is not None:
            self._mark(turned(self.marks, fact.index, fact.verdict, shown=self.shows_value))

    def action_unsure(self) -> None:
        """Say that one cannot tell for the fact under the cursor."""
        fact = self._fact_to_mark(verdict=True)
        if fact is not None:
            self._mark(with_verdict(self.marks, fact.index, None))

    def action_fault(self, key: str) -> None:
        """Say what is wrong with the fact itself, or take it back."""
        fact = self._fact_to_mark()
        if fact is not None:
            self._mark(with_fault(self.marks, fact.index, _FAULTS[key]))

    def action_missing(self) -> None:
        """Say that the list lacks a fact."""
        if self._fact_to_mark() is not None:
            hint = "in your words, or nothing"
            self.app.push_screen(LinePrompt("Which fact is missing?", hint=hint), self._give_missing)

    def _give_missing(self, text: str | None) -> None:
        if text is not None:
            self._mark(with_missing(self.marks, text))

    def action_not_missing(self) -> None:
        """Take back the last missing fact."""
        if self._fact_to_mark() is None:
            return
        if self.marks.missing:
            self._mark(without_last_missing(self.marks))
        else:
            self.tell(Content("no fact was said to be missing"))

    # Beside the answer

    def _say(self, kind: JudgementKind, **what: Unpack[_Said]) -> None:
        if self.item is not None and self.work is not None:
            seconds = round(self.time.seconds, 3)
            said = NewJudgement(self.item.id, self.work.validator, kind, seconds=seconds, **what)
            self.give(partial(self.work.save, said))

    def action_skip(self) -> None:
        """Leave this item for later."""
        self._say(JudgementKind.SKIP, set=True)

    def action_flag(self) -> None:
        """Flag this item, or take the flag away."""
        if self.item is not None and self.work is not None:
            self._say(JudgementKind.FLAG, set=not self.work.standing(self.item.id).flagged)

    def action_note(self) -> None:
        """Ask for a note on this item."""
        if self.item is not None and self.work is not None:
            note = self.work.standing(self.item.id).note or ""
            title = f"Note on item {self.work.number(self.item.id)}"
            self.app.push_screen(LinePrompt(title, safe(note)), partial(self._give_note, self.item.id))

    def _give_note(self, item_id: int, note: str | None) -> None:
        if note is not None and self.work is not None:  # whichever item is there by now
            seconds = round(self.time.seconds, 3)
            kind = JudgementKind.NOTE
            said = NewJudgement(item_id, self.work.validator, kind, seconds=seconds, note=note)
            self.give_typed(partial(self.give, partial(self.work.save, said)))

    def action_reason(self) -> None:
        """Ask why the extraction erred, of an item where it did."""
        if self.item is None or self.work is None:
            return
        if self._erred:
            lines = [OutsideText(reason).line(66) for reason in self.work.reasons]
            lines.append(Content.styled("another reason …", "italic"))
            title = f"Why did the extraction err? · item {self.work.number(self.item.id):,}"
            self.app.push_screen(ChoiceList(title, lines), self._give_reason)
        else:
            first = "mark a fact" if self._judges_facts else "x"
            self.tell(Content(f"e says why this value is wrong: first {first}; ← goes to the item before"))

    def _give_reason(self, place: int | None) -> None:
        if place is None or self.work is None:
            return
        if place < len(self.work.reasons):
            self._say(JudgementKind.REASON, reason=self.work.reasons[place])
        else:
            hint = "offered from now on, to everybody in this study"
            self.app.push_screen(LinePrompt("Another reason", hint=hint), self._give_new_reason)

    def _give_new_reason(self, reason: str | None) -> None:
        if reason:
            self._say(JudgementKind.REASON, reason=reason)

    def action_undo(self) -> None:
        """Take back the last mark that is not saved yet, else ask for the last entry to be taken back."""
        if self.unsaved:
            self._take_mark_back()
        elif self.work is not None:
            self.take_back(self.work.undo)
