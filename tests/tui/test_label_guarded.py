"""When a key counts on the Label screen: once, on what was seen, and what is told when something fails."""

from pathlib import Path
from time import monotonic

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.worker import WorkerFailed

from annotation.answers import AnswerKind, NewAnswer
from annotation.assignment import Item, Worklist
from annotation.errors import AnswerError, StudyError
from annotation.settings import StudySettings
from annotation.study import Study
from tests.tui.desk_study import make_study
from tests.tui.label_task import WHO, annotate, entries, press, press_early, ready
from tests.tui.waiting import opened, sees, settled, shown, until
from tui.app import Mode, ProfileApp
from tui.labelling import Labelling
from tui.screens.label import LabelScreen
from tui.session import Role, Session
from tui.widgets.choice_bar import Readiness
from tui.widgets.line_prompt import LinePrompt
from tui.widgets.text_page import TextPage


async def hold(pilot: Pilot[None], app: ProfileApp, key: str, pause: float) -> None:
    """Hold a key as a keyboard does: once, a pause, and then every 30 ms for three seconds."""
    screen = await ready(pilot, app)
    pressed = Key(key, key)
    app.post_message(pressed)
    await until(pilot, lambda: screen._pressed_at == pressed.time and not screen._waiting, "the answer")
    await until(pilot, lambda: screen.choices.readiness is Readiness.READY, "keys alive")
    for number in range(100):
        repeat = Key(key, key)
        repeat.time = pressed.time + pause + 0.03 * number
        app.post_message(repeat)
    await until(pilot, lambda: screen._pressed_at == repeat.time, "the last repeat")
    await settled(pilot, app)


@pytest.mark.parametrize(("minimum", "pause"), [(0.0, 0.25), (0.0, 0.66), (0.3, 0.5), (0.7, 0.5)])
async def test_a_held_key_answers_once(tmp_path: Path, minimum: float, pause: float) -> None:
    study = make_study(tmp_path / "held.db", settings=StudySettings(minimum_seconds=minimum))
    app = annotate(study)
    async with app.run_test() as pilot:
        await hold(pilot, app, "1", pause)
        await settled(pilot, app)
        assert len(entries(study)) == 1
        await sees(pilot, app, "1 is held: let it go, then press again")


@pytest.mark.parametrize(("key", "kinds"), [("u", [AnswerKind.LABEL] * 3), ("f", [AnswerKind.LABEL] * 2)])
async def test_a_held_key_takes_back_or_flags_once(
    fast_study: Study, key: str, kinds: list[AnswerKind]
) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        for answer in "12":
            await ready(pilot, app)
            await press(pilot, app, answer)
        await hold(pilot, app, key, 0.5)
        expected = kinds if key == "u" else [*kinds, AnswerKind.FLAG]
        assert [kind for _, kind, _ in entries(fast_study)] == expected


async def test_nothing_is_said_of_an_item_before_it_was_seen(tmp_path: Path) -> None:
    study = make_study(tmp_path / "slow.db", settings=StudySettings(minimum_seconds=0.6))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, LabelScreen)
        await press_early(pilot, screen, "f", "s")
        assert isinstance(app.screen, LabelScreen)
        await ready(pilot, app)
        assert entries(study) == []


async def test_it_says_choose_only_while_a_press_counts(tmp_path: Path) -> None:
    study = make_study(tmp_path / "shown-twice.db", settings=StudySettings(minimum_seconds=0.4))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        for wait in (0.0, 0.2):  # covered and shown again, and again before its keys came alive
            await pilot.press("i")
            await opened(pilot, app, TextPage)
            await pilot.press("escape")
            await pilot.pause(wait)
        begun = monotonic()
        while monotonic() - begun < 1:
            assert screen.choices.readiness is not Readiness.READY or screen._gate.is_open(monotonic())
            await pilot.pause(0.01)
        await ready(pilot, app)


async def test_a_press_too_soon_after_the_instructions_is_told_of(tmp_path: Path) -> None:
    study = make_study(tmp_path / "covered.db", settings=StudySettings(minimum_seconds=5.0))
    app = annotate(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, LabelScreen) and app.screen.item is not None, "item"
        )
        await pilot.press("1")
        await pilot.press("i", "escape")
        await until(pilot, lambda: isinstance(app.screen, LabelScreen), "the item again")
        assert "only just come back" not in shown(app)
        await pilot.press("1")
        await sees(pilot, app, "the item has only just come back: press again")
        assert entries(study) == []


