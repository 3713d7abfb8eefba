"""Starting without naming a study."""

import pytest
from textual.widgets import Static

from tui.recent import RecentStudy
from tui.screens.start import StartApp

STUDIES = [
    RecentStudy("/studies/a.db", "a", "2024-05-01T10:00:00+00:00"),
    RecentStudy("postgresql://host/b", "b [/]", "no date"),
]


@pytest.mark.parametrize(
    ("keys", "location"),
    [
        (["enter"], "/studies/a.db"),
        (["j", "enter"], "postgresql://host/b"),
        (["down", "k", "enter"], "/studies/a.db"),
        (["q"], None),
        (["escape"], None),
    ],
)
async def test_a_study_is_chosen_or_none(keys: list[str], location: str | None) -> None:
    app = StartApp(STUDIES)
    async with app.run_test() as pilot:
        await pilot.pause()  # the list, which takes the keys
        await pilot.press(*keys)
    assert app.return_value == location


async def test_without_studies_it_says_how_to_begin() -> None:
    app = StartApp([])
    async with app.run_test() as pilot:
        await pilot.pause()
        said = "\n".join(str(widget.visual) for widget in app.screen.query(Static))
        assert "profile-tui demo" in said
        await pilot.press("enter", "q")
    assert app.return_value is None
