"""Corrections reach the ranking with one key."""

from annotation.study import Study
from annotation.validation.choices import Values
from annotation.validation.design import Design, Validations
from profile_engine.live import ProfileSnapshot
from tests.tui.validate.conftest import Open
from tests.tui.validate.pressing import press, ready, validate_screen
from tests.tui.waiting import sees, shown, until
from tui.app import Mode

FORMALITY = "formality_alignment"


def counts(snapshot: ProfileSnapshot | None) -> tuple[int, int, int]:
    assert snapshot is not None
    score = snapshot.people.of(FORMALITY).score
    return score.concordant, score.discordant, score.ties


async def test_one_key_lets_corrections_count_and_says_what_moved(sample: Study, judge: Open) -> None:
    Validations(sample).create(Design(FORMALITY, 120, 1))
    app = judge()
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: app.snapshot is not None, "the profile")
        raw = counts(app.snapshot)
        for _ in range(6):
            item = validate_screen(app).item
            assert item is not None
            far = 3 if item.extracted_label == item.choices[0] else 1
            await press(pilot, app, "x", str(far))
        assert counts(app.snapshot) == raw  # raw values count until asked otherwise
        await app.action_go(Mode.RANKING)
        await pilot.press("c")
        await until(pilot, lambda: app.session.values is Values.CORRECTED, "corrected values")
        await until(pilot, lambda: "corrected values" in shown(app), "the title")
        assert counts(app.snapshot) != raw
        corrected = counts(app.snapshot)
        await app.action_go(Mode.ALIGNMENT)
        await sees(pilot, app, "corrected values · ")
        await app.action_go(Mode.RANKING)
        await pilot.press("c")
        await until(pilot, lambda: counts(app.snapshot) == raw, "raw values again")
        await pilot.press("c")
        await until(pilot, lambda: counts(app.snapshot) == corrected, "corrected values again")
        await app.action_go(Mode.VALIDATE)
        await press(pilot, app, *["u"] * 6)
        await until(pilot, lambda: counts(app.snapshot) == raw, "the ranking follows what is taken back")