async def test_an_item_that_cannot_be_read_is_asked_for_again(
    fast_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.taking_part._AGAIN", 0.3)
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        read, failures = Worklist.next, [0]

        def fail(worklist: Worklist, after: int | None = None) -> Item | None:
            failures[0] += 1
            if failures[0] < 3:
                raise StudyError("desk.db: locked [/] by another program; end it")
            return read(worklist, after)

        monkeypatch.setattr(Worklist, "next", fail)
        screen.labelling = Labelling(app.session, WHO)  # which has read nothing ahead
        await pilot.press("1")
        said = "not read, trying again: desk.db: locked [/] by another program; end it"
        await sees(pilot, app, said)
        await until(pilot, lambda: screen.item is not None and screen.item.number == 2, "the next item")
        await ready(pilot, app)
        assert failures[0] >= 3
        await press(pilot, app, "2")
        assert len(entries(fast_study)) == 2


async def test_what_should_never_happen_is_told_and_fails_where_tracebacks_are_asked_for(
    fast_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_answer: NewAnswer) -> None:
        raise RuntimeError("a mistake of ours")

    quiet = ProfileApp(Session(fast_study, Role.ANNOTATOR, WHO), start=Mode.LABEL)
    async with quiet.run_test() as pilot:
        await ready(pilot, quiet)
        monkeypatch.setattr(quiet.session, "save", fail)
        await press(pilot, quiet, "1")
        await sees(pilot, quiet, "not saved: RuntimeError: a mistake of ours")
        assert quiet.is_running
    loud = annotate(fast_study)
    with pytest.raises(WorkerFailed, match="a mistake of ours"):
        async with loud.run_test() as pilot:
            await ready(pilot, loud)
            monkeypatch.setattr(loud.session, "save", fail)
            await press(pilot, loud, "1")


@pytest.mark.parametrize("role", list(Role))
async def test_the_key_bar_shows_the_way_out_on_the_smallest_screen(fast_study: Study, role: Role) -> None:
    app = annotate(fast_study, role)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await until(pilot, lambda: "esc Leave" in shown(app).splitlines()[-1], "the way out")


async def test_a_name_that_cannot_be_taken_leads_back(
    fast_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = ProfileApp(Session(fast_study, Role.RESEARCHER), start=Mode.STUDY, tracebacks=True)

    def fail(_name: str) -> None:
        raise StudyError("desk.db: read-only; copy it to where you may write")

    monkeypatch.setattr(app.session, "label_as", fail)
    async with app.run_test(notifications=True) as pilot:
        for _ in range(2):
            await pilot.press("l")
            await opened(pilot, app, LinePrompt)
            await pilot.press("enter")
            await until(pilot, lambda: app.current_mode == Mode.STUDY, "back at the study")
            await sees(pilot, app, "read-only")
            await settled(pilot, app)


async def test_keys_typed_ahead_and_too_early_do_not_answer(tmp_path: Path) -> None:
    study = make_study(tmp_path / "slow.db", settings=StudySettings(minimum_seconds=0.6))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, LabelScreen)
        await press_early(pilot, screen, "1", "2", "a", "b")
        await ready(pilot, app)
        assert entries(study) == []
        first = screen.item
        await pilot.press("1")
        await until(pilot, lambda: screen.item is not first, "the next item")
        await press_early(pilot, screen, "2")  # it has just come
        await ready(pilot, app)
        assert len(entries(study)) == 1


async def test_it_says_reading_until_a_press_counts(tmp_path: Path) -> None:
    study = make_study(tmp_path / "slow.db", settings=StudySettings(minimum_seconds=60))
    app = annotate(study)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app, LabelScreen)
        await sees(pilot, app, "reading…")
        assert screen.choices.readiness is Readiness.READING


async def test_the_next_item_waits_for_the_commit(fast_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        item, saved = screen.item, []
        save = app.session.save

        def watched(answer: NewAnswer) -> object:
            assert screen.item is item
            saved.append(save(answer))
            assert screen.item is item
            return saved[-1]

        monkeypatch.setattr(app.session, "save", watched)
        await press(pilot, app, "1")
        assert len(saved) == 1
        assert screen.item is not item


async def test_what_cannot_be_saved_is_told_and_the_item_stays(
    fast_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = annotate(fast_study)
    async with app.run_test() as pilot:
        screen = await ready(pilot, app)
        item = screen.item

        def fail(answer: NewAnswer) -> None:
            raise AnswerError("the disk is full; make room and press again")

        with monkeypatch.context() as patch:
            patch.setattr(app.session, "save", fail)
            await press(pilot, app, "1")
        assert screen.item is item
        await sees(pilot, app, "not saved: the disk is full; make room and press again")
        assert entries(fast_study) == []
        await press(pilot, app, "1")
        assert len(entries(fast_study)) == 1
