"""The Experiments screen: what each takes, running one, its figure."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from annotation.answers import AnswerLog, NewAnswer
from annotation.experiments.designs import AlignmentDesign, CorrelationsDesign
from annotation.experiments.log import list_experiments
from annotation.experiments.names import ExperimentName
from annotation.experiments.running import run_experiment
from annotation.study import Study
from profile_engine.experiments.choices import CorrelationMethod
from profile_engine.experiments.correlations import CorrelationMatrix, correlate
from profile_engine.experiments.resampling import Floats
from profile_engine.preferences import Preference
from profile_engine.taxonomy import Task
from tests.annotation.experiments.study import make_tried_study
from tests.tui.waiting import loaded, opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.experiment_figures import figure
from tui.screens.experiments import ExperimentsScreen
from tui.screens.study import StudyScreen
from tui.session import Role, Session
from tui.wording import factor_titles


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Study]:
    study = make_tried_study(tmp_path / "tried.db")
    yield study
    study.close()


def research(study: Study, start: Mode = Mode.EXPERIMENTS) -> ProfileApp:
    return ProfileApp(Session(study, Role.RESEARCHER), start=start, tracebacks=True)


async def experiments(pilot: Pilot[None], app: ProfileApp) -> ExperimentsScreen:
    await loaded(pilot, app)
    screen = await opened(pilot, app, ExperimentsScreen)
    await until(pilot, lambda: screen.bench is not None, "what is there")
    await settled(pilot, app)
    return screen


async def test_an_empty_study_is_told_what_brings_each(tmp_path: Path) -> None:
    with Study.create(tmp_path / "empty.db", task=Task.SUMMARIZATION) as empty:
        app = research(empty)
        async with app.run_test(size=(80, 24)) as pilot:
            await experiments(pilot, app)
            await sees(pilot, app, "alignment    ○ no labels by people")
            await pilot.press("down", "down")
            await sees(pilot, app, "profile-tui improve STUDY --generator G --evaluator E")
            await pilot.press("down", "down")
            await sees(pilot, app, "profile-tui generate STUDY --model NAME --direct")
            await pilot.press("x")
            await until(pilot, lambda: bool(app._notifications), "why it cannot be run")
            [told] = app._notifications
            assert told.message.startswith("experiment direct takes scored responses, which are not here yet")
            assert list_experiments(empty) == ()


async def test_one_is_run_and_its_figure_drawn(tried: Study) -> None:
    app = research(tried)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await experiments(pilot, app)
        await sees(pilot, app, "ready: x runs it")
        await pilot.press("x")
        await sees(pilot, app, "4 of 6, 0.667")  # how often the judge agrees with people
        [stored] = list_experiments(tried)
        assert stored.name is ExperimentName.ALIGNMENT
        assert screen.bench is not None
        assert screen.bench.newest == {ExperimentName.ALIGNMENT: stored}
        await sees(pilot, app, " 1 Number Of Facts")
        await sees(pilot, app, "+.333")
        await pilot.press("j")
        await sees(pilot, app, " - Coherence")


async def test_labels_that_come_make_a_run_old(tried: Study) -> None:
    run_experiment(tried, ExperimentName.ALIGNMENT, AlignmentDesign())
    app = research(tried)
    async with app.run_test(size=(80, 24)) as pilot:
        await experiments(pilot, app)
        await sees(pilot, app, "12 labels then as now")
        log = AnswerLog(tried)
        log.register("Cy")
        log.save(NewAnswer(1, "Cy", choice=Preference.LEFT))
        await sees(pilot, app, "12 labels then, 13 now: run it again")
        await sees(pilot, app, "↻ old: ")
        await pilot.press("x")
        await sees(pilot, app, "13 labels then as now")
        assert "run it again" not in shown(app)


async def test_what_another_process_ran_is_there_on_coming_back(tried: Study) -> None:
    app = research(tried, Mode.STUDY)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        await opened(pilot, app, StudyScreen)
        await pilot.press("e")
        await experiments(pilot, app)
        await pilot.press("s")
        await opened(pilot, app, StudyScreen)
        run_experiment(tried, ExperimentName.CORRELATIONS, CorrelationsDesign())
        await pilot.press("e")
        await opened(pilot, app, ExperimentsScreen)
        await pilot.press("end")
        await sees(pilot, app, "writer: Pearson correlations, 12 responses; 6 direct and initial")


async def test_what_asks_a_model_says_its_command(tried: Study) -> None:
    app = research(tried)
    async with app.run_test(size=(80, 24)) as pilot:
        await experiments(pilot, app)
        await pilot.press("down")
        await sees(pilot, app, "All is there; it asks a model:")
        await pilot.press("x")
        await until(pilot, lambda: bool(app._notifications), "the command")
        [told] = app._notifications
        assert "profile-tui experiment guidance STUDY --model NAME" in told.message
        assert list_experiments(tried) == ()


async def test_escape_stops_what_runs_and_keeps_nothing(
    tried: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = Event(), Event()

    def slowly(
        agent: str, factors: Sequence[str], values: Floats, method: CorrelationMethod
    ) -> CorrelationMatrix:
        begun.set()
        assert may_go_on.wait(60)
        return correlate(agent, factors, values, method)

    monkeypatch.setattr("annotation.experiments.running.correlate", slowly)
    app = research(tried)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await experiments(pilot, app)
        await pilot.press("end", "x")
        await until(pilot, begun.is_set, "it runs")
        await sees(pilot, app, "running correlations")
        await pilot.press("escape")
        may_go_on.set()
        await until(pilot, lambda: screen.running is None, "its end")
        assert list_experiments(tried) == ()
        assert app.screen is screen
        await pilot.press("escape")
        await opened(pilot, app, StudyScreen)


def test_names_from_outside_are_drawn_as_text(tmp_path: Path) -> None:
    with make_tried_study(tmp_path / "study.db") as study:
        with study.writing() as connection:
            connection.exec_driver_sql("UPDATE agents SET name = 'w\x1b[2J[/b]' WHERE name = 'writer'")
        titles = factor_titles(study.factors)
        for name, design in (
            (ExperimentName.ALIGNMENT, AlignmentDesign()),
            (ExperimentName.CORRELATIONS, CorrelationsDesign()),
        ):
            drawn = figure(run_experiment(study, name, design), titles, 80).plain
            assert "\x1b" not in drawn
            assert "w␛[2J[/b]" in drawn


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_row_of_bars_is_wider_than_there_is_room(tried: Study, width: int) -> None:
    titles = factor_titles(tried.factors)
    stored = run_experiment(tried, ExperimentName.ALIGNMENT, AlignmentDesign())
    lines = figure(stored, titles, width).split()
    assert max(line.cell_length for line in lines) <= width


async def test_there_is_no_way_to_it_for_annotators(tried: Study) -> None:
    app = ProfileApp(Session(tried, Role.ANNOTATOR, "Cy"), start=Mode.EXPERIMENTS, tracebacks=True)
    async with app.run_test() as pilot:
        await pilot.press("e")
        await settled(pilot, app)
        assert not isinstance(app.screen, ExperimentsScreen)
        assert "alignment" not in shown(app)
