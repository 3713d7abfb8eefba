"""The ranking beside the desk."""

from collections.abc import Iterator

from textual.pilot import Pilot
from textual.widgets import Static

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.preferences import Preference
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, until
from tui.app import ProfileApp
from tui.screens.base import ResearchScreen
from tui.widgets.last_label import LastLabel
from tui.widgets.ranking_panel import RankingPanel


class Desk(ResearchScreen):
    """A screen with nothing but the panel."""

    CSS = "RankingPanel { height: 1fr; }"

    def compose_body(self) -> Iterator[RankingPanel]:
        yield RankingPanel(against="gpt-judge").data_bind(snapshot=ResearchScreen.snapshot)


async def panel(pilot: Pilot[None], app: ProfileApp) -> RankingPanel:
    await loaded(pilot, app)
    await app.push_screen(Desk())
    found = app.screen.query_one(RankingPanel)
    await until(pilot, lambda: "τ" in text(found, "#against"), "the alignment")
    return found


def text(panel: RankingPanel, part: str) -> str:
    return str(panel.query_one(part, Static).visual)


async def test_it_shows_ranks_scores_and_alignment(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await panel(pilot, app)
        lines = text(shown, "#ranks").splitlines()
        assert len(lines) == 10
        assert {len(line) for line in lines if "no values" not in line} == {shown.ranks.content_size.width}
        assert lines[0].startswith(" 1 ")
        assert any(line.rstrip().endswith("-1.0") for line in lines)
        assert any(line.endswith("no values") for line in lines)
        assert text(shown, "#against").endswith("agreement 2 of 4, 0.500")


async def test_it_follows_a_label_and_points_at_what_rose_or_fell(
    research_app: MakeApp, study: Study
) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await panel(pilot, app)
        AnswerLog(study).save(NewAnswer(LABELLED + 1, "Ada", choice=Preference.RIGHT))
        await until(pilot, lambda: "+.60" in text(shown, "#ranks"), "the new score")
        await until(pilot, lambda: "of 5" in text(shown, "#against"), "the new alignment")
        assert "1.000 → 0.600" in shown.query_one(LastLabel).render().plain


async def test_the_shown_agent_can_change(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await panel(pilot, app)
        shown.agent, shown.against = "writer", None
        await until(pilot, lambda: not shown.alignment.display, "no alignment")
        assert "writer" in str(shown.ranks.border_title)
        assert str(shown.ranks.border_subtitle) == "n = 12"
