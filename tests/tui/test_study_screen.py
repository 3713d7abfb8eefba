"""What is in a study, what is done, what to do next; extraction from the screen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

import annotation.extraction
from annotation.answers import AnswerLog, NewAnswer
from annotation.errors import StudyError
from annotation.extraction import extract_rules
from annotation.study import Study
from annotation.validation.design import Design, Validations
from annotation.validation.desk import ValidationDesk
from annotation.validation.log import ValidationLog
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task, own_factor
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED, PAIRS, make_small_study
from tests.tui.waiting import loaded, opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.next_step import next_step
from tui.screens.study import StudyScreen
from tui.session import Role, Session
from tui.widgets.study_parts import FactorValues, Holdings, NextThing, WorkDone
from tui.widgets.work_progress import WorkProgress


def screen_of(app: ProfileApp) -> StudyScreen:
    assert isinstance(app.screen, StudyScreen)
    return app.screen


async def counted(pilot: Pilot[None], app: ProfileApp) -> StudyScreen:
    screen = await opened(pilot, app, StudyScreen)
    await until(pilot, lambda: screen.summary is not None, "the counts")
    await settled(pilot, app)
    return screen


def words(screen: StudyScreen, part: type[Holdings | WorkDone | FactorValues | NextThing]) -> list[str]:
    return [" ".join(line.split()) for line in screen.query_one(part).render().plain.splitlines()]


async def test_the_counts_are_drawn(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        screen = await counted(pilot, app)
        assert words(screen, Holdings) == [
            "sources 4",
            "responses 24",
            "pairs 12",
            "▲ writer 24 responses",
            "▲ gpt-judge 11 verdicts, 1 none",
        ]
        done = words(screen, WorkDone)
        assert done[0] == "labelled pairs 6 of 12"
        assert done[2:] == ["● Ada 6", "● Bo 6"]
        factors = words(screen, FactorValues)
        assert factors[0] == "method values unavailable failed not yet"
        assert any(line.startswith("Length rule 24 0 0 0 ━") for line in factors)
        assert any(line.startswith("Number Of Facts ~ by hand 24 0 0 0 ━") for line in factors)
        assert any(line.startswith("Coherence unieval 0 24 0 0 ┄") for line in factors)
        assert any(line.startswith("Off Focus llm 0 0 0 24 ┄") for line in factors)


async def test_a_label_is_counted_while_one_looks(research_app: MakeApp, study: Study) -> None:
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        AnswerLog(study).save(NewAnswer(LABELLED + 1, "Ada", choice=Preference.LEFT))
        screen = screen_of(app)
        await until(
            pilot, lambda: screen.summary is not None and screen.summary.labelled_pairs == 7, "the count"
        )
        await until(pilot, lambda: "7 of 12 pairs labelled" in screen.title_line.far.plain, "the title")


def test_the_next_step_follows_what_is_missing(tmp_path: Path) -> None:
    with Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION) as empty:
        step = next_step(empty.summary(), empty.factors)
        assert step.how == f"profile-tui import {empty.location} --card tldr"
    with make_small_study(tmp_path / "small.db", labels=False) as study:
        factors = study.factors
        assert next_step(study.summary(), factors).what.endswith("0 of 12 pairs have labels")
        log = AnswerLog(study)
        log.register("Ada")
        for pair in range(1, PAIRS):
            log.save(NewAnswer(pair, "Ada", choice=Preference.LEFT))
        assert next_step(study.summary(), factors).what.endswith("11 of 12 pairs have labels")
        log.save(NewAnswer(PAIRS, "Ada", choice=Preference.LEFT))
        assert next_step(study.summary(), factors).how == "a"


async def test_an_empty_study_names_the_command_that_fills_it(tmp_path: Path) -> None:
    with Study.create(tmp_path / "e.db", task=Task.DOCUMENT_QA) as empty:
        app = ProfileApp(Session(empty, Role.RESEARCHER), tracebacks=True)
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await counted(pilot, app)
            assert "import" in words(screen, NextThing)[0]
            assert shown(app).splitlines()[1].rstrip().endswith("…")  # the path leaves no room


@pytest.mark.parametrize("missing", ["values", "labels"])
async def test_the_next_step_fits_the_smallest_screen(unmeasured: Study, missing: str) -> None:
    if missing == "labels":
        extract_rules(unmeasured)
    app = ProfileApp(Session(unmeasured, Role.RESEARCHER), tracebacks=True)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await counted(pilot, app)
        (line,) = words(screen, NextThing)
        assert line.endswith(("values that are missing", "6 of 12 pairs have labels"))
        assert len(line) < 60  # room for the numbers of millions


@pytest.fixture
def unmeasured(tmp_path: Path) -> Study:
    """The small study as before any extraction."""
    from sqlalchemy import delete

    from annotation.store.tables import factor_values

    study = make_small_study(tmp_path / "unmeasured.db")
    with study.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER factor_values_no_DELETE")
        connection.execute(delete(factor_values).where(factor_values.c.method == "rule"))
    return study


async def test_extracting_fills_the_ranking(unmeasured: Study) -> None:
    app = ProfileApp(Session(unmeasured, Role.RESEARCHER), tracebacks=True)
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        screen = await counted(pilot, app)
        assert next_step(unmeasured.summary(), unmeasured.factors).how == "x"
        assert app.snapshot is not None
        assert app.snapshot.people.of("length").score.score is None
        await pilot.press("x")
        await until(
            pilot,
            lambda: app.snapshot is not None and app.snapshot.people.of("length").score.score == 1.0,
            "the score of Length",
        )
        await until(
            pilot,
            lambda: any(count.factor == "length" and count.values == 24 for count in screen.summary.factors),  # type: ignore[union-attr]
            "the values counted",
        )
        await until(pilot, lambda: not screen.progress.has_class("-running"), "the bar gone")


Progress = Callable[[int, int], bool]


async def test_a_long_extraction_shows_how_far_it_is_and_stops_when_asked(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, stopped = Event(), Event()

    def slow(
        _study: Study, _factors: Sequence[str] | None = None, progress: Progress | None = None
    ) -> tuple[()]:
        assert progress is not None
        for done in range(1, 10_000):
            if not progress(min(done, 999) * 10, 10_000):
                stopped.set()
                return ()
            shown.wait(0.01)
        return ()

    monkeypatch.setattr(annotation.extraction, "extract_rules", slow)
    app = research_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await loaded(pilot, app)
        await pilot.press("x")
        progress = screen_of(app).query_one(WorkProgress)
        await until(pilot, lambda: progress.done > 30, "progress")
        await until(pilot, lambda: "left" in progress.render().plain, "how long it takes")
        line = progress.render().plain
        assert "of 10,000" in line
        assert "/s" in line
        await pilot.press("r")
        await until(pilot, lambda: app.current_mode == Mode.RANKING, "the ranking")  # the rest stays usable
        await pilot.pause()
        await pilot.press("s")
        await opened(pilot, app, StudyScreen)
        await pilot.press("escape")
        await until(pilot, stopped.is_set, "the stop")
        await until(pilot, lambda: not progress.has_class("-running"), "the bar gone")


async def test_an_extraction_that_fails_says_so_and_can_be_begun_again(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StudyError("the disk is full: make room and extract again")

    monkeypatch.setattr(annotation.extraction, "extract_rules", fail)
    app = research_app(tracebacks=False)
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **_: told.append(message))
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        await pilot.press("x")
        await until(pilot, lambda: len(told) == 1, "the message")
        await until(pilot, lambda: not screen_of(app).progress.has_class("-running"), "the end")
        await pilot.press("x")
        await until(pilot, lambda: len(told) == 2, "the second message")
    assert set(told) == {"extract: the disk is full: make room and extract again"}


async def test_a_factor_of_ones_own_is_shown_as_it_is_called(study: Study) -> None:
    study.change_factor(own_factor("tone", "Tone [/] \x1b[31m", "how it sounds"))
    app = ProfileApp(Session(study, Role.RESEARCHER), tracebacks=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        screen, row = await counted(pilot, app), "Tone [/] ␛[31m external 0 0 0 24"
        assert any(line.startswith(row) for line in words(screen, FactorValues))


async def test_says_why_nothing_is_extracted_and_what_is_open(tmp_path: Path) -> None:
    with make_small_study(tmp_path / "small.db") as study:
        extract_rules(study)
        app = ProfileApp(Session(study, Role.RESEARCHER), tracebacks=True)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await loaded(pilot, app)
            await counted(pilot, app)
            assert "v Validate" in shown(app).splitlines()[-1]
            await pilot.press("x")
            await sees(pilot, app, "Every value that rules find is there.")
            (told,) = app._notifications
            assert "Intent Alignment" in told.message
            assert "profile-tui extract says what finds them" in told.message


def test_what_is_drawn_for_validation_comes_before_labelling(tmp_path: Path) -> None:
    with make_small_study(tmp_path / "small.db") as study:
        info = Validations(study).create(Design("length", 3))
        extract_rules(study)
        step = next_step(study.summary(), study.factors)
        assert (step.how, step.what) == ("v", "judges extracted values: 3 are drawn and open")
        ValidationLog(study).register("Ada")
        desk = ValidationDesk(study, info.id, "Ada")
        while (item := desk.next()) is not None:
            desk.save(item.answered("Ada"))
        assert next_step(study.summary(), study.factors).how != "v"
        desk.undo()
        assert study.summary().open_items == 1
