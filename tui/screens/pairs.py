"""Pairs: the researcher's desk, one pair at a time with everything known of it."""

from collections.abc import Iterable, Sequence
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
from annotation.pairs import PairFilter, find_pairs
from annotation.profiles import StudyProfile
from annotation.study import PairView
from profile_engine.extraction.rules import NovelWordRule
from profile_engine.live import ProfileSnapshot
from profile_engine.preferences import Agent, AgentKind, Preference
from tui.agents import offered, other_agent
from tui.desk_words import frame_label, post_label
from tui.fact_marks import is_about_facts, mark_facts, read_facts
from tui.factor_rows import factor_rows
from tui.marks import NO_MARKS, PairMarks, novel_words, occurrences
from tui.messages import LabelAsked, PairChosen
from tui.outside import Mark, safe
from tui.pair_walk import PairShelf, PairWalk, filter_words
from tui.screens.base import ResearchScreen
from tui.widgets.factor_table import FactorTable
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.pair_texts import LabelledText, PairTexts
from tui.widgets.ranking_panel import RankingPanel
from tui.widgets.votes import Votes
from tui.wording import factor_titles

_WORDS_FACTOR: Final = "novel_words"
"""The factor that single words stand behind."""

_NOTHING: Final = (
    "No pairs yet.\n\n"
    "profile-tui import STUDY ...   brings posts, responses, labels and verdicts\n"
    "profile-tui demo               opens a study that has some"
)


