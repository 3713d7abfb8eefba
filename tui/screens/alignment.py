"""Alignment."""

from tui.screens.base import ResearchScreen


class AlignmentScreen(ResearchScreen):
    """Alignment."""

    title_name = "Alignment"
