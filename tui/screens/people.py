"""People: who is working, how well, and how far the plan is; whose answers count is decided here."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from annotation.errors import StudyError
from annotation.people.participation import leave_out, take_in
from annotation.people.progress import Figures, measure_people, read_head, read_whereabouts
from annotation.people.quality import AnnotatorQuality, Presence
from annotation.planning.seats import utc_now
from annotation.wording import counted
from annotation.wording import people as counted_people
from tui.flow import POLL_SECONDS
from tui.outside import safe
from tui.people_words import NOBODY, People, in_full, plan_lines
from tui.screens.base import ResearchScreen
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.people_table import PeopleTable
from tui.wording import safe_name

_RESTS: Final = 2
"""How many times as long as measuring took nothing is measured, so that it never fills the machine."""


class PeopleScreen(ResearchScreen):
    """Everybody who takes part, as they work; leaving somebody out and taking them in again."""

    CSS_PATH = "people.tcss"
    title_name = "People"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "decide", "Out/in", tooltip="Leave this person out of every result, or take them in"),
        Binding("d", "app.go('adjudication')", "Adjudicate", tooltip="Settle pairs without a majority"),
    ]

    table = getters.query_one(PeopleTable)

    people: reactive[People | None] = reactive(None, always_update=True)

    def compose_body(self) -> Iterable[Widget]:
        """The plan, the table, the person under the cursor."""
        plan = Static("counting …", id="plan", classes="frame", markup=False)
        plan.border_title = "Plan"
        yield plan
        yield PeopleTable().data_bind(PeopleScreen.people)
        yield Static(NOBODY, id="nothing", markup=False)
        person = Static(id="person", classes="frame", markup=False)
        person.border_title = "Under the cursor"
        yield person

    # Live: what other processes do is looked for, and measured anew where it moved something

    def on_screen_resume(self) -> None:
        """Follow while this is looked at."""
        self._follow()

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self.workers.cancel_group(self, "poll")

    @work(exclusive=True, group="poll", exit_on_error=False, name="look who is working")
    async def _follow(self) -> None:
        while True:
            begun = monotonic()
            try:
                await self._look()
            except StudyError as error:
                self._plan.update(Content(safe(f"not read, trying again: {error}")))
            await asyncio.sleep(max(POLL_SECONDS, _RESTS * (monotonic() - begun)))

    async def _look(self) -> None:
        study = self.app.session.study
        figures: Figures | None = self.people.figures if self.people is not None else None
        whereabouts = await asyncio.to_thread(read_whereabouts, study)
        head = await asyncio.to_thread(read_head, study)
        if figures is None or figures.head != head:
            figures = await asyncio.to_thread(measure_people, study)
        self.people = People(figures, whereabouts, utc_now())

    @property
    def _plan(self) -> Static:
        return self.query_one("#plan", Static)

    def watch_people(self, people: People | None) -> None:
        """Say how far the plan is."""
        if people is None:
            return
        everybody, plan = people.figures.people, people.figures.plan
        self.set_class(not everybody, "-empty")
        self._plan.update(plan_lines(people.figures, self.size.width))
        only_read = " · read-only: nothing can be decided" if self.app.session.study.read_only else ""
        labels = sum(one.labels for one in everybody)
        far = (
            counted(labels, "label")
            if plan is None
            else f"{plan.done.labels:,} of {counted(plan.labels, 'label')}"
        )
        self.title_line.far = Content(f"{counted_people(len(everybody))} · {far}{only_read}")

    def on_people_table_person_chosen(self, message: PeopleTable.PersonChosen) -> None:
        """Show the person under the cursor in full."""
        self.query_one("#person", Static).update(in_full(message.person))

    # Whose answers count

    def action_decide(self) -> None:
        """Ask why the person under the cursor is left out, or taken in again."""
        one = self.table.person
        if one is None:
            return
        name = safe_name(one.annotator)
        if self.app.session.study.read_only:
            self._tell("this study is read-only: nobody can be left out or taken in")
        elif one.presence in (Presence.WITHDRAWN, Presence.ERASED):
            self._tell(f"{name} has withdrawn: nothing of theirs counts until they take part again")
        elif one.presence is Presence.LEFT_OUT:
            title, hint = (
                f"Take {name} in again? Why",
                "their answers count again, in every result; may be empty",
            )
            prompt = LinePrompt(title, hint=hint, gives="takes in")
            self.app.push_screen(prompt, partial(self._take_in, one))
        else:
            hint = "out of every result; nothing is deleted, and o takes them in again"
            prompt = LinePrompt(f"Leave {name} out? Why", hint=hint, gives="leaves out")
            self.app.push_screen(prompt, partial(self._leave_out, one))

    def _leave_out(self, one: AnnotatorQuality, reason: str | None) -> None:
        if reason:
            self._write(partial(leave_out, name=one.annotator, reason=reason), one, "answers no longer count")
        elif reason is not None:
            self._tell("nobody is left out without a reason")

    def _take_in(self, one: AnnotatorQuality, reason: str | None) -> None:
        if reason is not None:
            self._write(
                partial(take_in, name=one.annotator, reason=reason or None), one, "answers count again"
            )

    @work(exit_on_error=False, name="decide who counts")
    async def _write(self, decide: Callable[..., None], one: AnnotatorQuality, done: str) -> None:
        try:
            await asyncio.to_thread(decide, self.app.session.study)
        except StudyError as error:
            self._tell(f"not changed: {error}")
        else:
            self._tell(f"{safe_name(one.annotator)}: {done}")
            self._follow()  # at once

    def _tell(self, words: str) -> None:
        self.notify(safe(words), markup=False)
