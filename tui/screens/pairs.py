"""Pairs: the researcher's desk, one pair at a time with everything known of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Final

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from annotation.pair_ids import pair_ids, pair_named
from annotation.pairs import PairFilter
from annotation.profiles import StudyProfile
from annotation.study import PairView
from annotation.tags import PairRemarks
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent, Preference, short_names
from tui.agents import models, named, offered
from tui.desk_words import NO_MODEL_TO_COMPARE, NO_PAIRS, frame_label, post_label
from tui.fact_marks import DeskMarks, is_about_facts
from tui.factor_rows import NO_MODEL, factor_rows
from tui.marks import NO_MARKS, PairMarks, occurrences
from tui.messages import LabelAsked, PairChosen
from tui.outside import safe
from tui.pair_walk import NOVEL_WORDS, PairShelf, PairWalk, filter_words
from tui.screens.base import ResearchScreen
from tui.screens.reading import ReadingScreen
from tui.screens.tagging import TaggingScreen
from tui.widgets.factor_table import FactorTable
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.pair_texts import LabelledText, PairTexts
from tui.widgets.ranking_panel import RankingPanel
from tui.widgets.votes import Votes
from tui.wording import factor_titles

_UNLIT: Final = DeskMarks(NO_MARKS, ())
"""Nothing lights up."""

_WRITTEN: Final = 0.04
"""Seconds until a pair is surely on the screen: reading ahead sooner would hold up writing it out."""


class PairsScreen(ReadingScreen, TaggingScreen, ResearchScreen):
    """Steps through the pairs that pass a filter."""

    CSS_PATH = "pairs.tcss"
    title_name = "Pairs"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-beside"), (116, "-wide")]  # noqa: RUF012 as Textual does

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "step(1)", "Next", tooltip="The next pair"),
        Binding("k,up", "step(-1)", "Before", show=False, tooltip="The pair before"),
        Binding("m", "misaligned", "Misaligned", tooltip="The next pair where people and the model disagree"),
        Binding("tab", "factor(1)", "Factor", tooltip="The next factor; its words are marked in the texts"),
        Binding("shift+tab", "factor(-1)", "Factor before", show=False, tooltip="The factor before"),
        Binding("enter", "facts", "Facts", tooltip="The facts behind the factor, with verdicts and reasons"),
        Binding("f", "filter", "Filter", tooltip="Only pairs of an agent, a label state, a factor"),
        Binding("slash", "search", "Search", key_display="/", tooltip="Only pairs that say so"),
        Binding("g", "go_to", "Go to", tooltip="A pair by its number or by the data set's own id"),
        Binding("c", "compare", "Model", tooltip="Compare people with the next model"),
        Binding("l", "label", "Label", tooltip="Label blind, beginning with this pair"),
        Binding(
            "M", "app.go('misaligned')", "All misaligned", show=False, tooltip="The list of misaligned pairs"
        ),
        Binding("p", "post", "Post", tooltip="Open the post on a small screen, or close it"),
        Binding("escape", "leave", "Back", show=False, tooltip="Take the filter away; without one, back"),
    ]

    table = getters.query_one(FactorTable)
    votes = getters.query_one(Votes)
    panel = getters.query_one(RankingPanel)

    compared: reactive[Agent | None] = reactive(None)
    """The model that people are compared with."""
    factor: reactive[str | None] = reactive(None)
    """The factor whose words are marked."""

    def __init__(self) -> None:
        super().__init__()
        self._all: PairWalk | None = None
        self._walk: PairWalk | None = None
        self._pair_id: int | None = None
        self._view: PairView | None = None
        self._profile: StudyProfile | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The pair on the left, the ranking on the right where there is room."""
        yield Static(NO_PAIRS, id="empty", markup=False)
        with Horizontal(id="desk"):
            with Vertical(id="pair"):
                yield PairTexts()
                yield FactorTable()
                yield Votes()
            yield RankingPanel(id="ranking").data_bind(PairsScreen.snapshot)

    def on_mount(self) -> None:
        """Find the pairs; this does not wait for the profile."""
        self._shelf = PairShelf(self.app.session.study)
        factors = self.app.session.study.factors
        self._titles = factor_titles(factors)
        self._lighting = {NOVEL_WORDS, *(factor.name for factor in factors if is_about_facts(factor))}
        self._find(PairFilter())

    # Which pairs

    @work(thread=True, exclusive=True, exit_on_error=False, group="find", name="find pairs")
    def _find(self, wanted: PairFilter) -> None:
        session = self.app.session
        ids = pair_ids(session.study) if wanted == PairFilter() else session.find_pairs(wanted)
        if ids is None:
            self.app.call_from_thread(self.say, "The study is still being read; filters come after that.")
            return
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_walk, PairWalk(ids, wanted))

    def _take_walk(self, walk: PairWalk) -> None:
        if walk.wanted == PairFilter():
            self._all = walk
            self.set_class(not len(walk), "-empty")
        elif not len(walk):
            self.say(f"No pair passes: {self._words(walk.wanted)}")
            return
        self._walk = walk
        pair_id = walk.nearest(self._pair_id or 0)
        if pair_id is not None:
            self._go(pair_id)
        self._light()

    def on_pair_chosen(self, message: PairChosen) -> None:
        """Go to a pair that was opened elsewhere."""
        message.stop()
        self._pair_id = message.pair_id
        if message.compared is not None:
            self.compared = message.compared
        if self._walk is not None and self._walk.nearest(message.pair_id) == message.pair_id:
            self._go(message.pair_id)
        else:
            self._find(PairFilter())

    @work(thread=True, exclusive=True, exit_on_error=False, group="find", name="find a misaligned pair")
    def _find_misaligned(self, wanted: PairFilter, pair_id: int) -> None:
        ids = self.app.session.find_pairs(wanted)
        following = None if ids is None else PairWalk(ids, wanted).after(pair_id)
        if following is None:
            self.app.call_from_thread(self.say, f"No pair: {self._words(wanted)}")
        else:
            self.app.call_from_thread(self._go, following)

    @work(thread=True, exclusive=True, exit_on_error=False, group="find", name="find the pair")
    def _find_named(self, name: str) -> None:
        pair_id = pair_named(self.app.session.study, name)
        self.app.call_from_thread(self._take_named, name, pair_id)

    def _take_named(self, name: str, pair_id: int | None) -> None:
        number = name.removeprefix("#")
        if pair_id is None and self._all is not None and number.isdecimal():
            pair_id = self._all.numbered(int(number))
        if pair_id is None:
            self.say(f"No pair {safe(name)} here: there are 1 to {len(self._all or ()):,}")
        else:
            self.post_message(PairChosen(pair_id))

    # One pair

    def _go(self, pair_id: int) -> None:
        """Bring a pair to the desk: at once if it was read ahead."""
        self._pair_id = pair_id
        view = self._shelf.at_hand(pair_id)
        if view is not None:
            self._show(view)
        else:
            self._read(pair_id)

    @work(thread=True, exclusive=True, exit_on_error=False, group="pair", name="read the pair")
    def _read(self, pair_id: int) -> None:
        self.app.call_from_thread(self._show, self._shelf.read(pair_id))

    @work(thread=True, exclusive=True, exit_on_error=False, group="ahead", name="read ahead")
    def _read_ahead(self, pair_id: int) -> None:
        for step in (1, -1):
            neighbour = self._walk.step(pair_id, step) if self._walk is not None else None
            if neighbour is not None:
                view = self._shelf.read(neighbour)
                if self.factor is not None and self.factor in self._lighting:
                    self._shelf.find_marks(view, self.factor)

    def _show(self, view: PairView) -> None:
        if view.id != self._pair_id:
            return  # the person has stepped on meanwhile
        another = self._view is None or self._view.id != view.id
        self._view = view
        if another:
            self._show_texts(view)
        else:
            self.texts.label_responses(*self._frames(view))
        self._light()
        self._show_place()
        self._fill()
        self.set_timer(_WRITTEN, lambda: self._read_ahead(view.id))

    def _show_texts(self, view: PairView) -> None:
        self.texts.show_source(view.source_id, LabelledText(view.source, post_label(view)))
        left, right = self._frames(view)
        self.texts.show_responses(LabelledText(view.left.text, left), LabelledText(view.right.text, right))

    def _frames(self, view: PairView) -> tuple[Content, Content]:
        return frame_label(view, Preference.LEFT), frame_label(view, Preference.RIGHT)

    def _show_place(self) -> None:
        if self._all is None or self._walk is None or self._pair_id is None:
            return
        place = f"pair {self._all.number(self._pair_id):,} of {len(self._all):,}"
        words = self._words(self._walk.wanted)
        if words:
            # What is cut where there is no room is the filter, which the person chose a moment ago.
            place = f"match {self._walk.number(self._pair_id):,} of {len(self._walk):,} · {place} · {words}"
        self.title_line.far = Content(place)

    def _words(self, wanted: PairFilter) -> str:
        agents = () if self.snapshot is None else self.snapshot.rankings
        names = {agent.address: name for agent, name in short_names(agents).items()}
        return filter_words(wanted, self._titles, names)

    def _fill(self) -> None:
        """Values, scores and votes; scores only once the profile is there."""
        if self._view is None:
            return
        factors = self.app.session.study.factors
        if self.snapshot is None:
            self.table.rows = factor_rows(self._view, factors, None, None)
        else:
            model = self.snapshot.rankings.get(self.compared) if self.compared is not None else None
            self.table.rows = factor_rows(self._view, factors, self.snapshot.people, model, NO_MODEL)
        if self.factor is None:
            self.action_factor(1)
        self.votes.roster = self.app.session.roster
        self.votes.view = self._view

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Scores follow every label, and so does what is said of this pair."""
        if snapshot is None:
            return
        self._keep_compared(snapshot)
        self._shelf.forget()
        if self._profile is not self.app.session.profile:
            self._profile = self.app.session.profile
            self._find(self._walk.wanted if self._walk is not None else PairFilter())
        elif self._pair_id is not None:
            self._read(self._pair_id)
        self._fill()

    def _keep_compared(self, snapshot: ProfileSnapshot) -> None:
        if self.compared not in snapshot.rankings:
            wanted, all_models = named(snapshot, self.app.config.compare_with), models(snapshot)
            self.compared = wanted if wanted in all_models else next(iter(all_models), None)

    def watch_compared(self, compared: Agent | None) -> None:
        """Name the model over its column, and align the ranking with it."""
        if compared is not None:
            self.table.compared = (
                compared.kind if self.app.session.roster.is_shared(compared) else compared.name
            )
            self.panel.against = compared
            self._fill()

    # The chosen factor

    def watch_factor(self, factor: str | None) -> None:
        """Mark the words behind it."""
        self.table.chosen = factor
        self.panel.shown_factor = factor
        self._light()

    def _light(self) -> None:
        """Mark what is at hand; the rest is looked for, and marked once it is found."""
        view, lit = self._view, _UNLIT
        if view is None:
            return
        if self.factor is not None and self.factor in self._lighting:
            at_hand = self._shelf.marks_at_hand(view.id, self.factor)
            lit = at_hand or _UNLIT
            if at_hand is None:
                self._find_marks(view, self.factor)
        wanted = (self._walk.wanted.text if self._walk is not None else None) or ""
        self.texts.source.mark((*lit.source, *occurrences(wanted, view.source)))
        self.texts.mark(
            PairMarks(
                lit.responses.first + occurrences(wanted, view.left.text),
                lit.responses.second + occurrences(wanted, view.right.text),
            )
        )

    @work(thread=True, exclusive=True, exit_on_error=False, group="marks", name="mark words")
    def _find_marks(self, view: PairView, factor: str) -> None:
        self._shelf.find_marks(view, factor)
        self.app.call_from_thread(self._light)

    # Keys

    def action_step(self, by: int) -> None:
        """Step to the next pair or the one before."""
        if self._walk is None or self._pair_id is None:
            return
        following = self._walk.step(self._pair_id, by)
        if following is not None:
            self._go(following)

    def action_factor(self, by: int) -> None:
        """Move to the next factor of the table or the one before."""
        names = [row.factor.name for row in self.table.ordered()]
        if self.factor in names:
            self.factor = names[(names.index(self.factor) + by) % len(names)]
        elif names:
            differing = [row.factor.name for row in self.table.ordered() if row.more]
            self.factor = (differing or names)[0]

    def action_facts(self) -> None:
        """Show the facts behind the chosen factor."""
        from tui.screens.facts import FactsScreen

        if self._view is not None:
            self.app.push_screen(FactsScreen(self._view, self.factor or "", self._titles))

    @property
    def at_hand(self) -> tuple[int, PairRemarks] | None:
        """The pair on the desk."""
        return None if self._view is None else (self._view.id, self._view.remarks)

    def take_remark(self) -> None:
        """Read the pair anew."""
        self._shelf.forget()
        if self._pair_id is not None:
            self._read(self._pair_id)

    def action_misaligned(self) -> None:
        """Go to the next pair where people and the model disagree."""
        if self._walk is None or self._pair_id is None:
            return
        if self.compared is None:
            self.say(NO_MODEL_TO_COMPARE)
            return
        wanted = replace(self._walk.wanted, misaligned_with=self.compared.address)
        self._find_misaligned(wanted, self._pair_id)

    def action_compare(self) -> None:
        """Compare people with the next model."""
        if self.snapshot is None:
            return
        all_models = models(self.snapshot)
        if not all_models:
            self.say(NO_MODEL_TO_COMPARE)
            return
        place = all_models.index(self.compared) if self.compared in all_models else -1
        self.compared = all_models[(place + 1) % len(all_models)]

    @work
    async def action_search(self) -> None:
        """Ask for a text that pairs have to say; an empty line takes the search away."""
        wanted = self._walk.wanted if self._walk is not None else PairFilter()
        hint = "an empty line looks for no text" if wanted.text else ""
        text = await self.app.push_screen_wait(
            LinePrompt("Search", wanted.text or "", hint, gives="searches")
        )
        if text is not None:
            self._find(replace(wanted, text=text or None))

    @work
    async def action_go_to(self) -> None:
        """Ask for a pair."""
        title = "Go to pair (number, or the data set's own id)"
        name = await self.app.push_screen_wait(LinePrompt(title, gives="goes there"))
        if name:
            self._find_named(name)

    @work
    async def action_filter(self) -> None:
        """Ask for a filter."""
        from tui.screens.pair_filter import PairFilterScreen

        wanted = self._walk.wanted if self._walk is not None else PairFilter()
        agents = [] if self.snapshot is None else offered(self.snapshot, annotators=True)
        chosen = await self.app.push_screen_wait(
            PairFilterScreen(wanted, agents, self._titles, self.app.session.roster)
        )
        if chosen is not None:
            self._find(chosen)

    async def action_leave(self) -> None:
        """Take the filter away; without one, go back to the study."""
        if self._walk is not None and self._walk.wanted != PairFilter():
            self._find(PairFilter())
        else:
            await self.app.action_back()

    def action_label(self) -> None:
        """Label blind, beginning with this pair."""
        self.post_message(LabelAsked(self._pair_id))

    def action_post(self) -> None:
        """Open the post on a small screen, or close it."""
        self.toggle_class("-post-open")
