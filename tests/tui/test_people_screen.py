"""The People screen: who is working and how far it is, live, and deciding whose answers count."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from annotation.answers import AnswerKind, AnswerLog, NewAnswer, Origin
from annotation.people.consent import withdraw
from annotation.people.participation import leave_out
from annotation.people.progress import Figures, measure_people
from annotation.people.quality import Presence, measure_quality
from annotation.planning.seats import utc_now
from annotation.results.adjudication import Adjudications
from annotation.study import Study
from tests.annotation.drafts import RIGHT
from tests.conftest import ROOT
from tests.tui.conftest import MakeApp
from tests.tui.crew_study import labelling, make_crew, people, read_only, research
from tests.tui.waiting import opened, sees, shown, until
from tui.app import Mode, ProfileApp
from tui.people_words import ago, hours, person_row
from tui.screens.adjudication import AdjudicationScreen
from tui.screens.help import HelpScreen
from tui.screens.people import PeopleScreen
from tui.widgets.line_prompt import LinePrompt

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Study]:
    study = make_crew(tmp_path / "crew.db")
    yield study
    study.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen's clock is five minutes ahead."""

    def clock() -> datetime:
        return utc_now() + timedelta(minutes=5)

    monkeypatch.setattr("tui.screens.people.utc_now", clock)


async def told(pilot: Pilot[None], app: ProfileApp, words: str) -> None:
    await until(pilot, lambda: any(one.message.startswith(words) for one in app._notifications), words)


def rows(screen: PeopleScreen) -> list[tuple[str, ...]]:
    assert screen.people is not None
    return [person_row(one, screen.people) for one in screen.people.figures.people]


def presence(study: Study, name: str) -> Presence:
    return next(one.presence for one in measure_quality(study) if one.annotator == name)


@SIZES
async def test_who_is_working_and_how_far_it_is(crew: Study, later: None, size: tuple[int, int]) -> None:
    app = research(crew)
    async with app.run_test(size=size) as pilot:
        screen = await people(pilot, app)
        assert rows(screen) == [
            ("● anna", "4/4", "0", "5 min", "12.5", "none", "50%", "0", "count"),
            ("● ben", "4/4", "0", "5 min", "12.5", "none", "50%", "0", "count"),
            ("● cleo", "2/2", "0", "5 min", "12.5", "none", "0%", "0", "count"),
            ("● dan", "0/2", "2", "5 min", "not yet", "none", "not yet", "0", "count"),
        ]
        for words in (
            "4 people · 10 of 12 labels",
            "labels  10 of 12",
            "2 of 4 complete · 1 decided · 1 without a majority (d)",
            "about a minute for 2 labels at 12.5 s each, measured",
            "people  4 annotators",
            "o Out/in",
            "d Adjudicate",
        ):
            await sees(pilot, app, words)
        drawn = shown(app).splitlines()
        assert all(len(line.rstrip()) <= size[0] for line in drawn)
        heads = next(line for line in drawn if "annotator" in line and "holds" in line)
        assert all(head in heads for head in ("labels", "holds", "seen", "gold", "others", "answers"))


