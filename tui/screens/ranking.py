"""Ranking."""

from tui.screens.base import ResearchScreen


class RankingScreen(ResearchScreen):
    """Ranking."""

    title_name = "Ranking"
