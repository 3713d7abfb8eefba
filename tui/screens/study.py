"""Study."""

from tui.screens.base import ResearchScreen


class StudyScreen(ResearchScreen):
    """Study."""

    title_name = "Study"