async def test_a_label_of_another_process_is_seen_without_a_key(crew: Study, later: None) -> None:
    app = research(crew)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await people(pilot, app)
        await pilot.press("down", "down", "down")
        await sees(pilot, app, "dan  0 notes")
        process = await asyncio.create_subprocess_exec(
            *labelling(crew, "dan", 4, RIGHT), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        _, error = await process.communicate()
        assert process.returncode == 0, error
        await until(pilot, lambda: rows(screen)[3][1:5] == ("1/2", "1", "5 min", "7.5"), "dan's label")
        await sees(pilot, app, "11 of 12 labels")
        await sees(pilot, app, "3 of 4 complete · 2 decided")
        assert screen.table.person is not None
        assert screen.table.person.annotator == "dan"  # the cursor has stayed
        # Seats move without an answer.
        from annotation.planning.worklist import PlannedWorklist, open_worklist

        worklist = open_worklist(crew, "dan")
        assert isinstance(worklist, PlannedWorklist)
        worklist.leave()
        await until(pilot, lambda: rows(screen)[3][2] == "0", "the seat given back")


async def test_nothing_is_measured_while_nothing_is_said(
    crew: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, looked = [], []

    def measure(study: Study) -> Figures:
        asked.append(study)
        return measure_people(study)

    monkeypatch.setattr("tui.screens.people.measure_people", measure)
    monkeypatch.setattr("tui.screens.people.POLL_SECONDS", 0.01)
    app = research(crew)
    async with app.run_test() as pilot:
        screen = await people(pilot, app)
        for _ in range(3):
            before = screen.people
            await until(pilot, lambda before=before: screen.people is not before, "another look")  # type: ignore[misc]
            looked.append(1)
        assert len(asked) == 1
        AnswerLog(crew).save(NewAnswer(1, "anna", AnswerKind.FLAG, set=True))
        await until(pilot, lambda: rows(screen)[0][7] == "1", "the flag")
        assert len(asked) == 2


async def test_keys_are_taken_while_it_is_measured(crew: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()

    def measure(study: Study) -> Figures:
        begun.set()
        assert go_on.wait(60)
        return measure_people(study)

    monkeypatch.setattr("tui.screens.people.measure_people", measure)
    app = research(crew)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, PeopleScreen)
        await until(pilot, begun.is_set, "measuring")
        await pilot.press("question_mark")
        await opened(pilot, app, HelpScreen)
        await sees(pilot, app, "Leave this person out")
        assert screen.people is None
        go_on.set()
        await pilot.press("escape")
        await people(pilot, app)


async def test_somebody_is_left_out_and_taken_in_again(crew: Study) -> None:
    app = research(crew)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await people(pilot, app)
        await pilot.press("down", "o")
        await opened(pilot, app, LinePrompt)
        await sees(pilot, app, "Leave ben out? Why")
        await pilot.press("escape")
        await opened(pilot, app, PeopleScreen)
        assert presence(crew, "ben") is Presence.COUNTS
        await pilot.press("o", "enter")
        await told(pilot, app, "nobody is left out")
        assert presence(crew, "ben") is Presence.COUNTS
        await pilot.press("o")
        await sees(pilot, app, "Leave ben out? Why")  # and nothing that was told before lies over it
        await sees(pilot, app, "out of every result; nothing is deleted, and o takes them in again")
        assert "nobody is left out" in shown(app)
        await pilot.press(*"[b]hasty", "enter")
        await until(pilot, lambda: rows(screen)[1][-1] == "left out", "ben out")
        await sees(pilot, app, "6 of 12 labels")
        await sees(pilot, app, "[b]hasty")
        await sees(pilot, app, "left out since")
        assert presence(crew, "ben") is Presence.LEFT_OUT
        await pilot.press("o")
        await sees(pilot, app, "Take ben in again? Why")
        await pilot.press("enter")
        await until(pilot, lambda: rows(screen)[1][-1] == "count", "ben in")
        await sees(pilot, app, "10 of 12 labels")
    assert presence(crew, "ben") is Presence.COUNTS


async def test_whoever_withdrew_is_not_the_researchers_to_take_in(crew: Study) -> None:
    withdraw(crew, "anna")
    app = research(crew)
    async with app.run_test() as pilot:
        screen = await people(pilot, app)
        assert rows(screen)[0][-1] == "withdrew"
        await pilot.press("o")
        await told(pilot, app, "anna has withdrawn")
        assert app.screen is screen


async def test_what_another_researcher_decided_is_seen(crew: Study) -> None:
    app = research(crew)
    async with app.run_test() as pilot:
        screen = await people(pilot, app)
        await pilot.press("down", "down", "o")
        await opened(pilot, app, LinePrompt)
        leave_out(crew, "cleo", "in a hurry")
        await pilot.press(*"slow", "enter")
        await told(pilot, app, "not changed: cleo")
        await until(pilot, lambda: rows(screen)[2][-1] == "left out", "cleo out")
        await sees(pilot, app, "in a hurry")


async def test_a_read_only_study_says_so(crew: Study) -> None:
    study = read_only(crew)
    app = research(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await people(pilot, app)
        await sees(pilot, app, "read-only: nothing can be decided")
        await pilot.press("o")
        await told(pilot, app, "this study is read-only")
        await pilot.press("d")
        await opened(pilot, app, AdjudicationScreen)
        await sees(pilot, app, "This study is read-only: nothing can be settled in it")
        await pilot.press("escape")
        await people(pilot, app)
    study.close()


async def test_the_ways_in_and_out(crew: Study) -> None:
    app = research(crew, Mode.STUDY)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, app, "w People")
        await pilot.press("w")
        await people(pilot, app)
        await pilot.press("d")
        await opened(pilot, app, AdjudicationScreen)
        await pilot.press("escape")
        await people(pilot, app)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == Mode.STUDY, "the study")
        await pilot.press("d")
        await opened(pilot, app, AdjudicationScreen)


async def test_an_empty_study_says_who_brings_people(unlabelled_study: Study) -> None:
    app = research(unlabelled_study)
    async with app.run_test(size=(80, 24)) as pilot:
        await people(pilot, app)
        await sees(pilot, app, "Nobody has come yet.")
        await sees(pilot, app, "no plan: everybody labels every pair")
        await pilot.press("o")
        assert isinstance(app.screen, PeopleScreen)


async def test_study_and_people_count_the_same_people(crew: Study) -> None:
    log = AnswerLog(crew)
    for name in ("declined", "worker"):
        log.register(name)
    log.save(NewAnswer(4, "worker", choice=RIGHT, origin=Origin.IMPORT))
    withdraw(crew, "ben")
    Adjudications(crew).settle(4, RIGHT, "dora")
    words = "3 annotators · 1 withdrawn · 1 imported · 1 judging only · 1 not begun"
    app = research(crew, Mode.STUDY)
    async with app.run_test(size=(120, 40)) as pilot:
        await sees(pilot, app, f"people  {words}")
        await sees(pilot, app, "4 pairs × 3 labels: 7 of 12 given · 1 at work  w shows who")
        await sees(pilot, app, "declined not begun")
        await pilot.press("w")
        screen = await people(pilot, app)
        await sees(pilot, app, f"people  {words}")
        await sees(pilot, app, "7 people · 7 of 12 labels")
        assert [row[-1] for row in rows(screen)] == [
            "count",
            "withdrew",
            "count",
            "count",
            "not begun",
            "imported",
            "judging only",
        ]
        assert rows(screen)[5][3] == "never"  # what came with data was not said here
        Adjudications(crew).settle(1, RIGHT, "zoe")
        await sees(pilot, app, "8 people")


async def test_without_a_plan_all_pairs_are_everybodys(research_app: MakeApp) -> None:
    app: ProfileApp = research_app(Mode.PEOPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await people(pilot, app)
        assert [row[:3] for row in rows(screen)] == [("● Ada", "6/12", "0"), ("● Bo", "6/12", "0")]


async def test_names_and_reasons_from_outside_are_harmless(crew: Study) -> None:
    name = "eve\x1b[2J\u202e[/]"
    log = AnswerLog(crew)
    log.register(name)
    log.save(NewAnswer(4, name, AnswerKind.FLAG, set=True))
    leave_out(crew, name, "\x1b]52;c;aGk=\x07 [/b]")
    app = research(crew)
    async with app.run_test(size=(120, 40)) as pilot:
        await people(pilot, app)
        await pilot.press(*["down"] * 4)
        await sees(pilot, app, "left out since")
        drawn = shown(app)
        assert not set("\x1b\x07\u202e") & set(drawn)
        await pilot.press("o")
        await opened(pilot, app, LinePrompt)
        assert not set("\x1b\x07\u202e") & set(shown(app))


def test_times_in_words() -> None:
    now = utc_now()
    passed = {3: "now", 59: "59 s", 60: "1 min", 3_599: "59 min", 7_200: "2 h", 86_400 * 3: "3 d"}
    for seconds, words in passed.items():
        assert ago(now - timedelta(seconds=seconds), now) == words
    assert ago(None, now) == "never"
    assert [hours(value) for value in (0.001, 0.5, 1, 12.34)] == [
        "a minute",
        "30 minutes",
        "1.0 hours",
        "12.3 hours",
    ]
