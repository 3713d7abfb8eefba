"""The ranking beside the desk."""

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from annotation.answers import AnswerLog, NewAnswer
from annotation.study import Study
from profile_engine.alignment import Alignment, ResponseAgreement
from profile_engine.preferences import Agent, AgentKind, Preference
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, settled, until
from tui.app import ProfileApp
from tui.screens.base import ResearchScreen
from tui.session import Comparison
from tui.widgets.last_label import LastLabel
from tui.widgets.ranking_panel import RankingPanel

WRITER = Agent("writer", AgentKind.GENERATOR)
JUDGE = Agent("gpt-judge", AgentKind.JUDGE)


class Desk(ResearchScreen):
    """A screen with nothing but the panel."""

    CSS = "RankingPanel { height: 1fr; }"

    def compose_body(self) -> Iterator[RankingPanel]:
        panel = RankingPanel().data_bind(snapshot=ResearchScreen.snapshot)
        panel.set_reactive(RankingPanel.against, JUDGE)
        yield panel


async def panel(pilot: Pilot[None], app: ProfileApp) -> RankingPanel:
    await loaded(pilot, app)
    await app.push_screen(Desk())
    found = app.screen.query_one(RankingPanel)
    await until(pilot, lambda: "τ" in text(found, "#against"), "the alignment")
    await settled(pilot, app)
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
        last = shown.query_one(LastLabel)
        await until(pilot, lambda: "1.000 → 0.600" in last.render().plain, "what moved")


async def test_the_shown_agent_can_change(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await panel(pilot, app)
        shown.agent, shown.against = WRITER, None
        await until(pilot, lambda: not shown.alignment.display, "no alignment")
        await until(pilot, lambda: "writer" in str(shown.ranks.border_title), "the writer")
        assert str(shown.ranks.border_subtitle) == "n = 12"


async def test_a_reason_is_words_from_outside(research_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    undefined = Alignment(1, None, None, None, "[/b] \x1b]0;owned\x07 has no scores")

    def compare(_reference: Agent, others: list[Agent]) -> tuple[Comparison, ...]:
        return (Comparison(others[0], undefined, ResponseAgreement(0, 0)),)

    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await panel(pilot, app)
        monkeypatch.setattr(app.session, "compare", compare)
        shown.against = WRITER
        await until(pilot, lambda: "␛]0;owned␇" in text(shown, "#against"), "the reason")
        assert text(shown, "#against").startswith("[/b] ␛]0;owned␇ has no scores")
