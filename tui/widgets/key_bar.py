"""The last line of every screen: what can I press, made from the bindings."""

from types import MappingProxyType
from typing import Final

from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

PLACES: Final = Binding.Group("Go to", compact=True)
"""The bindings that lead to the other screens."""

EXTRAS: Final = Binding.Group("More")
"""The bindings that one misses least where there is no room for all."""

_LATER: Final = MappingProxyType({PLACES: 1, EXTRAS: 2})
_KEYS_ACTION: Final = "show_keys"


class KeyBar(Widget):
    """The shown bindings, the screen's own first, then the ways to other screens, then extras.

    What does not fit is left to `?`, which always stands.
    """

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $footer-background;
        color: $footer-description-foreground;
    }
    """

    bindings: reactive[tuple[ActiveBinding, ...]] = reactive(())

    def on_mount(self) -> None:
        """Follow the bindings, which change with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._bindings_changed(self.screen)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        # One entry an action: `j` and `down` that do the same are one thing to press.
        by_action: dict[str, ActiveBinding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show:
                by_action.setdefault(active.binding.action, active)
        self.bindings = tuple(by_action.values())

    def render(self) -> Content:
        """As many keys as fit, and `?` at the end."""
        width = self.content_size.width
        keys = next((b for b in self.bindings if b.binding.action.endswith(_KEYS_ACTION)), None)
        last = self._entry(keys) if keys is not None else Content()
        room = width - last.cell_length
        shown: list[Content] = []
        for active in sorted(self.bindings, key=_importance):
            entry = self._entry(active) + "  "
            if active is not keys and entry.cell_length <= room:
                shown.append(entry)
                room -= entry.cell_length
        return Content.assemble(*shown, " " * room, last)

    def _entry(self, active: ActiveBinding) -> Content:
        binding = active.binding
        press = Style.from_meta({"@click": f"app.simulate_key('{binding.key}')"})
        return Content.assemble(
            (self.app.get_key_display(binding), "bold $footer-key-foreground"), f" {binding.description}"
        ).stylize(press)


def _importance(active: ActiveBinding) -> int:
    return 0 if active.binding.group is None else _LATER.get(active.binding.group, 0)
