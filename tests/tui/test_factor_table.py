"""The factor table where it is too low for all factors."""

from textual.app import App, ComposeResult

from annotation.study import FactorValue, PairView, ResponseView
from profile_engine.taxonomy import FACTORS
from tui.factor_rows import factor_rows
from tui.widgets.factor_table import FactorTable

VALUES = {
    "fluency": (0.5, 0.5),  # tie
    "length": (10.0, 20.0),  # half
    "novel_words": (0.1, 0.9),  # eight ninths
    "number_of_facts": (9.0, 10.0),  # a tenth
    "hallucination": (0.3, 0.3),  # tie
}


def value(number: float) -> FactorValue:
    return FactorValue("any", number, None, None, "rule", "1", "2026-01-01")


class TableApp(App[None]):
    """The table alone, on five of six factors."""

    CSS = "FactorTable { height: 5; }"

    def compose(self) -> ComposeResult:
        sides = [{name: value(both[side]) for name, both in VALUES.items()} for side in (0, 1)]
        left, right = (ResponseView(1, None, None, "text", side) for side in sides)
        view = PairView(1, None, 1, None, "source", left, right, verdicts=(), labels=(), human=None)
        table = FactorTable()
        table.rows = factor_rows(view, [FACTORS[name] for name in ("coherence", *VALUES)], None, None)
        table.compared = "a-model-with-a-long-name"
        yield table


async def test_what_differs_comes_first_and_the_chosen_factor_is_always_there() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 24)):
        table = app.query_one(FactorTable)
        names = [row.factor.name for row in table.ordered()]
        assert names == ["novel_words", "length", "number_of_facts", "fluency", "hallucination", "coherence"]
        for chosen, last in (("length", "Number Of Facts"), ("coherence", "Coherence")):
            table.chosen = chosen
            lines = table.render().plain.splitlines()
            for title, line in zip(("Novel Words", "Length", last), lines[1:4], strict=True):
                assert title in line
            assert lines[4] == "  … 3 more: tab"


async def test_the_name_of_the_model_takes_the_room_there_is() -> None:
    for width in (80, 120):
        async with TableApp().run_test(size=(width, 24)) as pilot:
            heading = pilot.app.query_one(FactorTable).render().plain.splitlines()[0]
            assert "▲ a-model" in heading and len(heading) < width
            assert ("▲ a-model-with-a-long-name" in heading) is (width == 120)
