"""The shell: going places, the one way round of an answer, and what happens when something fails."""

import gc
import subprocess
import sys
from threading import Event

import pytest
from sqlalchemy import insert
from textual.pilot import Pilot

from annotation.answers import AnswerKind, AnswerLog, NewAnswer
from annotation.store.database import timestamp
from annotation.store.tables import factor_values, preferences
from annotation.study import Study
from profile_engine.preferences import HUMAN, Preference
from tests.tui.conftest import MakeApp
from tests.tui.small_study import LABELLED
from tests.tui.waiting import loaded, shown, until
from tui.app import Mode, ProfileApp
from tui.messages import (
    AnswerGiven,
    AnswerRefused,
    AnswerSaved,
    LabelAsked,
    PairChosen,
    ProfileOutdated,
    UndoAsked,
    UndoDone,
)
from tui.screens.base import BaseScreen
from tui.screens.label import LabelScreen
from tui.screens.pairs import PairsScreen
from tui.session import Role, Session

OPEN_PAIR = LABELLED + 1


class Inbox:
    """The replies that a screen got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.saved: list[AnswerSaved] = []
        self.refused: list[AnswerRefused] = []
        self.undone: list[UndoDone] = []
        for name, kept in (
            ("on_answer_saved", self.saved),
            ("on_answer_refused", self.refused),
            ("on_undo_done", self.undone),
        ):
            monkeypatch.setattr(
                BaseScreen, name, lambda _screen, message, kept=kept: kept.append(message), False
            )


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    return Inbox(monkeypatch)


def answer(pair: int, choice: Preference | None = Preference.LEFT) -> NewAnswer:
    return NewAnswer(pair, "Ada", choice=choice)


async def mode_after(pilot: Pilot[None], key: str) -> str:
    await pilot.press(key)
    await pilot.pause()
    return pilot.app.current_mode


async def goes(pilot: Pilot[None], key: str, mode: Mode) -> None:
    await pilot.press(key)
    await until(pilot, lambda: pilot.app.current_mode == mode, f"{mode} by {key}")
    await pilot.pause()  # the screen, which takes the next key


async def test_a_key_leads_from_each_screen_to_each_other(research_app: MakeApp) -> None:
    async with research_app().run_test() as pilot:
        for key, mode in (("r", Mode.RANKING), ("a", Mode.ALIGNMENT), ("s", Mode.STUDY), ("p", Mode.PAIRS)):
            await goes(pilot, key, mode)
        await goes(pilot, "escape", Mode.STUDY)


async def test_labelling_is_left_for_where_it_was_begun(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test() as pilot:
        await goes(pilot, "l", Mode.LABEL)
        assert app.session.annotator == "Cy"
        await goes(pilot, "escape", Mode.RANKING)


async def test_an_annotator_cannot_leave_labelling(annotator_app: MakeApp) -> None:
    app = annotator_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        for key in ("escape", "s", "p", "r", "a", "l", "q"):
            assert await mode_after(pilot, key) == Mode.LABEL
        app.screen.post_message(PairChosen(1))
        await pilot.pause(0.1)
        assert app.current_mode == Mode.LABEL
        assert app.snapshot is None
        assert app.session.profile is None


def offered(app: ProfileApp) -> set[str]:
    return {command.title for command in app.get_system_commands(app.screen)}


async def test_the_palette_leads_an_annotator_nowhere(annotator_app: MakeApp) -> None:
    app = annotator_app()
    async with app.run_test():
        assert offered(app) == {"Keys", "Theme", "Quit"}


async def test_the_palette_leads_a_researcher_everywhere(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test():
        assert offered(app) >= {mode.title() for mode in Mode}


async def test_a_reading_that_is_overtaken_before_it_began_leaves_nothing_behind(
    research_app: MakeApp, recwarn: pytest.WarningsRecorder
) -> None:
    """Its worker is cancelled before its first step."""
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        for _ in range(2):
            app.begin_reading()
            app._watch_answers()
        await loaded(pilot, app)
    gc.collect()
    assert [str(one.message) for one in recwarn if issubclass(one.category, RuntimeWarning)] == []


async def test_an_answer_is_committed_told_and_ranked(
    research_app: MakeApp, study: Study, inbox: Inbox
) -> None:
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        before = app.snapshot
        assert before is not None
        app.screen.post_message(AnswerGiven(answer(OPEN_PAIR)))
        await until(pilot, lambda: app.snapshot is not before, "a snapshot that follows the answer")
        await until(pilot, lambda: bool(inbox.saved), "the reply")
        [saved] = inbox.saved
        assert saved.answer.pair_id == OPEN_PAIR
        after = app.snapshot
        assert after is not None
        assert after.labels == before.labels + 1
        assert after.of(HUMAN.name).pairs == before.of(HUMAN.name).pairs + 1
    assert AnswerLog(study).standing("Ada").labels[OPEN_PAIR] is Preference.LEFT


async def test_rapid_answers_are_all_saved_in_their_order(
    research_app: MakeApp, study: Study, inbox: Inbox
) -> None:
    last = study.summary().last_answer
    given = [(OPEN_PAIR, Preference.LEFT), (OPEN_PAIR + 1, Preference.TIE), (OPEN_PAIR, Preference.RIGHT)]
    app = research_app()
    async with app.run_test() as pilot:
        for pair, choice in given:
            app.screen.post_message(AnswerGiven(answer(pair, choice)))
        await until(pilot, lambda: len(inbox.saved) == len(given), "all three saved")
    assert [(saved.answer.pair_id, saved.answer.choice) for saved in inbox.saved] == given
    assert [(entry.pair_id, entry.choice) for entry in AnswerLog(study).since(last)] == given


async def test_leaving_waits_for_what_was_answered(research_app: MakeApp, study: Study) -> None:
    last = study.summary().last_answer
    app = research_app()
    async with app.run_test() as pilot:
        for pair in range(OPEN_PAIR, OPEN_PAIR + 4):
            app.screen.post_message(AnswerGiven(answer(pair)))
        await pilot.press("q")
    assert len(AnswerLog(study).since(last)) == 4


async def test_a_refused_answer_is_told_and_moves_nothing(
    research_app: MakeApp, study: Study, inbox: Inbox
) -> None:
    last = study.summary().last_answer
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        before = app.snapshot
        app.screen.post_message(AnswerGiven(answer(4711)))
        await until(pilot, lambda: bool(inbox.refused), "the refusal")
        assert "4711" in inbox.refused[0].reason
        assert app.snapshot is before
        assert not inbox.saved
    assert AnswerLog(study).since(last) == []


async def test_a_disk_that_fails_is_told_too(
    research_app: MakeApp, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session, _answer: NewAnswer) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Session, "save", fail)
    app = research_app(tracebacks=False)
    async with app.run_test() as pilot:
        app.screen.post_message(AnswerGiven(answer(OPEN_PAIR)))
        await until(pilot, lambda: bool(inbox.refused), "the refusal")
        assert inbox.refused[0].reason == "OSError: disk full"
        assert app.is_running


async def test_an_undo_takes_the_last_entry_back(research_app: MakeApp, study: Study, inbox: Inbox) -> None:
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        app.session.label_as("Ada")
        app.screen.post_message(UndoAsked())
        await until(pilot, lambda: bool(inbox.undone), "the undo")
        undone = inbox.undone[0].answer
        assert undone is not None
        assert (undone.kind, undone.pair_id) == (AnswerKind.LABEL, LABELLED)
        await until(
            pilot, lambda: app.snapshot is not None and app.snapshot.labels == 11, "the ranking follows"
        )
    assert LABELLED not in AnswerLog(study).standing("Ada").labels


async def test_another_process_is_followed_within_a_second(research_app: MakeApp, study: Study) -> None:
    app = research_app(Mode.RANKING)
    waited = []
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        for number in range(5):
            with Study.open(study.location) as theirs:
                AnswerLog(theirs).save(answer(OPEN_PAIR + number))
            labels = 13 + number
            waited.append(await until(pilot, lambda: followed(app) == labels, "the other's label"))  # noqa: B023
            if waited[-1] < 1.0:
                return
    pytest.fail(f"never within a second, but after {waited}")  # at most once, on a machine with time


def followed(app: ProfileApp) -> int:
    assert app.snapshot is not None
    return app.snapshot.labels


async def test_a_screen_is_handed_the_pair_it_was_asked_for(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs: list[int] = []
    labels: list[int | None] = []
    monkeypatch.setattr(
        PairsScreen, "on_pair_chosen", lambda _, message: pairs.append(message.pair_id), False
    )
    monkeypatch.setattr(
        LabelScreen, "on_label_asked", lambda _, message: labels.append(message.pair_id), False
    )
    app = research_app()
    async with app.run_test() as pilot:
        app.screen.post_message(PairChosen(5))
        await until(pilot, lambda: app.current_mode == Mode.PAIRS and bool(pairs), "the desk")
        app.screen.post_message(LabelAsked(9))
        await until(pilot, lambda: app.current_mode == Mode.LABEL and bool(labels), "labelling")
        await pilot.pause(0.2)
    # Once each: what the app hands on does not come back to it.
    assert (pairs, labels) == ([5], [9])


async def test_the_screen_is_painted_before_the_profile_is_read(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()
    load = Session.load_profile

    def slow(session: Session) -> object:
        go_on.wait(60)
        return load(session)

    monkeypatch.setattr(Session, "load_profile", slow)
    app = research_app()
    async with app.run_test() as pilot:
        await until(pilot, lambda: "reading 12 pairs" in str(app.reading), "the title says what is read")
        assert app.snapshot is None
        await goes(pilot, "r", Mode.RANKING)
        dots = set[int]()

        def moves() -> bool:
            dots.add(shown(app).splitlines()[0].count("."))
            return dots >= {1, 2, 3}

        await until(pilot, moves, "a sign that it goes on")
        go_on.set()
        await loaded(pilot, app)


async def test_added_values_are_read_when_told(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        before = app.session.profile
        app.screen.post_message(ProfileOutdated())
        await until(pilot, lambda: app.session.profile is not before, "the profile was read again")


async def test_a_failing_worker_is_told_in_one_line(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session) -> None:
        raise RuntimeError("first line\nsecond [/] line")

    monkeypatch.setattr(Session, "load_profile", fail)
    app = research_app(tracebacks=False)
    async with app.run_test(notifications=True) as pilot:
        said = "read the study: RuntimeError: first line second [/] line"
        await until(pilot, lambda: said in [told.message for told in app._notifications], "a notification")
        assert app.is_running


async def test_a_crash_leaves_one_line(research_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_app: ProfileApp) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(ProfileApp, "action_show_keys", fail)
    app = research_app(tracebacks=False)
    with pytest.raises(RuntimeError, match="broken"):
        async with app.run_test() as pilot:
            await pilot.press("question_mark")
            await until(pilot, lambda: app.last_words is not None, "the last words")
    assert app.last_words is not None
    assert app.last_words.startswith("profile-tui stopped: RuntimeError: broken. Every")
    assert app.return_code == 1


def test_starting_loads_nothing_heavy() -> None:
    code = (
        "import sys, tui.app, tui.screens.study, tui.screens.label\n"
        "heavy = {'alembic', 'pandas', 'scipy', 'nltk', 'torch', 'openai'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_values_computed_elsewhere_come_to_the_ranking(research_app: MakeApp, study: Study) -> None:
    app = research_app()
    async with app.run_test() as pilot:
        await loaded(pilot, app)
        assert app.snapshot is not None
        assert app.snapshot.people.of("off_focus").score.score is None
        with study.writing() as connection:  # as another process would
            for response in range(1, 25):
                row = {"response_id": response, "factor": "off_focus", "value": response % 3 / 2}
                told = {"method": "external", "version": "1", "created": timestamp()}
                connection.execute(insert(factor_values), {**row, **told})

        def is_ranked() -> bool:
            assert app.snapshot is not None
            return app.snapshot.people.of("off_focus").score.score is not None

        await until(pilot, is_ranked, "the new factor's score")


def outdated(session: Session) -> bool:
    """Asked anew: a property is taken to stay what it was."""
    return session.outdated


def test_a_study_that_still_grows_is_not_read_again(study: Study) -> None:
    session = Session(study, Role.RESEARCHER)
    session.load_profile()
    session.look()
    session.look()
    assert not outdated(session)
    row = {"agent_id": 2, "value": 1, "created": timestamp()}
    for pair in (1, 2):
        with study.writing() as connection:
            connection.execute(insert(preferences), {**row, "pair_id": pair})
        session.look()
        assert not outdated(session)
    session.look()
    assert outdated(session)
    session.load_profile()
    session.look()
    assert not outdated(session)


async def test_a_browser_that_is_too_small_is_told_to_zoom_out(
    research_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProfileApp, "is_web", True)
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(79, 24)) as pilot:
        await loaded(pilot, app)
        await until(pilot, lambda: "needs 80 x 24: zoom out · 12 labels" in shown(app), "the word of it")


async def test_a_terminal_that_is_too_small_is_told_what_it_needs(research_app: MakeApp) -> None:
    app = research_app(Mode.RANKING)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot, app)
        assert "needs" not in shown(app)
        for width, height in ((60, 15), (80, 20), (79, 24)):
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda: "needs 80 x 24 · 12 labels" in shown(app), "the word of it")
            await pilot.resize_terminal(80, 24)
            await until(pilot, lambda: "needs" not in shown(app), "the word gone")


async def test_a_theme_from_the_palette_says_how_to_keep_it(research_app: MakeApp) -> None:
    app = research_app()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await loaded(pilot, app)
        assert "This theme" not in shown(app)
        app.theme = "nord"
        await until(pilot, lambda: 'theme = "nord"' in shown(app), "the key of the config")
        await pilot.press("r")  # a word of one screen does not lie over the next
        await until(pilot, lambda: 'theme = "nord"' not in shown(app), "the word gone")
