"""Every key of a screen, made from its bindings."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class HelpScreen(ModalScreen[None]):
    """Keys and what they do. Takes the bindings of the screen that it is shown over."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close"),
    ]

    def __init__(self, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._active = bindings

    def compose(self) -> ComposeResult:
        """One table that scrolls."""
        with VerticalScroll(classes="frame") as frame:
            frame.border_title = "Keys"
            frame.border_subtitle = "escape closes"
            yield Static(self._table())

    def _table(self) -> Content:
        rows = self._rows()
        width = max((len(keys) for keys, _ in rows), default=0)
        lines = [Content.assemble((keys.rjust(width), "bold $primary"), f"  {what}") for keys, what in rows]
        return Content("\n").join(lines)

    def _rows(self) -> list[tuple[str, str]]:
        """(keys, what they do), one row an action, the screen's own first."""
        by_action: dict[str, tuple[list[str], str]] = {}
        for active in sorted(self._active.values(), key=_is_general):
            binding = active.binding
            if binding.system or not (binding.description or binding.tooltip):
                continue
            what = ": ".join(filter(None, (binding.description, binding.tooltip)))
            by_action.setdefault(binding.action, ([], what))[0].append(self.app.get_key_display(binding))
        return [(" ".join(dict.fromkeys(keys)), what) for keys, what in by_action.values()]


def _is_general(active: ActiveBinding) -> bool:
    return active.binding.group is not None or active.binding.action.startswith("app.")