class PairsScreen(ResearchScreen):
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
        Binding("p", "post", "Post", tooltip="Open the post on a small screen, or close it"),
        Binding("escape", "leave", "Back", show=False, tooltip="Take the filter away; without one, back"),
        Binding("space", "page_source(1)", "Read on", show=False, tooltip="A page on in the post"),
        Binding("backspace", "page_source(-1)", "Read back", show=False, tooltip="A page back in the post"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="A page on in A and B"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="A page back in A and B"),
        Binding("equals_sign", "part", "Part", key_display="=", show=False, tooltip="Scroll A and B apart"),
    ]

    texts = getters.query_one(PairTexts)
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
        self._rule = NovelWordRule()

    def compose_body(self) -> Iterable[Widget]:
        """The pair on the left, the ranking on the right where there is room."""
        yield Static(_NOTHING, id="empty", markup=False)
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
        self._about_facts = frozenset(factor.name for factor in factors if is_about_facts(factor))
        self._find(PairFilter())

    # Which pairs

    @work(thread=True, exclusive=True, exit_on_error=False, group="find", name="find pairs")
    def _find(self, wanted: PairFilter) -> None:
        study, profile = self.app.session.study, self.app.session.profile
        if wanted == PairFilter():
            ids = pair_ids(study)
        elif profile is not None:
            ids = find_pairs(study, profile, wanted)
        else:
            self.app.call_from_thread(self._say, "The study is still being read; filters come after that.")
            return
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take_walk, PairWalk(ids, wanted))

    def _take_walk(self, walk: PairWalk) -> None:
        if walk.wanted == PairFilter():
            self._all = walk
            self.set_class(not len(walk), "-empty")
        elif not len(walk):
            self._say(f"No pair passes: {filter_words(walk.wanted, self._titles)}")
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
        if self._walk is not None and self._walk.nearest(message.pair_id) == message.pair_id:
            self._go(message.pair_id)
        else:
            self._find(PairFilter())

    @work(thread=True, exclusive=True, exit_on_error=False, group="find", name="find a misaligned pair")
    def _find_misaligned(self, wanted: PairFilter, pair_id: int) -> None:
        profile = self.app.session.profile
        if profile is None or wanted.misaligned_with is None:
            return
        found = PairWalk(find_pairs(self.app.session.study, profile, wanted), wanted)
        following = found.after(pair_id)
        if following is None:
            words = filter_words(wanted, self._titles)
            self.app.call_from_thread(self._say, f"No pair: {words}")
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
            self._say(f"No pair {safe(name)} here: there are 1 to {len(self._all or ()):,}")
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
                self._shelf.read(neighbour)

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
        self._read_ahead(view.id)

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
        words = filter_words(self._walk.wanted, self._titles)
        if words:
            place += f" · filter: {words} · {self._walk.left(self._pair_id):,} left"
        self.title_line.far = Content(place)

    def _fill(self) -> None:
        """Values, scores and votes; scores only once the profile is there."""
        if self._view is None:
            return
        rankings = {} if self.snapshot is None else self.snapshot.rankings
        people = None if self.snapshot is None else self.snapshot.people
        model = rankings.get(self.compared) if self.compared is not None else None
        self.table.rows = factor_rows(self._view, self.app.session.study.factors, people, model)
        if self.factor is None:
            self.action_factor(1)
        self.votes.simulated = self.app.session.simulated
        self.votes.view = self._view

    def watch_snapshot(self, snapshot: ProfileSnapshot | None) -> None:
        """Scores follow every label, and so does what is said of this pair."""
        if snapshot is None:
            return
        if self.compared not in snapshot.rankings:
            self.compared = other_agent(snapshot, self.app.config.compare_with, snapshot.people.agent)
        self._shelf.forget()
        if self._profile is not self.app.session.profile:
            self._profile = self.app.session.profile
            self._find(self._walk.wanted if self._walk is not None else PairFilter())
        elif self._pair_id is not None:
            self._read(self._pair_id)
        self._fill()

    def watch_compared(self, compared: Agent | None) -> None:
        """Name the model over its column, and align the ranking with it."""
        if compared is not None:
            self.table.compared = compared.name
            self.panel.against = compared.name
            self._fill()

    # The chosen factor

    def watch_factor(self, factor: str | None) -> None:
        """Mark the words behind it."""
        self.table.chosen = factor
        self.panel.shown_factor = factor
        self._light()

    def _light(self) -> None:
        """Mark what is to be marked by then, once the pair is painted."""
        self.call_after_refresh(self._light_now)

    def _light_now(self) -> None:
        wanted = (self._walk.wanted.text if self._walk is not None else None) or ""
        if self._view is None:
            return
        if wanted or self.factor == _WORDS_FACTOR or self.factor in self._about_facts:
            self._find_marks(self._view, self.factor, wanted)
        else:
            self._mark(self._view.id, NO_MARKS, ())

    @work(thread=True, exclusive=True, exit_on_error=False, group="marks", name="mark words")
    def _find_marks(self, view: PairView, factor: str | None, wanted: str) -> None:
        left, right = view.left.text, view.right.text
        marks, source = NO_MARKS, occurrences(wanted, view.source)
        if factor == _WORDS_FACTOR:
            marks = novel_words(left, right, view.source, self._rule)
        elif factor is not None and factor in self._about_facts:
            study = self.app.session.study
            lit = mark_facts(read_facts(study, view.left.id), read_facts(study, view.right.id), factor)
            marks, source = lit.responses, lit.source + source
        found = PairMarks(occurrences(wanted, left), occurrences(wanted, right))
        both = PairMarks(marks.first + found.first, marks.second + found.second)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._mark, view.id, both, source)

    def _mark(self, pair_id: int, responses: PairMarks, source: Sequence[Mark]) -> None:
        if self._view is not None and self._view.id == pair_id:
            self.texts.mark(responses)
            self.texts.source.mark(source)

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

    def action_misaligned(self) -> None:
        """Go to the next pair where people and the model disagree."""
        if self._walk is None or self._pair_id is None:
            return
        if self.compared is None:
            self._say("No model to compare people with: import verdicts or scores of one")
            return
        wanted = replace(self._walk.wanted, misaligned_with=self.compared.name)
        self._find_misaligned(wanted, self._pair_id)

    def action_compare(self) -> None:
        """Compare people with the next model."""
        if self.snapshot is None:
            return
        models = [a for a in offered(self.snapshot, annotators=False) if a.kind is not AgentKind.HUMAN]
        if models:
            place = models.index(self.compared) if self.compared in models else -1
            self.compared = models[(place + 1) % len(models)]

    @work
    async def action_search(self) -> None:
        """Ask for a text that pairs have to say; escape takes the search away."""
        wanted = self._walk.wanted if self._walk is not None else PairFilter()
        text = await self.app.push_screen_wait(LinePrompt("Search", wanted.text or "", "escape: all pairs"))
        self._find(replace(wanted, text=text or None))

    @work
    async def action_go_to(self) -> None:
        """Ask for a pair."""
        name = await self.app.push_screen_wait(LinePrompt("Go to pair (number, or the data set's own id)"))
        if name:
            self._find_named(name)

    @work
    async def action_filter(self) -> None:
        """Ask for a filter."""
        from tui.screens.pair_filter import PairFilterScreen

        wanted = self._walk.wanted if self._walk is not None else PairFilter()
        agents = [] if self.snapshot is None else offered(self.snapshot, annotators=True)
        chosen = await self.app.push_screen_wait(PairFilterScreen(wanted, agents, self._titles))
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

    def action_page(self, direction: int) -> None:
        """Turn a page of the responses."""
        self.texts.page(direction)

    def action_page_source(self, direction: int) -> None:
        """Turn a page of the post."""
        self.texts.page_source(direction)

    def action_part(self) -> None:
        """Scroll the responses apart, or together again."""
        self.texts.joined = not self.texts.joined
        self._say("A and B scroll " + ("together" if self.texts.joined else "apart"))

    def _say(self, words: str) -> None:
        self.app.notify(words, markup=False)
