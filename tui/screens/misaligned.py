"""Misaligned: where a model and most people disagree, those pairs first that add most to it."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from annotation.misaligned import MisalignedFilter, MisalignedPair, MisalignedPairs, comparable
from annotation.tags import PairRemarks, count_tags
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent
from tui.agents import named
from tui.messages import PairChosen
from tui.misaligned_words import heading, in_full, listed, standing
from tui.screens.base import ResearchScreen
from tui.screens.tagging import TaggingScreen
from tui.widgets.agent_picker import AgentPicker
from tui.widgets.misaligned_list import MisalignedList
from tui.wording import agent_name, factor_titles

_NO_MODEL: Final = (
    "No model to compare people with yet.\n\n"
    "Pairs come here on which most people prefer a side and a model does not.\n"
    "It takes labels, and a model that\n\n"
    "  judged pairs         profile-tui judge STUDY --model NAME\n"
    "  wrote for scores     profile-tui generate STUDY --model NAME\n"
    "  rewarded responses   profile-tui reward STUDY --model NAME\n\n"
    "What others' models chose comes by profile-tui import STUDY ..."
)
_NOTHING: Final = (
    "No pair is misaligned{where}.\n\n"
    "A pair comes here as soon as most people prefer a side that {who} did not choose."
)


class MisalignedScreen(TaggingScreen, ResearchScreen):
    """The list, and what the pair under the cursor adds; both follow labels and verdicts as they arrive."""

    CSS_PATH = "misaligned.tcss"
    title_name = "Misaligned"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="Open the pair on the desk; escape comes back"),
        Binding("c", "choose_model", "Model", tooltip="Choose the model that people are compared with"),
        Binding("b", "basis", "By", tooltip="By choice of a judge, by generation scores, or by reward"),
        Binding("f", "filter", "Filter", tooltip="Only pairs of a factor, a score gap, a tag"),
        Binding("o", "only_post", "Post", tooltip="Only pairs of this post, or of all again"),
        Binding("t", "tag", "Tag", tooltip="Tag this pair, or take the tag away"),
        Binding("n", "note", "Note", tooltip="Write a note on this pair"),
        Binding("escape", "leave", "Back", show=False, tooltip="Take the filter away; without one, back"),
    ]

    table = getters.query_one(MisalignedList)

    model: reactive[Agent | None] = reactive(None)
    """Whom people are compared with."""
    wanted: reactive[MisalignedFilter] = reactive(MisalignedFilter())
    found: reactive[MisalignedPairs | None] = reactive(None)

    def compose_body(self) -> Iterable[Widget]:
        """Who is compared, the list, the pair under the cursor."""
        self._titles = factor_titles(self.app.session.study.factors)
        yield Static(_NO_MODEL, id="no-model", markup=False)
        yield Static(Content.styled("comparing …", "$quiet"), id="standing")
        yield MisalignedList(self._titles)
        yield Static(id="nothing", markup=False)
        yield Static(id="pair", classes="frame")

    def on_resize(self) -> None:
        """Cut the name to the room there is."""
        self.call_after_refresh(self._say_standing)

    # What is listed

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Labels, values and verdicts move it."""
        if snapshot is None:
            return
        if self.model not in snapshot.rankings:
            known = comparable(snapshot.rankings)
            preferred = named(snapshot, self.app.config.compare_with)
            self.model = preferred if preferred in known else next(iter(known), None)
        self.set_class(self.model is None, "-no-model")
        self._find()

    def watch_model(self) -> None:
        """Compare another model."""
        self._find()

    def watch_wanted(self) -> None:
        """List others."""
        self._find()

    def on_screen_resume(self) -> None:
        """Tags may have been set on the desk."""
        self._find()

    def take_remark(self) -> None:
        """Draw the tags anew."""
        self._find()

    @work(exclusive=True, group="find", exit_on_error=False, name="find misaligned pairs")
    async def _find(self) -> None:
        model, wanted = self.model, self.wanted
        if model is None or self.snapshot is None:
            return
        found = await asyncio.to_thread(self.app.session.find_misaligned, model, wanted)
        if found is not None and (found.agent, wanted) == (self.model, self.wanted):
            self.found = found

    def watch_found(self, found: MisalignedPairs | None) -> None:
        """Draw the list; the cursor stays on its pair."""
        if found is None:
            return
        self._say_standing()
        where = listed(self.wanted, found, self._titles)
        self.set_class(not len(found), "-nothing")
        said = _NOTHING.format(where=f": {where}" if where else "", who=agent_name(found.agent))
        self.query_one("#nothing", Static).update(Content(said))
        self.table.show(found)

    def _say_standing(self) -> None:
        if self.found is not None:
            head = self.query_one("#standing", Static)
            head.update(standing(self.found, self.app.session.roster, head.content_size.width))

    def on_misaligned_list_pair_met(self, message: MisalignedList.PairMet) -> None:
        """Say what the pair under the cursor adds."""
        message.stop()
        self._say(message.pair)

    def _say(self, pair: MisalignedPair | None) -> None:
        found = self.found
        if found is None:
            return
        total = f"{len(found):,} of {found.total:,}" if len(found) < found.total else f"{found.total:,}"
        place = f"pair {self.table.place + 1:,} of " if pair is not None else ""
        words = listed(self.wanted, found, self._titles)
        self.title_line.far = Content(f"{place}{total}{f' · {words}' if words else ''}")
        frame = self.query_one("#pair", Static)
        if pair is not None:
            frame.border_title = heading(pair, found, self.app.session.roster)
            frame.update(in_full(pair, found, self._titles))

    @property
    def at_hand(self) -> tuple[int, PairRemarks] | None:
        """The pair under the cursor."""
        pair = self.table.pair
        return None if pair is None else (pair.id, pair.remarks)

    # Keys

    def action_open(self) -> None:
        """Open the pair on the desk."""
        pair = self.table.pair
        if pair is not None:
            self.post_message(PairChosen(pair.id, self.model))

    @work
    async def action_choose_model(self) -> None:
        """Choose the model from a list."""
        if self.snapshot is None or self.model is None:
            return
        rankings = [self.snapshot.rankings[agent] for agent in comparable(self.snapshot.rankings)]
        picker = AgentPicker("Model", rankings, self.app.session.roster, self.model)
        if (agent := await self.app.push_screen_wait(picker)) is not None:
            self.model = agent

    def action_basis(self) -> None:
        """Go on to a model that chooses in the next way: the same one, where it does."""
        if self.snapshot is None or self.model is None:
            return
        known = comparable(self.snapshot.rankings)
        kinds = [*dict.fromkeys(agent.kind for agent in known)]
        following = kinds[(kinds.index(self.model.kind) + 1) % len(kinds)]
        among = [agent for agent in known if agent.kind is following]
        if following is self.model.kind:
            self.notify("All models here choose in the same way.", markup=False)
        self.model = next((agent for agent in among if agent.name == self.model.name), among[0])

    @work
    async def action_filter(self) -> None:
        """Ask for a filter."""
        from tui.screens.misaligned_filter import MisalignedFilterScreen

        tags = {} if self.found is None else count_tags(self.found.remarks)
        asked = MisalignedFilterScreen(self.wanted, self._titles, tags)
        if (chosen := await self.app.push_screen_wait(asked)) is not None:
            self.wanted = chosen

    def action_only_post(self) -> None:
        """List the pairs of this post alone, or of all posts again."""
        pair = self.table.pair
        if self.wanted.source is not None:
            self.wanted = replace(self.wanted, source=None)
        elif pair is not None:
            self.wanted = replace(self.wanted, source=pair.source_id)

    async def action_leave(self) -> None:
        """Take the filter away; without one, go back to the study."""
        if self.wanted != MisalignedFilter():
            self.wanted = MisalignedFilter()
        else:
            await self.app.action_back()
