"""Coming to label and leaving: consent, instructions, what is handed out and given back, withdrawing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.worker import get_current_worker

from annotation.answers import Answer
from annotation.assignment import Item
from annotation.errors import AnswerError, PlanReplacedError, StudyError, WithdrawnError
from annotation.people.consent import Consent, accept_consent, consent_to_ask, how_they_come, withdraw
from annotation.planning.openings import Openings, read_openings
from annotation.planning.worklist import read_plan_id
from tui.label_words import instructions
from tui.labelling import Labelling
from tui.outside import safe
from tui.parting import Parting
from tui.screens.blind import BlindScreen
from tui.screens.personal import PersonalScreen
from tui.widgets.key_bar import EXTRAS
from tui.widgets.text_page import TextPage

_AGAIN: Final = 2.0  # seconds; until what could not be read is asked for again
_LOOK: Final = 2.0  # seconds; how often it is looked whether another plan stands, or a pair is open again


class TakingPartScreen(PersonalScreen, BlindScreen):
    """Lets a person in and out, and reads their items; what is done with them is up to the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "instructions", "Instructions", group=EXTRAS, tooltip="What you are asked to do"),
        Binding("escape", "leave", "Leave", group=EXTRAS, tooltip="Stop labelling; every answer is saved"),
        Binding(
            "w",
            "withdraw",
            "Withdraw",
            group=EXTRAS,
            tooltip="Take everything you answered out of the study",
        ),
    ]

    labelling: Labelling | None = None
    _let_in: str | None = None
    """Who has accepted what is asked here, and was told what to do."""
    _then: Callable[[], None] | None = None
    """What to do once they are let in; set while that is being found out."""
    _by_plan = True
    """Whether that is to label what the plan hands out."""
    _plan_id = 0
    """The plan whose consent was looked at."""
    _openings: Openings | None = None
    """What the plan had for them when that was looked at last, at an end."""
    _again: Timer | None = None
    _left = False

    def show_item(self, item: Item | None, undone: Answer | None) -> None:
        """Put an item on the screen; `undone` is what was just taken back of it."""
        raise NotImplementedError

    def take_settings(self) -> None:
        """Follow the study's settings, which have been read anew."""
        raise NotImplementedError

    def show_nothing_left(self, openings: Openings) -> None:
        """Say to whoever has not begun that the plan has nothing for them."""
        raise NotImplementedError

    @property
    def at_end(self) -> bool:
        """Whether it says that nothing is left."""
        raise NotImplementedError

    def look_anew(self) -> None:
        """Look whether something is left by now."""
        raise NotImplementedError

    def tell_unread(self, reason: str) -> None:
        """Say that an item could not be read, and why."""
        raise NotImplementedError

    # In: consent, then instructions before the first item

    def let_in(self, annotator: str, then: Callable[[], None], *, by_plan: bool = True) -> None:
        """Go on once this person has accepted what is asked of them and knows what to do.

        Args:
            annotator: who.
            then: goes on.
            by_plan: whether to label what the plan hands out: where it has nothing, nothing is asked.
        """
        if self._let_in == annotator:
            then()
            return
        asking, self._then, self._by_plan = self._then is not None, then, by_plan
        if not asking:
            self._look(annotator)

    @work(thread=True, exit_on_error=False, name="look who is there")
    def _look(self, annotator: str) -> None:
        study = self.app.session.study
        try:
            self._plan_id = read_plan_id(study)  # first: if another comes meanwhile, `find` sees it
            study.reread_settings()
            consent, coming = consent_to_ask(study, annotator), how_they_come(study, annotator)
            openings = read_openings(study, annotator) if coming.new and self._by_plan else None
        except StudyError as error:
            self.app.call_from_thread(self._look_again, annotator, str(error))
            return
        if openings is None or openings.pairs:
            self.app.call_from_thread(self._ask_consent, annotator, consent, coming.untold)
        else:
            self.app.call_from_thread(self._turn_away, openings)

    def _turn_away(self, openings: Openings) -> None:
        self._then = None
        self.take_settings()
        self.show_nothing_left(openings)

    def _look_again(self, annotator: str, reason: str) -> None:
        self.tell_unread(reason)
        self.set_timer(_AGAIN, partial(self._look, annotator))

    def _ask_consent(self, annotator: str, consent: Consent | None, untold: bool) -> None:
        from tui.screens.consent import ConsentScreen

        if consent is None:
            self._instruct(annotator, untold=untold)
        else:
            self.app.push_screen(
                ConsentScreen(consent), partial(self._take_consent, annotator, consent, untold)
            )

    def _take_consent(self, annotator: str, consent: Consent, untold: bool, accepted: bool | None) -> None:
        if accepted:
            self._accept(annotator, consent, untold)
        else:
            self._then = None
            self.call_later(self.go, Parting.WITHDRAWN if consent.again else Parting.DECLINED)

    @work(thread=True, exit_on_error=False, name="consent")
    def _accept(self, annotator: str, consent: Consent, untold: bool) -> None:
        try:
            accept_consent(self.app.session.study, annotator, consent)
        except StudyError as error:
            self.app.call_from_thread(self._look_again, annotator, str(error))
        else:
            self.app.call_from_thread(self._instruct, annotator, untold=untold)

    def _instruct(self, annotator: str, *, untold: bool) -> None:
        self.take_settings()
        if untold and (words := instructions(self.app.session.study.settings)):
            self.app.push_screen(TextPage("Instructions", words, ""), lambda _: self._go_in(annotator))
        else:
            self._go_in(annotator)

    def _go_in(self, annotator: str) -> None:
        self._let_in, then, self._then = annotator, self._then, None
        if then is not None:
            then()

    def action_instructions(self) -> None:
        """Show what the study asks for."""
        words = instructions(self.app.session.study.settings)
        self.app.push_screen(TextPage("Instructions", words, "(this study has no instructions)"))

    # Another plan, or withdrawn elsewhere: in again, as for the first time

    def on_mount(self) -> None:
        """Look from time to time whether another plan stands, or this person takes part no more."""
        self._watch_plan()

    @work(name="look for another plan", group="poll", exclusive=True, exit_on_error=False)
    async def _watch_plan(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            labelling = self.labelling
            ended = None if labelling is None else await asyncio.to_thread(labelling.why_ended)
            if ended is not None and self.labelling is labelling and self.is_active and not self._waiting:
                self.say(safe(str(ended)))  # else next time
                self.begin_anew()
            elif self.at_end and await asyncio.to_thread(self._is_other) and self._may_look:
                self.look_anew()

    @property
    def _may_look(self) -> bool:
        return self.at_end and self.is_active and not self._waiting

    def _is_other(self) -> bool:
        """Whether a pair is open by now, or others hold more or fewer than before."""
        annotator, before = self.app.session.annotator, self._openings
        if annotator is None:
            return False
        with suppress(StudyError):  # else next time
            self._openings = now = read_openings(self.app.session.study, annotator)
            return now is not None and (now.pairs > 0 or (before is not None and now != before))
        return False

    def begin_anew(self) -> None:
        """Go in by the plan that stands now: its consent, its items."""
        labelling, self.labelling, self._let_in = self.labelling, None, None
        self._leave_plan(labelling)

    @work(thread=True, exit_on_error=False, name="leave the plan before")
    def _leave_plan(self, labelling: Labelling | None) -> None:
        if labelling is not None:
            with suppress(StudyError):
                labelling.leave()
        self.app.call_from_thread(self.begin)

    # Items

    def find(self, annotator: str, key: int | None) -> Item | None:
        """An item of this person, or the next open one; raises StudyError where it cannot be had."""
        if self.labelling is None or self.labelling.annotator != annotator:
            self.labelling = self._come_in(annotator)
        try:
            return self.labelling.find(key)
        except PlanReplacedError:
            raise
        except AnswerError:  # the pair was added since
            self.labelling = self._come_in(annotator)
            return self.labelling.find(key)

    def _come_in(self, annotator: str) -> Labelling:
        labelling = Labelling(self.app.session, annotator)
        if labelling.plan_id != self._plan_id:
            raise PlanReplacedError
        return labelling

    def fetch(self, find: Callable[[], Item | None], undone: Answer | None = None) -> None:
        """Read an item and show it."""
        if self._again is not None:
            self._again.stop()
        self._read(find, undone)

    @work(thread=True, exclusive=True, exit_on_error=False, group="item", name="read the item")
    def _read(self, find: Callable[[], Item | None], undone: Answer | None) -> None:
        try:
            tell = partial(self.show_item, find(), undone)
        except (PlanReplacedError, WithdrawnError):
            tell = partial(self.begin_anew)
        except StudyError as error:
            tell = partial(self._read_again, find, undone, str(error))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(tell)

    def _read_again(self, find: Callable[[], Item | None], undone: Answer | None, reason: str) -> None:
        """Nothing can be answered while nothing can be read: say why, and ask again before long."""
        self.tell_unread(reason)
        self._again = self.set_timer(_AGAIN, partial(self.fetch, find, undone))

    # Out: what is held is given back

    async def go(self, parting: Parting | None = None) -> None:
        """Give back what is held, and go where labelling began; an annotator goes home.

        Args:
            parting: why they take part no more, which they are told where they then are.
        """
        await asyncio.to_thread(self._give_back)
        self._let_in = None
        if not self.app.researcher:
            self.app.parting = parting
            await self.app.action_quit()
            return
        await self.app.action_back()
        if parting is not None:
            self.app.notify(parting.words, markup=False)

    def on_unmount(self) -> None:
        """Whatever way the app is left."""
        self._give_back()

    def _give_back(self) -> None:
        labelling, self._left = self.labelling, True
        self.labelling = None
        if labelling is not None:
            with suppress(StudyError):  # they are open to others when their time is over
                labelling.leave()

    def action_withdraw(self) -> None:
        """Ask whether to withdraw."""
        from tui.screens.consent import WithdrawScreen

        self.app.push_screen(WithdrawScreen(), self._withdraw_if)

    def _withdraw_if(self, sure: bool | None) -> None:
        annotator = self.app.session.annotator
        if sure and annotator is not None:
            self._withdraw(annotator)

    @work(thread=True, exit_on_error=False, name="withdraw")
    def _withdraw(self, annotator: str) -> None:
        try:
            withdraw(self.app.session.study, annotator)
        except StudyError as error:
            self.app.call_from_thread(self.say, safe(f"not withdrawn: {error}"))
        else:
            self.app.call_from_thread(self.call_later, self.go, Parting.WITHDRAWN)
