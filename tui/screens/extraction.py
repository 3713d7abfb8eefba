"""Choosing what to extract, and seeing what it takes before anything is sent."""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Checkbox, Input, Label, Select, SelectionList, Static
from textual.widgets.selection_list import Selection
from textual.worker import get_current_worker

from annotation.errors import StudyError
from profile_engine.errors import EngineError
from tui.errors import TuiError
from tui.extracting import CALLS_AT_ONCE, Extraction, Offer, Wish, prepare
from tui.flow import StudyApp
from tui.outside import OutsideText
from tui.wording import safe_name

_SETTLED: Final = 0.2  # seconds without a change after which it is counted
_PLANS: Final = (("fused: few calls", "fused"), ("paper: a call a factor", "paper"))


class ExtractionScreen(ModalScreen[Extraction | None]):
    """Asks for factors, model and plan; gives a run that is counted and ready, or None."""

    CSS_PATH = "extraction.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", tooltip="Leave; nothing is sent"),
        Binding("ctrl+s", "begin", "Extract", tooltip="Begin, once it is counted"),
    ]

    app = getters.app(StudyApp)
    # Without their type arguments: a subscripted class cannot be looked for.
    factors = getters.query_one("#factors", SelectionList)
    model = getters.query_one("#model", Select)
    plan = getters.query_one("#plan", Select)
    retry = getters.query_one(Checkbox)
    estimate = getters.query_one("#estimate > Static", Static)
    begin_button = getters.query_one("#begin", Button)

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer
        self._ready: Extraction | None = None
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """The choices, what they take, and leave to go."""
        with Vertical(classes="frame") as frame:
            frame.border_title = "Extract"
            frame.border_subtitle = "space chooses a factor · ctrl+s extracts · escape leaves"
            with Horizontal(id="wishes"):
                yield SelectionList(*self._selections(), id="factors", compact=True)
                with Container(id="fields"):
                    yield from self._fields()
            with VerticalScroll(id="estimate", can_focus=False):
                yield Static(markup=False)
            with Horizontal(id="buttons"):
                yield Button("Extract", variant="primary", id="begin", compact=True)
                yield Button("Leave", id="leave", compact=True)

    def _selections(self) -> Iterator[Selection[str]]:
        for factor in self._offer.factors:
            title = OutsideText(safe_name(factor.title)).line(20)
            prompt = Content.assemble(
                title.pad_right(21 - title.cell_length), (factor.method.value, "$quiet")
            )
            yield Selection(prompt, factor.name, factor.name in self._offer.chosen)

    def _fields(self) -> Iterator[Label | Select[str] | Input | Checkbox]:
        models = [
            (OutsideText(f"{model.name} ({model.model})").line(40), model.name)
            for model in self._offer.models
        ]
        preferred = self._offer.preferred
        yield Label("Judged by")
        yield Select(
            models,
            prompt="nobody",
            value=Select.NULL if preferred is None else preferred,
            id="model",
            compact=True,
        )
        yield Label("Plan")
        yield Select(_PLANS, allow_blank=False, value="fused", id="plan", compact=True)
        for name, words, value in (
            ("at-once", "Calls at once", str(CALLS_AT_ONCE)),
            ("limit", "Responses", ""),
            ("max-cost", "Cost at most", ""),
        ):
            yield Label(words)
            kind = "number" if name == "max-cost" else "integer"
            yield Input(value, placeholder="no limit", type=kind, id=name, compact=True)  # type: ignore[arg-type]
        yield Label("What failed")
        yield Checkbox("find it again", id="retry", compact=True)

    def on_mount(self) -> None:
        """Count what is chosen beforehand."""
        self.factors.focus()
        self._wait()

    # Counting

    @on(SelectionList.SelectedChanged)
    @on(Select.Changed)
    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _wait(self) -> None:
        """Count again once nothing has changed for a moment; until then nothing can begin."""
        self._ready = None
        self.begin_button.disabled = True
        self.estimate.update(Content.styled("counting …", "$quiet"))
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLED, lambda: self._count(self._wish()))

    def _wish(self) -> Wish:
        return Wish(
            tuple(self.factors.selected),
            None if self.model.is_blank() else str(self.model.value),
            str(self.plan.value),
            at_once=_whole(self._typed("at-once")) or CALLS_AT_ONCE,
            limit=_whole(self._typed("limit")),
            max_cost=_number(self._typed("max-cost")),
            retry=self.retry.value,
        )

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    @work(thread=True, exclusive=True, exit_on_error=False, group="count", name="count")
    def _count(self, wish: Wish) -> None:
        worker = get_current_worker()
        ready, words = None, ""
        try:
            ready = prepare(self.app.session.study, self.app.config, wish)
        except (StudyError, EngineError, TuiError) as error:
            words = str(error)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, ready, words)

    def _take(self, ready: Extraction | None, words: str) -> None:
        if not self.is_attached:
            return
        self._ready = ready
        self.begin_button.disabled = ready is None
        lines = [words] if ready is None else ready.lines
        content = OutsideText("\n".join(lines)).content()
        self.estimate.update(content.stylize("$text-error") if ready is None else content)

    # Leave to go

    @on(Button.Pressed, "#begin")
    def action_begin(self) -> None:
        """Give the run that was counted."""
        if self._ready is not None:
            self.dismiss(self._ready)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)


def _whole(typed: str) -> int | None:
    number = _number(typed)
    return None if number is None or number < 1 else int(number)


def _number(typed: str) -> float | None:
    try:
        return float(typed)
    except ValueError:
        return None
