"""Every key of a screen, made from its bindings."""

from collections.abc import Mapping
from enum import StrEnum
from textwrap import wrap
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.key_bar import PLACES

_WIDTH: Final = 76
_FRAME: Final = 7
"""Cells of border, padding and scroll bar."""

_UNSAID: Final = ("screen.copy_text",)
"""What Textual binds for every app and is of no use in this one."""


class Section(StrEnum):
    """Where a key belongs, in the order of the page."""

    HERE = "Here"
    PLACES = "Go to"
    EVERYWHERE = "Everywhere"
    TEXTUAL = "Scrolling and focus"


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
        sections = self._sections()
        width = max((len(keys) for rows in sections.values() for keys, _ in rows), default=0)
        room = min(_WIDTH, self.app.size.width * 96 // 100) - _FRAME
        lines: list[Content] = []
        for section, rows in sections.items():
            if rows:
                lines += [Content()] if lines else []
                lines.append(Content.styled(section, "$quiet"))
                lines += [_line(keys.rjust(width), what, room - width - 2) for keys, what in rows]
        return Content("\n").join(lines)

    def _sections(self) -> dict[Section, list[tuple[str, str]]]:
        """By section (keys, what they do), one row an action."""
        found: dict[tuple[object, str], tuple[Section, list[str], str]] = {}
        for active in self._active.values():
            binding = active.binding
            what = ": ".join(filter(None, (binding.description, binding.tooltip)))
            if what and not binding.system and binding.action not in _UNSAID:
                row = found.setdefault((active.node, binding.action), (_section(active), [], what))
                row[1].append(self.app.get_key_display(binding))
        sections: dict[Section, list[tuple[str, str]]] = {section: [] for section in Section}
        for section, keys, what in found.values():
            sections[section].append((" ".join(dict.fromkeys(keys)), what))
        return sections


def _line(keys: str, what: str, room: int) -> Content:
    """The keys, and beside them what they do, in as many lines as it takes."""
    hang = "\n" + " " * (len(keys) + 2)
    return Content.assemble((keys, "bold $primary"), f"  {hang.join(wrap(what, max(room, 8)))}")


def _section(active: ActiveBinding) -> Section:
    if _is_textuals(active):
        return Section.TEXTUAL
    if active.binding.group == PLACES:
        return Section.PLACES
    everywhere = isinstance(active.node, App) or active.binding.action.startswith("app.")
    return Section.EVERYWHERE if everywhere else Section.HERE


def _is_textuals(active: ActiveBinding) -> bool:
    """Whether Textual itself binds the key, for every app alike."""
    for kind in type(active.node).__mro__:
        own = Binding.make_bindings(vars(kind).get("BINDINGS", ()))
        if any(binding.action == active.binding.action for binding in own):
            return kind.__module__.startswith("textual.")
    return True
