"""A figure that is drawn as wide as there is room."""

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class ExperimentFigure(Widget):
    """Draws what `show` was given, anew for every width."""

    DEFAULT_CSS = """
    ExperimentFigure {
        height: auto;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._draw: Callable[[int], Content] = lambda _width: Content()

    def show(self, draw: Callable[[int], Content]) -> None:
        """Show a figure: a function of its width."""
        self._draw = draw
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As high as the figure is at this width."""
        return self._draw(width).get_height({}, width)

    def render(self) -> Content:
        """The figure."""
        return self._draw(self.content_size.width)
