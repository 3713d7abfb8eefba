"""The paper's experiments on this study: which there are, what each takes, and what the newest came to."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.worker import get_current_worker

from annotation.errors import StudyError
from annotation.experiments.designs import (
    AlignmentDesign,
    CorrelationsDesign,
    Design,
    DirectDesign,
    ImprovementDesign,
    RewardDesign,
)
from annotation.experiments.log import StoredExperiment, newest
from annotation.experiments.names import ExperimentName
from annotation.experiments.needs import Need, read_needs
from annotation.settings import StudySettings
from annotation.staleness import Age, read_ages
from annotation.study import Study
from profile_engine.live import ProfileSnapshot
from tui.experiment_figures import figure
from tui.experiment_words import PURPOSES, age_words, needs_lines, state_of, what_it_takes
from tui.outside import safe
from tui.screens.base import ResearchScreen
from tui.widgets.experiment_figure import ExperimentFigure
from tui.widgets.work_progress import WorkProgress
from tui.wording import factor_titles


@dataclass(frozen=True, slots=True)
class Bench:
    """What the screen knows of the study: what each experiment takes, the newest of each, and its age."""

    needs: Mapping[ExperimentName, tuple[Need, ...]]
    newest: Mapping[ExperimentName, StoredExperiment]
    ages: Mapping[ExperimentName, Age]


class ExperimentsScreen(ResearchScreen):
    """The six in a list; the one under the cursor with its figure, or with what it takes."""

    CSS_PATH = "experiments.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "run", "Run", tooltip="Run this experiment on the study as it is; it is kept"),
        Binding("j,pagedown", "scroll_figure(1)", "Figure down", tooltip="Scroll the figure down"),
        Binding("k,pageup", "scroll_figure(-1)", "Figure up", show=False, tooltip="Scroll the figure up"),
        Binding("escape", "stop_or_leave", "Back", show=False, tooltip="Stop what runs, else back"),
    ]
    title_name = "Experiments"

    names = getters.query_one(OptionList)
    drawing = getters.query_one(ExperimentFigure)
    frame = getters.query_one("#figure", VerticalScroll)
    progress = getters.query_one(WorkProgress)

    bench: reactive[Bench | None] = reactive(None)
    chosen: reactive[ExperimentName] = reactive(ExperimentName.ALIGNMENT)
    running: reactive[ExperimentName | None] = reactive(None)

    def compose_body(self) -> Iterable[Widget]:
        """The list, and below or beside it the figure."""
        yield WorkProgress()
        with Container(id="both"):
            names = OptionList(*ExperimentName, id="names", classes="frame", compact=True)
            names.border_title = "Experiments"
            with Vertical(id="left"):
                yield names
                takes = Static(id="takes", classes="frame", markup=False)
                takes.border_title = "It takes"
                yield takes
            with VerticalScroll(id="figure", classes="frame", can_focus=False):
                yield ExperimentFigure()

    def on_screen_resume(self) -> None:
        """What is there may have changed meanwhile."""
        self._look()

    def watch_snapshot(self, _snapshot: ProfileSnapshot | None) -> None:
        """Labels and verdicts may bring what was lacking."""
        if self.is_current:
            self._look()

    def on_resize(self) -> None:
        """Say of each how it stands as long as there is room."""
        self.call_after_refresh(self.watch_bench)

    @work(exclusive=True, group="look", exit_on_error=False, name="look at the experiments")
    async def _look(self) -> None:
        study = self.app.session.study
        self.bench = await asyncio.to_thread(_bench, study)

    def watch_bench(self) -> None:
        """Say of each how it stands."""
        bench = self.bench
        if bench is None:
            return
        for place, name in enumerate(ExperimentName):
            state = state_of(name, bench.needs[name], bench.newest.get(name), bench.ages.get(name))
            line = Content.assemble(f"{name:<13}", state).truncate(
                self.names.content_size.width - 1, ellipsis=True
            )
            self.names.replace_option_prompt_at_index(place, line)
        self.title_line.far = Content(f"{len(bench.newest)} of {len(ExperimentName)} run")
        self._draw()

    def watch_chosen(self) -> None:
        """Show another one, from its top."""
        self._draw()
        self.frame.scroll_home(animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor came to one."""
        self.chosen = list(ExperimentName)[event.option_index]

    def _draw(self) -> None:
        bench, name = self.bench, self.chosen
        if bench is None or not self.is_attached:
            return
        stored = bench.newest.get(name)
        self.frame.border_title = Content(PURPOSES[name])
        age = bench.ages.get(name)
        told = "" if age is None else age_words(age)
        stale = age is not None and age.is_stale
        when = "" if stored is None else f"experiment {stored.id} · {stored.created}"
        self.frame.border_subtitle = Content(f"{when} · {told}" if told and not stale else when)
        self.set_class(stored is not None, "-run")
        if stored is None:
            words = what_it_takes(name, bench.needs[name])
            self.drawing.show(lambda _width: words)
        else:
            self.query_one("#takes", Static).update(needs_lines(bench.needs[name]))
            titles = factor_titles(self.app.session.study.factors)
            warning = Content.styled(f"{told}\n\n", "$warning") if stale else Content()
            self.drawing.show(lambda width: Content.assemble(warning, figure(stored, titles, width)))

    def action_scroll_figure(self, pages: int) -> None:
        """Scroll the figure by most of what is seen of it."""
        self.frame.scroll_relative(y=pages * max(self.frame.size.height - 2, 1), animate=False)

    # Running

    def action_run(self) -> None:
        """Run the one under the cursor; one that asks a model says its command."""
        if self.running is not None:
            self._tell(f"{self.running} is running; escape stops it")
            return
        design = _design_of(self.chosen, self.app.session.study.settings)
        if design is None:
            self._tell(f"{self.chosen} asks a model: profile-tui experiment {self.chosen} STUDY --model NAME")
            return
        self.running = self.chosen
        self.progress.begin(f"running {self.chosen}")
        self._run(self.chosen, design)

    def action_stop_or_leave(self) -> None:
        """Stop what runs, else leave."""
        if self.running is not None:
            self.workers.cancel_group(self, "run")
        else:
            self.call_later(self.app.run_action, "back")

    @work(thread=True, group="run", exit_on_error=False, name="run the experiment")
    def _run(self, name: ExperimentName, design: Design) -> None:
        from annotation.experiments.running import run_experiment

        worker = get_current_worker()

        def told(done: int, of: int) -> bool:
            self.app.call_from_thread(self._show_progress, done, of)
            return not worker.is_cancelled

        try:
            stored = run_experiment(self.app.session.study, name, design, told)
            words = f"{name}: kept as experiment {stored.id}"
            if stored.id is None:
                words = f"{name}: this study is read-only, nothing was kept"
        except StudyError as error:
            words = str(error)
        finally:
            self.app.call_from_thread(self._end)
        self.app.call_from_thread(self._tell, words)

    def _show_progress(self, done: int, of: int) -> None:
        self.progress.of, self.progress.done = of, done

    def _end(self) -> None:
        self.running = None
        self.progress.end()
        self._look()

    def _tell(self, words: str) -> None:
        self.notify(safe(words), markup=False)


def _bench(study: Study) -> Bench:
    last = newest(study)
    ages = read_ages(study, last.values())
    return Bench(read_needs(study), last, {name: ages[stored.id] for name, stored in last.items()})


def _design_of(name: ExperimentName, settings: StudySettings) -> Design | None:
    """What is run from the screen; None for what asks a model."""
    designs: dict[ExperimentName, Design] = {
        ExperimentName.ALIGNMENT: AlignmentDesign(settings.aggregation),
        ExperimentName.IMPROVEMENT: ImprovementDesign(settings.aggregation),
        ExperimentName.REWARD: RewardDesign(settings.aggregation),
        ExperimentName.DIRECT: DirectDesign(),
        ExperimentName.CORRELATIONS: CorrelationsDesign(),
    }
    return designs.get(name)
