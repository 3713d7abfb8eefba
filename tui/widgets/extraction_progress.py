"""A run of an extraction on the Study screen: it goes on in a worker, whichever screen is looked at."""

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from textual import getters, work
from textual.message import Message
from textual.worker import Worker

from tui.extracting import Extraction, in_short
from tui.flow import StudyApp
from tui.messages import ProfileOutdated
from tui.widgets.work_progress import WorkProgress

if TYPE_CHECKING:
    from annotation.extraction.run import ExtractionProgress

_TELL_SECONDS: Final = 0.1
_READ_SECONDS: Final = 2.0
"""How often the values that came are read into the rankings."""


class ExtractionProgressLine(WorkProgress):
    """Runs an extraction and tells how far it is; posts `Ended`, and `ProfileOutdated` as values come."""

    app = getters.app(StudyApp)

    _extraction: Extraction | None = None
    _stage = ""
    _told = 0.0
    _read = 0.0

    @dataclass
    class Progressed(Message, bubble=False):
        """The run went on."""

        progress: "ExtractionProgress"

    @dataclass
    class Ended(Message):
        """The run is over: what it did in a sentence, and in all lines where something could not be had."""

        words: str
        failures: tuple[str, ...]

    @property
    def extracting(self) -> bool:
        """Whether a run goes on."""
        return self._extraction is not None

    def extract(self, extraction: Extraction) -> None:
        """Begin a run."""
        self._extraction, self._stage = extraction, ""
        self._read = monotonic()
        self.begin("extracting")
        self._run(extraction)

    def stop(self) -> None:
        """Ask the run to stop: no call is begun, and the replies under way are kept."""
        if self._extraction is not None:
            self._extraction.run.stop()
            self.hint = "stopping, replies under way are kept"

    def on_unmount(self) -> None:
        """Whoever leaves does not wait for the whole run."""
        self.stop()

    @work(thread=True, exit_on_error=False, group="extract", name="extract")
    def _run(self, extraction: Extraction) -> None:
        outcome = extraction.run.run(self._tell)
        extraction.remember()
        failures = extraction.told(outcome) if outcome.failed and not outcome.stopped else ()
        self.post_message(self.Ended(in_short(outcome), tuple(failures)))

    def _tell(self, progress: "ExtractionProgress") -> None:
        """Called in the worker: tells of many replies at once."""
        if monotonic() - self._told > _TELL_SECONDS or progress.done == progress.of:
            self._told = monotonic()
            self.post_message(self.Progressed(progress))

    def on_extraction_progress_line_progressed(self, message: Progressed) -> None:
        """Draw it, and now and then have the values read that came."""
        progress = message.progress
        if progress.stage != self._stage:
            self._stage = progress.stage
            self.begin(f"extracting, {progress.stage}")
        self.of, self.done = progress.of, progress.done
        self.also = _also(progress)
        if monotonic() - self._read > _READ_SECONDS and self.app.reading is None:
            self._read = monotonic()
            self.post_message(ProfileOutdated())

    def on_extraction_progress_line_ended(self) -> None:
        """The last values are there."""
        self._close()
        self.post_message(ProfileOutdated())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A run that failed is over, too."""
        if event.worker.error is not None:
            self._close()
        self.app.on_worker_state_changed(event)

    def _close(self) -> None:
        self._extraction = None
        self.end()


def _also(progress: "ExtractionProgress") -> str:
    parts = [f"{progress.failed:,} failed"] if progress.failed else []
    parts += [f"cost {progress.cost:,.2f}"] if progress.cost else []
    return ", ".join(parts)
