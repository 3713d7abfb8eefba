"""What is in the study, what is done, what to do next."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Final

from textual import getters, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.widget import Widget
from textual.worker import Worker, get_current_worker

from annotation.study import StudySummary
from tui.messages import ProfileOutdated
from tui.next_step import nothing_to_extract
from tui.outside import safe
from tui.screens.base import ResearchScreen
from tui.widgets.extraction_progress import ExtractionProgressLine
from tui.widgets.key_bar import EXTRAS
from tui.widgets.study_parts import FactorValues, Holdings, NextThing, WorkDone
from tui.widgets.text_page import TextPage

_RECOUNT_SECONDS: Final = 1.0


class StudyScreen(ResearchScreen):
    """The study in counts; extraction runs from here."""

    CSS_PATH = "study.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "extract", "Extract", tooltip="Find the factor values that are not there yet"),
        Binding("w", "app.go('people')", "People", tooltip="Who is working, and how far it is"),
        Binding(
            "d",
            "app.go('adjudication')",
            "Adjudicate",
            group=EXTRAS,
            tooltip="Settle pairs without a majority",
        ),
        Binding(
            "e",
            "app.go('experiments')",
            "Experiments",
            group=EXTRAS,
            tooltip="The paper's experiments on this study",
        ),
        Binding("escape", "stop", "Stop", show=False, tooltip="Stop the extraction; what it found is kept"),
    ]
    title_name = "Study"

    progress = getters.query_one(ExtractionProgressLine)

    summary: reactive[StudySummary | None] = reactive(None)

    _extraction: Worker[None] | None = None
    _counted = 0.0
    _failures = ""

    @dataclass
    class Extracting(Message, bubble=False):
        """How far the extraction is."""

        done: int
        of: int

    @dataclass
    class Extracted(Message, bubble=False):
        """The extraction is over."""

        added: int
        stopped: bool

    def compose_body(self) -> Iterable[Widget]:
        """What to do next stands on top, where it is never scrolled away."""
        factors = self.app.session.study.factors
        yield NextThing("Next", factors, id="next").data_bind(StudyScreen.summary)
        yield ExtractionProgressLine()
        with VerticalScroll(id="parts"):
            with Container(id="counts"):
                yield Holdings(f"In it: {self.app.session.study.task}").data_bind(StudyScreen.summary)
                yield WorkDone("Done").data_bind(StudyScreen.summary)
            yield FactorValues("Factor values of the responses", factors).data_bind(StudyScreen.summary)

    def palette(self) -> Iterable[SystemCommand]:
        """Extraction, which the key bar has, too."""
        yield SystemCommand("Extract", "Find the factor values that are not there yet", self.action_extract)

    def on_screen_resume(self) -> None:
        """Others may have labelled or imported meanwhile."""
        self._count()
        self._show_failures()

    def watch_snapshot(self) -> None:
        """Count again when a label arrives while this is looked at."""
        if self.is_current:
            self._count()

    def watch_summary(self, summary: StudySummary | None) -> None:
        """Say in the title how far the labelling is."""
        if summary is not None:
            self.title_line.far = Content(f"{summary.labelled_pairs:,} of {summary.pairs:,} pairs labelled")

    @work(exclusive=True, group="count", exit_on_error=False, name="count")
    async def _count(self) -> None:
        self._counted = monotonic()
        self.summary = await asyncio.to_thread(self.app.session.survey)

    @work(exclusive=True, group="choose", exit_on_error=False, name="extract")
    async def action_extract(self) -> None:
        """Compute the rule-based factors; where models are configured, ask what is wanted first."""
        from tui.extracting import offer
        from tui.screens.extraction import ExtractionScreen

        if self._extraction is not None or self.progress.extracting:
            return
        offered = await asyncio.to_thread(offer, self.app.session.study, self.app.config)
        if offered is None:
            self._begin_rules()
        elif chosen := await self.app.push_screen_wait(ExtractionScreen(offered)):
            self.progress.extract(chosen)

    def _begin_rules(self) -> None:
        self.progress.begin("extracting")
        self._extraction = self._extract()

    def action_stop(self) -> None:
        """Ask the extraction to stop after its present portion."""
        self.progress.stop()
        if self._extraction is not None:
            self._extraction.cancel()

    def on_extraction_progress_line_ended(self, message: ExtractionProgressLine.Ended) -> None:
        """Say what was done; what failed, and why, stands on a page."""
        self._count()
        severity: SeverityLevel = "warning" if message.failures else "information"
        self.notify(safe(message.words), severity=severity, markup=False)
        self._failures = "\n".join(message.failures)
        self._show_failures()

    def _show_failures(self) -> None:
        if self._failures and self.is_current:
            self.app.push_screen(TextPage("What could not be had", self._failures, ""))
            self._failures = ""

    @work(thread=True, group="extract", exit_on_error=False, name="extract")
    def _extract(self) -> None:
        from annotation.extraction import extract_rules

        worker = get_current_worker()

        def told(done: int, of: int) -> bool:
            self.post_message(self.Extracting(done, of))
            return not worker.is_cancelled

        reports = extract_rules(self.app.session.study, progress=told)
        added = sum(report.added + report.unavailable for report in reports)
        self.post_message(self.Extracted(added, any(report.stopped for report in reports)))

    def on_study_screen_extracting(self, message: Extracting) -> None:
        """Show how far it is, and now and then the values that are there."""
        self.progress.of, self.progress.done = message.of, message.done
        if monotonic() - self._counted > _RECOUNT_SECONDS:
            self._count()

    def on_study_screen_extracted(self, message: Extracted) -> None:
        """The values are there: the ranking reads them."""
        self._end_extraction()
        if not message.added and not message.stopped:
            self.notify(nothing_to_extract(self.summary, self.app.session.study.factors), markup=False)
            return
        how = "Stopped; kept" if message.stopped else "Extracted"
        self.notify(f"{how} {message.added:,} values.")
        if message.added:
            self.post_message(ProfileOutdated())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """An extraction that failed is over, too."""
        if (
            event.worker is self._extraction
            and event.worker.error is not None
            and not event.worker.is_cancelled
        ):
            self._end_extraction()

    def _end_extraction(self) -> None:
        self._extraction = None
        self.progress.end()
        self._count()
